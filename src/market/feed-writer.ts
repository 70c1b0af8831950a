/**
 * What the feeds of one thread's venues say, published for every reader: levels into the books, trades onto the tape,
 * the rest onto the board. Takes the calls of a venue's feed (`FeedSink` of the venues' room).
 *
 * Writer: the thread of these venues; never waits.   Readers: market-view.ts of the scheduler's room, on any thread.
 *
 *   W1 write book, tape, row of the board    R1 observe the count of all: unchanged, nothing to do
 *   W2 publish the listing's change count    R2 observe counts of listings, compare with those seen
 *   W3 publish the count of all              R3 read tape, books, rows
 *   Where R1 sees one change more than last time, R2 needs only its listing: W3 writes listing and count (plain) before
 *   it publishes, R2 reads them and observes the count of all again. Unchanged, no later change was published meanwhile,
 *   and one that is being written carries another count: what was read is R1's.
 *   R1 sees W3 ⇒ R2 sees W2 ⇒ R3 sees W1. Something newer may be seen early: its counts come with the next look.
 *
 * Allocates: never after construction, but for snapshots.   Race table: test/race/feed-board.race.ts
 */
import { must } from '../base/assert.js';
import type { HistogramWriter } from '../memory/histogram.js';
import { float64View, int32View, requireRegion } from '../memory/region.js';
import { plainReadFloat64, plainReadInt32, plainWriteFloat64, plainWriteInt32, publishInt32 } from '../memory/words.js';
import type { ListingId, VenueId } from '../protocol/universe.js';
import { CHANGES_MAX, RESULT_APPLIED } from './assembly/layout.js';
import type { BookWriter } from './book-writer.js';
import {
  BOARD_CHANGES, BOARD_LAST, BOARD_VENUES, LISTING_BYTES, LISTING_FRAME_IN, LISTING_MARK, LISTING_PUBLISHED, LISTING_VENUE_TS,
  VENUE_ALIVE, VENUE_BYTES, VENUE_CONNECTED, boardBytes, boardOffsets, lastChange,
} from './feed-board-layout.js';
import { openBookWriters } from './shared-books.js';
import type { SharedFeeds } from './shared-market.js';
import { TradeTapeWriter, emptyTrade } from './trade-tape.js';

/** What is measured of a feed: stamps on the machine's clock, and how long frames take to be published. */
export interface FeedTimes {
  readonly clock: { stampInto(words: Float64Array, index: number): void };
  readonly frameToBook: HistogramWriter;
}

/** Numbers of a snapshot's side that fit: two a level. */
const SIDE_MAX = CHANGES_MAX;

export class FeedWriter {
  readonly #writers: (BookWriter | undefined)[] = [];
  readonly #venueOf: VenueId[] = [];
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  readonly #counts: number;
  readonly #rows: number;
  readonly #tape: TradeTapeWriter;
  readonly #trade = emptyTrade();
  readonly #now = new Float64Array(1);
  readonly #times: FeedTimes | null;

  /** On the thread that writes, once, before anybody reads. */
  constructor(feeds: SharedFeeds, venueOf: (listing: ListingId) => VenueId, times: FeedTimes | null = null) {
    const { board } = feeds;
    requireRegion(board.region, boardBytes(board), 'feed board');
    const writers = openBookWriters(feeds.books);
    feeds.listings.forEach((listing, i) => {
      this.#writers[listing] = must(writers[i], 'book of a listing');
      this.#venueOf[listing] = venueOf(listing);
    });
    this.#times = times;
    this.#int32 = int32View(board.region);
    this.#float64 = float64View(board.region);
    this.#counts = boardOffsets(board).changes >> 2;
    this.#rows = boardOffsets(board).listings >> 3;
    this.#tape = new TradeTapeWriter(feeds.tape);
    for (const venue of feeds.venues) this.#venue(venue, VENUE_ALIVE, -Infinity);
  }

