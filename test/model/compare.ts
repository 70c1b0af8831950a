/** Where engine and twin differ, in words; empty when they agree. */
import type { GraphView } from './engine.js';
import { filledLots, isTerminal } from './twin/history.js';
import type { Twin } from './twin/twin.js';

/** The twin does not tell apart what the page calls pending, working and paused: that is progress, not meaning. */
const coarse = (status: string): string =>
  status === 'pending' || status === 'working' || status === 'paused' ? 'active' : status;

export function compare(twin: Twin, view: GraphView): string[] {
  const problems: string[] = [];
  const differ = (what: string, engine: unknown, page: unknown): void => {
    if (engine !== page) problems.push(`${what}: engine ${String(engine)}, page ${String(page)}`);
  };
  if (twin.reopened) {
    view.nodes.forEach((seen, index) => differ(`${twin.node(index).spec.nodeId} filled`, seen.filled, filledLots(twin.node(index))));
    return problems;
  }
  view.nodes.forEach((seen, index) => {
    const node = twin.node(index);
    const name = node.spec.nodeId;
    differ(`${name} status`, coarse(seen.status), node.status);
    differ(`${name} filled`, seen.filled, filledLots(node));
    // An ended node releases nothing more; a container's slices are judged by `judgeLive`.
    const counted = node.spec.pacing === null && node.activatedNs >= 0;
    if (!isTerminal(node) && !twin.cancelled && counted) differ(`${name} released`, seen.released, twin.released(node));
  });
  view.edges.forEach((seen, index) => {
    const edge = twin.edges[index];
    if (edge === undefined) return;
    const name = edge.spec.edgeId;
    const over = isTerminal(twin.node(edge.spec.to)) || twin.cancelled;
    const state = edge.firings.length > 0 ? 'fired' : edge.dead ? 'dead' : edge.armed ? 'armed' : 'idle';
    differ(`${name} state`, seen.state, state);
    if (!over) differ(`${name} fired`, seen.firedCount, edge.firings.length);
    if (!over && twin.node(edge.spec.to).activatedNs >= 0) differ(`${name} released`, seen.released, twin.edgeReleased(edge));
  });
  const status = view.status === 'cancelling' || view.status === 'paused' ? 'active' : view.status;
  differ('graph status', status, twin.graphStatus());
  return problems;
}
