/** Sending from a policy: pre-trade checks, self-trade avoidance, plans into legs, resting remainders. */
import { assert, must } from '../../base/assert.js';
import type { Side, Tif } from '../../protocol/graph-spec.js';
import type { Listing } from '../../protocol/universe.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitTrace } from '../emit.js';
import { isMoney, sendable } from '../graph/allowance.js';
import { restUntil } from '../graph/attempts.js';
import { edgesOnAccepted } from '../graph/edges.js';
import { floorTo, instrumentOf, smallestAt } from '../graph/quantities.js';
import { cancelChild, onTick, sendChild } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import { ownOpposite } from '../orders/resting.js';
import { positionOf } from '../risk/balances.js';
import { countOrder, refusalOf } from '../risk/pretrade.js';
import type { Plan, PlanCandidate } from '../sor/plan-types.js';
import { planOrder } from '../sor/planner.js';
import type { Child, CoreState, Node } from '../state.js';
import { RoutingFacts } from '../views/routing-view.js';
import { planText, sendsText } from '../views/trace-text.js';
import { venueName } from '../views/wire.js';
import { crosses, goesReduceOnly } from './prices.js';
import { moneyLots } from './money.js';
import { candidatesOf, restingVenues, roomAt } from './venues.js';

/** An own order that was cancelled because a taking one would meet it rests again so long after. */
export const SELF_TRADE_HOLD_NS = 1_000_000_000;

export interface Sent {
  lots: number;
  /** Code of the first refusal, '' = none. */
  refusal: string;
}

/**
 * Sends one leg after its checks; returns '' or the refusal's code. Whoever decides calls `accepted` after the last leg:
 * what that fires may take from the node what its later legs were sized by.
 */
export function sendLeg(
  state: CoreState, node: Node, listing: Listing, side: Side, lots: number, limitTicks: number,
  tif: Exclude<Tif, 'gtd'>, counter: 0 | 1 = 0,
): string {
  assert(lots > 0 && limitTicks >= 0, 'a leg has a quantity and a price');
  const ticks = onTick(listing, side, limitTicks);
  if (ticks <= 0) return 'PRICE_DEVIATION';
  assert(counter === 1 || lots <= sendable(state, node), '3: no order is larger than what its node may still have live');
  assert(listing.instrument === node.spec.instrument, 'an order is for its node\'s instrument');
  const reduceOnly = counter === 1 ? instrumentOf(state, node).kind === 'perp' : goesReduceOnly(state, node, listing, side, lots);
  const refusal = refusalOf(state, node, listing, side, lots, ticks, reduceOnly);
  if (refusal !== '') {
    if (refusal === 'INSUFFICIENT_BALANCE') sometimes(state, 'INSUFFICIENT_BALANCE');
    if (state.tracing) emitTrace(state, node, `${venueName(state.universe, listing.venue)}: not sent, ${refusal}`);
    return refusal;
  }
  // Protective nodes have a budget of their own, without a limit: they neither wait for it nor use up what others have.
  if (node.role === 'opening') countOrder(state, node.graph.accountId);
  assert(node.graph.status !== 'completed' && node.graph.status !== 'cancelled', 'a graph that is over sends nothing');
  const child = sendChild(state, node, listing, side, lots, ticks, tif, reduceOnly, counter);
  if (state.tracing) emitTrace(state, node, sendsText(state, child));
  return '';
}

/** The node passed its checks and has a plan, all of which was sent: `on_accepted`. */
export function accepted(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  if (run.accepted === 1) return;
  assert(run.childCount > 0, 'what is accepted has sent an order');
  run.accepted = 1;
  edgesOnAccepted(state, node, 'on_accepted');
  const { container } = node;
  if (container?.run?.accepted === 0) {
    container.run.accepted = 1;
    edgesOnAccepted(state, container, 'on_accepted');
  }
}

/** Cancels what of the account's own a plan's legs would meet. True when there was any: nothing of it is sent then. */
export function clearForPlan(state: CoreState, node: Node, plan: Plan): boolean {
  let met = false;
  for (const leg of plan.legs) {
    const listing = must(state.universe.listings[leg.listing], 'listing of a leg');
    assert(listing.id === leg.listing && leg.worstTicks > 0, 'a leg reaches a level of its listing');
    if (clearOwn(state, node, listing, node.spec.side, leg.worstTicks)) met = true;
  }
  return met;
}

/** Cancels own resting orders that a taking leg down to `worstTicks` would meet. True when there were any. */
export function clearOwn(state: CoreState, node: Node, listing: Listing, side: number, worstTicks: number): boolean {
  const position = positionOf(state, node.graph.accountId, listing.id);
  if ((side === 1 ? position.openSell : position.openBuy) === 0) return false;
  let met = false;
  for (const child of ownOpposite(state, node.graph.accountId, listing.id, side)) {
    assert(child.side !== side && child.listing === listing.id, 'own orders that could be met are on the other side there');
    if (!crosses(side, worstTicks, child.limitTicks)) continue;
    cancelChild(state, child);
    // It would rest again at once and be met again: it stays away until what meets it has gone through.
    if (child.node !== node) restUntil(state, child.node, state.tNs + SELF_TRADE_HOLD_NS);
    met = true;
  }
  if (met) sometimes(state, 'SELF_TRADE_AVOIDED');
  return met;
}

