/**
 * A simulated venue: a venue like any other, fed by recordings or a generator, deterministic under its seed and
 * the clock it is given. Ties together the line to the client, the exchange behind it and the feeds of its listings.
 */
import { must, unreachable } from '../../base/assert.js';
import { Prng } from '../../base/prng.js';
import type { RecordedBook } from '../../market/recorded-book.js';
import type { MarketSource } from '../../market/replay-source.js';
import type { VenueOrder } from '../../protocol/effects.js';
import { EventType, ReportKind, VenueReason } from '../../protocol/events.js';
import type { AccountId, AssetId, ListingId, Universe, VenueId } from '../../protocol/universe.js';
import type { FeedSink, VenueConnection, VenueSink } from '../venue.js';
import { Exchange } from './exchange.js';
import { FaultPlan, type FaultConfig, type FaultKind } from './faults.js';
import { FeedLine } from './feed-line.js';
import { Schedule } from './schedule.js';
import type { SimAudit, SimLedger } from './sim-order.js';
import { newReport, Wire, type LatencyShape } from './wire.js';

export interface SimVenueConfig {
  readonly universe: Universe;
  readonly venue: VenueId;
  readonly seed: number;
  /** One per listing of the venue. */
  readonly sources: ReadonlyMap<ListingId, MarketSource>;
  /** An empty book for a listing's recorded market; default: sorted arrays. */
  readonly bookOf?: (listing: ListingId) => RecordedBook;
  /** Accounts that are reconciled at every connect. */
  readonly accounts: readonly AccountId[];
  /** What an account has here when first seen, 1e-8 of each asset. */
  readonly initial: ReadonlyMap<AssetId, bigint>;
  readonly latency: LatencyShape;
  readonly faults?: FaultConfig;
  /** Ended orders kept for queries and the ledger. */
  readonly endedKept: number;
  readonly sink: VenueSink;
  readonly feed: FeedSink;
  readonly audit?: SimAudit;
  /** False: the connection waits for `setLink(true)` instead of coming up by itself. */
  readonly linkedAtStart?: boolean;
}

/** Between two signs of life of the feed; also the rhythm at which connection faults are drawn. */
const heartbeatNs = 500_000_000;

/** Faults that last. */
export type LastingFault = 'disconnect' | 'restartForgets' | 'refuseLong' | 'feedSilence';

/** Questions that wait for a reconnect; more are dropped, as a client's queue would. */
const waitingMax = 1_000;

export class SimVenue implements VenueConnection {
  readonly venue: VenueId;
  readonly name: string;
  readonly faults: FaultPlan;
  readonly #config: SimVenueConfig;
  readonly #schedule = new Schedule();
  readonly #wire: Wire;
  readonly #exchange: Exchange;
  readonly #lines: readonly FeedLine[];
  #nextLine: FeedLine | null = null;
  #feedDueNs = Infinity;
  #waiting: (() => void)[] = [];
  #isStarted = false;
  #isClosed = false;
  #silentUntilNs = 0;
  #isLinkWanted: boolean;

