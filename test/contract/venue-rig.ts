/** A venue under test with everything it said, and the book that a client builds from its feed. */
import { SideBook } from '../../src/market/replay-side-book.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import {
  ReportKind, type BalanceEvent, type OpenOrdersEvent, type ReportEvent, type VenuePositionEvent, type VenueStatusEvent,
} from '../../src/protocol/events.js';
import type { AccountId, Listing, ListingId, Universe } from '../../src/protocol/universe.js';
import type { FeedSink, VenueConnection, VenueSink } from '../../src/venues/venue.js';

export const ms = 1_000_000;
export const second = 1_000_000_000;

export interface ClientBook {
  readonly bids: SideBook;
  readonly asks: SideBook;
  stale: string | null;
  crossings: number;
  messages: number;
  trades: number;
  marks: number;
}

export class VenueRig implements VenueSink, FeedSink {
  readonly universe: Universe;
  readonly reports: ReportEvent[] = [];
  readonly statuses: VenueStatusEvent[] = [];
  readonly balances: BalanceEvent[] = [];
  readonly positions: VenuePositionEvent[] = [];
  readonly openLists: OpenOrdersEvent[] = [];
  readonly books = new Map<ListingId, ClientBook>();
  readonly staleReasons: string[] = [];
  lifeSigns = 0;
  nowNs = 0;
  #venue: VenueConnection | null = null;
  #orders = 0;

  constructor(universe: Universe) {
    this.universe = universe;
  }

  attach(venue: VenueConnection): this {
    this.#venue = venue;
    return this;
  }

