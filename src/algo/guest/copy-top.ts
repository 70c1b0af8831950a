import type { BookTop as SharedTop } from '../../market/book-views.js';
import { plainReadFloat64 } from '../../memory/words.js';
import type { BookTop } from '../host/book-top.js';

/** A shared book's best levels as its guest counts them: ticks exactly, lots rounded down. */
export function copyTop(from: SharedTop, to: BookTop, units: { readonly tickUnit: number; readonly lotUnit: number }): void {
  const { tickUnit, lotUnit } = units;
  to.bidCount = from.bidCount;
  to.askCount = from.askCount;
  to.recvNs = from.receivedNs;
  for (let i = 0; i < from.bidCount; i++) {
    to.bidTicks[i] = plainReadFloat64(from.bids, 2 * i) / tickUnit;
    to.bidLots[i] = Math.floor(plainReadFloat64(from.bids, 2 * i + 1) / lotUnit);
  }
  for (let i = 0; i < from.askCount; i++) {
    to.askTicks[i] = plainReadFloat64(from.asks, 2 * i) / tickUnit;
    to.askLots[i] = Math.floor(plainReadFloat64(from.asks, 2 * i + 1) / lotUnit);
  }
}
