/** "Edges": when the condition of an edge that is not `on_fill` holds, as a function of the history. */
import type { EdgeSpec } from '../../../src/protocol/graph-spec.js';
import { filledLots, hasLive, isTerminal, notionalOf, type Sizes, type TwinNode } from './history.js';
import { moneyOf, spent1e9 } from './money.js';

export function triggerHolds(
  edge: EdgeSpec,
  parent: TwinNode,
  nowNs: number,
  midsQ: ReadonlyMap<number, number>,
  silentEnds: readonly string[],
  sizes: Sizes,
): boolean {
  const trigger = edge.trigger;
  const ended = isTerminal(parent) && !hasLive(parent);
  switch (trigger.kind) {
    case 'on_accepted':
      return parent.children.length > 0;
    case 'on_venue_ack':
      return parent.children.some((c) => c.acked);
    case 'on_first_fill':
    case 'on_fill':
      return parent.fills.length > 0;
    case 'on_fill_ratio': {
      const money = moneyOf(parent.spec);
      if (money !== null) return spent1e9(parent, sizes) * 100_000_000n >= BigInt(trigger.ratioE8) * money;
      return BigInt(filledLots(parent)) * 100_000_000n >= BigInt(trigger.ratioE8) * BigInt(parent.ceiling);
    }
    case 'on_full_fill':
      return parent.status === 'filled';
    case 'on_cancel':
      return (
        ended &&
        (parent.status === 'cancelled' || parent.status === 'expired') &&
        filledLots(parent) < parent.ceiling &&
        !silentEnds.includes(parent.reason)
      );
    case 'on_done':
      return ended && parent.status !== 'skipped';
    case 'on_timeout':
      return nowNs >= parent.activatedNs + trigger.afterNs;
    case 'on_price':
      return priceHolds(trigger, parent, midsQ.get(trigger.instrument) ?? 0);
  }
}

/** At or beyond the level, without rounding: mid·G·10⁶ against 4·Σ(price·qty)·(10⁶ + offset). */
function priceHolds(
  trigger: Extract<EdgeSpec['trigger'], { kind: 'on_price' }>,
  parent: TwinNode,
  midQ: number,
): boolean {
  if (midQ <= 0) return false;
  let left = BigInt(midQ);
  let right: bigint;
  if (trigger.level.kind === 'absolute') {
    right = BigInt(trigger.level.quarterTicks);
  } else if (trigger.level.kind === 'graph_entry_price') {
    left *= BigInt(filledLots(parent)) * 1_000_000n;
    right = 4n * notionalOf(parent) * BigInt(1_000_000 + trigger.level.offsetPpm);
  } else {
    throw new Error('the twin draws absolute levels and entry prices only');
  }
  return trigger.direction === 'above' ? left >= right : left <= right;
}
