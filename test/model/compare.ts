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
  view.nodes.forEach((seen, index) => {
    const node = twin.node(index);
    const name = node.spec.nodeId;
    // Which of two reasons ended a node that never acted, at one instant, is of no consequence.
    const idle = (status: string): boolean => node.activatedNs < 0 && (status === 'skipped' || status === 'cancelled');
    if (!idle(seen.status) || !idle(node.status)) differ(`${name} status`, coarse(seen.status), node.status);
    differ(`${name} filled`, seen.filled, filledLots(node));
    const hedge = twin.role(node).kind === 'hedge';
    // An ended node releases nothing more, and an unsized hedge is cut to its parent's fill at the parent's end.
    const counted = !hedge && node.spec.pacing === null && node.activatedNs >= 0;
    if (!isTerminal(node) && counted) differ(`${name} released`, seen.released, twin.released(node));
  });
  view.edges.forEach((seen, index) => {
    const edge = twin.edges[index];
    if (edge === undefined) return;
    const name = edge.spec.edgeId;
    const over = isTerminal(twin.node(edge.spec.to)) || twin.cancelled;
    // Once the child has ended it is of no consequence whether an edge that never fired is called armed or dead.
    if (over && edge.firings.length === 0) return differ(`${name} fired`, seen.firedCount, 0);
    const state = edge.firings.length > 0 ? 'fired' : edge.dead ? 'dead' : edge.armed ? 'armed' : 'idle';
    differ(`${name} state`, seen.state, state);
    if (!over) differ(`${name} fired`, seen.firedCount, edge.firings.length);
    if (!over && twin.node(edge.spec.to).activatedNs >= 0) differ(`${name} released`, seen.released, twin.edgeReleased(edge));
  });
  const status = view.status === 'cancelling' || view.status === 'paused' ? 'active' : view.status;
  // A container whose slices were all refused has "its slices' sums": rejected or expired, failed or completed.
  const refusedSlices = twin.nodes.some((n) => n.spec.pacing !== null && n.fills.length === 0);
  if (!(refusedSlices && status === 'failed')) differ('graph status', status, twin.graphStatus());
  return problems;
}
