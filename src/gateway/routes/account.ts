/** Account, keys, venue credentials, limits, tickets. */
import Type from 'typebox';
import { decimalToBigInt, bigIntToDecimal } from '../../base/decimal.js';
import type { AccountLimits } from '../../protocol/commands.js';
import { keysPerAccountMax, type KeyView, type NewKey } from '../auth/key-store.js';
import { scopes, type Principal, type Scope } from '../auth/principal.js';
import { ask, stamp, tell } from '../engine.js';
import { allowVenue } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { DecimalText, Flag, Ns, Open, shape, Text } from './schemas.js';

const Key = shape({ key_id: Text, name: Text, scopes: Type.Array(Text), created_ns: Ns });
const RawKey = shape({ key_id: Text, api_key: Text, scopes: Type.Array(Text) });
const MaybeDecimal = Type.Optional(Type.Union([DecimalText, Type.Null()]));
const Names = Type.Optional(Type.Union([Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 }), Type.Null()]));

const ScopeWord = Type.Union(scopes.map((word) => Type.Literal(word)));

const LimitsBody = Type.Object(
  {
    max_order_notional_usd: MaybeDecimal,
    max_order_qty: MaybeDecimal,
    max_position_usd: MaybeDecimal,
    max_daily_loss_usd: MaybeDecimal,
    max_order_rate: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.Null()])),
    reduce_only: Type.Optional(Flag),
  },
  { additionalProperties: false },
);

const CredentialsBody = Type.Object(
  {
    api_key: Type.String({ minLength: 1, maxLength: 4096 }),
    api_secret: Type.String({ minLength: 1, maxLength: 16_384 }),
    passphrase: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()])),
    extra_json: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);
interface CredentialsInput {
  readonly api_key: string;
  readonly api_secret: string;
  readonly passphrase?: string | null;
  readonly extra_json?: unknown;
}

