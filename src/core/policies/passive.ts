/** `passive_limit`, `passive_ladder` and `time_drip` (semantics §7). */
import { assert, must } from '../../base/assert.js';
import { Prng } from '../../base/prng.js';
import type { Listing } from '../../protocol/universe.js';
import { sometimes } from '../coverage.js';
import { endAttempt, retryIn, setHorizon, wakeAt } from '../graph/attempts.js';
import { floorTo, mulDivFloor, tradeLot } from '../graph/quantities.js';
import { cancelChild } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import { leftBehind } from '../market.js';
import type { CoreState, Node, Peg } from '../state.js';
import { oppositeTouch } from './chase.js';
import { limitOf, tighter } from './prices.js';
import { liveChildren, planNode, restLots, sendPlan } from './place.js';
import { nothingSent, watchRest } from './sor.js';

const LOOK_AGAIN_NS = 100_000_000;

/** Own side's touch of a listing within the node's limit, `improve` ticks better, never taking; 0 = none. */
function touchAt(state: CoreState, node: Node, listing: Listing, improve: number): number {
  const market = must(state.markets[listing.instrument], 'market');
  const quote = market.quotes.find((entry) => entry.listing === listing.id);
  if (quote === undefined || quote.fresh === 0) return 0;
  const { side } = node.spec;
  const limit = limitOf(state, node);
  const touch = side === 1 ? quote.bidTicks : quote.askTicks;
  if (touch <= 0) return 0;
  const opposite = side === 1 ? quote.askTicks : quote.bidTicks;
  assert(improve >= 0 && listing.tickMultiple >= 1, 'a price is improved by whole ticks');
  let ticks = touch + side * improve * listing.tickMultiple;
  if (opposite > 0) ticks = tighter(side, ticks, opposite - side * listing.tickMultiple);
  return tighter(side, ticks, limit);
}

export function actPassiveLimit(state: CoreState, node: Node, want: number, horizonNs: number): void {
  setHorizon(state, node, horizonNs);
  const run = must(node.run, 'run');
  run.attempts += 1;
  const sent = restLots(state, node, want, limitOf(state, node), 'post_only', (listing) => touchAt(state, node, listing, 0));
  if (sent.lots > 0) return watchRest(state, node);
  return nothingSent(state, node, null, sent, false);
}

/** The policy's next decision rests at or near the touch and plans nothing: it needs no level below. */
export function restsAtTouch(state: CoreState, node: Node): boolean {
  const { policy } = node.spec;
  if (policy.kind === 'passive_limit') return true;
  if (policy.kind !== 'passive_ladder') return false;
  const { attemptAtNs } = must(node.run, 'run');
  return attemptAtNs < 0 || state.tNs - attemptAtNs < policy.horizonNs + 2 * policy.stepNs;
}

/** Phases: 0 at the touch, 1 one tick better, 2 at the mid, 3 across. */
export function actLadder(state: CoreState, node: Node, want: number, repegNs: number, horizonNs: number, stepNs: number): void {
  const run = must(node.run, 'run');
  run.attempts += 1;
  const elapsed = state.tNs - run.attemptAtNs;
  assert(run.attemptAtNs >= 0 && elapsed >= 0, 'a ladder climbs within its attempt');
  const phase = elapsed < horizonNs ? 0 : Math.min(3, 1 + Math.floor((elapsed - horizonNs) / stepNs));
  const nextPhaseAt = run.attemptAtNs + horizonNs + phase * stepNs;
  if (phase > run.phase) {
    assert(phase <= 3, 'a ladder has four steps');
    run.phase = phase;
    sometimes(state, 'PASSIVE_ESCALATED');
    // What rests at the old price comes off first; its quantity is asked for again when that is confirmed.
    for (const child of run.children) if (isLiveChild(child.state)) cancelChild(state, child);
  }
  wakeAt(state, node, phase === 0 ? run.attemptAtNs + horizonNs : Math.max(nextPhaseAt, state.tNs + stepNs));
  if (want <= 0) return undefined;
  if (phase === 3) {
    const limit = limitOf(state, node);
    const plan = planNode(state, node, want, limit, false);
    const sent = sendPlan(state, node, plan, limit, 'ioc');
    if (sent.lots > 0) return undefined;
    if (elapsed > horizonNs + 10 * stepNs) return endAttempt(state, node, 'HORIZON');
    return lookAgain(state, node, () => nothingSent(state, node, plan, sent, false));
  }
  const { midQ } = must(state.markets[node.spec.instrument], 'market');
  const sent = restLots(state, node, want, limitOf(state, node), 'post_only', (listing) => {
    if (phase === 2) {
      const mid = node.spec.side === 1 ? Math.floor(midQ / 4) : Math.ceil(midQ / 4);
      const cap = touchAt(state, node, listing, 1_000_000);
      return cap === 0 ? 0 : tighter(node.spec.side, mid - (mid % listing.tickMultiple), cap);
    }
    return touchAt(state, node, listing, phase);
  });
  if (sent.lots > 0) return follow(state, node, repegNs);
  return run.live > 0 ? undefined : lookAgain(state, node, () => nothingSent(state, node, null, sent, false));
}

/** With nothing in the market a ladder is ready at once: only a retry timer keeps it from asking for books for ever. */
function lookAgain(state: CoreState, node: Node, nothing: () => void): void {
  nothing();
  const run = must(node.run, 'run');
  if (run.stop === null && run.retryTimer === null && run.attemptAtNs >= 0) retryIn(state, node, LOOK_AGAIN_NS);
}

