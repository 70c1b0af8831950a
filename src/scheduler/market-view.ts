/**
 * What the scheduler knows of the markets: the books, prints and marks of every listing as the feeds told them on
 * this thread, and which instruments changed since it last looked. Samples for the core are taken from here.
 *
 * The same questions are answered from shared memory where feeds run on other threads (`MarketSource`).
 */
import { must } from '../base/assert.js';
import type { BookAccess, BookView } from '../protocol/engine-port.js';
import type { ListingDepth, ListingQuote } from '../protocol/events.js';
import type { InstrumentId, ListingId, Universe, VenueId } from '../protocol/universe.js';
import { PlainSide } from './plain-book.js';

/** A feed silent for longer is stale (semantics §1, `stale_after_ms`). */
export const STALE_AFTER_NS = 2_000_000_000;
/** Levels kept a side: beyond what any plan reads, below what a deep book holds. */
const LEVELS_KEPT = 4_096;
const TAPE_KEPT = 16_384;

/** Where samples come from: this thread's books, or shared ones. */
export interface MarketSource extends BookAccess {
  /** Instruments whose books changed since the last call, each once; the array is reused. */
  takeDirty(): readonly InstrumentId[];
  quoteInto(listing: ListingId, nowNs: number, out: ListingQuote): void;
  depthInto(listing: ListingId, levels: number, out: ListingDepth): void;
  /** The prints of an instrument were journaled: highs and lows start anew. */
  sampled(instrument: InstrumentId): void;
  setConnected(venue: VenueId, connected: boolean): void;
}

interface ListingState {
  readonly bids: PlainSide;
  readonly asks: PlainSide;
  trusted: boolean;
  venueTsNs: number;
  markTicks: number;
  lastTicks: number;
  lastAtNs: number;
  highTicks: number;
  lowTicks: number;
}

interface Print {
  readonly tsNs: number;
  readonly ticks: number;
  readonly lots: number;
  readonly venue: VenueId;
}

export class MarketView implements MarketSource {
  readonly #universe: Universe;
  readonly #listings: ListingState[];
  readonly #connected: boolean[];
  readonly #aliveAtNs: number[];
  readonly #isDirty: boolean[];
  readonly #dirty: InstrumentId[] = [];
  readonly #taken: InstrumentId[] = [];
  readonly #versions: number[];
  readonly #tapes: Print[][];
  #nowNs = 0;

