/** Stopping everything of a scope, and clearing that again. */
import Type from 'typebox';
import type { KillScope, KillState } from '../../protocol/commands.js';
import { parseKill, parseKillClear } from '../../protocol/document/requests.js';
import { refusalOf } from '../orders/normalise.js';
import { ask, stamp, tell, type GoodReply } from '../engine.js';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { killClearSchema, killSwitchSchema } from '../../protocol/document/schemas/requests.js';
import { Ns, Open, shape, Text } from './schemas.js';

const Switched = shape({ active: Type.Array(Open), ts_ns: Ns, seq: Type.Integer() });

export const killRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/kill_switch',
    tag: 'kill switch',
    summary: 'From the answer on no new order of that scope leaves.',
    scope: 'trade',
    body: killSwitchSchema,
    bodyKind: 'optional-document',
    limited: false,
    answers: { 200: Switched },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_FOUND'],
    handle: async (call) => {
      const parsed = parseKill(call.raw, call.principal.accountId, call.gateway.resolver);
      if (!parsed.ok) throw refusalOf(parsed);
      allowScope(call, parsed.value.scope);
      const reply = await tell(call.gateway.port, call.principal.accountId, { kind: 'kill', ...parsed.value });
      return switched(call, reply, parsed.value.scope, true);
    },
  }),
  route({
    method: 'POST',
    path: '/v1/kill_switch/clear',
    tag: 'kill switch',
    summary: 'Clear the same scope. Resumes nothing by itself.',
    scope: 'trade',
    body: killClearSchema,
    bodyKind: 'optional-document',
    answers: { 200: Switched },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_FOUND'],
    handle: async (call) => {
      const parsed = parseKillClear(call.raw, call.principal.accountId, call.gateway.resolver);
      if (!parsed.ok) throw refusalOf(parsed);
      const { scope } = parsed.value;
      allowScope(call, scope);
      const reply = await tell(call.gateway.port, call.principal.accountId, { kind: 'kill_clear', scope });
      return switched(call, reply, scope, false);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/kill_switch',
    tag: 'kill switch',
    summary: 'Which switches are set.',
    scope: 'read',
    answers: { 200: Open },
    handle: async (call) => {
      const body = await ask(call.gateway.port, call.principal.accountId, { kind: 'kill_switch' });
      return ok({ active: visible(call, (body as { readonly active: readonly KillState[] }).active) });
    },
  }),
  route({
    method: 'POST',
    path: '/v1/venue_cancel_all/{venue}',
    tag: 'kill switch',
    summary: 'Cancel every live child order of the account on a venue.',
    scope: 'trade',
    body: Type.Object({}, { additionalProperties: false }),
    bodyKind: 'optional',
    limited: false,
    answers: { 200: shape({ venue: Text, cancelled: Type.Integer(), ts_ns: Ns, seq: Type.Integer() }) },
    errors: ['NOT_FOUND'],
    handle: async (call) => {
      const venue = call.gateway.names.venue(call.param('venue'));
      const command = { kind: 'venue_cancel_all', venue: venue.id } as const;
      const reply = await tell(call.gateway.port, call.principal.accountId, command);
      const cancelled = reply.body.kind === 'cancelled' ? reply.body.count : 0;
      return ok({ venue: venue.name, cancelled, ...stamp(call, reply) });
    },
  }),
];

type AnyCall = Call<unknown, unknown>;

/** @throws ApiError FORBIDDEN: everybody's trading is an administrator's to stop and to free */
function allowScope(call: AnyCall, scope: KillScope): void {
  if (scope.kind === 'global' && !call.principal.scopes.includes('admin')) {
    throw new ApiError('FORBIDDEN', 'the scope "global" needs a key with the scope "admin"');
  }
}

/** The switches that concern the caller's account; others' are theirs to know. The engine filters them, too. */
function visible(call: AnyCall, states: readonly KillState[]): unknown[] {
  const { accountId } = call.principal;
  const mine = states.filter(({ scope }) => scope.kind === 'global' || scope.accountId === accountId);
  return mine.map((state) => stateRow(call, state));
}

function switched(call: AnyCall, reply: GoodReply, scope: KillScope, engaged: boolean): Answer {
  const body = reply.body;
  return ok({
    engaged,
    scope: scopeText(call, scope),
    active: body.kind === 'kill' ? visible(call, body.active) : [],
    // The account's own: a global switch pauses everybody's, and those are their owners' to know.
    graphs: body.kind === 'kill' ? body.graphs : [],
    graph_count: body.kind === 'kill' ? body.graphs.length : 0,
    ...stamp(call, reply),
  });
}

function stateRow(call: AnyCall, state: KillState): unknown {
  return {
    scope: scopeText(call, state.scope),
    reason: state.reason,
    allow_exits: state.allowExits,
    since_ns: call.gateway.port.baseNs() + BigInt(state.sinceNs),
  };
}

function scopeText(call: AnyCall, scope: KillScope): string {
  if (scope.kind === 'venue') return `venue:${call.gateway.names.venueName(scope.venue)}`;
  return scope.kind === 'graph' ? `graph:${scope.graphId}` : scope.kind;
}
