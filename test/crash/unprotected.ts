/** No position without its exit: what an outsider can see of it in a state. */
import { must } from '../../src/base/assert.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import type { CoreState, Graph } from '../../src/core/state.js';

/**
 * Entries with something filled whose stop (an exit by price) is neither armed nor fired nor over because all was
 * closed: one line each. Graphs that were cancelled or flattened gave their exits up and are left out.
 */
export function unprotected(state: CoreState): string[] {
  const lines: string[] = [];
  for (const graph of state.open.values()) {
    if (graph.userCancelled === 1 || graph.flattening !== null || graph.status === 'cancelling') continue;
    lines.push(...ofGraph(graph));
  }
  return lines;
}

function ofGraph(graph: Graph): string[] {
  const lines: string[] = [];
  for (const edge of graph.edges) {
    if (edge.spec.trigger.kind !== 'on_price') continue;
    const parent = must(graph.nodes[edge.spec.from], 'parent');
    const exit = must(graph.nodes[edge.spec.to], 'exit');
    if (exit.role !== 'exit' || parent.filled === 0) continue;
    const closed = parent.exits.reduce((sum, index) => sum + must(graph.nodes[index], 'exit').filled, 0);
    // Fees in the base asset and lots below the smallest order leave less than was bought.
    if (closed >= parent.filled || isTerminalNode(exit.status)) continue;
    if (edge.state === 'armed' || edge.firedCount > 0) continue;
    lines.push(`${graph.graphId}: ${parent.filled} filled, ${closed} closed, edge ${edge.spec.edgeId} is ${edge.state}`);
  }
  return lines;
}
