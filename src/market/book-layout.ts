/** Sizes of a listing's book region and what it holds; the byte offsets are in assembly/layout.ts. */
import { assert } from '../base/assert.js';
import type { LayoutDescription } from '../memory/layout.js';
import { isPowerOfTwo, type Region } from '../memory/region.js';
import {
  BASE_TICK, BEST_BID_INDEX, BIDS_BELOW, EXACT_LOW, LADDER, LADDER_LOCK, SEQUENCE_STATE, TOP_ASKS, TOP_BIDS, TOP_LOCK,
  TOP_VERSION, WINDOW_TICKS, BID_FLOOR, SYMBOL,
} from './assembly/layout.js';

export interface BookShape {
  /** Ticks of the window, a power of two, 2^12..2^24. 16 bytes a tick. */
  readonly windowTicks: number;
  /** Cells a side for levels outside the window, a power of two; three quarters of them may be used. */
  readonly sparseCells: number;
}

/** A book's place, for its writer and its readers. */
export interface BookPlace extends BookShape {
  readonly region: Region;
}

/** What fits most listings: 2 MiB of window a listing and 6,144 far levels a side. */
export const DEFAULT_BOOK_SHAPE: BookShape = { windowTicks: 2 ** 17, sparseCells: 2 ** 13 };

/** Byte offsets within the region, as ladder.ts's open() computes them. */
export interface LadderOffsets {
  readonly bidSummary: number;
  readonly askSummary: number;
  readonly bidBits: number;
  readonly askBits: number;
  readonly bidLots: number;
  readonly askLots: number;
  readonly bidSparse: number;
  readonly askSparse: number;
  readonly end: number;
}

export function ladderOffsets(shape: BookShape): LadderOffsets {
  const { windowTicks, sparseCells } = shape;
  assert(isPowerOfTwo(windowTicks) && windowTicks >= 2 ** 12 && windowTicks <= 2 ** 24, `book window must be a power of two, 2^12..2^24 ticks, got ${windowTicks}`);
  assert(isPowerOfTwo(sparseCells) && sparseCells >= 64 && sparseCells <= 2 ** 20, `sparse cells must be a power of two, 64..2^20, got ${sparseCells}`);
  const bidSummary = LADDER;
  const askSummary = bidSummary + windowTicks / 512;
  const bidBits = askSummary + windowTicks / 512;
  const askBits = bidBits + windowTicks / 8;
  const bidLots = askBits + windowTicks / 8;
  const askLots = bidLots + windowTicks * 8;
  const bidSparse = askLots + windowTicks * 8;
  const askSparse = bidSparse + sparseCells * 16;
  return { bidSummary, askSummary, bidBits, askBits, bidLots, askLots, bidSparse, askSparse, end: askSparse + sparseCells * 16 };
}

export function bookBytes(shape: BookShape): number {
  return ladderOffsets(shape).end;
}

/**
 * The window that keeps 50 bps beyond 100 levels inside, wherever in its middle half the market is: a quarter of it
 * covers 60 bps. Clipped to 2^13..2^21.
 * @param ticks the market's price in instrument ticks
 */
export function windowFor(ticks: number): number {
  let window = 2 ** 13;
  while (window < 2 ** 21 && window / 4 < (ticks * 60) / 10_000) window *= 2;
  return window;
}

export const bookLayout: LayoutDescription = {
  name: 'Order book of a listing',
  file: 'src/market/assembly/layout.ts',
  purpose: 'The market of one instrument on one venue: best 20 levels ready to copy, and the whole ladder.',
  writer: 'the venue’s feed (AssemblyScript, src/market/assembly)',
  reader: 'anybody; a read that met the writer is tried again, a bounded number of times, and counted',
  size: '1280 + 2·window/512 + 2·window/8 + 16·window + 32·sparse cells: 2.3 MiB for 2^17 ticks',
  limits: 'Far levels beyond the sparse cells are dropped and counted; if the market gets there the book goes stale.',
  fields: [
    { at: TOP_LOCK, bytes: 4, name: 'top lock', order: 'publish', note: 'odd while the top changes' },
    { at: LADDER_LOCK, bytes: 4, name: 'ladder lock', order: 'publish', note: 'odd while the ladder and its state change' },
    { at: WINDOW_TICKS, bytes: SYMBOL + 32 - WINDOW_TICKS, name: 'constants', order: 'constant', note: 'window, cells, scales, sequence rule, symbol' },
    { at: BASE_TICK, bytes: 8, name: 'base tick', order: 'plain', note: 'tick of window index 0, a multiple of 64; under the ladder lock' },
    { at: BEST_BID_INDEX, bytes: 8, name: 'best indices', order: 'plain', note: 'bid (−1 = none), ask (window = none); under the ladder lock' },
    { at: BIDS_BELOW, bytes: 16, name: 'far levels', order: 'plain', note: 'bids below and above the window, asks below and above' },
    { at: EXACT_LOW, bytes: 16, name: 'exact range', order: 'plain', note: 'ticks between which nothing was dropped' },
    { at: SEQUENCE_STATE, bytes: BID_FLOOR - SEQUENCE_STATE, name: 'feed state', order: 'plain', note: 'sequence, status, drops, last update id, times' },
    { at: BID_FLOOR, bytes: 16, name: 'published bounds', order: 'owner', note: 'worst published tick a side' },
    { at: TOP_VERSION, bytes: TOP_BIDS - TOP_VERSION, name: 'top header', order: 'plain', note: 'version, venue time µs, received ns, update id, status, reason, counts, alive ns; under the top lock' },
    { at: TOP_BIDS, bytes: 320, name: 'top bids', order: 'plain', note: '20 × (tick f64, lots f64), best first; under the top lock' },
    { at: TOP_ASKS, bytes: 320, name: 'top asks', order: 'plain', note: 'as the bids' },
    { at: LADDER, bytes: 'window/512 ×2', name: 'summaries', order: 'plain', note: 'one bit a bitmap word; bids, asks; under the ladder lock' },
    { at: 'after', bytes: 'window/8 ×2', name: 'bitmaps', order: 'plain', note: 'one bit a tick: a level is there' },
    { at: 'after', bytes: 'window·8 ×2', name: 'quantities', order: 'plain', note: 'lots f64 by tick; counts only where the bit is set' },
    { at: 'after', bytes: 'cells·16 ×2', name: 'sparse cells', order: 'plain', note: 'tick f64 (0 = empty), lots f64; hashed, linear probing' },
  ],
};
