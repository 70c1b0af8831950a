/**
 * Topology `fused`: venues, feeds and scheduler on one thread, the best choice on two cores. One `step` lets every
 * venue do what is due, then the scheduler; `run` does so on the wall clock, `advance` on virtual time.
 */
import { must } from '../base/assert.js';
import type { Command, Reply } from '../protocol/commands.js';
import type { AccountEvent, Effect, VenueOrder } from '../protocol/effects.js';
import type { BookShape } from '../market/book-layout.js';
import { FeedWriter, type FeedTimes } from '../market/feed-writer.js';
import { carveMarket, type SharedMarket } from '../market/shared-market.js';
import { createCounters } from '../memory/counters-layout.js';
import { CounterWriter } from '../memory/counters.js';
import type { BookAccess, EnginePort, Query, QueryReply } from '../protocol/engine-port.js';
import type { ReportEvent } from '../protocol/events.js';
import type { AccountId, Universe } from '../protocol/universe.js';
import type { Core } from '../scheduler/core-port.js';
import type { EventLog } from '../scheduler/event-log.js';
import { recordHistory, type History } from '../scheduler/history.js';
import { MarketView } from '../scheduler/market-view.js';
import { Scheduler } from '../scheduler/scheduler.js';
import { MonotonicClock } from '../runtime/monotonic-clock.js';
import { spanIndex } from '../telemetry/latency.js';
import { DecisionTimes, OrderTimes } from '../telemetry/path-times.js';
import { latencyWriter, telemetryText, traceWriter, type SharedTelemetry } from '../telemetry/shared-telemetry.js';
import type { VenueConnection, VenueSink } from '../venues/venue.js';
import type { Clock, VirtualClock } from './clock.js';
import { countersText, createEngineFigures, ORDERS_SENT, venueCounters, writeCore, writeMarket } from './engine-figures.js';

/** Freshness is looked at this often: silence makes no sound of its own. */
const SILENCE_CHECK_NS = 100_000_000;
/** Longest stretch of work between two looks at requests. */
const CATCH_UP_MS = 4;
const POLL_MS = 1;
const SLEEP_MS_MAX = 50;

export interface EngineOptions<State> {
  readonly core: Core<State>;
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly baseNs: bigint;
  readonly epoch: number;
  readonly seed: number;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
  readonly log: EventLog;
  readonly recovered: { readonly state: State; readonly lastNs: number } | null;
  readonly clock: Clock;
  readonly history: History;
  /** Carries out what a command means for simulated venues (balances set by hand) once it was accepted. */
  readonly settle?: (venues: readonly VenueConnection[], accountId: AccountId, command: Command) => void;
  /** Makes the venue connections once the sinks exist. */
  readonly connect: (sink: VenueSink, feed: FeedWriter) => readonly VenueConnection[];
  /** Of every listing's book; what fits most listings if not given. */
  readonly bookShape?: BookShape;
  /** Measure the path, into the set of the thread `engine`. Not for virtual time: it costs and says nothing there. */
  readonly telemetry?: SharedTelemetry;
  /** Ended graphs and records that left before their time, for /metrics; 0 if not given. */
  readonly endedCut?: (state: State) => number;
  /** Answers reads from the state; the engine adds nothing. */
  readonly answer: (engine: FusedEngine<State>, accountId: AccountId, query: Query) => QueryReply;
}

/** What works beside the venues at each step: the host of modules. */
export interface Guests {
  step(nowNs: number): number;
  nextDueNs(): number;
}

export class FusedEngine<State> implements EnginePort {
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly market: MarketView;
  /** Books, boards and tapes of all venues: for readers on other threads. */
  readonly sharedMarket: SharedMarket;
  /** Where the venues' feeds publish: the books that `market` reads. */
  readonly feed: FeedWriter;
  readonly history: History;
  readonly scheduler: Scheduler<State>;
  readonly venues: readonly VenueConnection[];
  /** Set once, before the first step. */
  guests: Guests | null = null;
  /** Engine time at which this process began to work. */
  readonly startedNs: number;
  readonly #options: EngineOptions<State>;
  readonly #accountListeners = new Set<(event: AccountEvent) => void>();
  readonly #alertListeners = new Set<(alert: Extract<Effect, { kind: 'alert' }>) => void>();
  readonly #effectListeners = new Set<(effect: Effect, tNs: number) => void>();
  readonly #failureListeners = new Set<(error: unknown) => void>();
  readonly #wasAlive: boolean[];
  readonly #stamps: Stamps | null;
  readonly #figures = createEngineFigures();
  readonly #orders = createCounters(venueCounters);
  readonly #orderCounts = new CounterWriter(this.#orders);
  #nextSilenceCheckNs = 0;
  #atNs = 0;
  #timer: NodeJS.Immediate | NodeJS.Timeout | null = null;
  #running = false;

