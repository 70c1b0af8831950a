/** Uploaded modules: under their ids, and keyed by symbol as the client's older methods have them. */
import Type from 'typebox';
import type { DeploymentPort, DeploymentReply, DeploymentUpload } from '../../protocol/deployment-port.js';
import { allowInstrument, allowVenue } from '../server/admit.js';
import { ApiError, refusal } from '../server/api-error.js';
import { ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { Flag, Limit, Open, shape, Text } from './schemas.js';

const Deployment = shape({ deployment_id: Text, name: Text, status: Text, symbols: Type.Array(Text) });
export const Wasm = Type.String({ minLength: 8, maxLength: 2 * 1024 * 1024, pattern: '^[A-Za-z0-9+/]+={0,2}$' });
const Texts = Type.Optional(Type.Union([Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }), Type.Null()]));
export const Name = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });
/** The client posts nothing at all where there is nothing to say. */
const noBody = { body: Type.Object({}, { additionalProperties: false }), bodyKind: 'optional' } as const;
const Config = Type.Optional(Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]));
const errors = ['NOT_FOUND', 'CONFLICT', 'NOT_SUPPORTED', 'SERVICE_UNAVAILABLE'] as const;

interface UploadBody {
  readonly name: string;
  readonly wasm_base64: string;
  readonly symbols: readonly string[];
  readonly start_immediately?: boolean;
  readonly venues?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly config?: unknown;
  readonly abi?: string;
  readonly record?: boolean;
}

interface PatchBody {
  readonly name?: string;
  readonly config?: unknown;
  readonly wasm_base64?: string;
}

type AnyCall = Call<unknown, unknown>;
type Act = 'get' | 'undeploy' | 'start' | 'stop' | 'mesh' | 'metrics';

const acts: readonly { method: 'GET' | 'POST' | 'DELETE'; suffix: string; act: Act; summary: string }[] = [
  { method: 'GET', suffix: '', act: 'get', summary: 'One deployment.' },
  { method: 'DELETE', suffix: '', act: 'undeploy', summary: 'Shutdown callback, then everything of it is cancelled.' },
  { method: 'POST', suffix: '/start', act: 'start', summary: 'Let it trade.' },
  { method: 'POST', suffix: '/stop', act: 'stop', summary: 'Stop its trading; orders and instance stay.' },
  { method: 'GET', suffix: '/mesh', act: 'mesh', summary: 'Its instances and their messages.' },
  { method: 'GET', suffix: '/metrics', act: 'metrics', summary: 'Its counters.' },
];

