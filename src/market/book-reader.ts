/**
 * Reads one listing's book from any thread: the compact top, or exact levels and 1-bp buckets off the ladder.
 *
 * A copy that met the writer is made again, at most MAX_TRIES times, and counted. Between the two looks at the
 * lock a walk may see a torn ladder: every step of it goes strictly away from the market inside the window, so it
 * ends whatever it reads.   Race table: test/race/book.race.ts
 * Allocates: never, but for far levels of a thin book.
 */
import { float64View, int32View, requireRegion, uint32View } from '../memory/region.js';
import { loadFence, observeInt32, plainCopyFloat64, plainReadFloat64, plainReadInt32, plainWriteFloat64 } from '../memory/words.js';
import {
  ASKS_ABOVE, ASKS_BELOW, BASE_TICK, BEST_ASK_INDEX, BEST_BID_INDEX, BIDS_ABOVE, BIDS_BELOW, LADDER_LOCK, LADDER_RECEIVED,
  LADDER_STATUS, LADDER_VENUE_TIME, LAST_UPDATE_ID, STATUS_LIVE, TOP_ASKS, TOP_ASK_COUNT, TOP_BIDS, TOP_BID_COUNT,
  TOP_LEVELS, TOP_LOCK, TOP_REASON, TOP_STATUS, TOP_VERSION,
} from './assembly/layout.js';
import { bookBytes, ladderOffsets, type BookPlace } from './book-layout.js';
import { BookDepth, BookTop, TOP_HEADER_WORDS } from './book-views.js';
import { farLevels, nextAbove, nextBelow } from './ladder-walk.js';

/** Copies that met the writer before a read is given up. */
const MAX_TRIES = 64;
/** Looks at a held lock before that: some 100 µs. The writer holds the top for 60 ns, the ladder for a frame, 1 to 20 µs. */
const MAX_LOOKS = 20_000;

export class BookReader {
  /** Copies that met the writer, since construction. */
  retries = 0;
  /** Reads given up. */
  failures = 0;
  readonly #int32: Int32Array;
  readonly #uint32: Uint32Array;
  readonly #float64: Float64Array;
  readonly #window: number;
  readonly #cells: number;
  readonly #at: ReturnType<typeof ladderOffsets>;

  constructor(place: BookPlace) {
    requireRegion(place.region, bookBytes(place), 'book');
    this.#int32 = int32View(place.region);
    this.#uint32 = uint32View(place.region);
    this.#float64 = float64View(place.region);
    this.#window = place.windowTicks;
    this.#cells = place.sparseCells;
    this.#at = ladderOffsets(place);
  }

