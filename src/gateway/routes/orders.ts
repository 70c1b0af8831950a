/** Submitting, previewing, listing, amending and cancelling orders. */
import Type from 'typebox';
import { assert } from '../../base/assert.js';
import type { Reply } from '../../protocol/commands.js';
import type { GraphSpec } from '../../protocol/graph-spec.js';
import { parseAmend } from '../../protocol/document/requests.js';
import type { JsonObject } from '../../protocol/json/values.js';
import { allowGraph } from '../orders/allow.js';
import { parseNodeOrderId, stripPrefix, type NodeOrderId } from '../orders/ids.js';
import { parseDocument, refusalOf, specOf } from '../orders/normalise.js';
import { sha256 } from '../auth/sha256.js';
import { orderExamples } from '../docs/order-examples.js';
import { ask, leftBehind, refused, stamp, tell } from '../engine.js';
import { limitRate } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';
import { Later, ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { orderBodySchema } from '../../protocol/document/schemas/graph.js';
import { amendSchema } from '../../protocol/document/schemas/requests.js';
import { oneOf, orderStatuses, symbolOf } from './filters.js';
import { Flag, Limit, Ns, Offset, Open, Order, page, Price, Qty, shape, Text } from './schemas.js';

const Submitted = shape({
  graph_id: Text,
  status: Text,
  node_count: Type.Integer(),
  edge_count: Type.Integer(),
  node_order_ids: Type.Record(Type.String(), Text),
  groups: Type.Array(Type.Object({ type: Text, nodes: Type.Array(Text), auto: Flag })),
  is_sandbox: Flag,
});

const Plan = shape({
  legs: Type.Array(Type.Object({ venue: Text, qty_1e8: Qty, price_1e9: Price }, { additionalProperties: true })),
});

const riskCodes = [
  'INSUFFICIENT_BALANCE', 'PRICE_DEVIATION', 'POSITION_LIMIT', 'DAILY_LOSS_LIMIT', 'MAX_NOTIONAL', 'MAX_LEVERAGE',
  'BAD_VENUE', 'STALE_VENUE', 'ORDER_RATE', 'REDUCE_ONLY', 'SELF_TRADE', 'RISK',
] as const;

const AmendMode = Type.Union([Type.Literal('native_atomic'), Type.Literal('cancel_replace'), Type.Null()], {
  description: 'Null: nothing of it rested at a venue.',
});

const ListQueryParams = Type.Object({
  limit: Type.Optional(Limit),
  offset: Type.Optional(Offset),
  symbol: Type.Optional(Type.String({ maxLength: 64 })),
  status: Type.Optional(Type.String({ maxLength: 32, description: `One of ${orderStatuses.join(', ')}, in any case.` })),
  node_order_id: Type.Optional(Type.String({ maxLength: 256 })),
  graph_id: Type.Optional(Type.String({ maxLength: 256 })),
});

export const orderRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/orders',
    tag: 'orders',
    summary: 'Submit an order or a graph. Same graph_id and body: the original answer (200).',
    scope: 'trade',
    body: orderBodySchema,
    bodyKind: 'document',
    examples: orderExamples,
    limited: false,
    startsWork: true,
    answers: { 201: Submitted, 200: Submitted },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_SUPPORTED', 'CONFLICT', 'KILL_SWITCH', ...riskCodes],
    handle: submit,
  }),
  route({
    method: 'POST',
    path: '/v1/orders/preview',
    tag: 'orders',
    summary: 'Plan an order as it would be routed now. Sends nothing.',
    scope: 'read',
    body: orderBodySchema,
    bodyKind: 'document',
    examples: orderExamples,
    answers: { 200: Plan },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_SUPPORTED', 'STALE_VENUE', 'BAD_VENUE'],
    handle: async (call) => {
      const { spec } = specOf(call.gateway, call.principal, parseDocument(call.raw));
      call.warnings.push(...spec.warnings);
      return ok(await ask(call.gateway.port, call.principal.accountId, { kind: 'preview', graph: spec }));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/orders',
    tag: 'orders',
    summary: 'Orders, newest first.',
    scope: 'read',
    query: ListQueryParams,
    answers: { 200: page('orders', Order) },
    handle: async (call) => {
      const { limit = 50, offset = 0, symbol, status, node_order_id, graph_id } = call.query;
      const empty = { orders: [], total: 0, limit, offset, has_more: false };
      if (node_order_id === '') return ok(empty);
      const body = await ask(call.gateway.port, call.principal.accountId, {
        kind: 'orders',
        limit,
        offset,
        ...(symbol === undefined ? {} : { symbol: symbolOf(call, symbol) }),
        ...(status === undefined ? {} : { status: oneOf('status', status, orderStatuses) }),
        ...(graph_id === undefined ? {} : { graphId: stripPrefix(graph_id) }),
        ...(node_order_id === undefined ? {} : { nodeOrderId: stripPrefix(node_order_id) }),
      });
      return ok(body);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/orders/{node_order_id}',
    tag: 'orders',
    summary: 'One order.',
    scope: 'read',
    answers: { 200: Order },
    errors: ['NOT_FOUND'],
    handle: async (call) => ok(await oneOrder(call, orderId(call))),
  }),
  route({
    method: 'PATCH',
    path: '/v1/orders/{node_order_id}',
    tag: 'orders',
    summary: 'Amend price or total quantity.',
    scope: 'trade',
    body: amendSchema,
    bodyKind: 'document',
    answers: { 200: shape({ node_order_id: Text, status: Text, mode: AmendMode, ts_ns: Ns, seq: Type.Integer() }) },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_FOUND', 'CONFLICT', 'KILL_SWITCH', ...riskCodes],
    handle: amend,
  }),
  route({
    method: 'DELETE',
    path: '/v1/orders/{node_order_id}',
    tag: 'orders',
    summary: 'Cancel this order alone.',
    scope: 'trade',
    answers: { 200: Open },
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle: async (call) => ok(await cancelNode(call, orderId(call))),
  }),
];

/** The order id of the path. @throws ApiError NOT_FOUND */
function orderId(call: Call): NodeOrderId {
  const text = call.param('node_order_id');
  const id = parseNodeOrderId(text);
  if (id === null) throw new ApiError('NOT_FOUND', `no order "${text.slice(0, 64)}"; ids look like <graph>:<node>:1`);
  return id;
}

export async function oneOrder(call: Call, id: NodeOrderId): Promise<unknown> {
  const query = { kind: 'orders', limit: 1, offset: 0, nodeOrderId: id.id } as const;
  const body = await ask(call.gateway.port, call.principal.accountId, query);
  const [order] = (body as { readonly orders: readonly unknown[] }).orders;
  if (order === undefined) throw new ApiError('NOT_FOUND', `no order "${id.id}" of this account`);
  return order;
}

export async function cancelNode(call: Call, id: NodeOrderId): Promise<unknown> {
  const { graphId, nodeId } = id;
  const reply = await tell(call.gateway.port, call.principal.accountId, { kind: 'cancel_node', graphId, nodeId });
  const status = reply.body.kind === 'node' || reply.body.kind === 'graph' ? reply.body.status : '';
  return {
    graph_id: graphId,
    node_order_id: id.id,
    status,
    position_left: leftBehind(call, reply),
    ...stamp(call, reply),
  };
}

async function amend(call: Call): Promise<Answer> {
  const id = orderId(call);
  const order = (await oneOrder(call, id)) as { readonly symbol: string };
  const instrument = call.gateway.names.instrument(order.symbol);
  const change = parseAmend(call.raw, instrument, call.gateway.names.listings(instrument));
  if (!change.ok) throw refusalOf(change);
  const { graphId, nodeId } = id;
  await allowGraph(call.gateway, call.principal, graphId, nodeId);
  const command = { kind: 'amend_node', graphId, nodeId, ...change.value } as const;
  const reply = await tell(call.gateway.port, call.principal.accountId, command);
  const body = reply.body;
  return ok({
    node_order_id: id.id,
    status: body.kind === 'node' ? body.status : '',
    mode: body.kind === 'node' ? body.mode : null,
    ...stamp(call, reply),
  });
}

/** Hash of key and bytes: the same client sending the same again. */
function repeatKeyOf(keyId: string, raw: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(`${keyId}\n`), raw]), 'base64url');
}

