/** "Simple order": a money target, Σ(price·qty + fees) ≤ notional; its fill ratio is spent / notional. */
import type { NodeSpec } from '../../../src/protocol/graph-spec.js';
import { filledLots, hasLive, type Sizes, type TwinNode } from './history.js';

/** USD 1e-9 that a node may spend; null = its target is a quantity. */
export function moneyOf(spec: NodeSpec): bigint | null {
  return spec.quantity.kind === 'notional' ? BigInt(spec.quantity.usd1e9) : null;
}

export function spent1e9(node: TwinNode, sizes: Sizes): bigint {
  return node.fills.reduce((sum, f) => sum + sizes.usd1e9(node.spec, f.ticks, f.lots) + BigInt(f.feeUsd1e9), 0n);
}

/** What a buy spent and what its live orders may still spend at their limits is within the target. */
export function judgeMoney(node: TwinNode, sizes: Sizes, lateFills: boolean): string[] {
  const money = moneyOf(node.spec);
  // A sell can do better than what it was sized at: looked at when it is placed. What a late fill spends was spent twice.
  if (money === null || node.spec.side === -1 || lateFills) return [];
  const live = node.children.reduce((sum, c) => sum + (c.live ? sizes.usd1e9(node.spec, c.limitTicks, c.lots - c.filled) : 0n), 0n);
  const most = spent1e9(node, sizes) + live;
  return most > money ? [`${node.spec.nodeId}: ${most} spent or live of ${money} (USD 1e-9)`] : [];
}

/** A sell when it is placed: spent and live, at what it may get now, within the target. */
export function judgeMoneyPlaced(node: TwinNode, sizes: Sizes, midQ: number): string[] {
  const money = moneyOf(node.spec);
  if (money === null || node.spec.side === 1) return [];
  const each = (limit: number): number => Math.max(limit, Math.floor(midQ / 4) - 1);
  const live = node.children.reduce((sum, c) => sum + (c.live ? sizes.usd1e9(node.spec, each(c.limitTicks), c.lots - c.filled) : 0n), 0n);
  const most = spent1e9(node, sizes) + live;
  return most > money ? [`${node.spec.nodeId}: sells for ${most} of ${money} (USD 1e-9)`] : [];
}

/** Whole lots that the money left buys at the worst price its orders had, with the dearest fee. */
export function lotsLeft(node: TwinNode, sizes: Sizes, midQ: number): number {
  const money = moneyOf(node.spec) ?? 0n;
  const prices = node.children.map((c) => c.limitTicks);
  if (node.spec.side === -1) prices.push(Math.ceil(midQ / 4) + 1);
  if (node.spec.limitTicks !== null) prices.push(node.spec.limitTicks);
  // A market order's protection price: 50 bps from the arrival mid.
  else if (node.spec.side === 1) prices.push(Math.floor((node.arrivalMidQ * 10_050) / 40_000));
  const worst = prices.length === 0 ? 0 : Math.max(...prices);
  if (worst === 0) return 0;
  const left = money - spent1e9(node, sizes);
  const each = (sizes.usd1e9(node.spec, worst, 1) * BigInt(1_000_000 + sizes.dearestFeeE6(node.spec))) / 1_000_000n;
  const lot = sizes.tradeLot(node.spec);
  const lots = left <= 0n ? 0 : Number(left / each);
  return lots - (lots % lot);
}

/** May it end `filled`: nothing live, something filled, and what is left buys no order? */
export function mayBeFilled(node: TwinNode, sizes: Sizes, midQ: number): boolean {
  return !hasLive(node) && filledLots(node) > 0 && lotsLeft(node, sizes, midQ) < sizes.smallest(node.spec);
}
