/**
 * The one writer of truth: drain → sample → journal → apply → dispatch.
 *
 * A duty cycle takes everything that came in (reports, commands, due timers, changed books), writes each event to the
 * log before the core sees it, and collects the effects. Then the log is committed once, and only then do orders
 * leave and replies go out: intent before action (design decision 7).
 *
 * Order within a cycle: reports (fills before anything that might act on an older view), timers, prices, commands.
 */
import { assert } from '../base/assert.js';
import type { Command, Reply } from '../protocol/commands.js';
import type { Effect } from '../protocol/effects.js';
import {
  EventType,
  type AlgoActionEvent,
  type AlgoEndedEvent,
  type BalanceEvent,
  type EngineEvent,
  type OpenOrdersEvent,
  type ReportEvent,
  SampleReason,
  type VenuePositionEvent,
  type VenueStatusEvent,
} from '../protocol/events.js';
import type { AccountId, InstrumentId, Universe, VenueId } from '../protocol/universe.js';
import type { DecisionTimes } from '../telemetry/path-times.js';
import type { Core } from './core-port.js';
import type { EventLog } from './event-log.js';
import type { MarketSource } from './market-view.js';
import { Samples } from './samples.js';
import { WantedLooks } from './wanted-looks.js';

const SECOND_NS = 1_000_000_000;
/** A decision that keeps asking for samples at one instant is a fault, not a plan. */
const SAMPLES_PER_EVENT_MAX = 1_000;

/** What venues are asked to do; the composition root routes it to connections or rings. */
export interface OrderGate {
  /** @param stamps of the decision, null when nothing is measured; reused after the call */
  place(effect: Extract<Effect, { kind: 'place' }>, stamps: Float64Array | null): void;
  cancel(effect: Extract<Effect, { kind: 'cancel' }>): void;
  amend(effect: Extract<Effect, { kind: 'amend' }>): void;
  query(effect: Extract<Effect, { kind: 'query' }>): void;
  queryPosition(venue: VenueId, accountId: AccountId): void;
}

/** Who is told what happened, after the commit. */
export interface Listener {
  effect(effect: Effect, tNs: number): void;
}

interface WaitingCommand {
  readonly accountId: AccountId;
  readonly command: Command;
  readonly done: (reply: Reply) => void;
  readonly gatewayInNs: number;
}

export interface SchedulerOptions<State> {
  readonly core: Core<State>;
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly market: MarketSource;
  readonly gate: OrderGate;
  readonly log: EventLog;
  readonly listener: Listener;
  readonly baseNs: bigint;
  readonly epoch: number;
  readonly seed: number;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
  /** A state rebuilt from the journal, and the last engine time in it; null starts anew. */
  readonly recovered: { readonly state: State; readonly lastNs: number } | null;
  /** Measures the path; beside the events, never in them. */
  readonly times?: DecisionTimes;
}

/** What comes from outside and is told to the core as it is. */
export type Said =
  | ReportEvent | VenueStatusEvent | BalanceEvent | VenuePositionEvent | OpenOrdersEvent | AlgoActionEvent | AlgoEndedEvent;

export class Scheduler<State> {
  readonly state: State;
  readonly name = 'scheduler';
  readonly #options: SchedulerOptions<State>;
  readonly #core: Core<State>;
  readonly #samples: Samples;
  readonly #commands: WaitingCommand[] = [];
  readonly #reports: Said[] = [];
  readonly #replies = new Map<number, WaitingCommand>();
  readonly #times: DecisionTimes | null;
  readonly #effects: Effect[] = [];
  readonly #wanted: WantedLooks;
  #nextCommandId = 1;
  #lastNs = 0;
  #nextSecondNs = 0;
  /** Of the core, after the last event: only events change it. A double handed over by a call would be boxed at every tick. */
  #timerDueNs = Infinity;
  #events = 0;
  /** Of the cycle that is being dispatched. */
  #ordersSent = 0;

  constructor(options: SchedulerOptions<State>) {
    this.#options = options;
    this.#core = options.core;
    this.state = options.recovered?.state ?? options.core.create();
    this.#lastNs = options.recovered?.lastNs ?? 0;
    this.#timerDueNs = this.#core.nextTimerNs(this.state);
    this.#times = options.times ?? null;
    this.#samples = new Samples(options.universe, options.market);
    this.#wanted = new WantedLooks(options.universe.instruments.length);
  }

  /** Events the core has seen. */
  get events(): number {
    return this.#events;
  }

