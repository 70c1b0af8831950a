/** Limits that a node's orders keep: explicit limit, protection price, reduce-only (semantics §3, §7). */
import { assert, must } from '../../base/assert.js';
import type { Listing } from '../../protocol/universe.js';
import { planted } from '../planted.js';
import { positionOf } from '../risk/balances.js';
import type { CoreState, Node } from '../state.js';

/** Protective nodes may go at least so far from the present trigger mid. */
export const PROTECTIVE_SLIPPAGE_BPS = 300;
const URGENCY_BPS = { low: 30, medium: 50, high: 100 } as const;

export function slippageBps(node: Node): number {
  const own = node.spec.maxSlippageBps ?? node.graph.spec.risk.preTrade.maxSlippageBps ?? URGENCY_BPS[node.spec.urgency];
  assert(own >= 0, 'a slippage is a distance');
  return node.role === 'opening' ? own : Math.max(own, PROTECTIVE_SLIPPAGE_BPS);
}

/** Quarter-tick mid moved by bps against the node, as ticks on the safe side; at least one tick. */
export function awayFrom(midQ: number, side: number, bps: number): number {
  assert(midQ > 0 && bps >= 0, 'a limit lies some way from a mid');
  const exact = (midQ * (10_000 + side * bps)) / 40_000;
  return Math.max(1, side === 1 ? Math.floor(exact) : Math.ceil(exact));
}

/** Anchors the protection price: once for opening nodes, again at every look for protective ones. */
export function anchorProtection(state: CoreState, node: Node): void {
  const run = must(node.run, 'run of a node that plans');
  const { midQ } = must(state.markets[node.spec.instrument], 'market');
  assert(midQ > 0, 'a protection price needs a mid');
  if (node.role === 'opening') {
    assert(run.arrivalMidQ > 0, 'an opening node is protected from its arrival on');
    if (run.protectionTicks === 0) run.protectionTicks = awayFrom(run.arrivalMidQ, node.spec.side, slippageBps(node));
    return;
  }
  run.protectionTicks = awayFrom(midQ, node.spec.side, slippageBps(node));
}

/**
 * The worst price any order of the node may have: its limit, its protection price for market orders; the tighter of both
 * for an opening limit order with a slippage of its own.
 */
export function limitOf(state: CoreState, node: Node): number {
  const run = must(node.run, 'run');
  if (node.spec.orderType !== 'limit') return run.protectionTicks;
  const worse = planted(state, 'LIMIT_WORSE_BY_A_TICK') ? node.spec.side : 0;
  if (node.spec.maxSlippageBps === null || run.protectionTicks === 0 || node.role !== 'opening') return node.limitTicks + worse;
  // A limit order with a slippage of its own keeps the tighter of both.
  return tighter(node.spec.side, node.limitTicks, run.protectionTicks) + worse;
}

/** The better of two limits for a side: the lower for a buy. */
export function tighter(side: number, a: number, b: number): number {
  return side === 1 ? Math.min(a, b) : Math.max(a, b);
}

/** True when `a` is at least as aggressive as `b` for the side. */
export function crosses(side: number, a: number, b: number): boolean {
  return side === 1 ? a >= b : a <= b;
}

/** Whether an order goes reduce-only: exits of perps where the venue has it and the account's net is on that side. */
export function goesReduceOnly(state: CoreState, node: Node, listing: Listing, side: number, lots: number): boolean {
  const venue = must(state.universe.venues[listing.venue], 'venue');
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
  if (instrument.kind !== 'perp') return false;
  if (node.spec.reduceOnly) return true;
  if (!venue.reduceOnly || node.role !== 'exit') return false;
  assert(lots > 0, 'an order reduces by a quantity');
  const net = positionOf(state, node.graph.accountId, listing.id).lots;
  return net * side < 0 && Math.abs(net) >= lots;
}
