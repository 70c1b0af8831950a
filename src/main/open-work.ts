import type { CoreState } from '../core/state.js';

/** What is open when the engine stops: one line a graph, so that nobody has to guess. */
export function openWork(state: CoreState): string[] {
  if (state.open.size === 0) return ['no open work'];
  const lines = [`open work: ${state.open.size} graphs`];
  for (const graph of state.open.values()) {
    const nodes = graph.nodes
      .filter((node) => !['filled', 'cancelled', 'expired', 'rejected', 'skipped'].includes(node.status))
      .map((node) => `${node.nodeId} ${node.status}`);
    lines.push(`  ${graph.graphId} ${graph.status}, ${graph.liveChildren} live orders: ${nodes.slice(0, 8).join(', ')}`);
  }
  return lines;
}