  /** Whether a change of a book could matter before anything else happens. */
  waitsForNews(): boolean {
    return this.#options.universe.instruments.some(({ id }) => this.#core.watches(this.state, id));
  }

  /**
   * First events of a run: time base, and the universe where the state does not have it. After a recovery no venue
   * counts as connected before it has said so again, so that nothing acts on what was true before the end.
   */
  open(nowNs: number): void {
    const { baseNs, epoch, seed, universe, accounts, recovered } = this.#options;
    this.#lastNs = nowNs;
    this.#feed({ type: EventType.timeBase, tNs: nowNs, baseNs: baseNs.toString(), epoch, seed });
    if (recovered === null) this.#feed({ type: EventType.universe, tNs: nowNs, universe, accounts });
    else for (const venue of universe.venues) this.#feed(lost(venue.id, nowNs));
    this.#finish();
  }

  /**
   * Takes a command for the next cycle; `done` is called once it is as durable as the log promises.
   * @param gatewayInNs when it came in on the machine's clock, 0 = not measured
   */
  command(accountId: AccountId, command: Command, done: (reply: Reply) => void, gatewayInNs = 0): void {
    this.#commands.push({ accountId, command, done, gatewayInNs });
  }

  /** Takes a copy of what a venue or the host of the modules said, for the next cycle. */
  venueSaid(event: Said): void {
    const keeps = event.type === EventType.openOrders && this.#options.unknownOrders === 'keep';
    this.#reports.push(keeps ? { ...event, keepUnknown: 1 } : { ...event });
  }

