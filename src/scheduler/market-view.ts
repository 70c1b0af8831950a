/**
 * What a thread sees of the markets in shared memory: books, boards and tapes, and which instruments changed since it
 * last looked. The scheduler samples through one of these, the gateway answers from one; each has its own cursor.
 * Any number of changes of a book between two looks are one look's work.
 */
import { must } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { STATUS_LIVE, TOP_LEVELS } from '../market/assembly/layout.js';
import { BookReader } from '../market/book-reader.js';
import { BookDepth, BookTop } from '../market/book-views.js';
import {
  BOARD_CHANGES, BOARD_LAST, BOARD_LISTINGS_MAX, BOARD_VENUES, LISTING_BYTES, LISTING_FRAME_IN, LISTING_MARK, LISTING_PUBLISHED,
  LISTING_VENUE_TS, VENUE_ALIVE, VENUE_BYTES, VENUE_CONNECTED, boardOffsets, lastChange,
} from '../market/feed-board-layout.js';
import { openBookReaders } from '../market/shared-books.js';
import type { SharedFeeds, SharedMarket } from '../market/shared-market.js';
import { TradeTapeReader, emptyTrade } from '../market/trade-tape.js';
import { NOTHING, RECEIVED } from '../memory/broadcast-ring-reader.js';
import { float64View, int32View } from '../memory/region.js';
import { observeInt32, plainReadFloat64, plainReadInt32, plainWriteFloat64 } from '../memory/words.js';
import type { BookAccess, BookView } from '../protocol/engine-port.js';
import type { ListingDepth, ListingQuote } from '../protocol/events.js';
import type { InstrumentId, ListingId, Universe, VenueId } from '../protocol/universe.js';
import { PrintTape, type Print } from './print-tape.js';

/** A feed silent for longer is stale (semantics §1, `stale_after_ms`). */
export const STALE_AFTER_NS = 2_000_000_000;
const TAPE_KEPT = 16_384;

/** Where samples come from. */
export interface MarketSource extends BookAccess {
  /** Instruments whose books changed since the last call, each once; the array is reused. */
  takeDirty(): readonly InstrumentId[];
  quoteInto(listing: ListingId, nowNs: number, out: ListingQuote): void;
  /** Up to `levels` of each side, or as many as hold `askLots` and `bidLots` of whole lots (0: that side stays empty). */
  depthInto(listing: ListingId, levels: number, out: ListingDepth, askLots?: number, bidLots?: number): void;
  /** The prints of an instrument were journaled: highs and lows start anew. */
  sampled(instrument: InstrumentId): void;
  setConnected(venue: VenueId, connected: boolean): void;
  /** When the newest change of the instrument came in and was published, on the machine's clock; 0 = not measured. */
  stampsInto(instrument: InstrumentId, out: Float64Array, at: number): void;
}

/** One thread of venues, as read here. */
interface Feeds {
  readonly listings: readonly ListingId[];
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly counts: number;
  readonly rows: number;
  readonly tape: TradeTapeReader;
  seen: number;
}

interface ListingState {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly feeds: Feeds;
  readonly reader: BookReader;
  /** The listing's lot in the instrument's. */
  readonly lot: number;
  seen: number;
  lastTicks: number;
  lastAtNs: number;
  highTicks: number;
  lowTicks: number;
}

export class MarketView implements MarketSource {
  /** Times that a tape's writer was a lap ahead: highs and lows of that stretch are not known. */
  laps = 0;
  readonly #universe: Universe;
  readonly #feeds: readonly Feeds[];
  readonly #listings: readonly ListingState[];
  readonly #feedsOf: readonly (Feeds | undefined)[];
  /** Told by the venues' status events, or null: as the boards say. */
  readonly #connected: boolean[] | null;
  readonly #isDirty: boolean[];
  readonly #dirty: InstrumentId[] = [];
  readonly #taken: InstrumentId[] = [];
  readonly #touches: number[];
  readonly #tapes: PrintTape[];
  readonly #top = new BookTop();
  readonly #trade = emptyTrade();
  #depth = new BookDepth(limits.planLevelsMax);
  #nowNs = 0;