  constructor(config: SimVenueConfig) {
    this.#config = config;
    this.venue = config.venue;
    this.#isLinkWanted = config.linkedAtStart !== false;
    this.name = must(config.universe.venues[config.venue], `venue ${config.venue}`).name;
    this.faults = new FaultPlan(config.faults);
    const seeds = new Prng(config.seed);
    this.#wire = new Wire(
      config.venue, config.sink, this.#schedule, this.faults, config.latency, seeds.uint32(),
    );
    const lineOf = new Map<ListingId, FeedLine>();
    this.#exchange = new Exchange({
      universe: config.universe, venue: config.venue, seed: seeds.uint32(), wire: this.#wire, faults: this.faults,
      schedule: this.#schedule, initial: config.initial, endedKept: config.endedKept,
      ...(config.bookOf === undefined ? {} : { bookOf: config.bookOf }),
      audit: config.audit ?? (() => undefined),
      onLevel: (listing, side, ticks) => lineOf.get(listing)?.changed(side, ticks),
      onStaleBalance: (accountId) => this.#staleBalances(accountId),
    });
    for (const [id, source] of config.sources) {
      const listing = must(config.universe.listings[id], `listing ${id}`);
      lineOf.set(id, new FeedLine({
        listing, instrument: must(config.universe.instruments[listing.instrument], 'instrument'), source,
        matching: this.#exchange.matching(id), feed: config.feed, faults: this.faults, schedule: this.#schedule,
        seed: seeds.uint32(),
      }));
    }
    this.#lines = [...lineOf.values()];
    this.#lookAtLines();
  }

  place(order: VenueOrder): void {
    if (!this.#wire.connected) {
      const event = newReport(this.venue, ReportKind.reject, order.clientOrderId);
      event.reason = VenueReason.network;
      event.text = 'not connected: nothing was sent';
      this.#wire.local(event);
      return;
    }
    this.#wire.expectAnswer(order.clientOrderId);
    this.#wire.enter(() => this.#exchange.place(order));
  }

  cancel(accountId: AccountId, clientOrderId: string): void {
    if (!this.#wire.connected) return this.#notSent(ReportKind.cancelReject, clientOrderId);
    this.#wire.enter(() => this.#exchange.cancel(accountId, clientOrderId));
  }

  amend(accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number): void {
    if (!this.#wire.connected) return this.#notSent(ReportKind.amendReject, clientOrderId);
    this.#wire.enter(() => this.#exchange.amend(accountId, clientOrderId, lots, limitTicks));
  }

  /** Asked while disconnected, or lost with the connection, it is asked again after the reconnect. */
  query(accountId: AccountId, clientOrderId: string): void {
    this.#ask(() => this.#exchange.query(accountId, clientOrderId));
  }

  reconcile(accountId: AccountId): void {
    this.#ask(() => this.#answerReconcile(accountId));
  }

  doWork(nowNs: number): number {
    if (this.#isClosed) return 0;
    let work = 0;
    if (!this.#isStarted) this.#start(nowNs);
    for (;;) {
      const dueNs = Math.min(this.#feedDueNs, this.#schedule.dueNs());
      if (dueNs > nowNs) break;
      this.#wire.nowNs = Math.max(this.#wire.nowNs, dueNs);
      if (this.#feedDueNs <= dueNs) {
        this.#nextLine?.pump();
        this.#lookAtLines();
      } else {
        this.#schedule.take()?.run();
        for (const each of this.#lines) each.flush(this.#wire.nowNs);
      }
      work++;
    }
    this.#wire.nowNs = Math.max(this.#wire.nowNs, nowNs);
    return work;
  }

  nextDueNs(): number {
    if (this.#isClosed) return Infinity;
    return Math.min(this.#feedDueNs, this.#schedule.dueNs());
  }

  /**
   * Makes the market's messages up to engine time `untilNs` ahead (a replay's thinning and re-pricing), in at most
   * `bytesMax` a listing. Changes nothing but when that work is done. Returns how many messages are ready.
   */
  prepare(untilNs: number, bytesMax: number): number {
    const ready = this.#lines.reduce((sum, line) => sum + line.prepare(untilNs, bytesMax), 0);
    this.#lookAtLines();
    return ready;
  }

  close(): void {
    this.#isClosed = true;
    for (const line of this.#lines) line.close('closed');
  }

  /** What really happened here: for tests that compare. */
  ledger(): SimLedger {
    return this.#exchange.ledger();
  }

  /** Sets a balance, for sandboxes and tests: 1e-8 of the asset. */
  setBalance(accountId: AccountId, asset: AssetId, total1e8: bigint): void {
    this.#exchange.accounts.balance(accountId, asset).total.setBigInt(total1e8);
  }

  setPosition(accountId: AccountId, listing: ListingId, lots: number, entryTicks: number): void {
    const position = this.#exchange.accounts.position(accountId, listing);
    position.lots = lots;
    position.cost = lots * entryTicks;
  }

  balance1e8(accountId: AccountId, asset: AssetId): bigint {
    return this.#exchange.accounts.balance(accountId, asset).total.toBigInt();
  }

  positionLots(accountId: AccountId, listing: ListingId): number {
    return this.#exchange.accounts.position(accountId, listing).lots;
  }

  /** The client's line goes down (reports on the way are lost) or comes up, for as long as the caller says. */
  setLink(isUp: boolean): void {
    this.#isLinkWanted = isUp;
    if (isUp === this.#wire.connected) return;
    if (isUp) this.#connect();
    else this.#drop();
  }

  /** Makes a lasting fault happen now, for `durationNs` of engine time. */
  inject(kind: LastingFault, durationNs: number): void {
    this.faults.count(kind);
    this.#apply(kind, durationNs);
  }

  #apply(kind: LastingFault, durationNs: number): void {
    switch (kind) {
      case 'disconnect':
        return this.#disconnect(durationNs);
      case 'restartForgets':
        this.#exchange.forgetOpenOrders();
        return this.#disconnect(durationNs);
      case 'refuseLong':
        return this.#exchange.refuseUntil(this.#wire.nowNs + durationNs);
      case 'feedSilence':
        for (const line of this.#lines) line.silence(this.#wire.nowNs + durationNs);
        this.#silentUntilNs = this.#wire.nowNs + durationNs;
        return;
      default:
        unreachable(kind);
    }
  }

  #start(nowNs: number): void {
    this.#isStarted = true;
    this.#wire.nowNs = Math.max(0, nowNs);
    if (this.#isLinkWanted) this.#connect();
    this.#schedule.add(this.#wire.nowNs + heartbeatNs, 'local', () => this.#heartbeat());
  }

  /** Finds the line that is due next: after each message, which alone changes that. */
  #lookAtLines(): void {
    this.#nextLine = null;
    this.#feedDueNs = Infinity;
    for (const line of this.#lines) {
      const dueNs = line.dueNs();
      if (dueNs >= this.#feedDueNs) continue;
      this.#feedDueNs = dueNs;
      this.#nextLine = line;
    }
  }

  #heartbeat(): void {
    const now = this.#wire.nowNs;
    this.#schedule.add(now + heartbeatNs, 'local', () => this.#heartbeat());
    const kinds = ['disconnect', 'restartForgets', 'feedSilence'] as const satisfies readonly FaultKind[];
    for (const kind of kinds) {
      if (this.#wire.connected && this.faults.strikes(kind, now)) this.#apply(kind, this.faults.durationNs());
    }
    if (!this.#wire.connected || now < this.#silentUntilNs) return;
    this.#config.feed.alive(this.venue);
    for (const line of this.#lines) line.mark(now);
  }

  #connect(): void {
    this.#wire.connected = true;
    this.#wire.status(1, 0);
    for (const line of this.#lines) line.open(this.#wire.nowNs);
    for (const accountId of this.#config.accounts) this.#sayAccount(accountId);
    this.#sayOpenOrders();
    this.#wire.say(() => this.#wire.status(1, 1));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const ask of waiting) this.#ask(ask);
  }

  #disconnect(durationNs: number): void {
    if (!this.#wire.connected) return;
    this.#drop();
    this.#schedule.add(this.#wire.nowNs + durationNs, 'local', () => {
      if (this.#isLinkWanted && !this.#wire.connected) this.#connect();
    });
  }

  #drop(): void {
    for (const line of this.#lines) line.close('disconnect');
    this.#wire.drop();
  }

  #ask(ask: () => void): void {
    if (this.#wire.connected) {
      this.#wire.enter(ask, () => this.#wait(ask));
    } else {
      this.#wait(ask);
    }
  }

  #wait(ask: () => void): void {
    if (this.#waiting.length < waitingMax) this.#waiting.push(ask);
  }

  #notSent(kind: typeof ReportKind.cancelReject | typeof ReportKind.amendReject, clientOrderId: string): void {
    const event = newReport(this.venue, kind, clientOrderId);
    event.reason = VenueReason.network;
    event.text = 'not connected: nothing was sent';
    this.#wire.local(event);
  }

  #answerReconcile(accountId: AccountId): void {
    this.#sayAccount(accountId);
    this.#sayOpenOrders();
    this.#wire.say(() => this.#wire.status(1, 1));
  }

  /** Fills that the client may not know, then balances and positions. */
  #sayAccount(accountId: AccountId): void {
    this.#exchange.repeatFills(accountId);
    this.#balances(accountId, this.#wire.nowNs)();
    for (const [listing, position] of this.#exchange.accounts.of(accountId).positions) {
      const { lots } = position;
      const entryTicks = lots === 0 ? 0 : Math.round(position.cost / lots);
      const asOfNs = this.#wire.nowNs;
      this.#wire.say(() =>
        this.#config.sink.position({
          type: EventType.venuePosition, tNs: this.#wire.nowNs, accountId, listing, lots, entryTicks, asOfNs,
        }),
      );
    }
  }

  /** The balances as they are now, to be said when called. */
  #balances(accountId: AccountId, asOfNs: number, afterNs = 0): () => void {
    const rows = [...this.#exchange.accounts.of(accountId).balances].map(([asset, balance]) => ({
      asset,
      total1e8: balance.total.toBigInt().toString(),
    }));
    return () => {
      for (const { asset, total1e8 } of rows) {
        this.#wire.say(
          () =>
            this.#config.sink.balance({
              type: EventType.balance, tNs: this.#wire.nowNs, accountId, venue: this.venue, asset, total1e8, asOfNs,
            }),
          afterNs,
        );
      }
    };
  }

  #staleBalances(accountId: AccountId): () => void {
    return this.#balances(accountId, this.#wire.nowNs - 1, 20_000_000);
  }

  /** Every account's open orders: one that is missing here is not open. */
  #sayOpenOrders(): void {
    const orders = this.#exchange.store.live().map((order) => ({
      clientOrderId: order.clientOrderId,
      venueOrderId: order.venueOrderId,
      openLots: order.openLots,
      cumLots: order.cumLots,
    }));
    this.#wire.say(() =>
      this.#config.sink.openOrders({ type: EventType.openOrders, tNs: this.#wire.nowNs, venue: this.venue, orders }),
    );
  }
}