  /** When it next has something to do by itself; Infinity when it only waits for others. */
  nextDueNs(): number {
    if (this.#commands.length > 0 || this.#reports.length > 0) return this.#lastNs;
    return Math.min(this.#timerDueNs, this.#nextSecondNs);
  }

  /** One cycle at engine time `nowNs`; returns how many events the core saw. */
  doWork(nowNs: number): number {
    assert(nowNs >= this.#lastNs, 'engine time never goes back');
    const before = this.#events;
    this.#lastNs = nowNs;
    this.#drainReports(nowNs);
    this.#fireTimers(nowNs);
    this.#lookAtMarkets(nowNs);
    if (nowNs >= this.#nextSecondNs) this.#everySecond(nowNs);
    this.#drainCommands(nowNs);
    if (this.#events !== before) this.#finish();
    return this.#events - before;
  }

  #drainReports(nowNs: number): void {
    if (this.#reports.length === 0) return;
    this.#times?.nothing();
    const reports = this.#reports.splice(0);
    for (const report of reports) {
      report.tNs = nowNs;
      if (report.type === EventType.venueStatus) {
        this.#options.market.setConnected(report.venue, report.connected === 1);
      }
      this.#feed(report);
    }
  }

  #fireTimers(nowNs: number): void {
    // A timer may arm another that is due as well; each round fires all that are.
    if (this.#timerDueNs > nowNs) return;
    this.#times?.nothing();
    while (this.#timerDueNs <= nowNs) this.#feed({ type: EventType.timer, tNs: nowNs });
  }

  #lookAtMarkets(nowNs: number): void {
    const dirty = this.#options.market.takeDirty();
    for (let i = 0; i < dirty.length; i++) {
      const instrument = dirty[i] as InstrumentId; // i < length
      if (!this.#core.watches(this.state, instrument)) continue;
      const quotes = this.#samples.quotes(instrument, nowNs);
      if (!this.#core.needsSample(this.state, instrument, quotes)) continue;
      this.#times?.tick(this.#options.market, instrument);
      this.#sample(instrument, nowNs, SampleReason.tick, 0);
    }
  }

  #everySecond(nowNs: number): void {
    this.#times?.nothing();
    this.#nextSecondNs = nowNs - (nowNs % SECOND_NS) + SECOND_NS;
    for (const instrument of this.#options.universe.instruments) this.#samples.second(instrument.id, nowNs);
    for (const instrument of [...this.#core.interesting(this.state)]) {
      this.#sample(instrument, nowNs, SampleReason.mark, 0);
    }
  }

  /**
   * New orders that come together are taken in together: whoever waits for an answer needn't wait for the plans, which take
   * longer than the acceptance, and one commit serves them all. Any other command waits until what is before it is planned.
   */
  #drainCommands(nowNs: number): void {
    if (this.#commands.length === 0) return;
    let oldestNs = 0;
    for (const waiting of this.#commands.splice(0)) {
      const { accountId, command } = waiting;
      if (command.kind !== 'submit') this.#plan(nowNs, oldestNs);
      if (this.#wanted.waiting === 0) oldestNs = waiting.gatewayInNs;
      const commandId = this.#nextCommandId++;
      this.#replies.set(commandId, waiting);
      this.#times?.command(waiting.gatewayInNs);
      this.#applyOne({ type: EventType.command, tNs: nowNs, accountId, commandId, command });
      if (command.kind !== 'submit') this.#plan(nowNs, oldestNs);
    }
    this.#plan(nowNs, oldestNs);
  }

  /**
   * Answers first, where the log is quick, then the looks at the books that the plans wait for.
   * @param oldestNs when the first order that is planned came in: the others' stamps are never better than they were
   */
  #plan(nowNs: number, oldestNs: number): void {
    if (this.#wanted.waiting === 0) return;
    if (this.#options.log.commitIsSlow !== true && this.#hasAnswer()) this.#finish();
    this.#times?.command(oldestNs);
    this.#serveWants(nowNs);
  }

  #hasAnswer(): boolean {
    for (let i = this.#effects.length - 1; i >= 0; i--) if (this.#effects[i]?.kind === 'reply') return true;
    return false;
  }

  #sample(instrument: InstrumentId, nowNs: number, reason: number, levels: number): void {
    this.#feed(this.#samples.take(instrument, nowNs, reason, levels));
    this.#options.market.sampled(instrument);
  }

  /** Journals one event, lets the core see it, then gives it every look at the books that it asks for. */
  #feed(event: EngineEvent): void {
    this.#applyOne(event);
    this.#serveWants(event.tNs);
  }

  #serveWants(tNs: number): void {
    for (let count = 0; this.#wanted.waiting > 0; count++) {
      assert(count < SAMPLES_PER_EVENT_MAX, 'the core stops asking for samples once it has them');
      const wanted = this.#wanted;
      const instrument = wanted.take();
      this.#applyOne(this.#samples.take(
        instrument, tNs, SampleReason.wanted, wanted.levels(instrument), wanted.askLots(instrument), wanted.bidLots(instrument),
      ));
      this.#options.market.sampled(instrument);
    }
  }

  #applyOne(event: EngineEvent): void {
    this.#options.log.append(event);
    this.#events++;
    this.#core.apply(this.state, event, this);
    this.#timerDueNs = this.#core.nextTimerNs(this.state);
  }

  /** The core's way out (`Out`): wants are served at once, everything else waits for the commit. */
  push(effect: Effect): void {
    if (effect.kind === 'want_sample') this.#wanted.add(effect.instrument, effect.levels, effect.askLots, effect.bidLots);
    else this.#effects.push(effect);
    if (effect.kind === 'place') this.#times?.decided();
  }

  /** Commit, then act: nothing leaves before its intent is in the log. */
  #finish(): void {
    this.#options.log.commit();
    const { listener } = this.#options;
    const effects = this.#effects;
    const times = this.#times;
    times?.committed();
    // Orders leave first, then answers: who is told of them can wait for that.
    for (let i = 0; i < effects.length; i++) this.#send(effects[i] as Effect);
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i] as Effect;
      if (effect.kind === 'reply') this.#answer(effect.commandId, effect.reply);
    }
    for (let i = 0; i < effects.length; i++) listener.effect(effects[i] as Effect, this.#lastNs);
    this.#ordersSent = 0;
    // Popped, not set to no length: that would give their memory back and take it again with each cycle.
    while (effects.length > 0) effects.pop();
    times?.clear();
  }

  #send(effect: Effect): void {
    const { gate } = this.#options;
    switch (effect.kind) {
      case 'place':
        gate.place(effect, this.#times === null ? null : this.#times.order(this.#ordersSent++));
        break;
      case 'cancel':
        gate.cancel(effect);
        break;
      case 'amend':
        gate.amend(effect);
        break;
      case 'query':
        gate.query(effect);
        break;
      case 'query_position':
        gate.queryPosition(effect.venue, effect.accountId);
        break;
      default:
        break;
    }
  }

  #answer(commandId: number, reply: Reply): void {
    const waiting = this.#replies.get(commandId);
    if (waiting === undefined) return;
    this.#replies.delete(commandId);
    this.#times?.answered(waiting.gatewayInNs);
    waiting.done(reply);
  }
}

function lost(venue: VenueId, tNs: number): VenueStatusEvent {
  return { type: EventType.venueStatus, tNs, venue, connected: 0, reconciled: 0, credentialsValid: 1 };
}
