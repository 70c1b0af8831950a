/**
 * What the core last saw of each instrument: the quotes of the latest sample, the trigger prices made from them and
 * the index of armed levels. Filled from `sample` events only; the core never reads a book.
 */
import { assert, must } from '../base/assert.js';
import type { ListingQuote, SampleEvent } from '../protocol/events.js';
import type { Instrument, ListingId, Universe } from '../protocol/universe.js';
import { newLevelIndex, sourceIndex, topMoves, type LevelIndex } from './levels.js';
import type { CoreState, Node, Peg, Waiter } from './state.js';

/** Prints count for a second. */
export const LAST_WINDOW_NS = 1_000_000_000;

export interface Print {
  atNs: number;
  high: number;
  low: number;
}

export interface Market {
  id: number;
  /** Time of the latest sample; -1 = none yet. */
  sampledAtNs: number;
  quotes: ListingQuote[];
  /** Recent prints by listing index, newest last, at most a second old. */
  prints: Print[][];
  freshMask: number;
  freshCount: number;
  /** When the set of fresh venues last changed; -1 = never. */
  freshChangedAtNs: number;
  /** Trigger mid in quarter ticks at the latest fresh sample, and when; 0 = never. */
  midQ: number;
  midAtNs: number;
  medianSpreadTicks: number;
  levels: LevelIndex;
  /** Who waits for a sample with books; levels asked for, 0 = nothing outstanding. */
  waiters: Waiter[];
  wantedLevels: number;
  /** Lots of one listing that the waiting plans may use, of each side; 0 = nobody needs that side. */
  wantedAskLots: number;
  wantedBidLots: number;
  /** Orders that follow the touch; nodes with resting orders that leave a venue when it goes stale. */
  pegs: Peg[];
  resters: Map<Node, number>;
  /** Open graphs with a position or limits here: marks matter. */
  interest: number;
}

const MAX_LISTINGS = 30;
const sortBuffer = new Float64Array(MAX_LISTINGS);

export function newMarket(instrument: Instrument): Market {
  assert(instrument.listings.length <= MAX_LISTINGS, 'an instrument has at most 30 listings');
  return {
    id: instrument.id,
    sampledAtNs: -1,
    quotes: [],
    prints: instrument.listings.map(() => []),
    freshMask: 0,
    freshCount: 0,
    freshChangedAtNs: -1,
    midQ: 0,
    midAtNs: -1,
    medianSpreadTicks: 0,
    levels: newLevelIndex(),
    waiters: [],
    wantedLevels: 0,
    wantedAskLots: 0,
    wantedBidLots: 0,
    pegs: [],
    resters: new Map(),
    interest: 0,
  };
}

/** The latest quote of a listing; undefined = there was none. */
export function quoteOf(market: Market, listing: ListingId): ListingQuote | undefined {
  for (let i = 0; i < market.quotes.length; i++) {
    const quote = must(market.quotes[i], 'quote');
    if (quote.listing === listing) return quote;
  }
  return undefined;
}

export function emptyQuote(listing: ListingId, venue: number): ListingQuote {
  return {
    listing, venue, fresh: 0, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0, markTicks: 0,
    lastHighTicks: 0, lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: 0,
  };
}

/** Takes over a sample. Returns true when the set of fresh venues changed. */
export function takeSample(state: CoreState, market: Market, event: SampleEvent): boolean {
  const listings = must(state.universe.instruments[market.id], 'sampled instrument').listings;
  assert(event.quotes.length === listings.length, 'a sample has one quote for each listing');
  let mask = 0;
  let count = 0;
  for (let i = 0; i < listings.length; i++) {
    const from = must(event.quotes[i], 'quote of a sample');
    assert(from.listing === listings[i], 'quotes come in the order of the listings');
    let to = market.quotes[i];
    if (to === undefined) {
      to = emptyQuote(from.listing, from.venue);
      market.quotes.push(to);
    }
    copyQuote(from, to);
    assert(to.listing === from.listing && to.venue === from.venue, 'a quote stays that of its listing');
    if (from.fresh === 1) {
      mask |= 1 << i;
      count += 1;
    }
    if (from.lastHighTicks > 0) notePrint(must(market.prints[i], 'prints'), event.tNs, from);
  }
  const changed = market.sampledAtNs >= 0 && mask !== market.freshMask;
  if (changed) market.freshChangedAtNs = event.tNs;
  assert(event.tNs >= market.sampledAtNs && count <= listings.length, 'looks at the books come in their time');
  market.freshMask = mask;
  market.freshCount = count;
  market.sampledAtNs = event.tNs;
  market.medianSpreadTicks = event.medianSpreadTicks;
  const mid = priceQ(market.quotes, -1, 0);
  assert(mid === 0 || count > 0, 'a mid is of fresh venues');
  if (mid > 0) {
    market.midQ = mid;
    market.midAtNs = event.tNs;
  }
  return changed;
}

