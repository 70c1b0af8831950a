/**
 * A venue that keeps a true ledger and tells the engine about it badly. Deterministic: one generator, virtual time.
 *
 * Truth: `orders`, `positions`. What it says travels in a queue of due times, where faults delay, drop, repeat and
 * reorder it. In the healing phase (`heal`) it connects, says everything it still owes, and makes no more mistakes.
 */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type ReportEvent } from '../../src/protocol/events.js';
import type { AccountId, Universe, VenueId } from '../../src/protocol/universe.js';
import type { FeedSink, VenueConnection, VenueSink } from '../../src/venues/venue.js';
import { DueQueue } from './due-queue.js';
import type { Faults } from './faults.js';
import type { HostileMarket } from './hostile-market.js';

const MS = 1_000_000;
const HOUR_MS = 3_600_000;

export interface TrueOrder {
  readonly order: VenueOrder;
  readonly venueOrderId: string;
  lots: number;
  limitTicks: number;
  filled: number;
  open: boolean;
  /** The venue has lost its record of it: asked, it says that there is none. */
  forgotten: boolean;
  /** True fills, to be told again after a reconnect. */
  readonly fills: ReportEvent[];
  /** Execution ids that reached the engine. */
  readonly told: Set<string>;
}

export class HostileVenue implements VenueConnection {
  readonly venue: VenueId;
  readonly name: string;
  readonly orders = new Map<string, TrueOrder>();
  readonly #resting = new Set<TrueOrder>();
  /** Net lots by `account:listing`. */
  readonly positions = new Map<string, number>();
  connected = true;
  readonly #universe: Universe;
  readonly #prng: Prng;
  readonly #faults: Faults;
  #sink: VenueSink;
  readonly #market: HostileMarket;
  readonly #accounts: number;
  readonly #due = new DueQueue();
  /** What each account's reports of total balances say, in 1e-8. */
  readonly #wealth: string;
  /** `account:listing` whose position somebody else changed. */
  readonly #taken = new Set<string>();
  #nowNs = 0;
  /** Engine time less the venue's own: grows when the engine's time base moves. */
  #offsetNs = 0;
  /** Counts connections: what was said in an earlier one is lost. */
  #session = 0;
  #execs = 0;
  #refusingUntilNs = 0;
  #deafUntilNs = 0;
  #healing = false;

  constructor(
    universe: Universe, venue: VenueId, accounts: number, prng: Prng, faults: Faults, sink: VenueSink,
    market: HostileMarket,
  ) {
    this.#universe = universe;
    this.venue = venue;
    this.name = must(universe.venues[venue], 'venue').name;
    this.#accounts = accounts;
    this.#prng = prng;
    this.#faults = faults;
    this.#sink = sink;
    this.#market = market;
    this.#wealth = prng.pick(['50000000000000000', '50000000000000000', '20000000000000']);
    this.#due.at(0, () => this.#connect());
  }

  /** The engine's process is gone; the venue goes on without it. */
  detach(): void {
    this.connected = false;
    this.#session++;
  }