  get venue(): VenueConnection {
    if (this.#venue === null) throw new Error('rig: attach a venue first');
    return this.#venue;
  }

  listing(symbol: string): Listing {
    const found = this.universe.listings.find(
      (row) => row.venue === this.venue.venue && this.universe.instruments[row.instrument]?.symbol === symbol,
    );
    if (found === undefined) throw new Error(`rig: ${symbol} is not listed`);
    return found;
  }

  book(listing: ListingId): ClientBook {
    let book = this.books.get(listing);
    if (book === undefined) {
      book = {
        bids: new SideBook(1), asks: new SideBook(-1), stale: 'new', crossings: 0, messages: 0, trades: 0, marks: 0,
      };
      this.books.set(listing, book);
    }
    return book;
  }

  /** Runs virtual time forward, stopping wherever the venue has something to do. */
  run(durationNs: number): void {
    const until = this.nowNs + durationNs;
    for (let due = this.venue.nextDueNs(); due <= until; due = this.venue.nextDueNs()) {
      this.nowNs = Math.max(this.nowNs, due);
      this.venue.doWork(this.nowNs);
    }
    this.nowNs = until;
    this.venue.doWork(until);
  }

  /** Sends an order and returns its id; defaults: account 0, a sensible quantity, ioc. */
  place(listing: Listing, order: Partial<VenueOrder> & Pick<VenueOrder, 'side' | 'limitTicks'>): string {
    const clientOrderId = order.clientOrderId ?? `t-${++this.#orders}`;
    this.venue.place({
      accountId: 0, venue: listing.venue, listing: listing.id, lots: this.usualLots(listing), tif: 'ioc',
      reduceOnly: false, ...order, clientOrderId,
    });
    return clientOrderId;
  }

  /** A market order in all but name: ioc, 1 % beyond the touch. */
  take(listing: Listing, side: 1 | -1, more: Partial<VenueOrder> = {}): string {
    const book = this.book(listing.id);
    const touch = side === 1 ? book.asks.bestTicks() : book.bids.bestTicks();
    return this.place(listing, { side, limitTicks: touch + side * this.farTicks(listing), ...more });
  }

  /** A buy that rests 1 % below the best bid. */
  rest(listing: Listing, more: Partial<VenueOrder> = {}): string {
    const limitTicks = this.book(listing.id).bids.bestTicks() - this.farTicks(listing);
    return this.place(listing, { side: 1, limitTicks, tif: 'gtc', ...more });
  }

  /** About 600 USD, on the listing's lot and above its minimum. */
  usualLots(listing: Listing): number {
    const instrument = this.universe.instruments[listing.instrument];
    const price = (this.book(listing.id).asks.bestTicks() * (instrument?.tick1e9 ?? 1)) / 1e9;
    const lots = Math.floor(600 / price / ((instrument?.lot1e8 ?? 1) / 1e8));
    return Math.max(listing.minLots * 2, Math.floor(lots / listing.lotMultiple) * listing.lotMultiple);
  }

  /** 1 % of the price, on the listing's tick. */
  farTicks(listing: Listing): number {
    const ticks = this.book(listing.id).asks.bestTicks() / 100 / listing.tickMultiple;
    return Math.ceil(ticks) * listing.tickMultiple;
  }

  reportsOf(clientOrderId: string): ReportEvent[] {
    return this.reports.filter((event) => event.clientOrderId === clientOrderId);
  }

  kindsOf(clientOrderId: string): number[] {
    return this.reportsOf(clientOrderId).map((event) => event.kind);
  }

  /** Unique fills by execution id. */
  fillsOf(clientOrderId: string): ReportEvent[] {
    const unique = new Map<string, ReportEvent>();
    for (const event of this.reportsOf(clientOrderId)) {
      if (event.kind === ReportKind.fill && !unique.has(event.execId)) unique.set(event.execId, event);
    }
    return [...unique.values()];
  }

  report(event: ReportEvent): void {
    this.reports.push({ ...event });
  }

  status(event: VenueStatusEvent): void {
    this.statuses.push({ ...event });
  }

  balance(event: BalanceEvent): void {
    this.balances.push({ ...event });
  }

  position(event: VenuePositionEvent): void {
    this.positions.push({ ...event });
  }

  openOrders(event: OpenOrdersEvent): void {
    this.openLists.push({ ...event });
  }

  latestBalance(accountId: AccountId, asset: number): bigint {
    const row = this.balances.findLast((event) => event.accountId === accountId && event.asset === asset);
    return BigInt(row?.total1e8 ?? '0');
  }

  snapshot(listing: ListingId, _venueTsNs: number, bids: ArrayLike<number>, asks: ArrayLike<number>): void {
    const book = this.book(listing);
    book.bids.clear();
    book.asks.clear();
    for (let i = 0; i < bids.length; i += 2) book.bids.set(bids[i] ?? 0, bids[i + 1] ?? 0);
    for (let i = 0; i < asks.length; i += 2) book.asks.set(asks[i] ?? 0, asks[i + 1] ?? 0);
    book.stale = null;
    this.#checked(book);
  }

  delta(
    listing: ListingId, _venueTsNs: number, bids: Float64Array, bidCount: number, asks: Float64Array, askCount: number,
  ): void {
    const book = this.book(listing);
    if (book.stale !== null) throw new Error(`delta for a stale book of listing ${listing}`);
    for (let i = 0; i < bidCount; i++) book.bids.set(bids[2 * i] ?? 0, bids[2 * i + 1] ?? 0);
    for (let i = 0; i < askCount; i++) book.asks.set(asks[2 * i] ?? 0, asks[2 * i + 1] ?? 0);
    this.#checked(book);
  }

  trade(listing: ListingId): void {
    this.book(listing).trades++;
  }

  mark(listing: ListingId): void {
    this.book(listing).marks++;
  }

  stale(listing: ListingId, reason: string): void {
    this.book(listing).stale = reason;
    this.staleReasons.push(reason);
  }

  alive(): void {
    this.lifeSigns++;
  }

  #checked(book: ClientBook): void {
    book.messages++;
    if (book.bids.count > 0 && book.asks.count > 0 && book.bids.bestTicks() >= book.asks.bestTicks()) book.crossings++;
  }
}
