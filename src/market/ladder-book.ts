/**
 * The recorded market of one simulated listing on the AssemblyScript ladder: a message is one call, whatever it holds.
 * Read and written by one thread, so without locks; the published book of a listing is another (book-writer.ts).
 *
 * Allocates: when levels outside the window are walked (found once a message), and in pairs().
 */
import { assert } from '../base/assert.js';
import { float64View, int32View, requireRegion, uint32View } from '../memory/region.js';
import { plainReadFloat64, plainReadInt32, plainReadUint32, plainWriteFloat64, plainWriteInt32 } from '../memory/words.js';
import {
  ASKS_ABOVE, ASKS_BELOW, BASE_TICK, BEST_ASK_INDEX, BEST_BID_INDEX, BIDS_ABOVE, BIDS_BELOW, CHANGES_MAX, SPARSE_CELLS, WINDOW_TICKS,
} from './assembly/layout.js';
import { bookBytes, ladderOffsets, type BookPlace } from './book-layout.js';
import { farLevels, farLotsOn, nextAbove, nextBelow } from './ladder-walk.js';
import type { MarketModule } from './market-module.js';
import type { RecordedBook, RecordedSide } from './recorded-book.js';
import type { MarketMessage } from './replay-source.js';

export class LadderBook implements RecordedBook {
  readonly bids: LadderSide;
  readonly asks: LadderSide;
  readonly #module: MarketModule;
  readonly #book: number;

  constructor(module: MarketModule, place: BookPlace) {
    requireRegion(place.region, bookBytes(place), 'ladder book');
    assert(place.region.buffer === module.buffer, 'book and module must share one memory');
    this.#module = module;
    this.#book = place.region.offset;
    const int32 = int32View(place.region);
    plainWriteInt32(int32, WINDOW_TICKS >> 2, place.windowTicks);
    plainWriteInt32(int32, SPARSE_CELLS >> 2, place.sparseCells);
    module.exports.initBook(this.#book);
    this.bids = new LadderSide(place, 1);
    this.asks = new LadderSide(place, -1);
  }

  replace(message: MarketMessage): void {
    this.#hand(message);
    this.#module.exports.replaceLevels(this.#book, this.#module.scratch, message.bidCount, message.askCount);
  }

  change(message: MarketMessage): void {
    this.#hand(message);
    this.#module.exports.changeLevels(this.#book, this.#module.scratch, message.bidCount, message.askCount);
  }

  #hand(message: MarketMessage): void {
    const { bids, bidCount, asks, askCount } = message;
    assert(bidCount + askCount <= CHANGES_MAX, `a message holds at most ${CHANGES_MAX} levels`);
    const { changes } = this.#module;
    for (let i = 0; i < 2 * bidCount; i += 2) copyPair(bids, i, changes, i);
    for (let i = 0; i < 2 * askCount; i += 2) copyPair(asks, i, changes, 2 * bidCount + i);
    this.bids.changed();
    this.asks.changed();
  }
}

function copyPair(from: Float64Array, at: number, into: Float64Array, to: number): void {
  plainWriteFloat64(into, to, plainReadFloat64(from, at));
  plainWriteFloat64(into, to + 1, plainReadFloat64(from, at + 1));
}

/** One side, walked from the market outwards: levels better than the window, in it, and worse. */
class LadderSide implements RecordedSide {
  readonly sign: 1 | -1;
  readonly #int32: Int32Array;
  readonly #uint32: Uint32Array;
  readonly #float64: Float64Array;
  readonly #window: number;
  readonly #cells: number;
  /** Word indices of the view. */
  readonly #bits: number;
  readonly #summary: number;
  readonly #lots: number;
  readonly #sparse: number;
  /** Counters of levels that lie better and worse than the window, and the best index in it. */
  readonly #better: number;
  readonly #worse: number;
  readonly #best: number;
  /** Levels outside the window, best first; null = not looked up since the last message. */
  #far: Float64Array | null = null;

