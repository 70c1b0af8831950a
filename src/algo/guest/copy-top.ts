import type { BookTop as SharedTop } from '../../market/book-views.js';
import { plainReadFloat64 } from '../../memory/words.js';
import type { BookTop } from '../host/book-top.js';

/** A shared book's best levels as its guest counts them: ticks exactly, lots rounded down. */
export function copyTop(from: SharedTop, to: BookTop, units: { readonly tickUnit: number; readonly lotUnit: number }): void {
  const { tickUnit, lotUnit } = units;
  to.bidCount = from.bidCount;
  to.askCount = from.askCount;
  to.recvNs = from.receivedNs;
  copySide(from.bids, from.bidCount, to.bidTicks, to.bidLots, tickUnit, lotUnit);
  copySide(from.asks, from.askCount, to.askTicks, to.askLots, tickUnit, lotUnit);
}

function copySide(pairs: Float64Array, count: number, ticks: Float64Array, lots: Float64Array, tickUnit: number, lotUnit: number): void {
  if (tickUnit === 1 && lotUnit === 1) {
    for (let i = 0; i < count; i++) {
      ticks[i] = plainReadFloat64(pairs, 2 * i);
      lots[i] = plainReadFloat64(pairs, 2 * i + 1);
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    ticks[i] = plainReadFloat64(pairs, 2 * i) / tickUnit;
    lots[i] = Math.floor(plainReadFloat64(pairs, 2 * i + 1) / lotUnit);
  }
}