function copyQuote(from: ListingQuote, to: ListingQuote): void {
  assert(to.listing === from.listing && to !== from, 'a quote is copied into its own place');
  to.fresh = from.fresh;
  to.bidTicks = from.bidTicks;
  to.bidLots = from.bidLots;
  to.askTicks = from.askTicks;
  to.askLots = from.askLots;
  to.markTicks = from.markTicks;
  to.lastHighTicks = from.lastHighTicks;
  to.lastLowTicks = from.lastLowTicks;
  to.lastTicks = from.lastTicks;
  to.lastAgeNs = from.lastAgeNs;
  to.penaltyE6 = from.penaltyE6;
}

function notePrint(prints: Print[], atNs: number, quote: ListingQuote): void {
  while (prints.length > 0 && must(prints[0], 'oldest print').atNs < atNs - LAST_WINDOW_NS) prints.shift();
  const newest = prints[prints.length - 1];
  if (newest !== undefined && (newest.atNs === atNs || prints.length >= 64)) {
    newest.high = Math.max(newest.high, quote.lastHighTicks);
    newest.low = Math.min(newest.low, quote.lastLowTicks);
    return;
  }
  assert(newest === undefined || newest.atNs < atNs, 'prints are kept newest last');
  prints.push({ atNs, high: quote.lastHighTicks, low: quote.lastLowTicks });
}

/** A venue's own price in quarter ticks by source (mid, bid, ask, mark); 0 = it has none. */
function ownPriceQ(quote: ListingQuote, source: number): number {
  if (source === 1) return quote.bidTicks * 4;
  if (source === 2) return quote.askTicks * 4;
  if (source === 3) return quote.markTicks * 4;
  return quote.bidTicks > 0 && quote.askTicks > 0 ? (quote.bidTicks + quote.askTicks) * 2 : 0;
}

/**
 * The watched price in quarter ticks: median over fresh venues of each one's own (even count: mean of the middle
 * two, rounded down to a quarter tick where bids or mids are odd); of the pinned listing alone where `pin` >= 0.
 * 0 = no fresh venue has it. Semantics §1.
 */
export function priceQ(quotes: readonly ListingQuote[], pin: number, source: number): number {
  if (pin >= 0) {
    const quote = quotes[pin];
    return quote === undefined || quote.fresh === 0 ? 0 : ownPriceQ(quote, source);
  }
  let n = 0;
  for (let i = 0; i < quotes.length; i++) {
    const quote = must(quotes[i], 'quote');
    if (quote.fresh === 0) continue;
    const own = ownPriceQ(quote, source);
    if (own <= 0) continue;
    let j = n++;
    while (j > 0 && (sortBuffer[j - 1] ?? 0) > own) {
      sortBuffer[j] = sortBuffer[j - 1] ?? 0;
      j -= 1;
    }
    sortBuffer[j] = own;
  }
  if (n === 0) return 0;
  const upper = sortBuffer[n >> 1] ?? 0;
  assert(n <= MAX_LISTINGS && upper > 0, 'the middle of prices is a price');
  return n % 2 === 1 ? upper : Math.floor(((sortBuffer[(n >> 1) - 1] ?? 0) + upper) / 2);
}

/**
 * Prints (source `last`) in quarter ticks: the most extreme level that a majority of fresh venues printed at or
 * beyond within a second, for edges that fire above (highest such) or below. 0 = none.
 */
export function lastQ(market: Market, pin: number, direction: 1 | -1, nowNs: number, sinceNs: number): number {
  assert(nowNs >= sinceNs, 'prints are counted since a time that was');
  const from = Math.max(nowNs - LAST_WINDOW_NS, sinceNs);
  if (pin >= 0) return extreme(market, pin, direction, from) * 4;
  const found: number[] = [];
  let fresh = 0;
  for (let i = 0; i < market.quotes.length; i++) {
    if (must(market.quotes[i], 'quote').fresh === 0) continue;
    fresh += 1;
    const best = extreme(market, i, direction, from);
    if (best > 0) found.push(best);
  }
  const need = Math.floor(fresh / 2) + 1;
  assert(found.length <= fresh, 'only fresh venues are counted');
  if (fresh === 0 || found.length < need) return 0;
  found.sort((a, b) => (direction === 1 ? b - a : a - b));
  return (found[need - 1] ?? 0) * 4;
}