  /** Changes with every publish: a cheap "anything new?". */
  topVersion(): number {
    return observeInt32(this.#int32, TOP_LOCK >> 2);
  }

  /** Copies the best levels. False when the writer never let go: `out` is then not to be used. @param levels 1..20 */
  readTop(out: BookTop, levels: number = TOP_LEVELS): boolean {
    const before = observeInt32(this.#int32, TOP_LOCK >> 2);
    if ((before & 1) === 0) {
      this.#copyTop(out, levels);
      loadFence();
      if (observeInt32(this.#int32, TOP_LOCK >> 2) === before) return true;
      this.retries++;
    }
    return this.#readTopAgain(out, levels);
  }

  /** The first try met the writer. Apart from it, so that what nearly every read runs stays short. */
  #readTopAgain(out: BookTop, levels: number): boolean {
    for (let looks = 1, tries = 1; looks < MAX_LOOKS && tries < MAX_TRIES; looks++) {
      const before = observeInt32(this.#int32, TOP_LOCK >> 2);
      if ((before & 1) !== 0) continue;
      this.#copyTop(out, levels);
      loadFence();
      if (observeInt32(this.#int32, TOP_LOCK >> 2) === before) return true;
      tries++;
      this.retries++;
    }
    this.failures++;
    return false;
  }

  /**
   * Copies exact levels, and behind them the sums of 50 buckets of 1 bp, if asked. `out.live` false: don't price off it.
   * @param maxLevels exact levels a side, up to what `out` has room for
   */
  readLevels(maxLevels: number, out: BookDepth, buckets = false): boolean {
    for (let looks = 0, tries = 0; looks < MAX_LOOKS && tries < MAX_TRIES; looks++) {
      const before = observeInt32(this.#int32, LADDER_LOCK >> 2);
      if ((before & 1) === 0) {
        this.#copyDepth(Math.min(maxLevels, out.capacity), out, buckets);
        loadFence();
        if (observeInt32(this.#int32, LADDER_LOCK >> 2) === before) return true;
        tries++;
        this.retries++;
      }
    }
    this.failures++;
    return false;
  }

  #copyTop(out: BookTop, levels: number): void {
    const f64 = this.#float64;
    plainCopyFloat64(f64, TOP_VERSION >> 3, out.times, TOP_HEADER_WORDS);
    out.status = plainReadInt32(this.#int32, TOP_STATUS >> 2);
    out.reason = plainReadInt32(this.#int32, TOP_REASON >> 2);
    const bids = plainReadInt32(this.#int32, TOP_BID_COUNT >> 2);
    const asks = plainReadInt32(this.#int32, TOP_ASK_COUNT >> 2);
    out.bidCount = bids < levels ? bids : levels;
    out.askCount = asks < levels ? asks : levels;
    plainCopyFloat64(f64, TOP_BIDS >> 3, out.bids, 2 * levels);
    plainCopyFloat64(f64, TOP_ASKS >> 3, out.asks, 2 * levels);
  }

  #copyDepth(maxLevels: number, out: BookDepth, buckets: boolean): void {
    out.live = plainReadInt32(this.#int32, LADDER_STATUS >> 2) === STATUS_LIVE;
    out.updateId = plainReadFloat64(this.#float64, LAST_UPDATE_ID >> 3);
    out.venueTimeUs = plainReadFloat64(this.#float64, LADDER_VENUE_TIME >> 3);
    out.receivedNs = plainReadFloat64(this.#float64, LADDER_RECEIVED >> 3);
    out.bidCount = this.#copyBids(maxLevels, out, buckets);
    out.askCount = this.#copyAsks(maxLevels, out, buckets);
  }

  /** Exact bids into out.bids, then buckets. Far bids matter when some are above the window or the window runs out. */
  #copyBids(maxLevels: number, out: BookDepth, buckets: boolean): number {
    const base = plainReadFloat64(this.#float64, BASE_TICK >> 3);
    const lots = this.#at.bidLots >> 3;
    out.startBuckets(out.bidBuckets, buckets);
    let n = this.#far(BIDS_ABOVE) > 0 ? this.#copyFar(true, base + this.#window, maxLevels, 0, out, buckets) : 0;
    let i = Math.min(plainReadInt32(this.#int32, BEST_BID_INDEX >> 2), this.#window - 1);
    while (i >= 0) {
      const amount = plainReadFloat64(this.#float64, lots + i);
      if (n < maxLevels) put(out.bids, n++, base + i, amount);
      else if (!buckets || !out.addBucket(out.bidBuckets, out.bids, n, base + i, amount)) return n;
      i = nextBelow(this.#uint32, this.#at.bidBits >> 2, this.#at.bidSummary >> 2, i);
    }
    return this.#far(BIDS_BELOW) > 0 ? this.#copyFar(true, 0, maxLevels, n, out, buckets, base) : n;
  }

  #copyAsks(maxLevels: number, out: BookDepth, buckets: boolean): number {
    const base = plainReadFloat64(this.#float64, BASE_TICK >> 3);
    const lots = this.#at.askLots >> 3;
    out.startBuckets(out.askBuckets, buckets);
    let n = this.#far(ASKS_BELOW) > 0 ? this.#copyFar(false, 0, maxLevels, 0, out, buckets, base) : 0;
    let i = Math.max(plainReadInt32(this.#int32, BEST_ASK_INDEX >> 2), 0);
    while (i < this.#window) {
      const amount = plainReadFloat64(this.#float64, lots + i);
      if (n < maxLevels) put(out.asks, n++, base + i, amount);
      else if (!buckets || !out.addBucket(out.askBuckets, out.asks, n, base + i, amount)) return n;
      i = nextAbove(this.#uint32, this.#at.askBits >> 2, this.#at.askSummary >> 2, i, this.#window);
    }
    return this.#far(ASKS_ABOVE) > 0 ? this.#copyFar(false, base + this.#window, maxLevels, n, out, buckets) : n;
  }

  #far(counter: number): number {
    return plainReadInt32(this.#int32, counter >> 2);
  }

  /** Far levels with from <= tick < to, in the side's order. */
  #copyFar(bids: boolean, from: number, maxLevels: number, have: number, out: BookDepth, buckets: boolean, to = Infinity): number {
    const table = (bids ? this.#at.bidSparse : this.#at.askSparse) >> 3;
    const levels = farLevels(this.#float64, table, this.#cells, from, to, bids);
    const side = bids ? out.bids : out.asks;
    let n = have;
    for (let k = 0; k < levels.length; k += 2) {
      const tick = plainReadFloat64(levels, k);
      const amount = plainReadFloat64(levels, k + 1);
      if (n < maxLevels) put(side, n++, tick, amount);
      else if (!buckets || !out.addBucket(bids ? out.bidBuckets : out.askBuckets, side, n, tick, amount)) return n;
    }
    return n;
  }
}

function put(side: Float64Array, index: number, tick: number, lots: number): void {
  plainWriteFloat64(side, 2 * index, tick);
  plainWriteFloat64(side, 2 * index + 1, lots);
}