  /** @param connections `told`: by setConnected, in order with the reports; `boards`: for readers that hear none */
  constructor(universe: Universe, market: SharedMarket, connections: 'told' | 'boards' = 'told') {
    this.#universe = universe;
    this.#feeds = market.groups.map(feedsOf);
    const readers = new Map(market.groups.flatMap((group) => {
      const opened = openBookReaders(group.books);
      return group.listings.map((id, i) => [id, must(opened[i], 'reader')] as const);
    }));
    this.#feedsOf = universe.venues.map(({ id }) => this.#feeds[market.groups.findIndex((group) => group.venues.includes(id))]);
    this.#listings = universe.listings.map(({ id, venue, instrument, lotMultiple }) => ({
      venue, instrument, feeds: must(this.#feedsOf[venue], `feeds of venue ${venue}`), reader: must(readers.get(id), 'reader'),
      lot: lotMultiple,
      seen: 0, lastTicks: 0, lastAtNs: 0, highTicks: 0, lowTicks: 0,
    }));
    this.#connected = connections === 'told' ? universe.venues.map(() => false) : null;
    this.#isDirty = universe.instruments.map(() => false);
    this.#touches = universe.instruments.map(() => 0);
    this.#tapes = universe.instruments.map(() => new PrintTape(TAPE_KEPT));
  }

  /** Copies of books that met their writer and were made again. */
  get retries(): number {
    return this.#listings.reduce((sum, { reader }) => sum + reader.retries, 0);
  }

  /** Reads of books given up, since the writer never let go. */
  get failures(): number {
    return this.#listings.reduce((sum, { reader }) => sum + reader.failures, 0);
  }

  /** Engine time of the answers that follow. */
  setNow(nowNs: number): void {
    this.#nowNs = nowNs;
  }

  setConnected(venue: VenueId, connected: boolean): void {
    if (this.#connected !== null) this.#connected[venue] = connected;
    this.#touchVenue(venue);
  }

  takeDirty(): readonly InstrumentId[] {
    for (let i = 0; i < this.#feeds.length; i++) this.#look(must(this.#feeds[i], 'feeds'));
    // After the counts: a trade whose count was seen is on the tape.
    this.#drain();
    // Popped, not set to no length: that would give their memory back and take it again with each tick.
    while (this.#taken.length > 0) this.#taken.pop();
    for (let i = 0; i < this.#dirty.length; i++) {
      const instrument = this.#dirty[i] as InstrumentId; // i < length
      this.#isDirty[instrument] = false;
      this.#taken.push(instrument);
    }
    while (this.#dirty.length > 0) this.#dirty.pop();
    return this.#taken;
  }

  /** Something changed since the last takeDirty(): for a thread that is about to sleep. */
  hasNews(): boolean {
    for (const feeds of this.#feeds) if (observeInt32(feeds.int32, BOARD_CHANGES >> 2) !== feeds.seen) return true;
    return this.#dirty.length > 0;
  }

  /** A venue whose feed fell silent or came back makes its instruments dirty; call every 100 ms or so. */
  noticeSilence(nowNs: number, wasAlive: boolean[]): void {
    for (const venue of this.#universe.venues) {
      const alive = this.#alive(venue.id, nowNs);
      if (alive === wasAlive[venue.id]) continue;
      wasAlive[venue.id] = alive;
      this.#touchVenue(venue.id);
    }
  }

  quoteInto(listing: ListingId, nowNs: number, out: ListingQuote): void {
    const state = this.#state(listing);
    const top = this.#top;
    const isLive = state.reader.readTop(top, 1) && top.status === STATUS_LIVE;
    const bid = isLive ? top.bidTicks : 0;
    const ask = isLive ? top.askTicks : 0;
    out.listing = listing;
    out.venue = state.venue;
    out.fresh = isLive && this.#alive(state.venue, nowNs) ? 1 : 0;
    out.bidTicks = bid;
    out.bidLots = isLive ? top.bidLots : 0;
    out.askTicks = ask;
    out.askLots = isLive ? top.askLots : 0;
    out.markTicks = this.#row(state, listing, LISTING_MARK);
    out.lastHighTicks = state.highTicks;
    out.lastLowTicks = state.lowTicks;
    out.lastTicks = state.lastTicks;
    // A trade may be a little younger than this thread's idea of now.
    out.lastAgeNs = state.lastTicks === 0 ? 0 : Math.max(0, nowNs - state.lastAtNs);
    out.penaltyE6 = 0;
  }

  depthInto(listing: ListingId, levels: number, out: ListingDepth, askLots: number = Infinity, bidLots: number = Infinity): void {
    const { reader, lot } = this.#state(listing);
    out.listing = listing;
    out.bids.count = 0;
    out.asks.count = 0;
    if (askLots + bidLots < Infinity && this.#topInto(reader, levels, out, askLots, bidLots, lot)) return;
    const depth = this.#read(reader, levels);
    if (!depth.live) return;
    if (bidLots > 0) copySide(depth.bids, enough(depth.bids, depth.bidCount, bidLots, lot), out.bids);
    if (askLots > 0) copySide(depth.asks, enough(depth.asks, depth.askCount, askLots, lot), out.asks);
  }

  /** The published top, where it holds the lots: no walk over the ladder. */
  #topInto(reader: BookReader, levels: number, out: ListingDepth, askLots: number, bidLots: number, lot: number): boolean {
    const top = this.#top;
    if (!reader.readTop(top) || top.status !== STATUS_LIVE) return false;
    const bids = bidLots === 0 ? 0 : enough(top.bids, top.bidCount, bidLots, lot);
    const asks = askLots === 0 ? 0 : enough(top.asks, top.askCount, askLots, lot);
    if (isCut(bids, bidLots, levels) || isCut(asks, askLots, levels) || Math.max(bids, asks) > levels) return false;
    copySide(top.bids, bids, out.bids);
    copySide(top.asks, asks, out.asks);
    return true;
  }

  sampled(instrument: InstrumentId): void {
    for (const listing of must(this.#universe.instruments[instrument], 'instrument').listings) {
      const state = this.#state(listing);
      state.highTicks = 0;
      state.lowTicks = 0;
    }
  }

  stampsInto(instrument: InstrumentId, out: Float64Array, at: number): void {
    for (const listing of must(this.#universe.instruments[instrument], 'instrument').listings) {
      const state = this.#state(listing);
      const publishedNs = this.#row(state, listing, LISTING_PUBLISHED);
      if (publishedNs <= plainReadFloat64(out, at + 1)) continue;
      plainWriteFloat64(out, at, this.#row(state, listing, LISTING_FRAME_IN));
      plainWriteFloat64(out, at + 1, publishedNs);
    }
  }

  books(instrument: InstrumentId, depth: number): readonly BookView[] {
    return must(this.#universe.instruments[instrument], 'instrument').listings.map((listing) => {
      const state = this.#state(listing);
      const { venue } = state;
      const read = this.#read(state.reader, depth);
      return {
        venue,
        fresh: read.live && this.#alive(venue, this.#nowNs),
        connected: this.#isConnected(venue),
        bids: Array.from(read.bids.subarray(0, read.live ? 2 * read.bidCount : 0)),
        asks: Array.from(read.asks.subarray(0, read.live ? 2 * read.askCount : 0)),
        markTicks: this.#row(state, listing, LISTING_MARK),
        ageMs: Math.max(0, Math.floor((this.#nowNs - this.#aliveAtNs(venue)) / 1e6)),
        venueTsNs: this.#row(state, listing, LISTING_VENUE_TS),
      };
    });
  }

  /** Connected, and heard not too long ago. */
  isHeard(venue: VenueId): boolean {
    return this.#alive(venue, this.#nowNs);
  }

  version(instrument: InstrumentId): number {
    let version = this.#touches[instrument] ?? 0;
    for (const listing of must(this.#universe.instruments[instrument], 'instrument').listings) {
      const { feeds } = this.#state(listing);
      version += observeInt32(feeds.int32, feeds.counts + listing);
    }
    return version;
  }

  trades(instrument: InstrumentId, sinceNs: number, limit: number): readonly Print[] {
    this.#drain();
    return must(this.#tapes[instrument], 'tape').since(sinceNs, limit);
  }

  #look(feeds: Feeds): void {
    const all = observeInt32(feeds.int32, BOARD_CHANGES >> 2);
    if (all === feeds.seen) return;
    const isSingle = all === ((feeds.seen + 1) | 0);
    feeds.seen = all;
    if (isSingle) {
      const last = plainReadInt32(feeds.int32, BOARD_LAST >> 2);
      const listing = last & (BOARD_LISTINGS_MAX - 1);
      const isOfAll = last === lastChange(all, listing);
      if (isOfAll && observeInt32(feeds.int32, BOARD_CHANGES >> 2) === all) return this.#lookAt(feeds, listing);
    }
    for (const listing of feeds.listings) this.#lookAt(feeds, listing);
  }

  #lookAt(feeds: Feeds, listing: ListingId): void {
    const state = this.#state(listing);
    const count = observeInt32(feeds.int32, feeds.counts + listing);
    if (count === state.seen) return;
    state.seen = count;
    this.#touch(state.instrument);
  }

  #drain(): void {
    const trade = this.#trade;
    for (let i = 0; i < this.#feeds.length; i++) {
      const { tape } = must(this.#feeds[i], 'feeds');
      for (let got = tape.read(trade); got !== NOTHING; got = tape.read(trade)) {
        if (got === RECEIVED) this.#print();
        else this.laps++;
      }
    }
  }

  #print(): void {
    const { listing, ticks, lots, receivedNs } = this.#trade;
    const state = this.#state(listing);
    state.lastTicks = ticks;
    state.lastAtNs = receivedNs;
    if (state.highTicks === 0 || ticks > state.highTicks) state.highTicks = ticks;
    if (state.lowTicks === 0 || ticks < state.lowTicks) state.lowTicks = ticks;
    must(this.#tapes[state.instrument], 'tape').add(receivedNs, ticks, lots, state.venue);
  }

  /** Exact levels; not live when the writer never let go. */
  #read(reader: BookReader, levels: number): BookDepth {
    if (this.#depth.capacity < levels) this.#depth = new BookDepth(levels);
    if (!reader.readLevels(levels, this.#depth)) this.#depth.live = false;
    return this.#depth;
  }

  #isConnected(venue: VenueId): boolean {
    if (this.#connected !== null) return this.#connected[venue] === true;
    return this.#venue(venue, VENUE_CONNECTED) === 1;
  }

  #alive(venue: VenueId, nowNs: number): boolean {
    return this.#isConnected(venue) && nowNs - this.#aliveAtNs(venue) <= STALE_AFTER_NS;
  }

  #aliveAtNs(venue: VenueId): number {
    return this.#venue(venue, VENUE_ALIVE);
  }

  #venue(venue: VenueId, field: number): number {
    const { float64 } = must(this.#feedsOf[venue], 'feeds');
    return plainReadFloat64(float64, (BOARD_VENUES + venue * VENUE_BYTES + field) >> 3);
  }

  #row(state: ListingState, listing: ListingId, field: number): number {
    return plainReadFloat64(state.feeds.float64, state.feeds.rows + ((listing * LISTING_BYTES + field) >> 3));
  }

  #touchVenue(venue: VenueId): void {
    for (const state of this.#listings) if (state.venue === venue) this.#touch(state.instrument);
  }

  #touch(instrument: InstrumentId): void {
    this.#touches[instrument] = (this.#touches[instrument] ?? 0) + 1;
    if (this.#isDirty[instrument] === true) return;
    this.#isDirty[instrument] = true;
    this.#dirty.push(instrument);
  }

  #state(listing: ListingId): ListingState {
    return must(this.#listings[listing], 'listing state');
  }
}

function feedsOf({ listings, board, tape }: SharedFeeds): Feeds {
  const { changes, listings: rows } = boardOffsets(board);
  return {
    listings, int32: int32View(board.region), float64: float64View(board.region), counts: changes >> 2, rows: rows >> 3,
    tape: new TradeTapeReader(tape), seen: 0,
  };
}

/** Levels until there are so many lots, counted in whole lots of the listing. */
function enough(pairs: Float64Array, count: number, lots: number, lot: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const there = pairs[2 * i + 1] as number; // i < count levels
    sum += there - (there % lot);
    if (sum >= lots) return i + 1;
  }
  return count;
}

/** The published levels don't hold the lots, and more were wanted. */
function isCut(count: number, lots: number, levels: number): boolean {
  return lots > 0 && count === TOP_LEVELS && count < levels;
}

function copySide(pairs: Float64Array, count: number, out: { count: number; pairs: Float64Array }): void {
  if (out.pairs.length < 2 * count) out.pairs = new Float64Array(2 * count);
  for (let i = 0; i < 2 * count; i++) out.pairs[i] = pairs[i] as number; // i < 2 * count <= length
  out.count = count;
}