  constructor(universe: Universe) {
    this.#universe = universe;
    this.#listings = universe.listings.map(() => ({
      bids: new PlainSide(1, LEVELS_KEPT),
      asks: new PlainSide(-1, LEVELS_KEPT),
      trusted: false,
      venueTsNs: 0,
      markTicks: 0,
      lastTicks: 0,
      lastAtNs: 0,
      highTicks: 0,
      lowTicks: 0,
    }));
    this.#connected = universe.venues.map(() => false);
    this.#aliveAtNs = universe.venues.map(() => -STALE_AFTER_NS);
    this.#isDirty = universe.instruments.map(() => false);
    this.#versions = universe.instruments.map(() => 0);
    this.#tapes = universe.instruments.map(() => []);
  }

  /** Engine time of what the feeds say next. */
  setNow(nowNs: number): void {
    this.#nowNs = nowNs;
  }

  setConnected(venue: VenueId, connected: boolean): void {
    this.#connected[venue] = connected;
    for (const listing of this.#universe.listings) if (listing.venue === venue) this.#touch(listing.id);
  }

  // What a feed says (venues' FeedSink).

  snapshot(listing: ListingId, venueTsNs: number, bids: readonly number[], asks: readonly number[]): void {
    const state = this.#state(listing);
    fill(state.bids, bids);
    fill(state.asks, asks);
    state.trusted = true;
    this.#changed(listing, venueTsNs);
  }

  delta(
    listing: ListingId,
    venueTsNs: number,
    bids: Float64Array,
    bidCount: number,
    asks: Float64Array,
    askCount: number,
  ): void {
    const state = this.#state(listing);
    for (let i = 0; i < bidCount; i++) state.bids.set(bids[2 * i] as number, bids[2 * i + 1] as number);
    for (let i = 0; i < askCount; i++) state.asks.set(asks[2 * i] as number, asks[2 * i + 1] as number);
    this.#changed(listing, venueTsNs);
  }

  trade(listing: ListingId, venueTsNs: number, ticks: number, lots: number, _takerSide: 1 | -1): void {
    const state = this.#state(listing);
    state.lastTicks = ticks;
    state.lastAtNs = this.#nowNs;
    if (state.highTicks === 0 || ticks > state.highTicks) state.highTicks = ticks;
    if (state.lowTicks === 0 || ticks < state.lowTicks) state.lowTicks = ticks;
    const { instrument, venue } = this.#listing(listing);
    const tape = must(this.#tapes[instrument], 'tape');
    tape.push({ tsNs: this.#nowNs, ticks, lots, venue });
    if (tape.length >= 2 * TAPE_KEPT) tape.splice(0, tape.length - TAPE_KEPT);
    this.#changed(listing, venueTsNs);
  }

  mark(listing: ListingId, venueTsNs: number, ticks: number): void {
    this.#state(listing).markTicks = ticks;
    this.#changed(listing, venueTsNs);
  }

  stale(listing: ListingId, _reason: string): void {
    const state = this.#state(listing);
    state.trusted = false;
    state.bids.clear();
    state.asks.clear();
    this.#touch(listing);
  }

  alive(venue: VenueId): void {
    this.#aliveAtNs[venue] = this.#nowNs;
  }

  // What the scheduler asks.

  takeDirty(): readonly InstrumentId[] {
    this.#taken.length = 0;
    for (const instrument of this.#dirty) {
      this.#isDirty[instrument] = false;
      this.#taken.push(instrument);
    }
    this.#dirty.length = 0;
    return this.#taken;
  }

  /** A venue whose feed fell silent or came back makes its instruments dirty; call every 100 ms or so. */
  noticeSilence(nowNs: number, wasAlive: boolean[]): void {
    for (const venue of this.#universe.venues) {
      const alive = this.#alive(venue.id, nowNs);
      if (alive === wasAlive[venue.id]) continue;
      wasAlive[venue.id] = alive;
      for (const listing of this.#universe.listings) if (listing.venue === venue.id) this.#touch(listing.id);
    }
  }

  quoteInto(listing: ListingId, nowNs: number, out: ListingQuote): void {
    const state = this.#state(listing);
    const venue = this.#listing(listing).venue;
    const bid = state.bids.bestTicks();
    const ask = state.asks.bestTicks();
    const crossed = bid > 0 && ask > 0 && bid >= ask;
    out.listing = listing;
    out.venue = venue;
    out.fresh = this.#alive(venue, nowNs) && state.trusted && !crossed ? 1 : 0;
    out.bidTicks = bid;
    out.bidLots = state.bids.bestLots();
    out.askTicks = ask;
    out.askLots = state.asks.bestLots();
    out.markTicks = state.markTicks;
    out.lastHighTicks = state.highTicks;
    out.lastLowTicks = state.lowTicks;
    out.lastTicks = state.lastTicks;
    out.lastAgeNs = state.lastTicks === 0 ? 0 : nowNs - state.lastAtNs;
    out.penaltyE6 = 0;
  }

  depthInto(listing: ListingId, levels: number, out: ListingDepth): void {
    const state = this.#state(listing);
    out.listing = listing;
    copySide(state.bids, levels, out.bids);
    copySide(state.asks, levels, out.asks);
  }

  sampled(instrument: InstrumentId): void {
    for (const listing of must(this.#universe.instruments[instrument], 'instrument').listings) {
      const state = this.#state(listing);
      state.highTicks = 0;
      state.lowTicks = 0;
    }
  }

  // What the gateway asks.

  books(instrument: InstrumentId, depth: number): readonly BookView[] {
    return must(this.#universe.instruments[instrument], 'instrument').listings.map((listing) => {
      const state = this.#state(listing);
      const venue = this.#listing(listing).venue;
      const crossed = state.bids.count > 0 && state.bids.bestTicks() >= state.asks.bestTicks() && state.asks.count > 0;
      return {
        venue,
        fresh: this.#alive(venue, this.#nowNs) && state.trusted && !crossed,
        connected: this.#connected[venue] === true,
        bids: Array.from(state.bids.pairs.subarray(0, 2 * Math.min(depth, state.bids.count))),
        asks: Array.from(state.asks.pairs.subarray(0, 2 * Math.min(depth, state.asks.count))),
        markTicks: state.markTicks,
        ageMs: Math.max(0, Math.floor((this.#nowNs - (this.#aliveAtNs[venue] ?? 0)) / 1e6)),
        venueTsNs: state.venueTsNs,
      };
    });
  }

  version(instrument: InstrumentId): number {
    return this.#versions[instrument] ?? 0;
  }

  trades(instrument: InstrumentId, sinceNs: number, limit: number): readonly Print[] {
    const tape = must(this.#tapes[instrument], 'tape').filter((print) => print.tsNs >= sinceNs);
    return tape.slice(-limit);
  }

  #alive(venue: VenueId, nowNs: number): boolean {
    return this.#connected[venue] === true && nowNs - (this.#aliveAtNs[venue] ?? 0) <= STALE_AFTER_NS;
  }

  #changed(listing: ListingId, venueTsNs: number): void {
    const state = this.#state(listing);
    if (venueTsNs > state.venueTsNs) state.venueTsNs = venueTsNs;
    this.#aliveAtNs[this.#listing(listing).venue] = this.#nowNs;
    this.#touch(listing);
  }

  #touch(listing: ListingId): void {
    const { instrument } = this.#listing(listing);
    this.#versions[instrument] = (this.#versions[instrument] ?? 0) + 1;
    if (this.#isDirty[instrument] === true) return;
    this.#isDirty[instrument] = true;
    this.#dirty.push(instrument);
  }

  #listing(listing: ListingId): { readonly venue: VenueId; readonly instrument: InstrumentId } {
    return must(this.#universe.listings[listing], 'listing');
  }

  #state(listing: ListingId): ListingState {
    return must(this.#listings[listing], 'listing state');
  }
}

function fill(side: PlainSide, pairs: readonly number[]): void {
  side.clear();
  for (let i = 0; i + 1 < pairs.length; i += 2) side.set(pairs[i] as number, pairs[i + 1] as number);
}

function copySide(side: PlainSide, levels: number, out: { count: number; pairs: Float64Array }): void {
  const count = Math.min(levels, side.count);
  if (out.pairs.length < 2 * count) out.pairs = new Float64Array(2 * levels);
  out.pairs.set(side.pairs.subarray(0, 2 * count));
  out.count = count;
}
