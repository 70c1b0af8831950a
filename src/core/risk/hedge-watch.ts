/**
 * Hedges that stay unhedged or are refused (semantics §9, on_node_failure), and net hedges that buy back when exits
 * close their parent (§5, `net`).
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert } from '../emit.js';
import { touch, touchGraph } from '../graph/dirty.js';
import { edgeAt } from '../graph/edges.js';
import { isTerminalNode } from '../graph/node-table.js';
import { floorTo, instrumentOf, nodeAt, openPosition, protectedLots, scaleToChild, smallestAt, tradeLot } from '../graph/quantities.js';
import { awayFrom, PROTECTIVE_SLIPPAGE_BPS } from '../policies/prices.js';
import { sendLeg } from '../policies/place.js';
import type { CoreState, Node } from '../state.js';

/** Refused so many times running, a hedge has failed. */
export const HEDGE_REFUSALS_MAX = 3;

/** Net target of a hedge that follows its parent's position, in its lots; -1 = it does not follow one. */
export function netTarget(state: CoreState, hedge: Node): number {
  assert(hedge.role === 'hedge', 'only hedges follow a position');
  for (const index of hedge.inEdges) {
    const edge = edgeAt(hedge.graph, index);
    const { sizing } = edge.spec;
    if (sizing.kind !== 'linear_hedge' || !sizing.net || edge.firedCount === 0) continue;
    const parent = nodeAt(hedge.graph, edge.from);
    return scaleToChild(state, parent, Math.max(0, openPosition(state, parent)), 0, sizing.factorE8, hedge);
  }
  return -1;
}

/** Buys back what a net hedge has too much. True when it sent or waits for such an order. */
export function balanceHedge(state: CoreState, hedge: Node): boolean {
  const run = must(hedge.run, 'run');
  const target = netTarget(state, hedge);
  if (target < 0) return false;
  assert(run.counterLive >= 0 && run.counterFilled >= 0, 'what a hedge buys back is never negative');
  if (run.counterLive > 0) return true;
  const over = hedge.filled - run.counterFilled - target;
  const lots = floorTo(over, tradeLot(state, hedge));
  const { midQ } = must(state.markets[hedge.spec.instrument], 'market');
  if (lots <= 0 || midQ <= 0 || run.live > 0 || run.retryTimer !== null) return false;
  const side = hedge.spec.side === 1 ? -1 : 1;
  const limit = awayFrom(midQ, side, PROTECTIVE_SLIPPAGE_BPS);
  for (const child of run.children) {
    const listing = must(state.universe.listings[child.listing], 'listing');
    if (lots < smallestAt(instrumentOf(state, hedge), listing, limit) || child.filled === 0) continue;
    if (sendLeg(state, hedge, listing, side, lots, limit, 'ioc', 1) !== '') continue;
    sometimes(state, 'HEDGE_BOUGHT_BACK');
    return true;
  }
  return false;
}

/** Counts a refusal of a hedge's order, by its venue or by a check before; the third running is a failure. */
export function hedgeRefused(state: CoreState, node: Node): void {
  if (node.role !== 'hedge' || must(node.run, 'run').refusals < HEDGE_REFUSALS_MAX) return;
  judgeHedge(state, node.container ?? node, true);
}

/** A hedge whose protected part is unfilled has failed: by its alert timer, or refused too often. */
export function judgeHedge(state: CoreState, hedge: Node, refused: boolean): void {
  const run = must(hedge.run, 'run');
  if (isTerminalNode(hedge.status) || run.hedgeFailAtNs >= 0) return;
  if (protectedLots(state, hedge) + run.counterFilled - hedge.filled <= 0) return;
  run.hedgeFailAtNs = state.tNs;
  const action = hedge.graph.spec.risk.failure.onNodeFailure ?? 'stop_parent';
  emitAlert(state, 'HEDGE_FAILED', hedge.graph, hedge.nodeId, `unhedged: ${refused ? 'refused three times running' : 'not filled in time'}; ${action}`);
  assert(run.hedgeFailAtNs === state.tNs && !isTerminalNode(hedge.status), 'a hedge fails once, while it is under way');
  if (action === 'stop_parent') return stopParents(state, hedge);
  if (action === 'continue') return undefined;
  hedge.graph.failureDue = action;
  hedge.graph.failureReason = 'HEDGE_FAILED';
  return touchGraph(state, hedge.graph);
}

/** The parents' open children are cancelled until the user resumes; the hedge goes on trying. */
function stopParents(state: CoreState, hedge: Node): void {
  assert(hedge.role === 'hedge' && hedge.ps.length > 0, 'a hedge has parents to stop');
  for (const p of hedge.ps) {
    const parent = nodeAt(hedge.graph, p);
    if (isTerminalNode(parent.status) || parent.stopped === 1) continue;
    sometimes(state, 'HEDGE_FAILED_PARENT_STOPPED');
    parent.stopped = 1;
    touch(state, parent);
    for (const node of hedge.graph.nodes) if (node.container === parent) touch(state, node);
  }
}