function submit(call: Call): Later | Promise<Later> {
  const { gateway, principal } = call;
  const document = parseDocument(call.raw);
  const named = typeof document['graph_id'] === 'string';
  const repeatKey = named ? '' : repeatKeyOf(principal.keyId, call.raw);
  try {
    limitRate(gateway, principal);
  } catch (problem) {
    return mayBeRepeat(call, document['graph_id'], repeatKey).then((may) => {
      if (!may) throw problem;
      return accepted(call, document, repeatKey);
    });
  }
  return accepted(call, document, repeatKey);
}

function accepted(call: Call, document: JsonObject, repeatKey: string): Later {
  const { gateway, principal } = call;
  const { spec, bodyHash } = specOf(gateway, principal, document);
  const command = { kind: 'submit', graph: spec, bodyHash, repeatKey } as const;
  return new Later((answer, failed) => {
    gateway.port.command(principal.accountId, command, (reply) => {
      if (reply.ok) answer(submitted(call, spec, repeatKey, reply));
      else failed(refused(reply));
    }, call.receivedMs);
  });
}

/** Repeats are answered before rates: an order that exists, or one whose answer was lost. */
async function mayBeRepeat(call: Call, graphId: unknown, repeatKey: string): Promise<boolean> {
  if (repeatKey !== '') return call.gateway.lost.has(repeatKey);
  return ask(call.gateway.port, call.principal.accountId, { kind: 'graph', graphId: String(graphId) }).then(
    () => true,
    () => false,
  );
}

function submitted(call: Call, spec: GraphSpec, repeatKey: string, reply: Extract<Reply, { ok: true }>): Answer {
  const { gateway, principal } = call;
  assert(reply.body.kind === 'submitted', 'a submit is answered as one');
  const { graphId, status, nodeCount, edgeCount, nodeIds, groups, repeated } = reply.body;
  call.warnings.push(...reply.warnings);
  const answer = {
    graph_id: graphId,
    status,
    node_count: nodeCount,
    edge_count: edgeCount,
    node_order_ids: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, `${graphId}:${nodeId}:1`])),
    groups,
    is_sandbox: spec.isSandbox,
    warnings: [],
  };
  if (repeatKey === '') return ok(answer, repeated ? 200 : 201);
  if (repeated) gateway.lost.served(repeatKey);
  const delivered = (whole: boolean): void => {
    if (!whole) gateway.lost.add(repeatKey);
    gateway.port.command(principal.accountId, { kind: 'answered', graphId, delivered: whole }, () => undefined);
  };
  return { status: repeated ? 200 : 201, body: answer, delivered };
}