  constructor(options: EngineOptions<State>) {
    this.#options = options;
    this.universe = options.universe;
    this.accounts = options.accounts;
    const { universe } = options;
    const shared = carveMarket(universe, [universe.venues.map(({ id }) => id)], options.bookShape);
    const [feeds] = shared.groups;
    this.sharedMarket = shared;
    this.market = new MarketView(universe, shared);
    this.#stamps = options.telemetry === undefined ? null : openStamps(options.telemetry);
    this.feed = new FeedWriter(
      must(feeds, 'feeds'), (listing) => must(universe.listings[listing], 'listing').venue, this.#stamps?.feed ?? null,
    );
    this.history = options.history;
    this.#wasAlive = options.universe.venues.map(() => false);
    this.scheduler = new Scheduler<State>({
      core: options.core,
      universe: options.universe,
      accounts: options.accounts,
      market: this.market,
      log: options.log,
      recovered: options.recovered,
      listener: { effect: (effect, tNs) => this.#tell(effect, tNs) },
      ...(this.#stamps === null ? {} : { times: this.#stamps.decisions }),
      baseNs: options.baseNs,
      epoch: options.epoch,
      seed: options.seed,
      ...(options.unknownOrders === undefined ? {} : { unknownOrders: options.unknownOrders }),
      gate: {
        place: (effect, stamps) => this.#place(effect.order, stamps),
        cancel: (effect) => this.#venue(effect.venue).cancel(effect.accountId, effect.clientOrderId),
        amend: (effect) =>
          this.#venue(effect.venue).amend(effect.accountId, effect.clientOrderId, effect.lots, effect.limitTicks),
        query: (effect) => this.#venue(effect.venue).query(effect.accountId, effect.clientOrderId),
        queryPosition: (venue, accountId) => this.#venue(venue).reconcile(accountId),
      },
    });
    const say = (event: Parameters<Scheduler<State>['venueSaid']>[0]): void => this.scheduler.venueSaid(event);
    this.venues = options.connect(
      { report: (event) => this.#report(event), status: say, balance: say, position: say, openOrders: say },
      this.feed,
    );
    this.startedNs = options.clock.nowNs();
    this.#atNs = this.startedNs;
    this.scheduler.open(this.startedNs);
  }

  get books(): BookAccess {
    return this.market;
  }

  /** Engine time of the last step: behind the clock after a stall, never ahead of it. */
  nowNs(): number {
    return this.#atNs;
  }

  baseNs(): bigint {
    return this.#options.baseNs;
  }

  command(accountId: AccountId, command: Command, done: (reply: Reply) => void, receivedMs = performance.now()): void {
    this.scheduler.command(accountId, command, (reply) => {
      if (reply.ok) this.#options.settle?.(this.venues, accountId, command);
      done(reply);
    }, this.#stamps?.clock.atNs(receivedMs) ?? 0);
    // "Answered" hurries nobody: the next cycle takes it, SLEEP_MS_MAX from now at the latest.
    if (this.#running && command.kind !== 'answered') this.#wake();
  }

  query(accountId: AccountId, query: Query, done: (reply: QueryReply) => void): void {
    done(this.#options.answer(this, accountId, query));
  }

  metricsText(): string {
    const { core, market } = this.#figures;
    writeCore(new CounterWriter(core), this.scheduler.events, 0, this.#options.endedCut?.(this.scheduler.state) ?? 0);
    writeMarket(new CounterWriter(market), this.market);
    const sets = [this.#orders, core, market].map((counters) => countersText([{ thread: 'engine', counters }])).join('');
    return this.#options.telemetry === undefined ? sets : telemetryText(this.#options.telemetry) + sets;
  }

  onAccountEvent(listener: (event: AccountEvent) => void): () => void {
    this.#accountListeners.add(listener);
    return () => this.#accountListeners.delete(listener);
  }

  onAlert(listener: (alert: Extract<Effect, { kind: 'alert' }>) => void): () => void {
    this.#alertListeners.add(listener);
    return () => this.#alertListeners.delete(listener);
  }

  /** Told once, when `run` ended with an error. */
  onFailure(listener: (error: unknown) => void): void {
    this.#failureListeners.add(listener);
  }

  /** Every effect after its commit; for recorders and tests. */
  onEffect(listener: (effect: Effect, tNs: number) => void): () => void {
    this.#effectListeners.add(listener);
    return () => this.#effectListeners.delete(listener);
  }

  /** Venues, then scheduler, at one instant; returns how much was done. */
  step(nowNs: number): number {
    this.#atNs = nowNs;
    this.market.setNow(nowNs);
    this.feed.setNow(nowNs);
    let done = 0;
    for (let i = 0; i < this.venues.length; i++) done += must(this.venues[i], 'venue').doWork(nowNs);
    if (nowNs >= this.#nextSilenceCheckNs) {
      this.#nextSilenceCheckNs = nowNs + SILENCE_CHECK_NS;
      this.market.noticeSilence(nowNs, this.#wasAlive);
    }
    if (this.guests !== null) done += this.guests.step(nowNs);
    return done + this.scheduler.doWork(nowNs);
  }

  /** When something is due next by itself. */
  nextDueNs(): number {
    let due = Math.min(this.scheduler.nextDueNs(), this.#nextSilenceCheckNs);
    for (const venue of this.venues) due = Math.min(due, venue.nextDueNs());
    return this.guests === null ? due : Math.min(due, this.guests.nextDueNs());
  }

  /** Virtual time: from due instant to due instant until `untilNs` or until `stop` says so. */
  advance(clock: VirtualClock, untilNs: number, stop: () => boolean = () => false): void {
    while (!stop()) {
      const due = Math.max(this.nextDueNs(), clock.nowNs());
      if (due > untilNs) break;
      clock.moveTo(due);
      this.step(due);
    }
    if (!stop()) clock.moveTo(untilNs);
  }

  /**
   * Wall time: from due instant to due instant up to what the clock says, so that a machine that stalled catches up
   * without skipping what lay between. Gives way after a few milliseconds.
   * @returns how much was done; more is due at once when the clock is still ahead (`behind`)
   */
  catchUp(): number {
    const targetNs = this.#options.clock.nowNs();
    const giveWayAt = performance.now() + CATCH_UP_MS;
    let done = 0;
    while (performance.now() < giveWayAt) {
      const due = Math.max(this.nextDueNs(), this.#atNs);
      if (due >= targetNs) return done + this.step(targetNs);
      done += this.step(due);
    }
    return done + 1;
  }

  /** Works on the wall clock while there is work, sleeps when there is none. */
  run(): void {
    this.#running = true;
    this.#cycle();
  }

  stop(): void {
    this.#running = false;
    this.#cancelTimer();
    for (const venue of this.venues) venue.close();
  }

  #cycle(): void {
    this.#timer = null;
    if (!this.#running) return;
    let done: number;
    try {
      done = this.catchUp();
    } catch (error) {
      return this.fail(error);
    }
    if (this.#timer === null && this.#running) {
      this.#timer = done > 0 ? setImmediate(() => this.#cycle()) : setTimeout(() => this.#cycle(), this.#sleepMs());
    }
  }

  /** Until something is due; a millisecond where somebody may speak at any time (sockets, threads of modules). */
  #sleepMs(): number {
    const { clock } = this.#options;
    if (this.guests !== null && this.guests.nextDueNs() !== Infinity) return POLL_MS;
    for (const venue of this.venues) if (venue.nextDueNs() === Infinity) return POLL_MS;
    const ms = (this.nextDueNs() - clock.nowNs()) / (1e6 * (clock.speed ?? 1));
    return Math.max(POLL_MS, Math.min(SLEEP_MS_MAX, Math.floor(ms)));
  }

  /**
   * It can't go on (the journal failed, an invariant broke): works no more, answers nothing more, says why. Venues stay
   * connected, so that the listener can cancel what opens exposure. Without a listener the error goes on up.
   */
  fail(error: unknown): void {
    this.#running = false;
    this.#cancelTimer();
    if (this.#failureListeners.size === 0) throw error;
    for (const listener of this.#failureListeners) listener(error);
  }

  #wake(): void {
    this.#cancelTimer();
    this.#timer = setImmediate(() => this.#cycle());
  }

  #cancelTimer(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = null;
  }

  #tell(effect: Effect, tNs: number): void {
    recordHistory(this.history, effect, tNs);
    if (effect.kind === 'account') {
      for (const listener of this.#accountListeners) listener(effect);
    } else if (effect.kind === 'alert') {
      for (const listener of this.#alertListeners) listener(effect);
    }
    for (const listener of this.#effectListeners) listener(effect, tNs);
  }

  #place(order: VenueOrder, stamps: Float64Array | null): void {
    this.#venue(order.venue).place(order);
    this.#orderCounts.add(ORDERS_SENT);
    if (stamps !== null) this.#stamps?.orders.sent(order.clientOrderId, stamps);
  }

  #report(event: ReportEvent): void {
    this.#stamps?.orders.heard(event.clientOrderId);
    this.scheduler.venueSaid(event);
  }

  #venue(id: number): VenueConnection {
    const venue = this.venues[id];
    if (venue === undefined) throw new RangeError(`no connection for venue ${id}`);
    return venue;
  }
}

/** What one thread measures: its feeds, its decisions, its orders. */
interface Stamps {
  readonly clock: MonotonicClock;
  readonly feed: FeedTimes;
  readonly decisions: DecisionTimes;
  readonly orders: OrderTimes;
}

function openStamps(shared: SharedTelemetry): Stamps {
  const clock = new MonotonicClock(shared.baseHrNs);
  const latency = latencyWriter(shared, 'engine');
  return {
    clock,
    feed: { clock, frameToBook: latency.histogram(spanIndex('frame_to_book')) },
    decisions: new DecisionTimes(clock, latency),
    orders: new OrderTimes(clock, latency, traceWriter(shared, 'engine')),
  };
}
