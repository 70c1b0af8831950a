/** No position without its exit: what an outsider can see of it in a state. */
import { must } from '../../src/base/assert.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import { openPosition, smallestOrder } from '../../src/core/graph/quantities.js';
import type { CoreState, Edge, Graph } from '../../src/core/state.js';

/**
 * Entries with a position whose stop (an exit by price) is neither watched nor at work: one line each. Graphs that
 * were cancelled or flattened gave their exits up and are left out.
 */
export function unprotected(state: CoreState): string[] {
  const lines: string[] = [];
  for (const graph of state.graphs.values()) {
    if (graph.userCancelled === 1 || graph.flattening !== null || graph.status === 'cancelling') continue;
    lines.push(...ofGraph(state, graph));
  }
  return lines;
}

function ofGraph(state: CoreState, graph: Graph): string[] {
  const lines: string[] = [];
  for (const edge of graph.edges) {
    if (edge.spec.trigger.kind !== 'on_price') continue;
    const parent = must(graph.nodes[edge.from], 'parent');
    const exit = must(graph.nodes[edge.to], 'exit');
    if (exit.role !== 'exit') continue;
    // Fees in the base asset and lots below the smallest order leave less than was bought.
    const position = openPosition(state, parent);
    if (position < smallestOrder(state, exit)) continue;
    if (isAtWork(state, edge, graph)) continue;
    lines.push(
      `${graph.graphId}: ${position} of ${parent.filled} filled is open, edge ${edge.edgeId} is ${edge.state}, ` +
        `its exit ${exit.status} (${exit.reason}), the graph ${graph.status}`,
    );
  }
  return lines;
}

/** The stop is watched by its level, or it fired and its exit works. */
function isAtWork(state: CoreState, edge: Edge, graph: Graph): boolean {
  const exit = must(graph.nodes[edge.to], 'exit');
  if (isTerminalNode(exit.status)) return false;
  if (edge.firedCount > 0) return true;
  if (edge.state !== 'armed' || edge.spec.trigger.kind !== 'on_price') return false;
  const market = must(state.markets[edge.spec.trigger.instrument], 'market');
  return edge.heapPos >= 0 || market.waiters.some((waiter) => waiter.edge === edge);
}
