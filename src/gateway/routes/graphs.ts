/** Graphs: list, look, cancel, pause, resume; fills. */
import Type from 'typebox';
import { ask, leftBehind, stamp, tell } from '../engine.js';
import { allowGraph } from '../orders/allow.js';
import { parseNodeOrderId, stripPrefix } from '../orders/ids.js';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { graphStatuses, oneOf, symbolOf } from './filters.js';
import { cancelNode } from './orders.js';
import { Fill, Graph, GraphChange, GraphRow, Limit, Offset, page } from './schemas.js';

const GraphList = Type.Object({
  limit: Type.Optional(Limit),
  offset: Type.Optional(Offset),
  symbol: Type.Optional(Type.String({ maxLength: 64 })),
  status: Type.Optional(Type.String({ maxLength: 32, description: `One of ${graphStatuses.join(', ')}, in any case.` })),
});

export const graphRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/execution_graphs',
    tag: 'graphs',
    summary: 'Graphs, newest first.',
    scope: 'read',
    query: GraphList,
    answers: { 200: page('graphs', GraphRow) },
    handle: async (call) => {
      const { limit = 50, offset = 0, symbol, status } = call.query;
      const filters = {
        ...(symbol === undefined ? {} : { symbol: symbolOf(call, symbol) }),
        ...(status === undefined ? {} : { status: oneOf('status', status, graphStatuses) }),
      };
      return ok(await ask(call.gateway.port, call.principal.accountId, { kind: 'graphs', limit, offset, ...filters }));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/execution_graphs/{graph_id}',
    tag: 'graphs',
    summary: 'One graph with its nodes, edges, child orders and risk.',
    scope: 'read',
    answers: { 200: Graph },
    errors: ['NOT_FOUND'],
    handle: async (call) => {
      const query = { kind: 'graph', graphId: graphId(call) } as const;
      return ok(await ask(call.gateway.port, call.principal.accountId, query));
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/execution_graphs/{graph_id}',
    tag: 'graphs',
    summary: 'Cancel a graph; with a node order id only that node.',
    scope: 'trade',
    query: Type.Object({ flatten: Type.Optional(Type.Boolean({ default: false })) }),
    answers: { 200: GraphChange },
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle: async (call) => {
      const node = parseNodeOrderId(call.param('graph_id'));
      if (node !== null) return ok(await cancelNode(call, node));
      const flatten = call.query.flatten ?? false;
      if (flatten) await allowGraph(call.gateway, call.principal, graphId(call), null);
      return change(call, { kind: 'cancel_graph', graphId: graphId(call), flatten });
    },
  }),
  route({
    method: 'POST',
    path: '/v1/execution_graphs/{graph_id}/pause',
    tag: 'graphs',
    summary: 'Hold the opening nodes; protective ones stay armed.',
    scope: 'trade',
    body: Type.Object({}, { additionalProperties: false }),
    bodyKind: 'optional',
    answers: { 200: GraphChange },
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle: (call) => change(call, { kind: 'pause_graph', graphId: graphId(call) }),
  }),
  route({
    method: 'POST',
    path: '/v1/execution_graphs/{graph_id}/resume',
    tag: 'graphs',
    summary: 'Go on after a pause, breach or cleared kill switch.',
    startsWork: true,
    scope: 'trade',
    body: Type.Object({}, { additionalProperties: false }),
    bodyKind: 'optional',
    answers: { 200: GraphChange },
    errors: ['NOT_FOUND', 'CONFLICT', 'KILL_SWITCH'],
    handle: async (call) => {
      await allowGraph(call.gateway, call.principal, graphId(call), null);
      return change(call, { kind: 'resume_graph', graphId: graphId(call) });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/fills',
    tag: 'orders',
    summary: 'Fills, newest first.',
    scope: 'read',
    query: Type.Object({
      limit: Type.Optional(Limit),
      offset: Type.Optional(Offset),
      symbol: Type.Optional(Type.String({ maxLength: 64 })),
      graph_id: Type.Optional(Type.String({ maxLength: 256 })),
      node_order_id: Type.Optional(Type.String({ maxLength: 256 })),
    }),
    answers: { 200: page('fills', Fill) },
    handle: async (call) => {
      const { limit = 50, offset = 0, symbol, graph_id, node_order_id } = call.query;
      const body = await ask(call.gateway.port, call.principal.accountId, {
        kind: 'fills',
        limit,
        offset,
        ...(symbol === undefined ? {} : { symbol: symbolOf(call, symbol) }),
        ...(graph_id === undefined ? {} : { graphId: stripPrefix(graph_id) }),
        ...(node_order_id === undefined ? {} : { nodeOrderId: stripPrefix(node_order_id) }),
      });
      return ok(body);
    },
  }),
];

/** @throws ApiError NOT_FOUND */
function graphId(call: Call<unknown, unknown>): string {
  const text = call.param('graph_id');
  const id = stripPrefix(text);
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id)) throw new ApiError('NOT_FOUND', `no graph "${text.slice(0, 64)}"`);
  return id;
}

type GraphCommand = Parameters<typeof tell>[2] & { readonly graphId: string };

async function change(call: Call<unknown, unknown>, command: GraphCommand): Promise<Answer> {
  const reply = await tell(call.gateway.port, call.principal.accountId, command);
  const body = reply.body;
  return ok({
    graph_id: command.graphId,
    status: body.kind === 'graph' ? body.status : '',
    position_left: leftBehind(call, reply),
    ...stamp(call, reply),
  });
}
