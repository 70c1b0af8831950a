/**
 * What the engine asks of a venue, simulated or real. One object per venue connection; it owns its sockets, keys
 * and (through its feed) the shared books of its listings. Everything it learns it says through its sink.
 *
 * Driven by `doWork`: no timers of its own, no clock but the one given. A simulated venue is deterministic: with
 * the same seed, orders and clock it says the same things at the same times.
 */
import type {
  BalanceEvent,
  OpenOrdersEvent,
  ReportEvent,
  VenuePositionEvent,
  VenueStatusEvent,
} from '../protocol/events.js';
import type { VenueOrder } from '../protocol/effects.js';
import type { AccountId, ListingId, VenueId } from '../protocol/universe.js';

/** Where a venue says what it learned. Event objects may be reused after the call returns. */
export interface VenueSink {
  report(event: ReportEvent): void;
  status(event: VenueStatusEvent): void;
  balance(event: BalanceEvent): void;
  position(event: VenuePositionEvent): void;
  openOrders(event: OpenOrdersEvent): void;
}

/** Where a venue's feed says what the market did. Ticks and lots of the instrument. */
export interface FeedSink {
  /** Full replacement: after a snapshot or resync. Flat pairs ticks, lots; best first; the venue's own after the call. */
  snapshot(listing: ListingId, venueTsNs: number, bids: ArrayLike<number>, asks: ArrayLike<number>): void;
  /**
   * Level changes of one message; lots 0 = gone. `bids` and `asks` are flat pairs, first `*Count` pairs valid.
   * False: not taken (it would cross the book, or levels near the market are missing): nothing counts until a snapshot.
   */
  delta(
    listing: ListingId,
    venueTsNs: number,
    bids: Float64Array,
    bidCount: number,
    asks: Float64Array,
    askCount: number,
  ): boolean | void;
  trade(listing: ListingId, venueTsNs: number, ticks: number, lots: number, takerSide: 1 | -1): void;
  mark(listing: ListingId, venueTsNs: number, ticks: number): void;
  /** The book can't be trusted (gap, crossed, corrupt, disconnect) until the next snapshot. */
  stale(listing: ListingId, reason: string): void;
  /** Proof of life without news (heartbeat, pong). */
  alive(venue: VenueId): void;
}

export interface VenueConnection {
  readonly venue: VenueId;
  readonly name: string;

  /** Sends an order. Never throws: what fails is said as a report (`reject` or `unknown`). */
  place(order: VenueOrder): void;
  cancel(accountId: AccountId, clientOrderId: string): void;
  /** New total (filled included) and new limit; only where `Venue.nativeAmend`. */
  amend(accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number): void;
  /** Answers with a `status`, `notFound` or terminal report. */
  query(accountId: AccountId, clientOrderId: string): void;
  /**
   * Answers with fills that the client may not know, balances and positions of the account, then the open orders of
   * every account (one that is missing there is not open) and status reconciled. A venue does the same by itself
   * after each connect.
   */
  reconcile(accountId: AccountId): void;

  /**
   * Does what is due up to `nowNs` (engine time, ns since base) and returns how much that was.
   * Feed first, then matching, then reports, in time order.
   */
  doWork(nowNs: number): number;
  /** When it next has something to do, for virtual time; Infinity when nothing is planned or it can't know. */
  nextDueNs(): number;
  close(): void;
}
