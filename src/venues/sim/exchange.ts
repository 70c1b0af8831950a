/**
 * The venue's side of a simulated venue: takes orders off the line, applies its rules, matches, keeps accounts and
 * its own ledger, and says what happened. Faults that change what happens to an order are drawn here.
 */
import { must } from '../../base/assert.js';
import { Prng } from '../../base/prng.js';
import type { RecordedBook } from '../../market/recorded-book.js';
import type { MarketMessage } from '../../market/replay-source.js';
import type { VenueOrder } from '../../protocol/effects.js';
import { ReportKind, VenueReason, type ReportEvent } from '../../protocol/events.js';
import type { AccountId, AssetId, Instrument, Listing, ListingId, Universe, VenueId } from '../../protocol/universe.js';
import { SimAccounts } from './accounts.js';
import type { FaultPlan } from './faults.js';
import { Matching, type MatchHost } from './matching.js';
import { amendBroken, ruleBroken, type Refusal } from './order-rules.js';
import { OrderBooks } from './order-store.js';
import type { Schedule } from './schedule.js';
import type { SimAudit, SimFill, SimLedger, SimOrder, SimOrderState } from './sim-order.js';
import { newReport, type Wire } from './wire.js';

export interface ExchangeParts {
  readonly universe: Universe;
  readonly venue: VenueId;
  readonly seed: number;
  readonly wire: Wire;
  readonly faults: FaultPlan;
  readonly schedule: Schedule;
  /** What an account has on this venue when first seen, 1e-8 of each asset. */
  readonly initial: ReadonlyMap<AssetId, bigint>;
  /** An empty book for a listing's recorded market; default: sorted arrays. */
  readonly bookOf?: (listing: ListingId) => RecordedBook;
  /** Ended orders kept for queries and the ledger. */
  readonly endedKept: number;
  /** What is displayed at a price may have changed. */
  readonly onLevel: (listing: ListingId, side: 1 | -1, ticks: number) => void;
  /** Told of every order accepted, filled or ended, as it happens. */
  readonly audit: SimAudit;
  /** Called after every fill with the balances' state before it, when a stale balance is to be sent. */
  readonly onStaleBalance: (accountId: AccountId) => () => void;
}

export class Exchange {
  readonly accounts: SimAccounts;
  readonly store: OrderBooks;
  readonly #parts: ExchangeParts;
  readonly #name: string;
  readonly #prng: Prng;
  readonly #matching = new Map<ListingId, Matching>();
  #ids = 0;
  #execs = 0;
  #refusingUntilNs = 0;
  /** The order that is being refused after a part of it: what it takes doesn't complete it. */
  #halfway: SimOrder | null = null;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#prng = new Prng(parts.seed);
    this.#name = must(parts.universe.venues[parts.venue], `venue ${parts.venue}`).name;
    this.store = new OrderBooks(parts.endedKept);
    for (const listing of parts.universe.listings) {
      if (listing.venue === parts.venue) this.#matching.set(listing.id, new Matching(this.#host(listing), parts.bookOf?.(listing.id)));
    }
    this.accounts = new SimAccounts(parts.universe, parts.initial, (id) => this.#matching.get(id)?.mid() ?? 0);
  }

