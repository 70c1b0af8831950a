/**
 * Makes samples for the core out of a market source: one reusable event per instrument, and the medians that are
 * measured outside the core.
 */
import { must } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { EventType, type ListingDepth, type ListingQuote, type SampleEvent } from '../protocol/events.js';
import type { Instrument, InstrumentId, Universe } from '../protocol/universe.js';
import type { MarketSource } from './market-view.js';

/** Spreads kept: five minutes of one a second. */
const SPREADS_KEPT = 300;

export class Samples {
  readonly #market: MarketSource;
  readonly #events: SampleEvent[];
  /** In the order they came, and sorted. */
  readonly #spreads: { readonly came: number[]; readonly sorted: number[] }[];
  readonly #medians: number[];

  constructor(universe: Universe, market: MarketSource) {
    this.#market = market;
    this.#events = universe.instruments.map((instrument) => ({
      type: EventType.sample,
      tNs: 0,
      instrument: instrument.id,
      reason: 0,
      quotes: emptyQuotes(universe, instrument),
      depthCount: 0,
      depth: instrument.listings.map((listing) => emptyDepth(listing)),
      medianSpreadTicks: 0,
    }));
    this.#spreads = universe.instruments.map(() => ({ came: [], sorted: [] }));
    this.#medians = universe.instruments.map(() => 0);
  }

  /** The present tops of all listings; the array is reused. */
  quotes(instrument: InstrumentId, nowNs: number): readonly ListingQuote[] {
    const event = this.#event(instrument);
    for (let i = 0; i < event.quotes.length; i++) {
      const quote = must(event.quotes[i], 'quote');
      this.#market.quoteInto(quote.listing, nowNs, quote);
    }
    return event.quotes;
  }

  /** A sample of an instrument with `levels` levels a side (0 = tops only), or as many as hold the lots; the event is reused. */
  take(
    instrument: InstrumentId, nowNs: number, reason: number, levels: number, askLots: number = Infinity, bidLots: number = Infinity,
  ): SampleEvent {
    const event = this.#event(instrument);
    this.quotes(instrument, nowNs);
    event.tNs = nowNs;
    event.reason = reason;
    event.medianSpreadTicks = this.#medians[instrument] ?? 0;
    event.depthCount = levels > 0 ? event.depth.length : 0;
    const wanted = Math.min(levels, limits.planLevelsMax);
    for (let i = 0; i < event.depthCount; i++) {
      const depth = must(event.depth[i], 'depth');
      this.#market.depthInto(depth.listing, wanted, depth, askLots, bidLots);
    }
    return event;
  }

  /** Once a second: the consolidated spread joins the five-minute median. */
  second(instrument: InstrumentId, nowNs: number): void {
    let bid = 0;
    let ask = 0;
    for (const quote of this.quotes(instrument, nowNs)) {
      if (quote.fresh === 0) continue;
      if (quote.bidTicks > bid) bid = quote.bidTicks;
      if (quote.askTicks > 0 && (ask === 0 || quote.askTicks < ask)) ask = quote.askTicks;
    }
    if (bid === 0 || ask === 0) return;
    const { came, sorted } = must(this.#spreads[instrument], 'spreads');
    const spread = Math.max(0, ask - bid);
    came.push(spread);
    sorted.splice(placeOf(sorted, spread), 0, spread);
    if (came.length > SPREADS_KEPT) sorted.splice(placeOf(sorted, came.shift() ?? 0), 1);
    this.#medians[instrument] = sorted[sorted.length >> 1] ?? 0;
  }

  #event(instrument: InstrumentId): SampleEvent {
    return must(this.#events[instrument], 'sample of instrument');
  }
}

/** Index of the first of sorted values that is not below. */
function placeOf(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One quote for each listing of an instrument, in its listing order, to be filled in. */
export function emptyQuotes(universe: Universe, instrument: Instrument): ListingQuote[] {
  return instrument.listings.map((listing) => emptyQuote(listing, must(universe.listings[listing], 'listing').venue));
}

function emptyQuote(listing: number, venue: number): ListingQuote {
  return {
    listing,
    venue,
    fresh: 0,
    bidTicks: 0,
    bidLots: 0,
    askTicks: 0,
    askLots: 0,
    markTicks: 0,
    lastHighTicks: 0,
    lastLowTicks: 0,
    lastTicks: 0,
    lastAgeNs: 0,
    penaltyE6: 0,
  };
}

function emptyDepth(listing: number): ListingDepth {
  const side = (): ListingDepth['bids'] => ({ count: 0, pairs: new Float64Array(2 * limits.planLevelsMax) });
  return { listing, bids: side(), asks: side() };
}
