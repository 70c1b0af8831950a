/**
 * Writes one listing's book: frames as they came from the socket, or levels set one by one. Everything that isn't
 * certain ends in a stale book that waits for a snapshot; nothing of such a frame becomes a price.
 *
 * Writer: one thread, for the book's life.   Readers: book-reader.ts, any thread.
 * Frames that come while the book waits are kept (bounded) and applied after the snapshot.
 * Allocates: nothing on the scanner's path; in the general parser, while waiting, and at snapshots.
 */
import { assert } from '../base/assert.js';
import { float64View, int32View, requireRegion, uint8View } from '../memory/region.js';
import { plainReadFloat64, plainReadInt32, plainWriteFloat64, plainWriteInt32, plainWriteUint8 } from '../memory/words.js';
import {
  CHANGES_MAX, FRAME_MAX, LADDER_STATUS, LAST_UPDATE_ID, LOT_DECIMALS, LOT_MULTIPLE, PRICE_DECIMALS, PRICE_MULTIPLE,
  REASON_CALLER, RECENTRES, RESULT_APPLIED, RESULT_CORRUPT, RESULT_TRADE, RESULT_UNREAD, RESULT_WAITING, SCAN_TRADE_BUYER_MAKER,
  SCAN_RECEIVED, SCAN_TRADE_ID, SCAN_TRADE_LOTS, SCAN_TRADE_MS, SCAN_TRADE_TICK, SEQUENCE_RULE, SPARSE_CELLS, SPARSE_DROPPED, STATUS_LIVE,
  SYMBOL, SYMBOL_BYTES, SYMBOL_MAX, WINDOW_TICKS,
} from './assembly/layout.js';
import { bookBytes, type BookPlace } from './book-layout.js';
import { parseFrame, parseSnapshot, type ListingText, type ParseOutcome } from './general-parser.js';
import type { MarketModule } from './market-module.js';

/** Frames kept while waiting for a snapshot: some seconds of the busiest feed. */
const KEPT_FRAMES_MAX = 4096;
/** Above this the scanner's digits don't reach. */
const SCANNER_DECIMALS_MAX = 8;

export interface TradePrint {
  tradeId: number;
  ticks: number;
  lots: number;
  timeMs: number;
  /** The taker sold. */
  buyerMaker: boolean;
}

export class BookWriter {
  readonly listing: ListingText;
  /** The last trade frame that applyFrame() read (RESULT_TRADE). */
  readonly trade: TradePrint = { tradeId: 0, ticks: 0, lots: 0, timeMs: 0, buyerMaker: false };
  /** Frames that the scanner left to the general parser. */
  unread = 0;
  readonly #module: MarketModule;
  readonly #book: number;
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  readonly #scannable: boolean;
  readonly #kept: Uint8Array[] = [];
  readonly #bidPairs: number[] = [];
  readonly #askPairs: number[] = [];