  matching(listing: ListingId): Matching {
    return must(this.#matching.get(listing), `listing ${listing} on ${this.#name}`);
  }

  market(listing: ListingId, message: MarketMessage): void {
    this.matching(listing).market(message);
  }

  ledger(): SimLedger {
    return this.store.ledger();
  }

  /** An order arrives. */
  place(wanted: VenueOrder): void {
    const { faults, wire } = this.#parts;
    const id = wanted.clientOrderId;
    if (faults.strikes('ackLostDropped', wire.nowNs, id)) return;
    const refusal = this.#refusal(wanted);
    if (refusal !== null) return this.#refuse(id, refusal);
    const matching = this.matching(wanted.listing);
    const order = this.#create(wanted);
    if (!this.#admit(order, matching)) return;
    const fillsWhole = faults.mayStrike('ackLostFilled') && matching.takeable(order) === order.openLots;
    order.muted = fillsWhole && faults.strikes('ackLostFilled', wire.nowNs, id);
    this.#acknowledge(order, matching);
    if (this.#isRefusedHalfway(order, matching)) return;
    matching.submit(order);
    if (faults.strikes('acceptsTwice', wire.nowNs, id)) this.#again(wanted, matching);
    if (order.state === 'live' && faults.strikes('venueCancels', wire.nowNs, id)) {
      this.#parts.schedule.add(wire.nowNs + faults.durationNs(), 'local', () => this.#cancelByVenue(order));
    }
  }

  /** A cancel arrives. */
  cancel(accountId: AccountId, clientOrderId: string): void {
    const orders = this.store.find(accountId, clientOrderId);
    const live = orders.filter((order) => order.state === 'live');
    if (live.length === 0) {
      const known = orders.length > 0;
      const event = newReport(this.#parts.venue, ReportKind.cancelReject, clientOrderId);
      event.reason = known ? VenueReason.tooLate : VenueReason.unknownOrder;
      event.text = known ? 'the order has ended' : 'no such order';
      return this.#parts.wire.report(event);
    }
    for (const order of live) this.#cancelOne(order);
  }

  /** An amend arrives: new total (filled included) and new limit. */
  amend(accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number): void {
    const order = this.store.find(accountId, clientOrderId).find((row) => row.state === 'live');
    const problem = this.#amendProblem(order, clientOrderId, lots, limitTicks);
    if (problem !== null || order === undefined) {
      const event = order === undefined
        ? newReport(this.#parts.venue, ReportKind.amendReject, clientOrderId)
        : this.#reportOf(order, ReportKind.amendReject);
      event.reason = problem?.reason ?? VenueReason.other;
      event.text = problem?.text ?? '';
      return this.#parts.wire.report(event);
    }
    const event = this.#reportOf(order, ReportKind.amended);
    event.openLots = lots - order.cumLots;
    event.priceTicks = limitTicks;
    event.totalLots = lots;
    this.#tell(order, event);
    this.matching(order.listing).amend(order, lots, limitTicks);
  }

  /** A question about an order arrives: its fills again, then how it stands. */
  query(accountId: AccountId, clientOrderId: string): void {
    const orders = this.store.find(accountId, clientOrderId).filter((order) => order.state !== 'forgotten');
    const [first] = orders;
    if (first === undefined) {
      this.#parts.wire.report(newReport(this.#parts.venue, ReportKind.notFound, clientOrderId));
      return;
    }
    for (const order of orders) {
      order.muted = false;
      for (const fill of order.fills) this.#parts.wire.report(this.#fillReport(order, fill), fill);
    }
    const live = orders.find((order) => order.state === 'live');
    const event = this.#reportOf(live ?? first, live === undefined ? endKind(first.state) : ReportKind.status);
    event.cumLots = orders.reduce((sum, order) => sum + order.cumLots, 0);
    event.openLots = orders.reduce((sum, order) => sum + order.openLots, 0);
    this.#parts.wire.report(event);
  }

  /** After a reconnect: every fill of open orders again (the client may have restarted), and what got lost. */
  repeatFills(accountId: AccountId): void {
    for (const order of this.store.withFillsToRepeat(accountId)) {
      order.muted = false;
      for (const fill of order.fills) {
        if (order.state === 'live' || !fill.delivered) this.#parts.wire.report(this.#fillReport(order, fill), fill);
      }
    }
  }

  /** Refuses every new order as busy until then. */
  refuseUntil(untilNs: number): void {
    this.#refusingUntilNs = untilNs;
  }

  /** A restart without memory: every open order is gone and nobody is told. */
  forgetOpenOrders(): void {
    for (const order of this.store.live()) {
      this.matching(order.listing).remove(order);
      this.#finish(order, 'forgotten');
    }
  }

  #host(listing: Listing): MatchHost {
    return {
      fill: (order, ticks, lots, maker) => this.#filled(order, ticks, lots, maker),
      end: (order, state, reason) => this.#end(order, state, reason, ''),
      level: (side, ticks) => this.#parts.onLevel(listing.id, side, ticks),
      reduceRoom: (order) =>
        this.#instrument(listing).kind === 'perp' ? this.accounts.reduceRoom(order) : order.openLots,
    };
  }

  #refusal(wanted: VenueOrder): Refusal | null {
    const { faults, wire, universe, venue } = this.#parts;
    if (faults.strikes('refuseLong', wire.nowNs, wanted.clientOrderId)) {
      this.refuseUntil(wire.nowNs + faults.durationNs());
    }
    if (wire.nowNs < this.#refusingUntilNs) return { reason: VenueReason.busy, text: 'the venue is overloaded' };
    if (faults.strikes('refuse', wire.nowNs, wanted.clientOrderId)) {
      const reason = this.#prng.pick([VenueReason.busy, VenueReason.rateLimit, VenueReason.other]);
      return { reason, text: 'refused for now' };
    }
    const listing = universe.listings[wanted.listing];
    if (listing === undefined || listing.venue !== venue) {
      return { reason: VenueReason.invalidParams, text: `listing ${wanted.listing} is not on this venue` };
    }
    if (this.store.find(wanted.accountId, wanted.clientOrderId).length > 0) {
      return { reason: VenueReason.duplicate, text: 'this client order id was used' };
    }
    return ruleBroken(wanted, listing, this.#instrument(listing), this.matching(listing.id).mid());
  }

  /** Rules that need the account or the book. False: refused. */
  #admit(order: SimOrder, matching: Matching): boolean {
    const instrument = this.#instrument(this.#listing(order.listing));
    if (order.tif === 'post_only' && matching.wouldTake(order.side, order.limitTicks)) {
      return this.#no(order, VenueReason.wouldTake, 'post-only would take');
    }
    if (order.reduceOnly && instrument.kind === 'perp' && this.accounts.reduceRoom(order) === 0) {
      return this.#no(order, VenueReason.reduceOnly, 'there is no position to reduce');
    }
    if (!this.accounts.reserve(order)) {
      return this.#no(order, VenueReason.insufficientBalance, 'balance or margin does not cover the order');
    }
    if (order.reduceOnly && instrument.kind === 'perp') {
      order.openLots = this.accounts.reduceRoom(order);
    }
    this.#accept(order);
    return true;
  }

  #accept(order: SimOrder): void {
    this.store.add(order);
    this.#parts.audit('order', order, null);
  }

  #no(order: SimOrder, reason: VenueReason, text: string): false {
    this.#refuse(order.clientOrderId, { reason, text });
    return false;
  }

  #refuse(clientOrderId: string, refusal: Refusal): void {
    const event = newReport(this.#parts.venue, ReportKind.reject, clientOrderId);
    event.reason = refusal.reason;
    event.text = refusal.text;
    event.venueTsNs = this.#parts.wire.nowNs;
    this.#parts.wire.report(event);
  }

  #acknowledge(order: SimOrder, matching: Matching): void {
    const { faults, wire } = this.#parts;
    if (faults.strikes('ackLostLive', wire.nowNs, order.clientOrderId)) return;
    const mayBeLate = faults.mayStrike('fillBeforeAck') && matching.takeable(order) > 0;
    const late = mayBeLate && faults.strikes('fillBeforeAck', wire.nowNs, order.clientOrderId);
    this.#tell(order, this.#reportOf(order, ReportKind.ack), null, late ? lateAckNs : 0);
  }

  #isRefusedHalfway(order: SimOrder, matching: Matching): boolean {
    const { faults, wire } = this.#parts;
    if (!faults.mayStrike('partialThenReject')) return false;
    const lot = this.#listing(order.listing).lotMultiple;
    const half = Math.floor(matching.takeable(order) / 2 / lot) * lot;
    if (half === 0 || !faults.strikes('partialThenReject', wire.nowNs, order.clientOrderId)) return false;
    this.#halfway = order;
    matching.takeAtMost(order, half);
    this.#halfway = null;
    if (order.state === 'live') this.#end(order, 'rejected', VenueReason.other, 'refused after a part was filled');
    return true;
  }

