/** Graphs of all accounts in one index (`state.graphs`, `state.ended`), by `graphKey`. */
import { graphKey } from '../../protocol/graph-key.js';
import type { CoreState, Graph } from '../state.js';

export function keyOf(graph: Graph): string {
  return graphKey(graph.accountId, graph.graphId);
}

/** Whether the graph of that `graphKey` is known and not over. */
export function isOpen(state: CoreState, key: string): boolean {
  const graph = state.graphs.get(key);
  return graph !== undefined && state.open.has(graph.serial);
}