  constructor(module: MarketModule, place: BookPlace, listing: ListingText) {
    requireRegion(place.region, bookBytes(place), `book ${listing.symbol}`);
    assert(place.region.buffer === module.buffer, 'book and module must share one memory');
    assert(listing.symbol.length <= SYMBOL_MAX, `symbol "${listing.symbol}" must be at most ${SYMBOL_MAX} characters`);
    this.listing = listing;
    this.#module = module;
    this.#book = place.region.offset;
    this.#int32 = int32View(place.region);
    this.#float64 = float64View(place.region);
    this.#scannable = listing.price.decimals <= SCANNER_DECIMALS_MAX && listing.lot.decimals <= SCANNER_DECIMALS_MAX;
    plainWriteInt32(this.#int32, WINDOW_TICKS >> 2, place.windowTicks);
    plainWriteInt32(this.#int32, SPARSE_CELLS >> 2, place.sparseCells);
    plainWriteInt32(this.#int32, PRICE_DECIMALS >> 2, listing.price.decimals);
    plainWriteInt32(this.#int32, LOT_DECIMALS >> 2, listing.lot.decimals);
    plainWriteFloat64(this.#float64, PRICE_MULTIPLE >> 3, listing.price.multiple);
    plainWriteFloat64(this.#float64, LOT_MULTIPLE >> 3, listing.lot.multiple);
    plainWriteInt32(this.#int32, SEQUENCE_RULE >> 2, listing.sequenceRule);
    const symbol = Buffer.from(listing.symbol, 'ascii');
    plainWriteInt32(this.#int32, SYMBOL_BYTES >> 2, symbol.length);
    const bytes = uint8View(place.region);
    for (let i = 0; i < symbol.length; i++) plainWriteUint8(bytes, SYMBOL + i, symbol[i] ?? 0);
    module.exports.initBook(this.#book);
  }

  /**
   * Applies a frame. RESULT_TRADE: it was a trade, read into `trade`. RESULT_OTHER: something else, nothing changed.
   * @param bytes may be the module's own `frame`, then nothing is copied
   * @param receivedNs engine time
   */
  applyFrame(bytes: Uint8Array, length: number, receivedNs: number): number {
    // Small enough to be compiled into its caller: the double goes to memory instead of being boxed for a call.
    plainWriteFloat64(this.#module.scratchFloat64, SCAN_RECEIVED >> 3, receivedNs);
    return this.#applyStamped(bytes, length);
  }

  /** Starts or restarts the book from a REST snapshot's text, then applies the frames that waited for it. */
  applySnapshotText(text: string, receivedNs: number): number {
    const outcome = parseSnapshot(text, this.listing, this.#module.changes);
    if (outcome.result !== RESULT_APPLIED) return this.#refuse(outcome.result);
    const { bids, asks, lastId, eventMs } = outcome.changes;
    return this.#snapshot(bids, asks, lastId, eventMs * 1000, receivedNs);
  }

  /** Starts or restarts the book. Flat pairs ticks, lots; best first a side. Ids are the feed's, 0 where it has none. */
  applySnapshot(
    bids: ArrayLike<number>, asks: ArrayLike<number>, lastId: number, venueTimeUs: number, receivedNs: number,
  ): number {
    const count = (bids.length + asks.length) >> 1;
    if (count > CHANGES_MAX) return this.#refuse(RESULT_CORRUPT);
    for (let i = 0; i < bids.length; i++) plainWriteFloat64(this.#module.changes, i, bids[i] as number); // i < length
    for (let i = 0; i < asks.length; i++) plainWriteFloat64(this.#module.changes, bids.length + i, asks[i] as number);
    return this.#snapshot(bids.length >> 1, asks.length >> 1, lastId, venueTimeUs, receivedNs);
  }

  /** Applies level changes of a feed without the scanner's format: flat pairs, the first `*Count` pairs; lots 0 = gone. */
  applyLevels(
    bids: Float64Array, bidCount: number, asks: Float64Array, askCount: number, firstId: number, lastId: number,
    previousId: number, venueTimeUs: number, receivedNs: number,
  ): number {
    if (bidCount + askCount > CHANGES_MAX) return this.#refuse(RESULT_CORRUPT);
    const changes = this.#module.changes;
    for (let i = 0; i < 2 * bidCount; i++) plainWriteFloat64(changes, i, plainReadFloat64(bids, i));
    for (let i = 0; i < 2 * askCount; i++) plainWriteFloat64(changes, 2 * bidCount + i, plainReadFloat64(asks, i));
    return this.#module.exports.applyChanges(
      this.#book, this.#module.scratch, bidCount, askCount, firstId, lastId, previousId, venueTimeUs, receivedNs,
    );
  }

  /** Remembers a level for commit(). @param side 0 bid, 1 ask; @param lots 0 = gone */
  setLevel(side: 0 | 1, ticks: number, lots: number): void {
    (side === 0 ? this.#bidPairs : this.#askPairs).push(ticks, lots);
  }

  /** Applies what setLevel() remembered, as one update. */
  commit(firstId: number, lastId: number, previousId: number, venueTimeUs: number, receivedNs: number): number {
    const bids = Float64Array.from(this.#bidPairs);
    const asks = Float64Array.from(this.#askPairs);
    this.#bidPairs.length = 0;
    this.#askPairs.length = 0;
    return this.applyLevels(
      bids, bids.length >> 1, asks, asks.length >> 1, firstId, lastId, previousId, venueTimeUs, receivedNs,
    );
  }

  /** Disconnected, or the caller knows better: stale until a snapshot. @param reason REASON_CALLER or a RESULT_* */
  setStale(reason: number = REASON_CALLER): void {
    this.#kept.length = 0;
    this.#module.exports.markStale(this.#book, reason);
  }

  /** Proof of life of a quiet feed. */
  touch(receivedNs: number): void {
    this.#module.exports.touch(this.#book, receivedNs);
  }

  isLive(): boolean {
    return plainReadInt32(this.#int32, LADDER_STATUS >> 2) === STATUS_LIVE;
  }

  lastUpdateId(): number {
    return plainReadFloat64(this.#float64, LAST_UPDATE_ID >> 3);
  }

  /** Far levels dropped for want of sparse cells, since construction. */
  dropped(): number {
    return plainReadInt32(this.#int32, SPARSE_DROPPED >> 2);
  }

  /** Times the window moved. */
  recentred(): number {
    return plainReadInt32(this.#int32, RECENTRES >> 2);
  }

  #snapshot(bids: number, asks: number, lastId: number, venueTimeUs: number, receivedNs: number): number {
    const { exports, scratch } = this.#module;
    const result = exports.applySnapshot(this.#book, scratch, bids, asks, lastId, venueTimeUs, receivedNs);
    const waited = this.#kept.splice(0);
    if (result !== RESULT_APPLIED) return result;
    let last: number = result;
    for (const frame of waited) {
      const each = this.applyFrame(frame, frame.length, receivedNs);
      if (!this.isLive()) last = each === RESULT_WAITING ? last : each;
    }
    return this.isLive() ? RESULT_APPLIED : last;
  }

  #applyStamped(bytes: Uint8Array, length: number): number {
    if (!this.#scannable || length > FRAME_MAX) return this.#applyGeneral(bytes, length);
    if (bytes !== this.#module.frame) this.#module.frame.set(bytes.length === length ? bytes : bytes.subarray(0, length));
    const result = this.#module.exports.applyFrame(this.#book, this.#module.scratch, length);
    if (result === RESULT_APPLIED) return result;
    if (result === RESULT_TRADE) this.#readTrade();
    if (result === RESULT_WAITING) this.#keep(bytes, length);
    return result === RESULT_UNREAD ? this.#applyGeneral(bytes, length) : result;
  }

  #applyGeneral(bytes: Uint8Array, length: number): number {
    this.unread++;
    const receivedNs = plainReadFloat64(this.#module.scratchFloat64, SCAN_RECEIVED >> 3);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8');
    const outcome: ParseOutcome = parseFrame(text, this.listing, this.#module.changes);
    if (outcome.result !== RESULT_APPLIED) return outcome.result === RESULT_CORRUPT ? this.#refuse(RESULT_CORRUPT) : outcome.result;
    const { bids, asks, firstId, lastId, previousId, eventMs } = outcome.changes;
    const result = this.#module.exports.applyChanges(
      this.#book, this.#module.scratch, bids, asks, firstId, lastId, previousId, eventMs * 1000, receivedNs,
    );
    if (result === RESULT_WAITING) this.#keep(bytes, length);
    return result;
  }

  #refuse(result: number): number {
    this.#module.exports.markStale(this.#book, result);
    return result;
  }

  #keep(bytes: Uint8Array, length: number): void {
    if (this.#kept.length === KEPT_FRAMES_MAX) this.#kept.shift();
    this.#kept.push(bytes.slice(0, length));
  }

  #readTrade(): void {
    const f64 = this.#module.scratchFloat64;
    this.trade.tradeId = plainReadFloat64(f64, SCAN_TRADE_ID >> 3);
    this.trade.ticks = plainReadFloat64(f64, SCAN_TRADE_TICK >> 3);
    this.trade.lots = plainReadFloat64(f64, SCAN_TRADE_LOTS >> 3);
    this.trade.timeMs = plainReadFloat64(f64, SCAN_TRADE_MS >> 3);
    this.trade.buyerMaker = plainReadInt32(this.#module.scratchInt32, SCAN_TRADE_BUYER_MAKER >> 2) === 1;
  }
}