function extreme(market: Market, listing: number, direction: 1 | -1, fromNs: number): number {
  let best = 0;
  for (const print of must(market.prints[listing], 'prints')) {
    if (print.atNs < fromNs) continue;
    const value = direction === 1 ? print.high : print.low;
    if (best === 0 || (direction === 1 ? value > best : value < best)) best = value;
  }
  return best;
}

/**
 * Whether a look at the books at hand could change anything: an armed level crossed (or left while it must hold),
 * the set of fresh venues changed while somebody cares, or a touch that an order follows moved.
 * Costs a comparison for each kind of armed edge, whatever their number.
 */
export function needsSample(state: CoreState, instrument: number, quotes: readonly ListingQuote[]): boolean {
  const market = must(state.markets[instrument], 'instrument of a book change');
  const armed = market.levels.count > 0 || market.pegs.length > 0 || market.resters.size > 0;
  if (!armed && market.wantedLevels === 0) return false;
  let mask = 0;
  for (let i = 0; i < quotes.length; i++) if (must(quotes[i], 'quote').fresh === 1) mask |= 1 << i;
  // Asked for and never given: the process died between the event and its look at the books.
  if (market.wantedLevels > 0 && mask !== 0) return true;
  if (!armed) return false;
  if (mask !== market.freshMask) return true;
  const { used, heaps } = market.levels;
  for (let i = 0; i < used.length; i++) {
    const heap = must(heaps[used[i] ?? 0], 'level heap');
    if (heap.edges.length === 0) continue;
    if (heap.source === sourceIndex.last) {
      if (printReaches(quotes, heap.pin, heap.direction, must(heap.edges[0], 'top').level)) return true;
      continue;
    }
    const value = priceQ(quotes, heap.pin, heap.source);
    if (value > 0 && topMoves(heap, value)) return true;
  }
  return market.pegs.length > 0 && touchMoved(state, market, quotes);
}

/** False: needsSample() is false, whatever the prices. */
export function watches(state: CoreState, instrument: number): boolean {
  const { levels, pegs, resters, wantedLevels } = must(state.markets[instrument], 'market of an instrument');
  return levels.count > 0 || pegs.length > 0 || resters.size > 0 || wantedLevels > 0;
}

function printReaches(quotes: readonly ListingQuote[], pin: number, direction: 1 | -1, level: number): boolean {
  for (let i = 0; i < quotes.length; i++) {
    if (pin >= 0 && pin !== i) continue;
    const quote = must(quotes[i], 'quote');
    if (quote.fresh === 0 || quote.lastHighTicks === 0) continue;
    if (direction === 1 ? quote.lastHighTicks * 4 >= level : quote.lastLowTicks * 4 <= level) return true;
  }
  return false;
}

function touchMoved(state: CoreState, market: Market, quotes: readonly ListingQuote[]): boolean {
  for (let i = 0; i < market.pegs.length; i++) {
    const peg = must(market.pegs[i], 'peg');
    assert(peg.ticks > 0, 'a peg rests at a price');
    if (peg.readyAtNs <= state.tNs && leftBehind(peg, quotes)) return true;
  }
  return false;
}

/** The touch moved away from a peg: a higher bid for a buy, a lower ask for a sell. */
export function leftBehind(peg: Peg, quotes: readonly ListingQuote[]): boolean {
  const quote = must(quotes[peg.listingIndex], 'quote of a peg');
  assert(peg.side === 1 || peg.side === -1, 'a peg buys or sells');
  if (quote.fresh === 0) return false;
  return peg.side === 1 ? quote.bidTicks > peg.ticks : quote.askTicks > 0 && quote.askTicks < peg.ticks;
}

export function newMarkets(universe: Universe): Market[] {
  return universe.instruments.map(newMarket);
}

/** The index of a listing among its instrument's, or -1. */
export function listingIndex(universe: Universe, instrument: number, venue: number): number {
  const { listings } = must(universe.instruments[instrument], 'instrument');
  for (let i = 0; i < listings.length; i++) {
    if (must(universe.listings[listings[i] ?? -1], 'listing').venue === venue) return i;
  }
  return -1;
}