  constructor(place: BookPlace, sign: 1 | -1) {
    const at = ladderOffsets(place);
    this.sign = sign;
    this.#int32 = int32View(place.region);
    this.#uint32 = uint32View(place.region);
    this.#float64 = float64View(place.region);
    this.#window = place.windowTicks;
    this.#cells = place.sparseCells;
    this.#bits = (sign === 1 ? at.bidBits : at.askBits) >> 2;
    this.#summary = (sign === 1 ? at.bidSummary : at.askSummary) >> 2;
    this.#lots = (sign === 1 ? at.bidLots : at.askLots) >> 3;
    this.#sparse = (sign === 1 ? at.bidSparse : at.askSparse) >> 3;
    this.#better = (sign === 1 ? BIDS_ABOVE : ASKS_BELOW) >> 2;
    this.#worse = (sign === 1 ? BIDS_BELOW : ASKS_ABOVE) >> 2;
    this.#best = (sign === 1 ? BEST_BID_INDEX : BEST_ASK_INDEX) >> 2;
  }

  /** A message was applied: what was found outside the window is old. */
  changed(): void {
    this.#far = null;
  }

  bestTicks(): number {
    if (plainReadInt32(this.#int32, this.#better) > 0) return this.#farWorseThan(Infinity * this.sign);
    const index = plainReadInt32(this.#int32, this.#best);
    if (index >= 0 && index < this.#window) return this.#base() + index;
    return plainReadInt32(this.#int32, this.#worse) > 0 ? this.#farWorseThan(Infinity * this.sign) : 0;
  }

  worseThan(ticks: number): number {
    const base = this.#base();
    const offset = ticks - base;
    const isBetter = this.sign === 1 ? offset >= this.#window : offset < 0;
    const isWorse = this.sign === 1 ? offset < 0 : offset >= this.#window;
    if (isBetter && plainReadInt32(this.#int32, this.#better) > 0) {
      const next = this.#farWorseThan(ticks);
      if (next !== 0 && !this.#isPast(next)) return next;
    }
    if (!isWorse) {
      const index = isBetter ? plainReadInt32(this.#int32, this.#best) : this.#nextIndex(offset);
      if (index >= 0 && index < this.#window) return base + index;
    }
    return plainReadInt32(this.#int32, this.#worse) > 0 ? this.#farWorseThan(isWorse ? ticks : this.#edge()) : 0;
  }

  lotsOn(ticks: number): number {
    const offset = ticks - this.#base();
    if (offset < 0 || offset >= this.#window) return this.#farLots(ticks);
    const isThere = (plainReadUint32(this.#uint32, this.#bits + (offset >>> 5)) >>> (offset & 31)) & 1;
    return isThere === 1 ? plainReadFloat64(this.#float64, this.#lots + offset) : 0;
  }

  pairs(): Float64Array {
    const pairs: number[] = [];
    for (let ticks = this.bestTicks(); ticks !== 0; ticks = this.worseThan(ticks)) pairs.push(ticks, this.lotsOn(ticks));
    return Float64Array.from(pairs);
  }

  #base(): number {
    return plainReadFloat64(this.#float64, BASE_TICK >> 3);
  }

  /** The last tick of the window on the worse side: what is worse than it is outside. */
  #edge(): number {
    return this.sign === 1 ? this.#base() : this.#base() + this.#window - 1;
  }

  /** True when a far price lies on the worse side of the window. */
  #isPast(ticks: number): boolean {
    return (this.#edge() - ticks) * this.sign > 0;
  }

  #nextIndex(offset: number): number {
    return this.sign === 1
      ? nextBelow(this.#uint32, this.#bits, this.#summary, offset)
      : nextAbove(this.#uint32, this.#bits, this.#summary, offset, this.#window);
  }

  #farPairs(): Float64Array {
    this.#far ??= farLevels(this.#float64, this.#sparse, this.#cells, 0, Infinity, this.sign === 1);
    return this.#far;
  }

  /** Index of the first far level worse than a price; past the end when there is none. */
  #farIndex(far: Float64Array, ticks: number): number {
    let low = 0;
    let high = far.length >> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((plainReadFloat64(far, 2 * middle) - ticks) * this.sign >= 0) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }

  /** First far price worse than this one, 0 when there is none. */
  #farWorseThan(ticks: number): number {
    const far = this.#farPairs();
    const at = this.#farIndex(far, ticks);
    return at < far.length ? plainReadFloat64(far, at) : 0;
  }

  #farLots(ticks: number): number {
    if (plainReadInt32(this.#int32, this.#better) + plainReadInt32(this.#int32, this.#worse) === 0) return 0;
    return farLotsOn(this.#float64, this.#sparse, this.#cells, ticks);
  }
}