  #again(wanted: VenueOrder, matching: Matching): void {
    const twin = this.#create(wanted);
    if (wanted.reduceOnly || !this.accounts.reserve(twin)) return;
    this.#accept(twin);
    this.#tell(twin, this.#reportOf(twin, ReportKind.ack));
    matching.submit(twin);
  }

  #create(wanted: VenueOrder): SimOrder {
    this.#ids++;
    return {
      clientOrderId: wanted.clientOrderId, venueOrderId: `${this.#name}-${this.#ids}`, accountId: wanted.accountId,
      listing: wanted.listing, side: wanted.side, tif: wanted.tif, reduceOnly: wanted.reduceOnly,
      createdNs: this.#parts.wire.nowNs, lots: wanted.lots, limitTicks: wanted.limitTicks, cumLots: 0,
      openLots: wanted.lots, state: 'live', endedNs: -1, endReason: VenueReason.none, previous: null, next: null,
      isResting: false, ahead: 0, reserved: 0, muted: false, fills: [],
    };
  }

  #cancelOne(order: SimOrder): void {
    const { faults, wire } = this.#parts;
    const id = order.clientOrderId;
    const matching = this.matching(order.listing);
    if (faults.strikes('cancelRefusedFilled', wire.nowNs, id)) {
      const event = this.#reportOf(order, ReportKind.cancelReject);
      event.reason = VenueReason.tooLate;
      event.text = 'the order is filled';
      this.#tell(order, event);
      matching.hit(order, order.openLots);
      return;
    }
    const lot = this.#listing(order.listing).lotMultiple;
    const half = Math.floor(order.openLots / 2 / lot) * lot;
    if (half > 0 && faults.strikes('fillAfterCancelAck', wire.nowNs, id)) {
      const event = this.#reportOf(order, ReportKind.cancelled);
      event.openLots = 0;
      this.#tell(order, event);
      matching.hit(order, half);
      matching.remove(order);
      this.#finish(order, 'cancelled');
      return;
    }
    matching.remove(order);
    this.#end(order, 'cancelled', VenueReason.none, '');
  }

  #cancelByVenue(order: SimOrder): void {
    if (order.state !== 'live') return;
    this.matching(order.listing).remove(order);
    this.#end(order, 'cancelled', VenueReason.other, 'cancelled by the venue');
  }

  #amendProblem(
    order: SimOrder | undefined, clientOrderId: string, lots: number, limitTicks: number,
  ): Refusal | null {
    const { faults, wire, universe, venue } = this.#parts;
    if (universe.venues[venue]?.nativeAmend !== true) {
      return { reason: VenueReason.invalidParams, text: 'this venue has no amend: cancel and replace' };
    }
    if (order === undefined) return { reason: VenueReason.unknownOrder, text: 'no such live order' };
    const listing = this.#listing(order.listing);
    const half = Math.floor(order.openLots / 2 / listing.lotMultiple) * listing.lotMultiple;
    if (half > 0 && faults.strikes('amendRacesFill', wire.nowNs, clientOrderId)) {
      this.matching(order.listing).hit(order, half);
    }
    if (faults.strikes('amendRefused', wire.nowNs, clientOrderId)) {
      return { reason: VenueReason.busy, text: 'refused for now' };
    }
    const broken = amendBroken(lots, limitTicks, order.cumLots, listing, this.#instrument(listing));
    if (broken !== null) return broken;
    if (order.tif === 'post_only' && this.matching(order.listing).wouldTake(order.side, limitTicks)) {
      return { reason: VenueReason.wouldTake, text: 'post-only would take' };
    }
    return this.accounts.reserveAmend(order, lots - order.cumLots, limitTicks)
      ? null
      : { reason: VenueReason.insufficientBalance, text: 'balance or margin does not cover the amend' };
  }

  #filled(order: SimOrder, ticks: number, lots: number, maker: 0 | 1): void {
    const { faults, wire } = this.#parts;
    const lot = this.#listing(order.listing).lotMultiple;
    const id = order.clientOrderId;
    const sayStale = faults.strikes('staleBalance', wire.nowNs, id)
      ? this.#parts.onStaleBalance(order.accountId)
      : null;
    this.accounts.release(order, lots);
    const completes = order.openLots === 0 && order !== this.#halfway;
    let extra = 0;
    if (completes && faults.strikes('overfill', wire.nowNs, id)) extra = lot * this.#prng.between(1, 3);
    order.cumLots += extra;
    const half = Math.floor((lots + extra) / 2 / lot) * lot;
    if (half > 0 && faults.strikes('twoFillsInOne', wire.nowNs, id)) {
      this.#execution(order, ticks, half, maker, order.cumLots - (lots + extra - half), false);
      this.#execution(order, ticks, lots + extra - half, maker, order.cumLots, true);
    } else {
      this.#execution(order, ticks, lots + extra, maker, order.cumLots, false);
    }
    this.accounts.settle(order);
    if (completes && order.cumLots >= order.lots) this.#finish(order, 'filled');
    // A reduce-only order was cut to the position: the rest of it ends with the position.
    else if (completes) this.#end(order, 'cancelled', VenueReason.reduceOnly, 'the position is closed');
    sayStale?.();
  }

  #execution(
    order: SimOrder, ticks: number, lots: number, maker: 0 | 1, cumLots: number, withLast: boolean,
  ): void {
    const { faults, wire } = this.#parts;
    const { feeAsset, fee1e8 } = this.accounts.book(order, ticks, lots, maker);
    const fill: SimFill = {
      execId: `${this.#name}-x${++this.#execs}`, clientOrderId: order.clientOrderId,
      venueOrderId: order.venueOrderId, accountId: order.accountId, listing: order.listing, side: order.side,
      ticks, lots, cumLots, feeAsset, fee1e8, maker, timeNs: wire.nowNs, delivered: false,
    };
    order.fills.push(fill);
    this.#parts.audit('fill', order, fill);
    if (order.muted) return;
    const event = this.#fillReport(order, fill);
    if (faults.strikes('averageMissing', wire.nowNs, order.clientOrderId)) event.lastTicks = 0;
    if (order.fills.length > 1 && faults.strikes('cumulativeBack', wire.nowNs, order.clientOrderId)) {
      event.cumLots = order.fills[0]?.lots ?? 0;
    }
    if (withLast) wire.reportWithLast(event, fill);
    else wire.report(event, fill);
  }

  #end(order: SimOrder, state: SimOrderState, reason: VenueReason, text: string): void {
    this.#finish(order, state);
    order.endReason = reason;
    const event = this.#reportOf(order, endKind(state));
    event.text = text;
    this.#tell(order, event);
  }

  #finish(order: SimOrder, state: SimOrderState): void {
    this.accounts.release(order, order.openLots);
    order.openLots = 0;
    order.state = state;
    order.endedNs = this.#parts.wire.nowNs;
    this.accounts.settle(order);
    this.store.ended(order);
    this.#parts.audit('end', order, null);
  }

  #tell(order: SimOrder, event: ReportEvent, fill: SimFill | null = null, afterNs = 0): void {
    if (!order.muted) this.#parts.wire.report(event, fill, afterNs);
  }

  #reportOf(order: SimOrder, kind: ReportKind): ReportEvent {
    const event = newReport(this.#parts.venue, kind, order.clientOrderId);
    event.venueOrderId = order.venueOrderId;
    event.cumLots = order.cumLots;
    event.openLots = order.openLots;
    event.priceTicks = order.limitTicks;
    event.totalLots = order.lots;
    event.venueTsNs = this.#parts.wire.nowNs;
    event.reason = order.endReason;
    return event;
  }

  #fillReport(order: SimOrder, fill: SimFill): ReportEvent {
    const event = this.#reportOf(order, ReportKind.fill);
    event.execId = fill.execId;
    event.lastTicks = fill.ticks;
    event.lastLots = fill.lots;
    event.cumLots = fill.cumLots;
    event.openLots = Math.max(0, order.lots - fill.cumLots);
    event.feeAsset = fill.feeAsset;
    event.fee1e8 = fill.fee1e8;
    event.maker = fill.maker;
    event.venueTsNs = fill.timeNs;
    event.reason = VenueReason.none;
    return event;
  }

  #listing(id: ListingId): Listing {
    return must(this.#parts.universe.listings[id], `listing ${id}`);
  }

  #instrument(listing: Listing): Instrument {
    return must(this.#parts.universe.instruments[listing.instrument], `instrument ${listing.instrument}`);
  }
}

/** How long a late acknowledgement is held back: longer than any report's latency. */
const lateAckNs = 200_000_000;

function endKind(state: SimOrderState): ReportKind {
  switch (state) {
    case 'cancelled':
      return ReportKind.cancelled;
    case 'expired':
      return ReportKind.expired;
    case 'rejected':
      return ReportKind.reject;
    case 'forgotten':
      return ReportKind.notFound;
    case 'live':
    case 'filled':
      return ReportKind.status;
  }
}
