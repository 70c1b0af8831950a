/**
 * One seed: clients, scheduler, core, a host of modules and hostile venues in one thread on virtual time. A chaos phase
 * with faults, then a healing phase after which everything is ended. Every draw comes from the seed.
 */
import { must } from '../../src/base/assert.js';
import { RunningHash } from '../../src/base/hash.js';
import { Prng } from '../../src/base/prng.js';
import { newCoverage, type Coverage } from '../../src/core/coverage.js';
import { InvariantWatch } from '../../src/core/invariants-watch.js';
import type { OrderRoom } from '../../src/core/orders/aside.js';
import { plantedBugs, type PlantedBug } from '../../src/core/planted.js';
import { traceHash } from '../../src/core/state-hash.js';
import type { CoreState, Graph } from '../../src/core/state.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import type { Effect, Out } from '../../src/protocol/effects.js';
import type { EngineEvent } from '../../src/protocol/events.js';
import { graphKey } from '../../src/protocol/graph-key.js';
import type { Universe } from '../../src/protocol/universe.js';
import type { Core } from '../../src/scheduler/core-port.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import type { FeedSink, VenueSink } from '../../src/venues/venue.js';
import { MS, SECOND, startTicks } from '../model/world.js';
import { Clients, type Sent } from './clients.js';
import { core, hashOf, throughSnapshot } from './core-under-test.js';
import { unexplained } from './explained.js';
import { Faults, type FaultKind } from './faults.js';
import { HostileMarket, type SharedPrice } from './hostile-market.js';
import { HostileVenue } from './hostile-venue.js';
import { Oracle } from './oracle.js';
import { SimAlgos } from './sim-algos.js';
import { simUniverse } from './sim-universe.js';

const ACCOUNTS = 2;
const FIRST_BASE_NS = 1_700_000_000_000_000_000n;
const HEALING_NS = 60 * SECOND;
const HOUR = 3_600 * SECOND;
/** Events from one look at everything to the next; what an event touched is looked at after each. */
const FULL_CHECK_EVERY = 256;

export interface SimOptions {
  readonly seed: number;
  /** Virtual seconds of chaos. */
  readonly seconds: number;
  readonly planted?: PlantedBug;
  /** How many times as many small changes of books as by default (one each 12 to 34 ms at a venue). */
  readonly tickRate?: number;
  /** Every change of a book goes to the core, not only those that its pre-filter asks for; drawn where not given. */
  readonly eager?: boolean;
  /** How many orders of a node the core keeps among its children; not given: as in production. */
  readonly orderRoom?: OrderRoom;
  /** Told every effect as it is decided, traces of graphs too (looking for the cause of a failure). */
  readonly listen?: (effect: Effect, tNs: number) => void;
  /** Told after every event what the watch will look at (tests of the watch itself). */
  readonly beforeCheck?: (state: CoreState, event: EngineEvent, touched: ReadonlySet<Graph>) => void;
}

export interface SimResult {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly events: number;
  readonly orders: number;
  readonly hash: string;
  /** Hash of all effects alone. */
  readonly trace: string;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly coverage: Coverage;
}

export class Simulation {
  readonly #options: SimOptions;
  readonly #prng: Prng;
  readonly #universe: Universe;
  readonly #clock = new VirtualClock();
  readonly #price: SharedPrice = { mid: startTicks };
  readonly #faults: Faults;
  readonly #clients: Clients;
  readonly #oracle: Oracle;
  readonly #algos: SimAlgos;
  readonly #core: Core<CoreState>;
  readonly #venues: HostileVenue[] = [];
  readonly #coverage = newCoverage();
  readonly #hash = new RunningHash();
  readonly #atOpen: Effect[] = [];
  #opening = false;
  #engine: FusedEngine<CoreState>;
  #baseNs = FIRST_BASE_NS;
  #epoch = 1;
  /** Events of the processes before this one. */
  #events = 0;
  #watch: InvariantWatch | null = null;
  #checking = true;

  constructor(options: SimOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.#universe = simUniverse(this.#prng);
    this.#faults = new Faults(this.#prng.fork(1));
    this.#clients = new Clients(this.#prng.fork(2), this.#faults, ACCOUNTS);
    this.#oracle = new Oracle(this.#clients);
    this.#algos = new SimAlgos(this.#universe, this.#prng.fork(4), this.#faults, () => this.#price.mid);
    this.#core = this.#checkedCore();
    this.#engine = this.#start(null, (sink, feed) => this.#makeVenues(sink, feed));
  }

