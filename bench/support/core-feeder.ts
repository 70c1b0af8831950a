/**
 * Feeds the core alone: markets that stand where the bench puts them, answers to `want_sample`, reports for what was
 * placed. Event objects are reused, as the scheduler does. No venue, no book, no journal.
 */
import { must } from '../../src/base/assert.js';
import { apply, createState } from '../../src/core/apply.js';
import type { CoreState } from '../../src/core/state.js';
import { nextTimerNs } from '../../src/core/timers.js';
import type { Effect, VenueOrder } from '../../src/protocol/effects.js';
import {
  EventType, ReportKind, SampleReason, VenueReason, type EngineEvent, type ReportEvent, type SampleEvent, type TimerEvent,
} from '../../src/protocol/events.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import type { EventLog } from '../../src/scheduler/event-log.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';

export const universe = buildUniverse();
export const BTC_USD = must(universe.instruments.find(({ symbol }) => symbol === 'BTC-USD'), 'BTC-USD').id;
export const BASE_NS = 1_723_161_255_000_000_000n;
/** Ticks of 0.01 USD. */
export const START_MID = 6_180_000;
const HALF_SPREAD = 10;
const DEPTH = 5;
const LEVEL_LOTS = 1_000_000;
/** 10^10 of every asset at every venue: balances are checked, never short. */
const PLENTY_1E8 = '1000000000000000000';