  /** Another process of the engine connects after `downNs`; its clock is `shiftNs` ahead of the last one's. */
  attach(sink: VenueSink, feed: FeedSink, shiftNs: number): void {
    this.#sink = sink;
    this.#offsetNs += shiftNs;
    this.#market.attach(feed);
    this.#market.silence(true);
    // A new process asks for all there is.
    for (const known of this.orders.values()) known.told.clear();
    const session = this.#session;
    this.#after(1, 50, () => {
      if (!this.connected && session === this.#session) this.#connect();
    });
  }

  // ---- what the engine asks ----------------------------------------------------------------------------------

  place(order: VenueOrder): void {
    if (!this.connected) return this.#lost(order.clientOrderId, 5 * MS);
    if (this.#faults.strikes('REFUSES_ALL', 4)) this.#refusingUntilNs = this.#nowNs + this.#prng.between(1, 30) * 1_000 * MS;
    const refusing = this.#nowNs < this.#refusingUntilNs;
    this.#after(1, 20, () => {
      if (refusing) return this.#reject(order, VenueReason.busy);
      if (!this.connected || this.#faults.strikes('ACK_LOST_NEVER_ARRIVED', 15)) {
        return this.#lost(order.clientOrderId, 50 * MS);
      }
      if (this.#isReducing(order) && this.#faults.strikes('POSITION_TAKEN', 100)) return this.#takePosition(order);
      this.#accept(order);
    });
  }

  cancel(_accountId: AccountId, clientOrderId: string): void {
    if (!this.connected) return;
    const slow = this.#faults.strikes('CANCEL_SLOW', 100) ? 900 : 0;
    this.#after(1 + slow, 20 + slow, () => {
      const known = this.orders.get(clientOrderId);
      if (known === undefined) return this.#cancelReject(clientOrderId, VenueReason.unknownOrder);
      if (!known.open) return this.#cancelReject(clientOrderId, VenueReason.tooLate);
      if (this.#faults.strikes('CANCEL_REFUSED', 50)) {
        this.#fill(known, known.lots - known.filled, known.limitTicks);
        return this.#cancelReject(clientOrderId, VenueReason.tooLate);
      }
      known.open = false;
      if (this.#faults.strikes('FILL_AFTER_CANCEL', 60)) {
        // The cancel was answered from a stale view: an execution follows its confirmation.
        this.#tell(known, ReportKind.cancelled, VenueReason.none);
        this.#after(5, 3_000, () => this.#fill(known, this.#part(known), known.limitTicks));
        return;
      }
      if (this.#faults.strikes('FILL_A_DAY_LATE', 60)) {
        this.#after(25 * HOUR_MS, 25 * HOUR_MS + 60_000, () => this.#fill(known, this.#part(known), known.limitTicks));
      }
      this.#tell(known, ReportKind.cancelled, VenueReason.none);
    });
  }

  amend(_accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number): void {
    if (!this.connected) return;
    this.#after(1, 20, () => {
      const known = this.orders.get(clientOrderId);
      if (known !== undefined && known.open && this.#faults.strikes('AMEND_RACES_FILL', 300)) {
        this.#fill(known, this.#prng.chance(1, 2) ? known.lots - known.filled : this.#part(known), known.limitTicks);
      }
      if (known === undefined || !known.open || lots <= known.filled) {
        this.#say(this.#report(known ?? null, clientOrderId, ReportKind.amendReject, VenueReason.tooLate));
        return;
      }
      known.lots = lots;
      known.limitTicks = limitTicks;
      this.#tell(known, ReportKind.amended, VenueReason.none);
    });
  }

  query(_accountId: AccountId, clientOrderId: string): void {
    if (!this.connected) return;
    if (this.#faults.strikes('QUERY_UNANSWERED', 20)) this.#deafUntilNs = this.#nowNs + this.#prng.between(2, 40) * 1_000 * MS;
    if (this.#nowNs < this.#deafUntilNs) return;
    this.#after(1, 20, () => {
      const known = this.orders.get(clientOrderId);
      if (known === undefined || known.forgotten) return this.#say(this.#report(null, clientOrderId, ReportKind.notFound, VenueReason.none));
      for (const fill of known.fills) this.#say({ ...fill });
      this.#tell(known, ReportKind.status, VenueReason.none);
    });
  }

  reconcile(accountId: AccountId): void {
    this.#after(1, 20, () => this.#reconcile(accountId));
  }

  doWork(nowNs: number): number {
    const now = nowNs - this.#offsetNs;
    let done = 0;
    for (let next = this.#due.take(now); next !== null; next = this.#due.take(now)) {
      this.#nowNs = Math.max(this.#nowNs, next.atNs);
      next.run();
      done++;
    }
    this.#nowNs = Math.max(this.#nowNs, now);
    const market = this.#market.doWork(now);
    if (done > 0 || market === 'beat') this.#matchResting(market === 'beat');
    return market === 'nothing' ? done : done + 1;
  }

  nextDueNs(): number {
    return this.#offsetNs + Math.min(this.#due.nextNs(), this.#market.nextDueNs());
  }

  close(): void {}

  /** No more faults: connect, and tell every account the whole truth. */
  heal(): void {
    this.#healing = true;
    this.#refusingUntilNs = 0;
    this.#deafUntilNs = 0;
    if (!this.connected) this.#connect();
    else for (let account = 0; account < this.#accounts; account++) this.#reconcile(account);
  }

  // ---- truth -------------------------------------------------------------------------------------------------

  #accept(order: VenueOrder): void {
    if (this.orders.has(order.clientOrderId)) return this.#reject(order, VenueReason.duplicate);
    const known: TrueOrder = {
      order, venueOrderId: `${this.name}-${this.orders.size + 1}`, lots: order.lots, limitTicks: order.limitTicks,
      filled: 0, open: true, forgotten: false, fills: [], told: new Set(),
    };
    if (order.tif === 'post_only' && this.#market.crosses(order.listing, order.side, order.limitTicks)) {
      return this.#reject(order, VenueReason.wouldTake);
    }
    this.orders.set(order.clientOrderId, known);
    if (this.#faults.strikes('ACK_LOST_LIVE', 10)) {
      this.#lost(order.clientOrderId, 50 * MS);
    } else if (this.#faults.strikes('ACK_LOST_FILLED', 10)) {
      this.#lost(order.clientOrderId, 50 * MS);
      this.#fill(known, known.lots, order.limitTicks);
      return;
    } else if (this.#faults.strikes('FILL_BEFORE_ACK', 50)) {
      this.#fill(known, this.#part(known), order.limitTicks);
      this.#tell(known, ReportKind.ack, VenueReason.none);
    } else {
      this.#tell(known, ReportKind.ack, VenueReason.none);
      if (this.#faults.strikes('ACK_DUPLICATED', 50)) this.#tell(known, ReportKind.ack, VenueReason.none);
    }
    if (order.tif === 'ioc' || order.tif === 'fok') this.#takeAtOnce(known);
    else this.#resting.add(known);
    if (known.open && order.tif !== 'ioc' && order.tif !== 'fok' && this.#faults.strikes('VENUE_CANCELS', 30)) {
      this.#after(50, 2_000, () => {
        if (!known.open) return;
        known.open = false;
        this.#tell(known, ReportKind.cancelled, VenueReason.none);
      });
    }
    if (this.#faults.strikes('ACCEPTED_TWICE', 5)) this.#after(5, 50, () => this.#overfill(known));
  }

  #takeAtOnce(known: TrueOrder): void {
    const { listing, side, tif } = known.order;
    let open = known.lots - known.filled;
    let reachable = this.#market.reachable(listing, side, known.limitTicks);
    if (this.#faults.strikes('BOOK_GONE', tif === 'fok' ? 300 : 40)) reachable = this.#prng.below(1 + Math.floor(reachable / 3));
    if (tif === 'fok' && reachable < open) {
      known.open = false;
      return this.#tell(known, ReportKind.expired, VenueReason.notFilled);
    }
    let take = Math.min(open, reachable);
    if (tif !== 'fok' && this.#prng.chance(1, 5)) take = Math.min(take, this.#part(known));
    if (take > 0 && this.#faults.strikes('TWO_FILLS_AT_ONCE', 200)) {
      const first = Math.min(take, this.#part(known));
      this.#fill(known, first, this.#market.touch(listing, side, known.limitTicks));
      take -= first;
    }
    if (take > 0) this.#fill(known, take, this.#market.touch(listing, side, known.limitTicks));
    open = known.lots - known.filled;
    if (open <= 0 || !known.open) return;
    known.open = false;
    const partialReject = known.filled > 0 && this.#faults.strikes('PARTIAL_THEN_REJECT', 50);
    this.#tell(known, partialReject ? ReportKind.reject : ReportKind.expired, VenueReason.notFilled);
  }

  /** @param beat the price moved: faults of resting orders and connections strike once a beat */
  #matchResting(beat: boolean): void {
    for (const known of this.#resting) {
      if (!known.open) {
        this.#resting.delete(known);
        continue;
      }
      if (beat && this.#faults.strikes('VENUE_FORGETS', 2)) {
        // Restarted without its records: the next look at the open orders finds none.
        known.open = false;
        known.forgotten = true;
        if (this.connected) this.#disconnect();
        continue;
      }
      if (!this.#market.crosses(known.order.listing, known.order.side, known.limitTicks)) continue;
      const all = this.#healing || this.#prng.chance(1, 2);
      this.#fill(known, all ? known.lots - known.filled : this.#part(known), known.limitTicks);
    }
    if (beat && this.connected && this.#faults.strikes('DISCONNECT', 1)) this.#disconnect();
  }

  /** A part of what is open, on the listing's lot, at least one lot of it. */
  #part(known: TrueOrder): number {
    const lot = must(this.#universe.listings[known.order.listing], 'listing').lotMultiple;
    const openLots = Math.floor((known.lots - known.filled) / lot);
    return openLots <= 1 ? known.lots - known.filled : this.#prng.between(1, openLots) * lot;
  }

  #overfill(known: TrueOrder): void {
    if (known.filled < known.lots) return;
    this.#faults.happened('OVERFILL');
    this.#fill(known, must(this.#universe.listings[known.order.listing], 'listing').lotMultiple, known.limitTicks);
  }

  #fill(known: TrueOrder, lots: number, ticks: number): void {
    if (lots <= 0) return;
    const { order } = known;
    const listing = must(this.#universe.listings[order.listing], 'listing');
    known.filled += lots;
    if (known.filled >= known.lots) known.open = false;
    const key = `${order.accountId}:${order.listing}`;
    this.positions.set(key, (this.positions.get(key) ?? 0) + order.side * lots);
    const instrument = must(this.#universe.instruments[listing.instrument], 'instrument');
    const report = this.#report(known, order.clientOrderId, ReportKind.fill, VenueReason.none);
    report.execId = `${this.name}-x${++this.#execs}`;
    report.lastLots = lots;
    report.lastTicks = ticks;
    const inBase = order.side === 1 && instrument.kind === 'spot' && listing.feeAsset === 'base';
    report.feeAsset = inBase ? instrument.base : instrument.quote;
    const qty1e8 = lots * instrument.lot1e8;
    const value = inBase ? qty1e8 : (qty1e8 / 1e8) * ((ticks * instrument.tick1e9) / 1e9) * 1e8;
    report.fee1e8 = Math.ceil((value * listing.takerFeeE6) / 1e6);
    known.fills.push({ ...report });
    if (this.#faults.strikes('PRICE_MISSING', 20)) report.lastTicks = 0;
    if (this.#faults.strikes('CUM_GOES_BACK', 20)) report.cumLots = Math.max(0, report.cumLots - lots);
    this.#say(report);
    if (this.#faults.strikes('FILL_DUPLICATED', 50)) this.#say({ ...report });
  }

  // ---- what it says ------------------------------------------------------------------------------------------

  #report(known: TrueOrder | null, clientOrderId: string, kind: ReportEvent['kind'], reason: ReportEvent['reason']): ReportEvent {
    const back = this.#faults.strikes('CLOCK_BACK', 10) ? 60_000 * MS : 0;
    return {
      type: EventType.report, tNs: 0, venue: this.venue, kind, clientOrderId,
      venueOrderId: known?.venueOrderId ?? '', execId: '', lastTicks: 0, lastLots: 0,
      cumLots: known?.filled ?? -1, openLots: known === null ? -1 : known.open ? known.lots - known.filled : 0,
      priceTicks: kind === ReportKind.amended ? (known?.limitTicks ?? -1) : -1,
      totalLots: kind === ReportKind.amended ? (known?.lots ?? -1) : -1,
      feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: Math.max(0, this.#nowNs + this.#offsetNs - back), reason, text: '',
    };
  }

  #tell(known: TrueOrder, kind: ReportEvent['kind'], reason: ReportEvent['reason']): void {
    this.#say(this.#report(known, known.order.clientOrderId, kind, reason));
  }

  #reject(order: VenueOrder, reason: ReportEvent['reason']): void {
    this.#say(this.#report(null, order.clientOrderId, ReportKind.reject, reason));
  }

  #cancelReject(clientOrderId: string, reason: ReportEvent['reason']): void {
    this.#say(this.#report(this.orders.get(clientOrderId) ?? null, clientOrderId, ReportKind.cancelReject, reason));
  }

  #lost(clientOrderId: string, afterNs: number): void {
    const session = this.#session;
    this.#due.at(this.#nowNs + afterNs, () => {
      // The adapter says this of itself, connected or not; not one whose process is gone.
      if (session !== this.#session) return;
      this.#sink.report(this.#report(null, clientOrderId, ReportKind.unknown, VenueReason.network));
    });
  }

  #say(report: ReportEvent): void {
    const late = this.#faults.strikes('REORDERED', 30) ? this.#prng.between(5, 200) * MS : 0;
    const session = this.#session;
    this.#due.at(this.#nowNs + this.#prng.between(1, 3) * MS + late, () => {
      if (!this.connected || session !== this.#session) return;
      this.orders.get(report.clientOrderId)?.told.add(report.execId);
      this.#sink.report(report);
    });
  }

  /** Dead from now on for so long, whatever the faults say (tests of one anomaly). */
  die(downMs: number): void {
    this.#disconnect(downMs, downMs);
  }

  #disconnect(lowMs = 200, highMs = 20_000): void {
    this.connected = false;
    this.#market.silence(true);
    this.#sink.status({
      type: EventType.venueStatus, tNs: 0, venue: this.venue, connected: 0, reconciled: 0, credentialsValid: 1,
    });
    const session = this.#session;
    this.#after(lowMs, highMs, () => {
      if (!this.connected && session === this.#session) this.#connect();
    });
  }

  #connect(): void {
    this.connected = true;
    this.#market.silence(false);
    this.#sink.status({
      type: EventType.venueStatus, tNs: 0, venue: this.venue, connected: 1, reconciled: 0, credentialsValid: 1,
    });
    for (let account = 0; account < this.#accounts; account++) this.#reconcile(account);
  }

  /** Fills first, then what is open, then balances: the order a careful adapter keeps. */
  #reconcile(accountId: AccountId): void {
    if (!this.connected) return;
    for (const known of this.orders.values()) {
      if (known.order.accountId !== accountId) continue;
      for (const fill of known.fills) {
        if (known.told.has(fill.execId)) continue;
        known.told.add(fill.execId);
        this.#sink.report({ ...fill });
      }
    }
    const old = this.#faults.strikes('BALANCE_OLD', 200) ? 5_000 * MS : 0;
    for (const asset of this.#universe.assets) {
      this.#sink.balance({
        type: EventType.balance, tNs: 0, accountId, venue: this.venue, asset: asset.id,
        total1e8: asset.kind === 'fiat' ? this.#wealth : '5000000000000', asOfNs: Math.max(0, this.#nowNs + this.#offsetNs - old),
      });
    }
    this.#tellTaken(accountId);
    // One list of open orders over all accounts ends a venue's reconciliation: said with the last account.
    if (accountId !== this.#accounts - 1) return;
    const open = [...this.orders.values()].filter((known) => known.open).map((known) => ({
      clientOrderId: known.order.clientOrderId, venueOrderId: known.venueOrderId,
      openLots: known.lots - known.filled, cumLots: known.filled,
    }));
    this.#sink.openOrders({ type: EventType.openOrders, tNs: 0, venue: this.venue, orders: open });
    this.#sink.status({
      type: EventType.venueStatus, tNs: 0, venue: this.venue, connected: 1, reconciled: 1, credentialsValid: 1,
    });
  }

  #after(lowMs: number, highMs: number, run: () => void): void {
    this.#due.at(this.#nowNs + this.#prng.between(lowMs, highMs) * MS, run);
  }

  // ---- somebody else trades the account ----------------------------------------------------------------------

  #isReducing(order: VenueOrder): boolean {
    return order.reduceOnly && this.#net(order) * order.side < 0;
  }

  #net(order: VenueOrder): number {
    return this.positions.get(`${order.accountId}:${order.listing}`) ?? 0;
  }

  /** Liquidated, or closed by hand: the order that would have reduced the position finds less of it. */
  #takePosition(order: VenueOrder): void {
    const key = `${order.accountId}:${order.listing}`;
    const lot = must(this.#universe.listings[order.listing], 'listing').lotMultiple;
    const net = this.#net(order);
    const lots = Math.min(Math.abs(net), this.#prng.between(1, 10) * lot);
    this.positions.set(key, net - Math.sign(net) * lots);
    this.#taken.add(key);
    this.#reject(order, VenueReason.reduceOnly);
  }

  /** Asked, it says the positions that are not what the account's own orders made them. */
  #tellTaken(accountId: AccountId): void {
    for (const key of this.#taken) {
      const [account, listing] = key.split(':').map(Number);
      if (account !== accountId || listing === undefined) continue;
      this.#sink.position({
        type: EventType.venuePosition, tNs: 0, accountId, listing, lots: this.positions.get(key) ?? 0,
        entryTicks: this.#market.touch(listing, 1, 1_000_000), asOfNs: this.#nowNs + this.#offsetNs,
      });
    }
  }
}