  #makeVenues(sink: VenueSink, feed: FeedSink): readonly HostileVenue[] {
    for (const { id } of this.#universe.venues) {
      const market = new HostileMarket(this.#universe, id, this.#prng.fork(10 + id), this.#faults, feed, this.#price, this.#options.tickRate ?? 1);
      this.#venues.push(new HostileVenue(this.#universe, id, ACCOUNTS, this.#prng.fork(20 + id), this.#faults, sink, market));
    }
    return this.#venues;
  }

  /** A process of the engine. */
  #start(recovered: CoreState | null, connect: (sink: VenueSink, feed: FeedSink) => readonly HostileVenue[]): FusedEngine<CoreState> {
    this.#opening = true;
    const engine = new FusedEngine<CoreState>({
      core: this.#core,
      universe: this.#universe,
      accounts: ['one', 'two'],
      baseNs: this.#baseNs,
      epoch: this.#epoch,
      seed: this.#options.seed,
      log: noLog,
      recovered: recovered === null ? null : { state: recovered, lastNs: this.#clock.nowNs() },
      history: new History(0),
      clock: this.#clock,
      bookShape: { windowTicks: 2 ** 12, sparseCells: 64 },
      connect,
      answer: () => ({ ok: false, code: 'NOT_SUPPORTED', message: 'the simulation asks the state itself' }),
    });
    engine.guests = this.#algos;
    this.#algos.attach((event) => engine.scheduler.venueSaid(event));
    // Its first events came before anybody could listen.
    for (const effect of this.#atOpen.splice(0)) this.#left(effect, engine);
    engine.onEffect((effect) => this.#left(effect, engine));
    this.#opening = false;
    return engine;
  }

  /** An effect after its commit. */
  #left(effect: Effect, engine: FusedEngine<CoreState>): void {
    this.#hash.text(effect.kind);
    if (effect.kind === 'place') this.#hash.text(effect.order.clientOrderId);
    this.#algos.effect(effect);
    this.#oracle.effect(effect, engine.scheduler.state);
  }

  /**
   * The process ends between two cycles and another recovers what it wrote; venues trade on. What they said meanwhile,
   * and what clients asked that was not answered, is lost. Half the time the new process has an earlier time base.
   */
  #restart(): void {
    const recovered = throughSnapshot(this.#engine.scheduler.state);
    this.#events += this.#engine.scheduler.events;
    for (const venue of this.#venues) venue.detach();
    const prng = this.#prng;
    const shiftNs = prng.chance(1, 2) ? HOUR : 0;
    const upNs = this.#clock.nowNs() + prng.between(10, 20_000) * MS;
    for (const venue of this.#venues) venue.doWork(upNs);
    this.#clock.moveTo(upNs + shiftNs);
    this.#baseNs -= BigInt(shiftNs);
    this.#epoch++;
    this.#watched(recovered);
    this.#engine = this.#start(recovered, (sink, feed) => {
      for (const venue of this.#venues) venue.attach(sink, feed, shiftNs);
      return this.#venues;
    });
    this.#algos.end('host_lost');
  }

  /** The machine sleeps past a night: yesterday's graphs are put away, fills for them may still come. */
  #suspend(): void {
    this.#clock.moveTo(this.#clock.nowNs() + 24 * HOUR + 90 * SECOND);
    this.#forward(70 * SECOND);
    this.#clock.moveTo(this.#clock.nowNs() + HOUR);
    this.#forward(10 * SECOND);
  }

  /** The core with its invariants checked after every event. */
  #checkedCore(): Core<CoreState> {
    const eager = this.#options.eager ?? this.#prng.chance(3, 4);
    const told: { state: CoreState | null; out: Out | null } = { state: null, out: null };
    const out: Out = {
      push: (effect) => {
        const state = must(told.state, 'state');
        this.#oracle.decided(effect, state);
        this.#options.listen?.(effect, state.tNs);
        if (this.#opening && effect.kind !== 'want_sample') this.#atOpen.push(effect);
        must(told.out, 'out').push(effect);
      },
    };
    return {
      ...core,
      // The pre-filter only saves work: a core that is shown every tick must come to the same good end.
      needsSample: (state, instrument, quotes) => eager || core.needsSample(state, instrument, quotes),
      watches: (state, instrument) => eager || core.watches(state, instrument),
      create: () => this.#watched(core.create()),
      apply: (state, event, to) => {
        told.state = state;
        told.out = to;
        core.apply(state, event, out);
        this.#hash.uint32(event.type);
        this.#hash.integer(event.tNs);
        if (!this.#checking) return;
        const watch = must(this.#watch, 'watch');
        this.#options.beforeCheck?.(state, event, watch.touched);
        watch.after(event);
      },
    };
  }

  #watched(state: CoreState): CoreState {
    state.coverage = this.#coverage;
    if (this.#options.orderRoom !== undefined) state.scratch.orderRoom = this.#options.orderRoom;
    state.tracing = this.#options.listen !== undefined;
    state.planted = this.#options.planted === undefined ? 0 : plantedBugs[this.#options.planted];
    this.#watch = new InvariantWatch(state, FULL_CHECK_EVERY);
    return state;
  }

  run(): SimResult {
    try {
      this.#chaos();
      this.#heal();
      this.#oracle.final(this.#engine.scheduler.state, this.#venues);
    } catch (error) {
      this.#checking = false;
      this.#oracle.problems.push(error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error));
    }
    const { state, events } = this.#engine.scheduler;
    this.#hash.text(this.#oracle.problems.length === 0 ? hashOf(state) : 'failed');
    return {
      seed: this.#options.seed,
      problems: this.#oracle.problems,
      events: this.#events + events,
      orders: this.#oracle.orders,
      hash: this.#hash.hex(),
      trace: traceHash(state),
      faults: this.#faults.counts,
      coverage: this.#coverage,
    };
  }

  #failed = (): boolean => this.#oracle.problems.length > 0;

  #chaos(): void {
    const prng = this.#prng.fork(3);
    const openMax = prng.between(4, 20);
    const paceMs = prng.between(40, 300);
    this.#forward(SECOND);
    let left = this.#options.seconds * SECOND;
    while (left > 0 && !this.#failed()) {
      const open = this.#engine.scheduler.state.open.size;
      this.#send(this.#clients.next(open, openMax, this.#baseNs, this.#clock.nowNs()));
      const step = prng.between(1, paceMs) * MS;
      this.#forward(step);
      left -= step;
      if (this.#faults.strikes('ENGINE_RESTARTS', 1)) this.#restart();
    }
    if (!this.#failed() && this.#faults.strikes('ENGINE_SUSPENDED', 250)) this.#suspend();
  }

  /** Faults end, switches clear, venues tell what they owe; what waits for its hour or its price is cancelled then. */
  #heal(): void {
    this.#faults.on = false;
    this.#algos.end('shutdown');
    for (const venue of this.#venues) venue.heal();
    this.#forward(20 * SECOND);
    this.#sendAll(this.#clients.healing([...this.#engine.scheduler.state.open.values()], false));
    this.#forward(HEALING_NS);
    // Thrice, unevenly: what is on its way at one moment, or once a period of its policy, is not at all of them.
    let lines = unexplained(this.#engine.scheduler.state);
    for (const afterMs of [3_000, 700]) {
      this.#forward(afterMs * MS);
      const now = new Set(unexplained(this.#engine.scheduler.state));
      lines = lines.filter((line) => now.has(line));
    }
    if (!this.#failed()) this.#oracle.healed(lines);
    this.#sendAll(this.#clients.healing([...this.#engine.scheduler.state.open.values()], true));
    this.#forward(HEALING_NS);
    for (const venue of this.#venues) venue.heal();
    this.#forward(20 * SECOND);
  }

  #sendAll(all: readonly Sent[]): void {
    for (const sent of all) this.#send(sent);
  }

  #send(sent: Sent): void {
    this.#engine.command(sent.accountId, sent.command, (reply) => {
      const answer = this.#clients.answered(sent, reply);
      this.#hash.text(reply.ok ? 'ok' : reply.code);
      const { state } = this.#engine.scheduler;
      if (sent.command.kind === 'submit' && reply.ok && reply.body.kind === 'submitted') {
        this.#oracle.reply(graphKey(sent.accountId, reply.body.graphId), reply, state);
      }
      if (sent.command.kind === 'cancel_node' && reply.ok) this.#oracle.nodeCancelled(sent.accountId, sent.command, state);
      if (answer !== null) this.#engine.command(sent.accountId, answer, () => undefined);
    });
  }

  #forward(byNs: number): void {
    this.#engine.advance(this.#clock, this.#clock.nowNs() + byNs, this.#failed);
  }
}