export const deploymentRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/deployments',
    tag: 'deployments',
    summary: 'Upload a module; refusals name the rule broken.',
    startsWork: true,
    scope: 'upload',
    body: Type.Object(
      {
        name: Name,
        wasm_base64: Wasm,
        symbols: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 64 }),
        start_immediately: Type.Optional(Flag),
        venues: Texts,
        labels: Texts,
        config: Config,
        record: Type.Optional(Type.Boolean({ description: 'Record everything that its instances see and do, for npm run algo -- replay.' })),
        abi: Type.Optional(Type.String({ maxLength: 16, description: 'Version of the guest ABI where exports do not tell: "0.3.0".' })),
      },
      { additionalProperties: false },
    ),
    bodyMax: 'upload',
    answers: { 201: Deployment },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', ...errors],
    handle: (call) => {
      const upload = uploadOf(call, call.body as UploadBody);
      return deploy(call, 201, (port, done) => port.upload(call.principal.accountId, upload, done));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/deployments',
    tag: 'deployments',
    summary: 'Deployments of the account.',
    scope: 'read',
    answers: { 200: shape({ deployments: Type.Array(Open) }) },
    errors,
    handle: (call) => {
      if (call.gateway.deployments === null) return ok({ deployments: [] });
      return deploy(call, 200, (port, done) => port.list(call.principal.accountId, done));
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/deployments/{deployment_id}',
    tag: 'deployments',
    summary: 'Rename, change configuration live, or replace the module.',
    scope: 'upload',
    body: Type.Object(
      { name: Type.Optional(Name), config: Config, wasm_base64: Type.Optional(Wasm) },
      { additionalProperties: false },
    ),
    bodyMax: 'upload',
    answers: { 200: Deployment },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', ...errors],
    handle: async (call) => {
      const body = call.body as PatchBody;
      const change = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.config === undefined || body.config === null ? {} : { configJson: JSON.stringify(body.config) }),
        ...(body.wasm_base64 === undefined ? {} : { wasm: Buffer.from(body.wasm_base64, 'base64') }),
      };
      const id = deploymentId(call);
      await allowDeployment(call, id);
      return deploy(call, 200, (port, done) => port.patch(call.principal.accountId, id, change, done));
    },
  }),
  ...acts.map(({ method, suffix, act, summary }) =>
    route({
      method,
      path: `/v1/deployments/{deployment_id}${suffix}`,
      tag: 'deployments',
      summary,
      scope: method === 'GET' ? 'read' : 'upload',
      startsWork: act === 'start',
      ...(method === 'POST' ? noBody : {}),
      answers: { 200: Open },
      errors,
      handle: async (call) => {
        const id = deploymentId(call);
        if (act === 'start') await allowDeployment(call, id);
        return deploy(call, 200, (port, done) => port[act](call.principal.accountId, id, done));
      },
    }),
  ),
  route({
    method: 'GET',
    path: '/v1/deployments/{deployment_id}/logs',
    tag: 'deployments',
    summary: 'What it logged, newest last.',
    scope: 'read',
    query: Type.Object({ limit: Type.Optional(Limit) }),
    answers: { 200: Open },
    errors,
    handle: (call) => {
      const id = deploymentId(call);
      const limit = call.query.limit ?? 50;
      return deploy(call, 200, (port, done) => port.logs(call.principal.accountId, id, limit, done));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/algos',
    tag: 'deployments',
    summary: 'The same deployments keyed by symbol.',
    scope: 'read',
    query: Type.Object({ detail: Type.Optional(Type.String({ maxLength: 32 })) }),
    answers: { 200: shape({ algos: Type.Array(Open) }) },
    errors,
    handle: async (call) => ok({ algos: call.gateway.deployments === null ? [] : await algos(call) }),
  }),
  ...(['', '/logs', '/stats'] as const).map((suffix) => algoRoute('GET', suffix)),
  ...(['/start', '/stop'] as const).map((suffix) => algoRoute('POST', suffix)),
];

function algoRoute(method: 'GET' | 'POST', suffix: '' | '/logs' | '/stats' | '/start' | '/stop'): Route {
  return route({
    method,
    path: `/v1/algos/{symbol}${suffix}`,
    tag: 'deployments',
    summary: `The deployment of a symbol${suffix === '' ? '' : `: ${suffix.slice(1)}`}.`,
    scope: method === 'GET' ? 'read' : 'upload',
    startsWork: suffix === '/start',
    ...(method === 'POST' ? noBody : {}),
    answers: { 200: Open },
    errors,
    handle: async (call) => {
      const symbol = call.gateway.names.instrument(call.param('symbol')).symbol;
      const row = (await algos(call)).find((entry) => entry.symbol === symbol);
      if (row === undefined) throw new ApiError('NOT_FOUND', `no deployment trades "${symbol}"`);
      const { accountId } = call.principal;
      const id = row.deployment_id;
      if (suffix === '/logs') return deploy(call, 200, (port, done) => port.logs(accountId, id, 200, done));
      if (suffix === '/start') await allowDeployment(call, id);
      const act = suffix === '' ? 'get' : suffix === '/stats' ? 'metrics' : suffix === '/start' ? 'start' : 'stop';
      return deploy(call, 200, (port, done) => port[act](accountId, id, done));
    },
  });
}

interface AlgoRow {
  readonly symbol: string;
  readonly deployment_id: string;
}

