/**
 * The books of one venue: a random walk around a price that all venues share, told through the feed's sink. A beat
 * moves the price and tells whole books; between beats many small changes of one level follow, as on a real feed.
 * Wicks, silence and crossed books are faults, drawn once a beat.
 */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import type { ListingId, Universe, VenueId } from '../../src/protocol/universe.js';
import type { FeedSink } from '../../src/venues/venue.js';
import type { Faults } from './faults.js';

const MS = 1_000_000;
const LEVELS = 12;

interface Quote {
  readonly listing: ListingId;
  readonly step: number;
  readonly lot: number;
  bid: number;
  ask: number;
  readonly sizes: Float64Array;
}

/** The price everybody sees, moved by whichever venue's clock comes first. */
export interface SharedPrice {
  mid: number;
}

export class HostileMarket {
  readonly #quotes: Quote[];
  readonly #byListing = new Map<ListingId, Quote>();
  readonly #prng: Prng;
  readonly #faults: Faults;
  #feed: FeedSink;
  readonly #venue: VenueId;
  readonly #price: SharedPrice;
  readonly #beatNs: number;
  readonly #tickNs: number;
  readonly #one = new Float64Array(2);
  #beatDueNs = 0;
  #tickDueNs = 0;
  #silentUntilNs = 0;
  #disconnected = false;

  constructor(universe: Universe, venue: VenueId, prng: Prng, faults: Faults, feed: FeedSink, price: SharedPrice, tickRate = 1) {
    this.#venue = venue;
    this.#prng = prng;
    this.#faults = faults;
    this.#feed = feed;
    this.#price = price;
    this.#beatNs = prng.between(20, 120) * MS;
    this.#tickNs = Math.ceil((prng.between(12, 34) * MS) / tickRate);
    this.#quotes = universe.listings
      .filter((l) => l.venue === venue)
      .map((l) => ({
        listing: l.id, step: l.tickMultiple, lot: l.lotMultiple, bid: 0, ask: 0, sizes: new Float64Array(LEVELS),
      }));
    for (const quote of this.#quotes) this.#byListing.set(quote.listing, quote);
  }

  /** Another process of the engine listens now. */
  attach(feed: FeedSink): void {
    this.#feed = feed;
  }

  silence(disconnected: boolean): void {
    this.#disconnected = disconnected;
    if (disconnected) for (const quote of this.#quotes) this.#feed.stale(quote.listing, 'disconnected');
    else this.#silentUntilNs = 0;
  }

  nextDueNs(): number {
    return Math.min(this.#beatDueNs, this.#tickDueNs);
  }

  /** 'beat' where the price moved: resting orders are to be matched. */
  doWork(nowNs: number): 'nothing' | 'tick' | 'beat' {
    if (nowNs >= this.#beatDueNs) {
      this.#beatDueNs = nowNs + this.#beatNs;
      this.#tickDueNs = Math.max(this.#tickDueNs, nowNs + this.#tickNs);
      this.#beat(nowNs);
      return 'beat';
    }
    if (nowNs < this.#tickDueNs) return 'nothing';
    this.#tickDueNs = nowNs + this.#tickNs;
    if (!this.#disconnected && nowNs >= this.#silentUntilNs) this.#tick(nowNs);
    return 'tick';
  }

  #beat(nowNs: number): void {
    this.#price.mid = Math.max(1_000, this.#price.mid + this.#prng.between(-3, 3));
    if (this.#prng.chance(1, 400)) this.#price.mid += this.#prng.between(-120, 120);
    const wick = this.#faults.strikes('WICK', 3) ? this.#prng.between(-400, 400) : 0;
    if (this.#faults.strikes('FEED_SILENT', 2)) this.#silentUntilNs = nowNs + this.#prng.between(1, 8) * 1_000 * MS;
    const crossed = this.#faults.strikes('FEED_CROSSED', 3);
    for (const quote of this.#quotes) this.#move(quote, this.#price.mid + wick, crossed, nowNs);
  }

  #move(quote: Quote, around: number, crossed: boolean, nowNs: number): void {
    const mid = around + this.#prng.between(-1, 1);
    const half = this.#prng.between(1, 3);
    quote.bid = Math.floor((mid - half) / quote.step) * quote.step;
    quote.ask = Math.max(quote.bid + quote.step, Math.ceil((mid + half) / quote.step) * quote.step);
    for (let i = 0; i < LEVELS; i++) quote.sizes[i] = this.#prng.between(1, 30) * quote.lot;
    if (this.#disconnected || nowNs < this.#silentUntilNs) return;
    const bids: number[] = [];
    const asks: number[] = [];
    const shift = crossed ? 4 * quote.step : 0;
    for (let i = 0; i < LEVELS; i++) {
      const size = must(quote.sizes[i], 'size');
      bids.push(quote.bid + shift - i * quote.step, size);
      asks.push(quote.ask - shift + i * quote.step, size);
    }
    this.#feed.snapshot(quote.listing, nowNs, bids, asks);
    this.#feed.alive(this.#venue);
    if (this.#prng.chance(1, 10)) this.#feed.trade(quote.listing, nowNs, quote.ask, quote.lot, 1);
    if (this.#prng.chance(1, 10)) this.#feed.mark(quote.listing, nowNs, mid);
  }

  /** One level of one book changes its size. */
  #tick(nowNs: number): void {
    const quote = this.#prng.pick(this.#quotes);
    if (quote.bid === 0) return;
    const level = this.#prng.below(LEVELS);
    const lots = this.#prng.between(1, 30) * quote.lot;
    quote.sizes[level] = lots;
    const bid = this.#prng.chance(1, 2);
    this.#one[0] = bid ? quote.bid - level * quote.step : quote.ask + level * quote.step;
    this.#one[1] = lots;
    this.#feed.delta(quote.listing, nowNs, this.#one, bid ? 1 : 0, this.#one, bid ? 0 : 1);
  }

  #quote(listing: ListingId): Quote {
    return must(this.#byListing.get(listing), 'a listing of this venue');
  }

  /** Would a limit meet the other side's touch? */
  crosses(listing: ListingId, side: 1 | -1, limitTicks: number): boolean {
    const quote = this.#quote(listing);
    if (quote.bid === 0) return false;
    return side === 1 ? limitTicks >= quote.ask : limitTicks <= quote.bid;
  }

  /** Lots on the other side up to a limit. */
  reachable(listing: ListingId, side: 1 | -1, limitTicks: number): number {
    const quote = this.#quote(listing);
    if (!this.crosses(listing, side, limitTicks)) return 0;
    let lots = 0;
    for (let i = 0; i < LEVELS; i++) {
      const ticks = side === 1 ? quote.ask + i * quote.step : quote.bid - i * quote.step;
      if (side === 1 ? ticks > limitTicks : ticks < limitTicks) break;
      lots += must(quote.sizes[i], 'size');
    }
    return lots;
  }

  /** The touch, never beyond the limit. */
  touch(listing: ListingId, side: 1 | -1, limitTicks: number): number {
    const quote = this.#quote(listing);
    return side === 1 ? Math.min(quote.ask, limitTicks) : Math.max(quote.bid, limitTicks);
  }
}
