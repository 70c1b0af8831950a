/** Lists over the state, newest first, in the gateway's filters (wire.md: orders, graphs). */
import { must } from '../../base/assert.js';
import type { ListQuery } from '../../protocol/engine-port.js';
import type { CoreState, Graph, Node } from '../state.js';
import { graphRow } from './graph-row.js';
import { nodeOrderId, orderStatus, orderView } from './order-view.js';

/** A list's answer: rows and the wire's paging fields, under `name`. */
function page(name: string, rows: readonly unknown[], total: number, query: ListQuery): Record<string, unknown> {
  return { [name]: rows, total, limit: query.limit, offset: query.offset, has_more: query.offset + rows.length < total };
}

/** Strips the optional `graph:` prefix of an order id. */
export function plainOrderId(id: string): string {
  return id.startsWith('graph:') ? id.slice('graph:'.length) : id;
}

/** The node that `<graph>:<node>:<n>` names, or null. */
export function findNode(state: CoreState, accountId: number, orderId: string): Node | null {
  const parts = plainOrderId(orderId).split(':');
  const graph = state.graphs.get(parts[0] ?? '');
  if (graph === undefined || graph.accountId !== accountId || parts.length !== 3) return null;
  return graph.nodes.find((node) => node.nodeId === parts[1]) ?? null;
}

function graphsOf(state: CoreState, accountId: number, query: ListQuery): Graph[] {
  const only = query.graphId === undefined ? null : state.graphs.get(query.graphId);
  const all = only === undefined ? [] : only === null ? [...state.graphs.values()].reverse() : [only];
  return all.filter((graph) => graph.accountId === accountId);
}

export function ordersView(state: CoreState, accountId: number, query: ListQuery): Record<string, unknown> {
  if (query.nodeOrderId !== undefined) {
    const node = query.nodeOrderId === '' ? null : findNode(state, accountId, query.nodeOrderId);
    return page('orders', node === null ? [] : [orderView(state, node)], node === null ? 0 : 1, query);
  }
  const rows: unknown[] = [];
  let total = 0;
  for (const graph of graphsOf(state, accountId, query)) {
    for (const node of graph.nodes) {
      if (!matches(state, node, query)) continue;
      if (total >= query.offset && rows.length < query.limit) rows.push(orderView(state, node));
      total += 1;
    }
  }
  return page('orders', rows, total, query);
}

function matches(state: CoreState, node: Node, query: ListQuery): boolean {
  if (query.symbol !== undefined && must(state.universe.instruments[node.spec.instrument], 'instrument').symbol !== query.symbol) return false;
  if (query.status === undefined) return true;
  return orderStatus(node) === query.status.toUpperCase();
}

export function graphsView(state: CoreState, accountId: number, query: ListQuery): Record<string, unknown> {
  const all = graphsOf(state, accountId, query).filter((graph) => query.status === undefined || graph.status === query.status.toLowerCase());
  const rows = all.slice(query.offset, query.offset + query.limit).map((graph) => graphRow(state, graph));
  return page('graphs', rows, all.length, query);
}

export function singleOrderView(state: CoreState, accountId: number, orderId: string): Record<string, unknown> | null {
  const node = findNode(state, accountId, orderId);
  return node === null ? null : { ...orderView(state, node), node_order_id: nodeOrderId(node) };
}