export const Kind = { tick: 0, crossing: 1, wanted: 2, report: 3, timer: 4, submit: 5 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const kindNames = ['tick, nothing crossed', 'tick across a level', 'sample with books', 'report', 'timer', 'submit'];

export class CoreFeeder {
  readonly state: CoreState = createState();
  readonly counts = new Float64Array(kindNames.length);
  /** Ns of each event by kind, clock reads included; filled only while `timing`. */
  readonly spent: number[][] = kindNames.map(() => []);
  readonly #sample: SampleEvent;
  readonly #report: ReportEvent;
  readonly #timer: TimerEvent = { type: EventType.timer, tNs: 0 };
  readonly #placed: VenueOrder[] = [];
  #wanted = 0;
  #execs = 0;
  #commands = 0;
  readonly #log: EventLog | null;
  timing = false;
  tNs = 0;
  effects = 0;

  /** @param log takes every event before the core sees it */
  constructor(log: EventLog | null = null) {
    this.#log = log;
    this.#sample = emptySample();
    this.#report = emptyReport();
    const feed = (event: EngineEvent): void => this.#apply(event);
    feed({ type: EventType.timeBase, tNs: 0, baseNs: BASE_NS.toString(), epoch: 1, seed: 7 });
    feed({ type: EventType.universe, tNs: 0, universe, accounts: ['bench'] });
    for (const { id } of universe.venues) {
      feed({ type: EventType.venueStatus, tNs: 0, venue: id, connected: 1, reconciled: 1, credentialsValid: 1 });
      for (const asset of universe.assets) {
        feed({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset: asset.id, total1e8: PLENTY_1E8, asOfNs: 0 });
      }
    }
    this.tick(START_MID);
  }

  /** `Out` of the core. */
  push(effect: Effect): void {
    this.effects++;
    if (effect.kind === 'place') this.#placed.push(effect.order);
    else if (effect.kind === 'want_sample') this.#wanted = Math.max(this.#wanted, effect.levels, 1);
    else if (effect.kind === 'reply' && !effect.reply.ok) throw new Error(`refused: ${effect.reply.code} ${effect.reply.message}`);
  }

  /** What the last events placed and nobody has taken; at least one. */
  takePlaced(): VenueOrder {
    return must(this.#placed.shift(), 'an order that was placed');
  }

  get placedWaiting(): number {
    return this.#placed.length;
  }

  /** The quotes of BTC-USD at a mid, as `needsSample` wants them. */
  quotes(mid: number): SampleEvent['quotes'] {
    for (const quote of this.#sample.quotes) {
      quote.bidTicks = mid - HALF_SPREAD;
      quote.askTicks = mid + HALF_SPREAD;
    }
    return this.#sample.quotes;
  }

  tick(mid: number, kind: Kind = Kind.tick): void {
    this.quotes(mid);
    this.#takeSample(SampleReason.tick, 0, kind);
    this.#serveWants(mid);
  }

  submit(graph: GraphSpec, mid: number): void {
    const commandId = ++this.#commands;
    const command = { kind: 'submit', graph, bodyHash: 'b', repeatKey: '' } as const;
    this.#timed({ type: EventType.command, tNs: this.tNs, accountId: 0, commandId, command }, Kind.submit);
    this.#serveWants(mid);
  }

  /** Room for ended graphs, in bytes by the core's estimate. */
  keepEnded(wholeBytes: number, recordBytes: number): void {
    const command = { kind: 'keep_ended', wholeBytes, recordBytes } as const;
    this.#apply({ type: EventType.command, tNs: this.tNs, accountId: 0, commandId: ++this.#commands, command });
  }

  /** Fires every timer that is due; returns how many events that took. */
  timers(mid: number): number {
    let fired = 0;
    for (; nextTimerNs(this.state) <= this.tNs; fired++) {
      this.#timer.tNs = this.tNs;
      this.#timed(this.#timer, Kind.timer);
      this.#serveWants(mid);
    }
    return fired;
  }

  ack(order: VenueOrder, mid: number): void {
    this.#say(order, ReportKind.ack, 0);
    this.#serveWants(mid);
  }

  /** Fills `lots` at its limit, which makes `cumLots` in all. */
  fill(order: VenueOrder, mid: number, lots = order.lots, cumLots = lots): void {
    this.#say(order, ReportKind.fill, lots, cumLots);
    this.#serveWants(mid);
  }

  cancelled(order: VenueOrder, mid: number, cumLots: number): void {
    this.#say(order, ReportKind.cancelled, 0, cumLots);
    this.#serveWants(mid);
  }

  #say(order: VenueOrder, kind: ReportKind, lots: number, cumLots = -1): void {
    const report = this.#report;
    report.tNs = report.venueTsNs = this.tNs;
    report.venue = order.venue;
    report.kind = kind;
    report.clientOrderId = order.clientOrderId;
    report.venueOrderId = order.clientOrderId;
    report.execId = lots === 0 ? '' : String(++this.#execs);
    report.lastTicks = lots === 0 ? 0 : order.limitTicks;
    report.lastLots = lots;
    report.cumLots = cumLots;
    this.#timed(report, Kind.report);
  }

  #serveWants(mid: number): void {
    while (this.#wanted > 0) {
      const levels = Math.min(this.#wanted, DEPTH);
      this.#wanted = 0;
      this.quotes(mid);
      this.#takeSample(SampleReason.wanted, levels, Kind.wanted);
    }
  }

  #takeSample(reason: number, levels: number, kind: Kind): void {
    const sample = this.#sample;
    sample.tNs = this.tNs;
    sample.reason = reason;
    sample.depthCount = levels === 0 ? 0 : sample.quotes.length;
    for (let i = 0; i < sample.depthCount; i++) {
      const { bids, asks } = must(sample.depth[i], 'depth');
      const quote = must(sample.quotes[i], 'quote');
      bids.count = asks.count = levels;
      for (let level = 0; level < levels; level++) {
        bids.pairs[2 * level] = quote.bidTicks - 10 * level;
        asks.pairs[2 * level] = quote.askTicks + 10 * level;
      }
    }
    this.#timed(sample, kind);
  }

  #timed(event: EngineEvent, kind: Kind): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (!this.timing) return this.#apply(event);
    const started = performance.now();
    this.#apply(event);
    must(this.spent[kind], 'kind').push((performance.now() - started) * 1e6);
  }

  #apply(event: EngineEvent): void {
    this.#log?.append(event);
    apply(this.state, event, this);
  }
}

function emptySample(): SampleEvent {
  const { listings } = must(universe.instruments[BTC_USD], 'BTC-USD');
  const side = (): { count: number; pairs: Float64Array } => ({
    count: DEPTH, pairs: Float64Array.from({ length: 2 * DEPTH }, () => LEVEL_LOTS),
  });
  return {
    type: EventType.sample, tNs: 0, instrument: BTC_USD, reason: 0, depthCount: 0, medianSpreadTicks: 2 * HALF_SPREAD,
    quotes: listings.map((id) => ({
      listing: id, venue: must(universe.listings[id], 'listing').venue, fresh: 1, bidTicks: 0, bidLots: LEVEL_LOTS, askTicks: 0,
      askLots: LEVEL_LOTS, markTicks: 0, lastHighTicks: 0, lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: 0,
    })),
    depth: listings.map((id) => ({ listing: id, bids: side(), asks: side() })),
  };
}

function emptyReport(): ReportEvent {
  const usd = must(universe.assets.find(({ code }) => code === 'USD'), 'USD').id;
  return {
    type: EventType.report, tNs: 0, venue: 0, kind: ReportKind.ack, clientOrderId: '', venueOrderId: '', execId: '', lastTicks: 0,
    lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: usd, fee1e8: 0, maker: 0, venueTsNs: 0,
    reason: VenueReason.none, text: '',
  };
}
