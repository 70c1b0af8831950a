/** Graphs of all accounts in one index (`state.graphs`, `state.open`, `state.ended`), by `graphKey`. */
import { graphKey } from '../../protocol/graph-key.js';
import type { Graph } from '../state.js';

export function keyOf(graph: Graph): string {
  return graphKey(graph.accountId, graph.graphId);
}
