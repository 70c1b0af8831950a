/** A graph in one row: the list's element and what the `graphs` channel says on every change. */
import type { CoreState, Graph } from '../state.js';
import { absoluteNs } from './order-view.js';

export function graphRow(state: CoreState, graph: Graph): Record<string, unknown> {
  const nodes = Object.create(null) as Record<string, string>;
  for (const node of graph.nodes) nodes[node.nodeId] = node.status;
  return {
    graph_id: graph.graphId,
    status: graph.status,
    status_reason: graph.statusReason === '' ? null : graph.statusReason,
    is_sandbox: graph.spec.isSandbox,
    created_ns: absoluteNs(state, graph.createdAtNs),
    updated_ns: absoluteNs(state, graph.updatedAtNs),
    nodes,
  };
}
