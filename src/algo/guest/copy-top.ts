import type { BookTop as SharedTop } from '../../market/book-views.js';
import { plainReadFloat64 } from '../../memory/words.js';
import { LEVELS, type BookTop } from '../host/book-top.js';

/** A shared book's best levels as its guest counts them: ticks exactly, lots rounded down. */
export function copyTop(from: SharedTop, to: BookTop, units: { readonly tickUnit: number; readonly lotUnit: number }): void {
  const { tickUnit, lotUnit } = units;
  to.bidCount = from.bidCount;
  to.askCount = from.askCount;
  to.recvNs = from.receivedNs;
  copySide(from.bids, from.bidCount, to.levels, 0, tickUnit, lotUnit);
  copySide(from.asks, from.askCount, to.levels, 2 * LEVELS, tickUnit, lotUnit);
}

function copySide(pairs: Float64Array, count: number, levels: Float64Array, at: number, tickUnit: number, lotUnit: number): void {
  if (tickUnit === 1 && lotUnit === 1) return levels.set(pairs, at);
  for (let i = 0; i < 2 * count; i += 2) {
    levels[at + i] = plainReadFloat64(pairs, i) / tickUnit;
    levels[at + i + 1] = Math.floor(plainReadFloat64(pairs, i + 1) / lotUnit);
  }
}