/** Of the plan at hand: nothing of it outlives the call. */
const candidates: PlanCandidate[] = [];

/** Plans `lots` (or the money left) on the books of the sample at hand. */
export function planNode(state: CoreState, node: Node, lots: number, limitTicks: number, whole: boolean): Plan {
  const sample = must(state.scratch.sample, 'a sample to plan on');
  const { spec } = node;
  return planOrder({
    universe: state.universe,
    instrument: spec.instrument,
    side: spec.side,
    lots: isMoney(node) ? moneyLots(state, node, limitTicks) : lots,
    spend: Infinity,
    limitTicks,
    candidates: candidatesOf(state, node, spec.side, limitTicks, candidates),
    quotes: sample.quotes,
    depth: sample.depth.length === sample.depthCount ? sample.depth : sample.depth.slice(0, sample.depthCount),
    whole,
  });
}

/** Sends every leg of a plan as `tif` at the node's limit. Legs that would meet own orders wait for their cancel. */
export function sendPlan(state: CoreState, node: Node, plan: Plan, limitTicks: number, tif: Exclude<Tif, 'gtd'>): Sent {
  const sent: Sent = { lots: 0, refusal: '' };
  const { trial } = state.scratch;
  const outcome: string[] | null = trial === null ? null : [];
  if (outcome !== null) trial?.push({ node, plan, limitTicks, outcome });
  if (state.tracing) emitTrace(state, node, planText(state, node, plan));
  for (const leg of plan.legs) {
    const listing = must(state.universe.listings[leg.listing], 'listing of a leg');
    const meets = clearOwn(state, node, listing, node.spec.side, leg.worstTicks);
    const refusal = meets ? 'SELF_TRADE' : sendLeg(state, node, listing, node.spec.side, leg.lots, limitTicks, tif);
    outcome?.push(refusal);
    if (refusal === '') sent.lots += leg.lots;
    else if (sent.refusal === '') sent.refusal = refusal;
  }
  assert(sent.lots <= plan.placedLots && (outcome === null || outcome.length === plan.legs.length), 'each leg was sent or refused');
  if (plan.legs.length > 0) sayRouting(state, node, plan);
  return sent;
}

function sayRouting(state: CoreState, node: Node, plan: Plan): void {
  assert(plan.legs.length > 0, 'a routing that is told went somewhere');
  const facts = state.muted ? null : new RoutingFacts(state, node, plan);
  emitAccount(state, node.graph.accountId, 'routing', node.graph.graphId, node.nodeId, facts);
}

/**
 * Rests `lots` at `ticksAt(listing)` (0 = not there): whole at the best-scored venue, split where inventory or
 * balance make it. Returns what was placed and the first refusal.
 */
export function restLots(
  state: CoreState, node: Node, lots: number, limitTicks: number, tif: 'gtc' | 'post_only', ticksAt: (listing: Listing) => number,
): Sent {
  assert(lots > 0, 'something is to rest');
  const sent: Sent = { lots: 0, refusal: '' };
  const instrument = instrumentOf(state, node);
  for (const listing of restingVenues(state, node, node.spec.side, limitTicks)) {
    const ticks = ticksAt(listing);
    if (ticks <= 0) continue;
    const room = Math.min(lots - sent.lots, roomAt(state, node, listing, node.spec.side, ticks));
    const part = floorTo(room, listing.lotMultiple);
    if (part < smallestAt(instrument, listing, ticks)) continue;
    // A limit that would cross an own order takes it, where nothing of others is in between.
    const meets = tif === 'gtc' && clearOwn(state, node, listing, node.spec.side, ticks);
    const refusal = meets ? 'SELF_TRADE' : sendLeg(state, node, listing, node.spec.side, part, ticks, tif);
    if (refusal === '') sent.lots += part;
    else if (sent.refusal === '') sent.refusal = refusal;
    assert(part > 0 && sent.lots <= lots, 'no more rests than was asked for');
    if (sent.lots >= lots) break;
  }
  return sent;
}

export function liveChildren(node: Node): Child[] {
  return must(node.run, 'run').children.filter((child) => isLiveChild(child.state));
}

/** Leaves a venue out of this node's plans for a while after a refusal. */
export function coolDown(state: CoreState, node: Node, venue: number, ns: number): void {
  const run = must(node.run, 'run');
  assert(ns >= 0 && venue < state.venues.length, 'a venue is left out for a while');
  sometimes(state, 'VENUE_COOLING_DOWN');
  const known = run.cooldowns.find((entry) => entry.venue === venue);
  if (known === undefined) run.cooldowns.push({ venue, untilAtNs: state.tNs + ns });
  else known.untilAtNs = state.tNs + ns;
}