  /** Engine time of what the feeds say next. */
  setNow(nowNs: number): void {
    plainWriteFloat64(this.#now, 0, nowNs);
  }

  /** A frame of the listing came in; what follows until published() is measured. */
  entered(listing: ListingId): void {
    this.#times?.clock.stampInto(this.#float64, this.#row(listing, LISTING_FRAME_IN));
  }

  /** For feeds that hand frames to the book themselves: say entered() before and published() after it. */
  writer(listing: ListingId): BookWriter {
    return must(this.#writers[listing], 'a listing that this thread writes');
  }

  /** Full replacement, best first. A book that it would leave crossed is stale until the next one. */
  snapshot(listing: ListingId, venueTsNs: number, bids: ArrayLike<number>, asks: ArrayLike<number>): void {
    this.entered(listing);
    this.writer(listing).applySnapshot(nearest(bids), nearest(asks), 0, venueTsNs / 1_000, plainReadFloat64(this.#now, 0));
    this.published(listing, venueTsNs);
  }

  /** False: the book did not take it (crossed, or nothing it could be applied to) and is stale until a snapshot. */
  delta(
    listing: ListingId, venueTsNs: number, bids: Float64Array, bidCount: number, asks: Float64Array, askCount: number,
  ): boolean {
    this.entered(listing);
    const result = this.writer(listing).applyLevels(
      bids, bidCount, asks, askCount, 0, 0, 0, venueTsNs / 1_000, plainReadFloat64(this.#now, 0),
    );
    this.published(listing, venueTsNs);
    return result === RESULT_APPLIED;
  }

  trade(listing: ListingId, venueTsNs: number, ticks: number, lots: number, takerSide: 1 | -1): void {
    this.entered(listing);
    const trade = this.#trade;
    trade.listing = listing;
    trade.takerSide = takerSide;
    trade.ticks = ticks;
    trade.lots = lots;
    trade.venueTimeUs = venueTsNs / 1_000;
    trade.receivedNs = plainReadFloat64(this.#now, 0);
    this.#tape.write(trade);
    this.published(listing, venueTsNs);
  }

  mark(listing: ListingId, venueTsNs: number, ticks: number): void {
    this.entered(listing);
    plainWriteFloat64(this.#float64, this.#row(listing, LISTING_MARK), ticks);
    this.published(listing, venueTsNs);
  }

  stale(listing: ListingId, _reason: string): void {
    this.writer(listing).setStale();
    this.#count(listing);
  }

  alive(venue: VenueId): void {
    this.#venue(venue, VENUE_ALIVE, plainReadFloat64(this.#now, 0));
  }

  /** The line to a venue went up or down: for readers that don't hear its status. */
  connected(venue: VenueId, isUp: boolean): void {
    this.#venue(venue, VENUE_CONNECTED, isUp ? 1 : 0);
  }

  /** News of a listing is in its book, on the tape or in its row: readers may look. A sign of life of its venue. */
  published(listing: ListingId, venueTsNs: number): void {
    const at = this.#row(listing, LISTING_VENUE_TS);
    if (venueTsNs > plainReadFloat64(this.#float64, at)) plainWriteFloat64(this.#float64, at, venueTsNs);
    this.alive(must(this.#venueOf[listing], 'a listing that this thread writes'));
    if (this.#times !== null) this.#stamp(listing, this.#times);
    this.#count(listing);
  }

  #stamp(listing: ListingId, { clock, frameToBook }: FeedTimes): void {
    const at = this.#row(listing, LISTING_PUBLISHED);
    clock.stampInto(this.#float64, at);
    const ns = plainReadFloat64(this.#float64, at) - plainReadFloat64(this.#float64, this.#row(listing, LISTING_FRAME_IN));
    frameToBook.record(ns);
  }

  #count(listing: ListingId): void {
    const at = this.#counts + listing;
    publishInt32(this.#int32, at, (plainReadInt32(this.#int32, at) + 1) | 0);
    const all = (plainReadInt32(this.#int32, BOARD_CHANGES >> 2) + 1) | 0;
    plainWriteInt32(this.#int32, BOARD_LAST >> 2, lastChange(all, listing));
    publishInt32(this.#int32, BOARD_CHANGES >> 2, all);
  }

  #row(listing: ListingId, field: number): number {
    return this.#rows + ((listing * LISTING_BYTES + field) >> 3);
  }

  #venue(venue: VenueId, field: number, value: number): void {
    plainWriteFloat64(this.#float64, (BOARD_VENUES + venue * VENUE_BYTES + field) >> 3, value);
  }
}

/** A book takes so many changes at once: the levels nearest the market are kept. */
function nearest(pairs: ArrayLike<number>): ArrayLike<number> {
  return pairs.length <= SIDE_MAX ? pairs : Array.from(pairs).slice(0, SIDE_MAX);
}