/** Follows the touch with what it just posted. */
function follow(state: CoreState, node: Node, repegNs: number): void {
  watchRest(state, node);
  const market = must(state.markets[node.spec.instrument], 'market');
  unfollow(state, node);
  for (const child of liveChildren(node)) {
    if (child.tif !== 'post_only' || child.cancelAsked === 1) continue;
    const listingIndex = market.quotes.findIndex((quote) => quote.listing === child.listing);
    assert(listingIndex >= 0 && child.limitTicks > 0, 'an order that follows a touch rests at a listing of its instrument');
    market.pegs.push({ node, listingIndex, side: child.side, ticks: child.limitTicks, readyAtNs: child.sentAtNs + repegNs });
  }
}

export function unfollow(state: CoreState, node: Node): void {
  const market = must(state.markets[node.spec.instrument], 'market');
  if (market.pegs.length > 0) market.pegs = market.pegs.filter((peg) => peg.node !== node);
}

/** A sample shows that the touch left a peg behind: its order comes off; the node posts anew when that is confirmed. */
export function repeg(state: CoreState, peg: Peg): boolean {
  assert(peg.ticks > 0 && peg.listingIndex >= 0, 'a peg rests at a price of a listing');
  const market = must(state.markets[peg.node.spec.instrument], 'market');
  if (peg.readyAtNs > state.tNs || !leftBehind(peg, market.quotes)) return false;
  sometimes(state, 'PASSIVE_REPEGGED');
  for (const child of liveChildren(peg.node)) if (child.limitTicks === peg.ticks) cancelChild(state, child);
  return true;
}

/** Lots scheduled up to drip `i` of `n`, sizes varied by up to 20 % under the node's seed. Cumulative, exact at the end. */
function scheduled(seed: number, total: number, i: number, n: number, lot: number): number {
  assert(total >= 0 && i >= 0 && n >= 1, 'a schedule is asked for a drip of a quantity');
  if (i >= n) return total;
  const even = mulDivFloor(total, i, n);
  const swing = Math.floor(total / n / 5);
  const shift = swing === 0 ? 0 : new Prng(seed * 4096 + i).between(-swing, swing) / 2;
  return floorTo(Math.max(0, Math.min(total, even + Math.floor(shift))), lot);
}

/**
 * Drips over the horizon. Each posts when urgency is low or the spread is above its 5-minute median while time is
 * left, and crosses when behind schedule or urgency is high.
 */
export function actDrip(state: CoreState, node: Node, want: number, horizonNs: number, drips: number): void {
  const run = must(node.run, 'run');
  const { side } = node.spec;
  const seed = (state.seed % 1_000_003) + node.graph.serial * 257 + node.index;
  const total = node.filled + run.live + want;
  const elapsed = state.tNs - run.attemptAtNs;
  if (run.attempts > 0 && state.tNs < run.phaseAtNs) return undefined;
  run.attempts += 1;
  assert(total >= want && elapsed >= 0, 'a drip is part of what is filled, live and wanted');
  const spacing = Math.floor(horizonNs / drips);
  assert(spacing > 0, 'drips are some time apart');
  const i = Math.min(drips, Math.floor(elapsed / spacing) + 1);
  const lot = tradeLot(state, node);
  const jitter = Math.floor((spacing / 5) * (new Prng(seed * 8192 + i).between(-1000, 1000) / 1000));
  run.phaseAtNs = Math.max(state.tNs + LOOK_AGAIN_NS, run.attemptAtNs + i * spacing + (i < drips ? jitter : 0));
  wakeAt(state, node, run.phaseAtNs);
  const due = scheduled(seed, total, i, drips, lot) - node.filled - run.live;
  const behind = scheduled(seed, total, i - 1, drips, lot) - node.filled;
  const last = elapsed >= horizonNs - spacing;
  if (behind > 0 && run.live > 0) for (const child of liveChildren(node)) cancelChild(state, child);
  if (elapsed >= horizonNs + 10 * spacing) return endAttempt(state, node, 'HORIZON');
  assert(run.phaseAtNs > state.tNs, 'the next drip is later');
  const part = Math.min(want, last ? want : Math.max(due, 0));
  if (part <= 0) return undefined;
  const limit = limitOf(state, node);
  const market = must(state.markets[node.spec.instrument], 'market');
  const wide = market.medianSpreadTicks > 0 && spreadTicks(state, node) > market.medianSpreadTicks;
  const post = !last && node.spec.urgency !== 'high' && behind <= 0 && (node.spec.urgency === 'low' || wide);
  if (post) {
    const sent = restLots(state, node, part, limit, 'post_only', (listing) => touchAt(state, node, listing, 0));
    if (sent.lots > 0) sometimes(state, 'DRIP_POSTED');
    if (sent.lots > 0) return watchRest(state, node);
  }
  const plan = planNode(state, node, part, tighter(side, limit, limit), false);
  const sent = sendPlan(state, node, plan, limit, 'ioc');
  if (sent.lots > 0) sometimes(state, 'DRIP_CROSSED');
  else if (run.childCount === 0 && last) return nothingSent(state, node, plan, sent, false);
  return undefined;
}

function spreadTicks(state: CoreState, node: Node): number {
  const far = oppositeTouch(state, node);
  assert(far >= 0, 'a touch is a price or none');
  const market = must(state.markets[node.spec.instrument], 'market');
  let near = 0;
  for (const quote of market.quotes) {
    const ticks = node.spec.side === 1 ? quote.bidTicks : quote.askTicks;
    if (quote.fresh === 1 && ticks > 0 && (near === 0 || (node.spec.side === 1 ? ticks > near : ticks < near))) near = ticks;
  }
  return far === 0 || near === 0 ? 0 : Math.abs(far - near);
}