/** One row a symbol of each deployment. */
async function algos(call: AnyCall): Promise<AlgoRow[]> {
  const answer = await deploy(call, 200, (port, done) => port.list(call.principal.accountId, done));
  const { deployments } = answer.body as { readonly deployments: readonly { readonly symbols: readonly string[] }[] };
  return deployments.flatMap((row) => row.symbols.map((symbol) => ({ symbol, ...row }) as unknown as AlgoRow));
}

function deploy(
  call: AnyCall,
  status: number,
  run: (port: DeploymentPort, done: (reply: DeploymentReply) => void) => void,
): Promise<Answer> {
  const port = call.gateway.deployments;
  if (port === null) throw new ApiError('NOT_SUPPORTED', 'this engine runs without an algo host');
  return new Promise((resolve, reject) => {
    run(port, (reply) => {
      if (reply.ok) resolve({ status, body: reply.body });
      else reject(refusal(reply.code, reply.message, reply.details === undefined ? {} : { details: reply.details }));
    });
  });
}

function deploymentId(call: AnyCall): string {
  const id = call.param('deployment_id');
  if (!/^dep_[A-Za-z0-9_.-]{1,64}$/.test(id)) throw new ApiError('NOT_FOUND', `no deployment "${id.slice(0, 64)}"`);
  return id;
}

/** A key that may use some venues only deploys on those of them that list everything. @throws ApiError FORBIDDEN */
function venuesOf({ gateway, principal }: AnyCall, given: readonly string[] | null, symbols: readonly string[]): readonly string[] | null {
  if (given !== null) for (const venue of given) allowVenue(principal, venue);
  if (given !== null || principal.venues === null) return given;
  const { universe } = gateway.port;
  const instruments = universe.instruments.filter(({ symbol }) => symbols.includes(symbol));
  const lists = (id: number): boolean => instruments.every(({ listings }) => listings.some((listing) => universe.listings[listing]?.venue === id));
  const venues = universe.venues.filter(({ id, name }) => principal.venues?.includes(name) === true && lists(id)).map(({ name }) => name);
  if (venues.length === 0) throw new ApiError('FORBIDDEN', 'this key may use no venue that lists these symbols');
  return venues;
}

/** Changing or starting a deployment is trading where it trades. @throws ApiError FORBIDDEN, NOT_FOUND */
async function allowDeployment(call: AnyCall, id: string): Promise<void> {
  const { principal } = call;
  if (principal.venues === null && principal.instruments === null) return;
  const answer = await deploy(call, 200, (port, done) => port.get(principal.accountId, id, done));
  const { symbols, edges } = answer.body as { readonly symbols: readonly string[]; readonly edges: readonly { readonly venue: string }[] };
  for (const symbol of symbols) allowInstrument(principal, symbol);
  for (const { venue } of edges) allowVenue(principal, venue);
}

function uploadOf(call: AnyCall, body: UploadBody): DeploymentUpload {
  const unknown = body.symbols.findIndex((symbol) => call.gateway.names.findInstrument(symbol) === undefined);
  if (unknown >= 0) {
    const details = [{ field: `/symbols/${unknown}`, message: 'no such instrument' }];
    throw new ApiError('VALIDATION_ERROR', `/symbols/${unknown}: no such instrument`, { details });
  }
  const symbols = body.symbols.map((symbol) => call.gateway.names.instrument(symbol).symbol);
  for (const symbol of symbols) allowInstrument(call.principal, symbol);
  return {
    name: body.name,
    wasm: Buffer.from(body.wasm_base64, 'base64'),
    symbols,
    startImmediately: body.start_immediately ?? false,
    venues: venuesOf(call, body.venues ?? null, symbols),
    labels: body.labels ?? null,
    configJson: body.config === undefined || body.config === null ? null : JSON.stringify(body.config),
    ...(body.abi === undefined ? {} : { abi: body.abi }), ...(body.record === undefined ? {} : { record: body.record }),
  };
}
