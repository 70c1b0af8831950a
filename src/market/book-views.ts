/** What a reader copies out of a book: made once, filled again and again. */
import { plainReadFloat64, plainWriteFloat64 } from '../memory/words.js';
import {
  STATUS_EMPTY, STATUS_LIVE, TOP_ALIVE, TOP_BIDS, TOP_LEVELS, TOP_RECEIVED, TOP_UPDATE_ID, TOP_VENUE_TIME, TOP_VERSION,
} from './assembly/layout.js';

/** Buckets of 1 bp behind the exact levels. */
export const DEPTH_BUCKETS = 50;

/** From the version up to the sign of life. */
export const TOP_HEADER_WORDS = (TOP_BIDS - TOP_VERSION) >> 3;

/** The best 20 levels. Flat pairs ticks, lots; best first; past the count zero. */
export class BookTop {
  readonly bids = new Float64Array(2 * TOP_LEVELS);
  readonly asks = new Float64Array(2 * TOP_LEVELS);
  bidCount = 0;
  askCount = 0;
  /** STATUS_*: only live levels may be priced off. */
  status = STATUS_EMPTY;
  /** RESULT_* or REASON_* of a stale book. */
  reason = 0;
  /** The header as it lies in the book: its doubles are read from here, cheaper to fill than boxed fields. */
  readonly times = new Float64Array(TOP_HEADER_WORDS);

  get version(): number {
    return this.#time(TOP_VERSION);
  }

  /** Microseconds since the Unix epoch, the venue's clock. */
  get venueTimeUs(): number {
    return this.#time(TOP_VENUE_TIME);
  }

  /** Engine time of the last applied frame, and (aliveNs) of the last proof of life. */
  get receivedNs(): number {
    return this.#time(TOP_RECEIVED);
  }

  get updateId(): number {
    return this.#time(TOP_UPDATE_ID);
  }

  get aliveNs(): number {
    return this.#time(TOP_ALIVE);
  }

  get bidTicks(): number {
    return this.bidCount === 0 ? 0 : plainReadFloat64(this.bids, 0);
  }

  get bidLots(): number {
    return this.bidCount === 0 ? 0 : plainReadFloat64(this.bids, 1);
  }

  get askTicks(): number {
    return this.askCount === 0 ? 0 : plainReadFloat64(this.asks, 0);
  }

  get askLots(): number {
    return this.askCount === 0 ? 0 : plainReadFloat64(this.asks, 1);
  }

  /** Live and with a proof of life not older than `staleAfterNs` (semantics §1). */
  isFresh(nowNs: number, staleAfterNs: number): boolean {
    return this.status === STATUS_LIVE && nowNs - this.aliveNs <= staleAfterNs;
  }

  /** @param field TOP_* */
  #time(field: number): number {
    return plainReadFloat64(this.times, (field - TOP_VERSION) >> 3);
  }
}

/** Exact levels, and what lies behind them in 50 steps of 1 bp of the last exact price. */
export class BookDepth {
  readonly capacity: number;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
  /** Flat pairs: worst tick seen in the bucket, summed lots; bucket k holds distances of k..k+1 bp. */
  readonly bidBuckets = new Float64Array(2 * DEPTH_BUCKETS);
  readonly askBuckets = new Float64Array(2 * DEPTH_BUCKETS);
  bidCount = 0;
  askCount = 0;
  live = false;
  updateId = 0;
  venueTimeUs = 0;
  receivedNs = 0;

  /** @param capacity exact levels a side, at least 1 */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.bids = new Float64Array(2 * capacity);
    this.asks = new Float64Array(2 * capacity);
  }

  startBuckets(buckets: Float64Array, wanted: boolean): void {
    if (wanted) buckets.fill(0);
  }

  /** Adds a level behind the `count` exact ones; false when it is beyond the last bucket (or there is no exact one). */
  addBucket(buckets: Float64Array, side: Float64Array, count: number, tick: number, lots: number): boolean {
    if (count === 0) return false;
    const last = plainReadFloat64(side, 2 * count - 2);
    const k = Math.floor((Math.abs(tick - last) * 10_000) / last);
    if (!(k < DEPTH_BUCKETS)) return false;
    plainWriteFloat64(buckets, 2 * k, tick);
    plainWriteFloat64(buckets, 2 * k + 1, plainReadFloat64(buckets, 2 * k + 1) + lots);
    return true;
  }
}
