/** Backtests as jobs: a module or a whole graph on the recordings, with progress, cancel and three forms of the report. */
import Type from 'typebox';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { BacktestOrder, BacktestPort, BacktestSubject } from '../../protocol/backtest-port.js';
import type { DeploymentDone } from '../../protocol/deployment-port.js';
import { ApiError, refusal } from '../server/api-error.js';
import { route, type Answer, type Call, type Route } from '../server/route.js';
import { Name, Wasm } from './deployments.js';
import { Open, shape, Text } from './schemas.js';

const Job = shape({ backtest_id: Text, name: Text, status: Text, progress: Type.Number() });
const errors = ['NOT_FOUND', 'CONFLICT', 'NOT_SUPPORTED', 'SERVICE_UNAVAILABLE'] as const;
const defaultSeconds = 60;

interface BacktestBody {
  readonly name?: string;
  readonly algo?: string;
  readonly wasm_base64?: string;
  readonly graph?: unknown;
  readonly symbol?: string;
  readonly venues?: readonly string[];
  readonly labels?: readonly string[] | null;
  readonly config?: unknown;
  readonly seconds?: number;
  readonly seed?: number;
}

const Texts = Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 20 });

export const backtestRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/backtest',
    tag: 'backtests',
    summary: 'Run a module (algo or wasm_base64) or a graph on the recordings; answers at once, GET the job for its progress.',
    scope: 'upload',
    startsWork: true,
    body: Type.Object(
      {
        name: Type.Optional(Name),
        algo: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,64}$' })),
        wasm_base64: Type.Optional(Wasm),
        graph: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'An order document as POST /v1/orders takes it.' })),
        symbol: Type.Optional(Type.String({ maxLength: 64 })),
        venues: Type.Optional(Texts),
        labels: Type.Optional(Type.Union([Texts, Type.Null()])),
        config: Type.Optional(Type.Union([Type.Array(Type.Union([Type.Number(), Type.Boolean()]), { maxItems: 32 }), Type.Object({}, { additionalProperties: true }), Type.Null()])),
        seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
        seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
      },
      { additionalProperties: false },
    ),
    bodyMax: 'upload',
    answers: { 202: Job },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', ...errors],
    handle: (call) => {
      const order = orderOf(call, call.body as BacktestBody);
      return ask(call, 202, (port, done) => port.submit(call.principal.accountId, order, done));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/backtest',
    tag: 'backtests',
    summary: 'Backtests of the account, newest first.',
    scope: 'read',
    answers: { 200: shape({ backtests: Type.Array(Open) }) },
    errors,
    handle: (call) => ask(call, 200, (port, done) => port.list(call.principal.accountId, done)),
  }),
  route({
    method: 'GET',
    path: '/v1/backtest/{backtest_id}',
    tag: 'backtests',
    summary: 'Its progress and, once it is done, its report; with `format` text or svg that rendering of it as `content`.',
    scope: 'read',
    query: Type.Object({ format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('text'), Type.Literal('svg')])) }),
    answers: { 200: Open },
    errors,
    handle: (call) => {
      const id = call.param('backtest_id');
      const { accountId } = call.principal;
      const { format = 'json' } = call.query;
      return ask(call, 200, (port, done) => (format === 'json' ? port.get(accountId, id, done) : port.render(accountId, id, format, done)));
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/backtest/{backtest_id}',
    tag: 'backtests',
    summary: 'Cancel it; what ran until then is reported.',
    scope: 'upload',
    answers: { 200: Job },
    errors,
    handle: (call) => {
      const id = call.param('backtest_id');
      return ask(call, 200, (port, done) => port.cancel(call.principal.accountId, id, done));
    },
  }),
];

function orderOf(call: Call, body: BacktestBody): BacktestOrder {
  const given = (['algo', 'wasm_base64', 'graph'] as const).filter((key) => body[key] !== undefined);
  if (given.length !== 1) {
    const details = [{ field: '', message: 'expected one of algo, wasm_base64, graph' }];
    throw new ApiError('VALIDATION_ERROR', `expected one of algo, wasm_base64, graph; got ${given.length === 0 ? 'none' : given.join(', ')}`, { details });
  }
  const subject: BacktestSubject = body.algo !== undefined
    ? { kind: 'algo', algo: body.algo }
    : body.wasm_base64 !== undefined
      ? { kind: 'wasm', wasm: Buffer.from(body.wasm_base64, 'base64') }
      : { kind: 'graph', document: stringifyExact(body.graph) };
  return {
    name: body.name ?? body.algo ?? (subject.kind === 'graph' ? 'graph' : 'module'), subject,
    symbol: call.gateway.names.instrument(body.symbol ?? 'BTC-USD').symbol, venues: body.venues ?? ['binance'], labels: body.labels ?? null,
    configJson: body.config === undefined || body.config === null ? null : JSON.stringify(body.config),
    seconds: body.seconds ?? defaultSeconds, seed: body.seed ?? 1,
  };
}

function ask(call: Call<unknown, unknown>, status: number, run: (port: BacktestPort, done: DeploymentDone) => void): Promise<Answer> {
  const port = call.gateway.backtests;
  if (port === null) throw new ApiError('NOT_SUPPORTED', 'this engine runs without recordings to backtest on');
  return new Promise((resolve, reject) => {
    run(port, (reply) => {
      if (reply.ok) resolve({ status, body: reply.body });
      else reject(refusal(reply.code, reply.message, reply.details === undefined ? {} : { details: reply.details }));
    });
  });
}
