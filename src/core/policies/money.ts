/**
 * Money targets (semantics §2): Σ(price·qty + fees) ≤ notional. Every order is sized from the money left at its worst
 * price and the dearest fee; a sell, which can only do better than its limit, at what it may get now.
 */
import { assert, must } from '../../base/assert.js';
import { eligible, floorTo, instrumentOf, tradeLot } from '../graph/quantities.js';
import { isLiveChild } from '../orders/child-table.js';
import type { CoreState, Node } from '../state.js';

function dearestFeeE6(state: CoreState, node: Node): number {
  let fee = 0;
  for (const id of instrumentOf(state, node).listings) fee = Math.max(fee, must(state.universe.listings[id], 'listing').takerFeeE6);
  return fee;
}

/** Policies that post outside the other side's touch get their own side's, the others the far one. */
function posts(node: Node): boolean {
  const { kind } = node.spec.policy;
  return node.spec.tif === 'post_only' || kind === 'passive_limit' || kind === 'passive_ladder' || kind === 'time_drip';
}

/** The price at which money is counted for an order at `limitTicks`. */
function countedTicks(state: CoreState, node: Node, limitTicks: number): number {
  if (node.spec.side === 1) return limitTicks;
  const { quotes } = must(state.markets[node.spec.instrument], 'market');
  const asks = posts(node);
  let ticks = limitTicks;
  for (const listing of eligible(state, node)) {
    const quote = quotes.find((entry) => entry.listing === listing.id);
    if (quote !== undefined && quote.fresh === 1) ticks = Math.max(ticks, asks ? quote.askTicks : quote.bidTicks);
  }
  assert(ticks >= limitTicks, 'a sell is counted at its limit or better');
  return ticks;
}

/** Money left in ticks·lots, by what was spent and what live children may still spend. */
function moneyLeft(state: CoreState, node: Node): number {
  const { quantity } = node.spec;
  assert(quantity.kind === 'notional', 'only money targets have money left');
  const run = must(node.run, 'run');
  const { tick1e9, lot1e8 } = instrumentOf(state, node);
  const perTickLot = BigInt(tick1e9) * BigInt(lot1e8);
  const withFee = BigInt(1_000_000 + dearestFeeE6(state, node));
  let spent = (run.value.toBigInt() * perTickLot) / 100_000_000n + run.fees.toBigInt();
  for (const child of run.children) {
    if (!isLiveChild(child.state) || child.lots <= child.filled) continue;
    assert(child.limitTicks > 0, 'an order has a price');
    const value = BigInt(countedTicks(state, node, child.limitTicks)) * BigInt(child.lots - child.filled) * perTickLot;
    spent += (value * withFee + 99_999_999_999_999n) / 100_000_000_000_000n;
  }
  assert(spent >= 0n || run.fees.sign() < 0, 'money is spent, rebates aside');
  const left = BigInt(quantity.usd1e9) - spent;
  return left <= 0n ? 0 : Number((left * 100_000_000n) / perTickLot);
}

/** What the money left buys, or is got for, by orders at `limitTicks`, in trade lots. */
export function moneyLots(state: CoreState, node: Node, limitTicks: number): number {
  if (limitTicks <= 0) return 0;
  const each = countedTicks(state, node, limitTicks) * (1 + dearestFeeE6(state, node) / 1e6);
  assert(each > 0, 'a lot costs something');
  return floorTo(Math.floor(moneyLeft(state, node) / each), tradeLot(state, node));
}