export const accountRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/account',
    tag: 'account',
    summary: 'Who this key is and what it may do.',
    scope: 'read',
    answers: { 200: Open },
    handle: (call) => {
      const { principal, gateway } = call;
      return ok({
        account: principal.accountName,
        key_id: principal.keyId,
        scopes: principal.scopes,
        venues: principal.venues,
        instruments: principal.instruments,
        is_sandbox: principal.test || gateway.names.simulatedOnly(),
      });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/api_keys',
    tag: 'account',
    summary: 'Keys of the account, without their text.',
    scope: 'admin',
    answers: { 200: shape({ api_keys: Type.Array(Key) }) },
    handle: (call) => ok({ api_keys: call.gateway.keys.list(call.principal.accountId) }),
  }),
  route({
    method: 'POST',
    path: '/v1/api_keys',
    tag: 'account',
    summary: 'Make a key. Its text is shown this once.',
    scope: 'admin',
    body: Type.Object(
      {
        name: Type.Optional(Type.String({ maxLength: 128 })),
        scopes: Type.Optional(Type.Array(ScopeWord, { minItems: 1, maxItems: scopes.length })),
        test: Type.Optional(Flag),
        venues: Names,
        instruments: Names,
      },
      { additionalProperties: false },
    ),
    bodyKind: 'optional',
    answers: { 201: RawKey },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'CONFLICT'],
    handle: (call) => createKey(call),
  }),
  route({
    method: 'POST',
    path: '/v1/api_keys/{key_id}/rotate',
    tag: 'account',
    summary: 'A new text for a key; the old one ends at once.',
    scope: 'admin',
    body: Type.Object({}, { additionalProperties: false }),
    bodyKind: 'optional',
    answers: { 200: RawKey },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const keyId = call.param('key_id');
      const own = call.gateway.keys.list(call.principal.accountId).find((row) => row.key_id === keyId);
      if (own !== undefined) allowRights(call.principal, own);
      const made = call.gateway.keys.rotate(call.principal.accountId, keyId);
      if (made === null) throw noKey(keyId);
      return ok({ ...made.view, api_key: made.raw });
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/api_keys/{key_id}',
    tag: 'account',
    summary: 'Revoke a key, on open sockets too.',
    scope: 'admin',
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const keyId = call.param('key_id');
      if (!call.gateway.keys.revoke(call.principal.accountId, keyId)) throw noKey(keyId);
      return ok({ key_id: keyId, revoked: true });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/credentials',
    tag: 'account',
    summary: 'Venues with stored credentials; never the secrets.',
    scope: 'read',
    answers: { 200: shape({ credentials: Type.Array(Open) }) },
    handle: (call) => ok({ credentials: call.gateway.vault.list(call.principal.accountName) }),
  }),
  route({
    method: 'GET',
    path: '/v1/credentials/{venue}',
    tag: 'account',
    summary: 'Whether credentials are stored for a venue.',
    scope: 'read',
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const venue = call.gateway.names.venue(call.param('venue')).name;
      const found = call.gateway.vault.list(call.principal.accountName).find((row) => row.venue === venue);
      if (found === undefined) throw new ApiError('NOT_FOUND', `no credentials stored for "${venue}"`);
      return ok(found);
    },
  }),
  ...(['PUT', 'POST'] as const).map((method) =>
    route({
      method,
      path: '/v1/credentials/{venue}',
      tag: 'account',
      summary: 'Store credentials for a venue, encrypted.',
      scope: 'admin',
      body: CredentialsBody,
      answers: { 200: Open },
      errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_FOUND'],
      handle: (call) => putCredentials(call as Call<unknown, CredentialsInput>),
    }),
  ),
  route({
    method: 'DELETE',
    path: '/v1/credentials/{venue}',
    tag: 'account',
    summary: 'Remove the credentials of a venue.',
    scope: 'admin',
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const venue = call.gateway.names.venue(call.param('venue')).name;
      if (!call.gateway.vault.remove(call.principal.accountName, venue)) {
        throw new ApiError('NOT_FOUND', `no credentials stored for "${venue}"`);
      }
      return ok({ venue, removed: true });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/risk_limits',
    tag: 'account',
    summary: 'Limits of the account; null = off.',
    scope: 'read',
    answers: { 200: Open },
    handle: async (call) => ok(limitsView(await ask(call.gateway.port, call.principal.accountId, { kind: 'limits' }))),
  }),
  route({
    method: 'PUT',
    path: '/v1/risk_limits',
    tag: 'account',
    summary: 'Replace the limits of the account; absent or null = off.',
    scope: 'admin',
    body: LimitsBody,
    answers: { 200: Open },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR'],
    handle: async (call) => {
      const limits = limitsOf(call.body as Readonly<Record<string, unknown>>);
      const reply = await tell(call.gateway.port, call.principal.accountId, { kind: 'set_limits', limits });
      return ok({ ...limitsView(limits), ...stamp(call, reply) });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/ws/ticket',
    tag: 'account',
    summary: 'A ticket for one WebSocket, good for 30 s.',
    scope: 'read',
    answers: { 200: shape({ ticket: Text, expires_in_secs: Type.Integer() }) },
    handle: (call) => ok({ ticket: call.gateway.tickets.issue(call.principal), expires_in_secs: 30 }),
  }),
];

function noKey(keyId: string): ApiError {
  return new ApiError('NOT_FOUND', `no key "${keyId.slice(0, 64)}" of this account`);
}

/**
 * Whoever rotates a key is told its new text, and has what it may do.
 * @throws ApiError FORBIDDEN when that is more than the caller's own
 */
function allowRights(caller: Principal, key: KeyView): void {
  const beyond = key.scopes.find((scope) => !caller.scopes.includes(scope));
  if (beyond !== undefined) throw new ApiError('FORBIDDEN', `that key has the scope "${beyond}", which this key lacks`);
  if (caller.test && !key.test) throw new ApiError('FORBIDDEN', 'a test key rotates test keys only');
  const wider = (own: readonly string[] | null, its: readonly string[] | null): boolean =>
    own !== null && (its === null || its.some((name) => !own.includes(name)));
  if (wider(caller.venues, key.venues)) throw new ApiError('FORBIDDEN', 'that key may use venues that this key may not');
  if (wider(caller.instruments, key.instruments)) throw new ApiError('FORBIDDEN', 'that key may trade instruments that this key may not');
}

interface KeyInput {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly test?: boolean;
  readonly venues?: readonly string[] | null;
  readonly instruments?: readonly string[] | null;
}

