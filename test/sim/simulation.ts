/**
 * One seed: clients, scheduler, core and hostile venues in one thread on virtual time. A chaos phase with faults, then
 * a healing phase after which everything is ended or explained. Every draw comes from the seed.
 */
import { RunningHash } from '../../src/base/hash.js';
import { Prng } from '../../src/base/prng.js';
import { must } from '../../src/base/assert.js';
import { newCoverage, type Coverage } from '../../src/core/coverage.js';
import { InvariantWatch } from '../../src/core/invariants-watch.js';
import { plantedBugs, type PlantedBug } from '../../src/core/planted.js';
import type { CoreState, Graph } from '../../src/core/state.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import { graphKey } from '../../src/protocol/graph-key.js';
import type { Effect, Out } from '../../src/protocol/effects.js';
import type { EngineEvent } from '../../src/protocol/events.js';
import type { Core } from '../../src/scheduler/core-port.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { MS, SECOND, modelUniverse, startTicks } from '../model/world.js';
import { Clients, type Sent } from './clients.js';
import { Faults, type FaultKind } from './faults.js';
import { HostileMarket, type SharedPrice } from './hostile-market.js';
import { HostileVenue } from './hostile-venue.js';
import { Oracle } from './oracle.js';
import { core, hashOf } from './core-under-test.js';

const ACCOUNTS = 2;
const BASE_NS = 1_700_000_000_000_000_000n;
const HEALING_NS = 60 * SECOND;
/** Events from one look at everything to the next; what an event touched is looked at after each. */
const FULL_CHECK_EVERY = 256;

export interface SimOptions {
  readonly seed: number;
  /** Virtual seconds of chaos. */
  readonly seconds: number;
  readonly planted?: PlantedBug;
  /** Every change of a book goes to the core, not only those that its pre-filter asks for; drawn where not given. */
  readonly eager?: boolean;
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
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly coverage: Coverage;
}

export class Simulation {
  readonly #options: SimOptions;
  readonly #prng: Prng;
  readonly #clock = new VirtualClock();
  readonly #faults: Faults;
  readonly #clients: Clients;
  readonly #oracle: Oracle;
  readonly #engine: FusedEngine<CoreState>;
  readonly #venues: HostileVenue[] = [];
  readonly #coverage = newCoverage();
  readonly #hash = new RunningHash();
  #watch: InvariantWatch | null = null;
  #checking = true;

  constructor(options: SimOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.#faults = new Faults(this.#prng.fork(1));
    this.#clients = new Clients(this.#prng.fork(2), ACCOUNTS);
    this.#oracle = new Oracle(this.#clients);
    this.#engine = this.#build();
    this.#engine.onEffect((effect) => {
      this.#hash.text(effect.kind);
      if (effect.kind === 'place') this.#hash.text(effect.order.clientOrderId);
      this.#oracle.effect(effect, this.#engine.scheduler.state);
    });
  }

  #build(): FusedEngine<CoreState> {
    const price: SharedPrice = { mid: startTicks };
    return new FusedEngine<CoreState>({
      core: this.#checkedCore(),
      universe: modelUniverse,
      accounts: ['one', 'two'],
      baseNs: BASE_NS,
      epoch: 1,
      seed: this.#options.seed,
      log: noLog,
      recovered: null,
      history: new History(0),
      clock: this.#clock,
      bookShape: { windowTicks: 2 ** 12, sparseCells: 64 },
      connect: (sink, market) => {
        for (const { id } of modelUniverse.venues) {
          const feed = new HostileMarket(modelUniverse, id, this.#prng.fork(10 + id), this.#faults, market, price);
          const prng = this.#prng.fork(20 + id);
          this.#venues.push(new HostileVenue(modelUniverse, id, ACCOUNTS, prng, this.#faults, sink, feed));
        }
        return this.#venues;
      },
      answer: () => ({ ok: false, code: 'NOT_SUPPORTED', message: 'the simulation asks the state itself' }),
    });
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
        must(told.out, 'out').push(effect);
      },
    };
    return {
      ...core,
      // The pre-filter only saves work: a core that is shown every tick must come to the same good end.
      needsSample: (state, instrument, quotes) => eager || core.needsSample(state, instrument, quotes),
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
    const state = this.#engine.scheduler.state;
    this.#hash.text(this.#oracle.problems.length === 0 ? hashOf(state) : 'failed');
    return {
      seed: this.#options.seed,
      problems: this.#oracle.problems,
      events: this.#engine.scheduler.events,
      orders: this.#oracle.orders,
      hash: this.#hash.hex(),
      faults: this.#faults.counts,
      coverage: this.#coverage,
    };
  }

  #failed = (): boolean => this.#oracle.problems.length > 0;

  #chaos(): void {
    const prng = this.#prng.fork(3);
    const openMax = prng.between(2, 8);
    const paceMs = prng.between(50, 600);
    this.#forward(SECOND);
    const untilNs = this.#clock.nowNs() + this.#options.seconds * SECOND;
    while (this.#clock.nowNs() < untilNs && !this.#failed()) {
      const open = this.#engine.scheduler.state.open.size;
      this.#send(this.#clients.next(open, openMax, BASE_NS, this.#clock.nowNs()));
      this.#forward(prng.between(1, paceMs) * MS);
    }
  }

  /** Faults end, switches clear, venues tell what they owe; what waits for a price for ever is cancelled. */
  #heal(): void {
    this.#faults.on = false;
    for (const venue of this.#venues) venue.heal();
    this.#forward(20 * SECOND);
    this.#sendAll(this.#clients.healing([...this.#engine.scheduler.state.open.values()], false));
    this.#forward(HEALING_NS);
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
      this.#clients.answered(sent, reply);
      this.#hash.text(reply.ok ? 'ok' : reply.code);
      if (sent.command.kind === 'submit') {
        this.#oracle.reply(graphKey(sent.accountId, sent.command.graph.graphId), reply, this.#engine.scheduler.state);
      }
    });
  }

  #forward(byNs: number): void {
    this.#engine.advance(this.#clock, this.#clock.nowNs() + byNs, this.#failed);
  }
}
