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
import { ownTarget } from '../graph/allowance.js';
import { RETRY_NS, retryIn } from '../graph/attempts.js';
import { eligible, floorTo, instrumentOf, nodeAt, openPosition, protectedLots, smallestAt, smallestOrder, tradeLot } from '../graph/quantities.js';
import { asideAt } from '../orders/aside.js';
import { awayFrom, PROTECTIVE_SLIPPAGE_BPS } from '../policies/prices.js';
import { sendLeg } from '../policies/place.js';
import type { Child, CoreState, Node } from '../state.js';

/** Refused so many times running, a hedge has failed. */
export const HEDGE_REFUSALS_MAX = 3;

/** Whether a hedge follows its parent's position: a net edge of it has fired. */
export function isNetHedge(hedge: Node): boolean {
  for (const index of hedge.inEdges) {
    const edge = edgeAt(hedge.graph, index);
    const { sizing } = edge.spec;
    if (edge.firedCount > 0 && sizing.kind === 'linear_hedge' && sizing.net) return true;
  }
  return false;
}

/**
 * Buys back what a net hedge has beyond what is released to it, where it sold it. True when it sent or waits for such an
 * order; what comes back is tried again a second later.
 */
export function balanceHedge(state: CoreState, hedge: Node): boolean {
  const run = must(hedge.run, 'run');
  if (!isNetHedge(hedge)) return false;
  assert(run.counterLive >= 0 && run.counterFilled >= 0, 'what a hedge buys back is never negative');
  if (run.counterLive > 0) return true;
  // What exits of the hedge itself closed is not there to be bought back.
  const over = Math.min(hedge.filled - run.counterFilled - ownTarget(hedge), openPosition(state, hedge));
  let lots = floorTo(over, tradeLot(state, hedge));
  const { midQ } = must(state.markets[hedge.spec.instrument], 'market');
  if (lots < smallestOrder(state, hedge) || midQ <= 0 || run.live > 0 || run.retryTimer !== null) return false;
  const isCounter = (child: Child): boolean => child.counter === 1;
  const last = run.children.findLast(isCounter) ?? run.aside?.orders.findLast(isCounter);
  if (last !== undefined && last.filled < last.lots && state.tNs - last.doneAtNs < RETRY_NS) {
    retryIn(state, hedge, last.doneAtNs + RETRY_NS - state.tNs);
    return false;
  }
  const side = hedge.spec.side === 1 ? -1 : 1;
  const limit = awayFrom(midQ, side, PROTECTIVE_SLIPPAGE_BPS);
  for (const listing of eligible(state, hedge)) {
    const there = Math.min(lots, heldAt(hedge, listing.id));
    const part = floorTo(there, listing.lotMultiple);
    if (part < smallestAt(instrumentOf(state, hedge), listing, limit)) continue;
    if (sendLeg(state, hedge, listing, side, part, limit, 'ioc', 1) === '') lots -= part;
  }
  if (run.counterLive > 0) sometimes(state, 'HEDGE_BOUGHT_BACK');
  else retryIn(state, hedge, RETRY_NS);
  return run.counterLive > 0;
}

/** Lots of a hedge at a listing: sold there and not bought back. */
function heldAt(hedge: Node, listing: number): number {
  const aside = asideAt(hedge, listing);
  let lots = aside.filled - aside.counterFilled;
  for (const child of must(hedge.run, 'run').children) if (child.listing === listing) lots += child.counter === 1 ? -child.filled : child.filled;
  return Math.max(0, lots);
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