/** A key never gets more than the one that makes it. */
function createKey(call: Call<unknown, KeyInput>): Answer {
  const { gateway, principal, body } = call;
  if (gateway.keys.count(principal.accountId) >= keysPerAccountMax) {
    throw new ApiError('CONFLICT', `an account may have ${keysPerAccountMax} keys; revoke some first`);
  }
  const wanted = (body.scopes ?? ['read']) as readonly Scope[];
  const beyond = wanted.find((scope) => !principal.scopes.includes(scope));
  if (beyond !== undefined) throw new ApiError('FORBIDDEN', `this key lacks the scope "${beyond}" and can't give it`);
  const findSymbol = (name: string): string | undefined => gateway.names.findInstrument(name)?.symbol;
  const input: NewKey = {
    name: body.name ?? '',
    accountName: principal.accountName,
    test: principal.test || (body.test ?? false),
    scopes: wanted,
    venues: within(body.venues, principal.venues, (name) => gateway.names.findVenue(name)?.name, 'venues'),
    instruments: within(body.instruments, principal.instruments, findSymbol, 'instruments'),
  };
  const made = gateway.keys.create(input);
  return ok({ ...made.view, api_key: made.raw }, 201);
}

function within(
  wanted: readonly string[] | null | undefined,
  own: readonly string[] | null,
  find: (name: string) => string | undefined,
  field: string,
): readonly string[] | null {
  if (wanted === null || wanted === undefined) return own;
  return wanted.map((name, i) => {
    const found = find(name);
    const at = `/${field}/${i}`;
    if (found === undefined) {
      throw new ApiError('VALIDATION_ERROR', `${at}: not known`, { details: [{ field: at, message: 'not known' }] });
    }
    if (own !== null && !own.includes(found)) {
      throw new ApiError('FORBIDDEN', `this key may not use "${found}" and can't give it`);
    }
    return found;
  });
}

function putCredentials(call: Call<unknown, CredentialsInput>): Answer {
  const venue = call.gateway.names.venue(call.param('venue')).name;
  allowVenue(call.principal, venue);
  const { api_key, api_secret, passphrase, extra_json } = call.body;
  call.gateway.vault.put(call.principal.accountName, venue, {
    api_key,
    api_secret,
    ...(typeof passphrase === 'string' ? { passphrase } : {}),
    ...(extra_json === undefined || extra_json === null ? {} : { extra_json }),
  });
  return ok({ venue, stored: true });
}

const money = [
  ['max_order_notional_usd', 'maxOrderNotionalUsd1e9', 9],
  ['max_order_qty', 'maxOrderQty1e8', 8],
  ['max_position_usd', 'maxPositionUsd1e9', 9],
  ['max_daily_loss_usd', 'maxDailyLossUsd1e9', 9],
] as const;

function limitsOf(body: Readonly<Record<string, unknown>>): AccountLimits {
  const values: Record<string, string | null> = {};
  for (const [wire, name, scale] of money) {
    const value = body[wire];
    if (value === null || value === undefined) {
      values[name] = null;
      continue;
    }
    const scaled = decimalToBigInt(String(value), scale);
    if (typeof scaled === 'string' || scaled <= 0n || scaled >= 2n ** 80n) {
      const details = [{ field: `/${wire}`, message: `expected a decimal above 0 with at most ${scale} places` }];
      throw new ApiError('VALIDATION_ERROR', `${details[0]?.field ?? ''}: ${details[0]?.message ?? ''}`, { details });
    }
    values[name] = scaled.toString();
  }
  return {
    maxOrderNotionalUsd1e9: values['maxOrderNotionalUsd1e9'] ?? null,
    maxOrderQty1e8: values['maxOrderQty1e8'] ?? null,
    maxPositionUsd1e9: values['maxPositionUsd1e9'] ?? null,
    maxDailyLossUsd1e9: values['maxDailyLossUsd1e9'] ?? null,
    maxOrderRate: (body['max_order_rate'] as number | null | undefined) ?? null,
    reduceOnly: (body['reduce_only'] as boolean | undefined) ?? false,
  };
}

/** The core's limits as the wire shows them, in the very fields that PUT takes. */
export function limitsView(limits: unknown): Record<string, unknown> {
  const own = (limits ?? { maxOrderRate: null, reduceOnly: false }) as Readonly<Record<string, unknown>>;
  const view: Record<string, unknown> = {};
  for (const [wire, name, scale] of money) {
    const digits = own[name];
    view[wire] = typeof digits === 'string' ? Number(bigIntToDecimal(BigInt(digits), scale)) : null;
  }
  return { ...view, max_order_rate: own['maxOrderRate'], reduce_only: own['reduceOnly'] };
}
