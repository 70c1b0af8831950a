/**
 * The engine that `npm start` and `npm run demo` run: the simulated universe, its venues fed by the shipped
 * recordings, the core and the fused topology, put together.
 */
import { must } from '../base/assert.js';
import type { EngineClock } from '../algo/guest/guest.worker.js';
import type { CoreState } from '../core/state.js';
import { traceHash } from '../core/state-hash.js';
import { graphView } from '../core/views/graph-view.js';
import type { Command, Reply } from '../protocol/commands.js';
import type { AccountId } from '../protocol/universe.js';
import { type EventLog, noLog } from '../scheduler/event-log.js';
import { History } from '../scheduler/history.js';
import { createTelemetry, TraceFinder } from '../telemetry/shared-telemetry.js';
import type { AlgoNodes } from './algo-nodes.js';
import { answerQuery } from './answers.js';
import type { SnapshotHealth } from './background-snapshots.js';
import { VirtualClock, WallClock } from './clock.js';
import type { Deployments } from './deployments.js';
import { resumeTime, type EngineTime } from './engine-time.js';
import { FusedEngine } from './fused-engine.js';
import type { GuestFactory } from './guests/guest-driver.js';
import type { ThreadGuestsOptions } from './guests/thread-guests.js';
import { openModules, type Modules } from './modules.js';
import { pureCore } from './pure-core.js';
import { connectRemoteVenues } from './remote-venues.js';
import {
  connectSimulatedVenues,
  loadRecordings,
  recordingStartNs,
  restorations,
  settleAtVenues,
  simulatedUniverse,
  type MarketKind,
} from './simulated-venues.js';
import type { Tapes } from '../venues/sim/market.js';

export interface SimEngineOptions {
  readonly clock: 'wall' | 'virtual';
  readonly speed: number;
  readonly seed: number;
  readonly log: EventLog | null;
  /** From a data directory: what was there. */
  readonly recovered?: {
    readonly state: CoreState;
    readonly lastNs: number;
    readonly epoch: number;
  };
  /** What accounts were told before; an empty one of its own if not given. */
  readonly history?: History;
  /** For health: how the journal's background snapshots go. */
  readonly snapshots?: () => SnapshotHealth;
  readonly accounts?: readonly string[];
  /** Where deployments are kept; null = with the process. */
  readonly deploymentsFolder?: string | null;
  /** Where modules run. Default: on threads on the wall clock, inline (repeatable) on virtual time. */
  readonly guests?: 'inline' | 'threads';
  /** Of guest threads: see `GuestThreadOptions`. */
  readonly guestThreads?: Partial<Pick<ThreadGuestsOptions, 'idlePasses' | 'watchdogMs' | 'fuel' | 'meshThreads' | 'ordersPerSecond'>>;
  /** Recordings if not given. */
  readonly market?: MarketKind;
  /** Instead of the shipped recordings. */
  readonly tapes?: Tapes;
  /** Messages to venues and back take no time. */
  readonly instantVenues?: boolean;
  /** Unix socket of a venue process; venues in this process if not given. */
  readonly venuesAt?: string;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
}

/** The account that a fresh engine has. */
export const DEFAULT_ACCOUNT = 'default';

/** Engine time between two looks at requests when time is virtual. */
const VIRTUAL_TURN_NS = 100_000_000;

export class SimEngine {
  readonly engine: FusedEngine<CoreState>;
  readonly modules: Modules;
  readonly #clock: VirtualClock | WallClock;
  #closed = false;

  constructor(options: SimEngineOptions) {
    const accounts = options.accounts ?? [DEFAULT_ACCOUNT];
    const recovered = options.recovered ?? null;
    if (options.venuesAt === undefined && options.tapes === undefined && (options.market ?? 'recordings') === 'recordings') loadRecordings();
    const { baseNs, nowNs } = startTime(options);
    this.#clock = makeClock(options, nowNs);
    const telemetry = options.clock === 'wall' ? createTelemetry(process.hrtime.bigint(), ['engine']) : null;
    const stamps = telemetry === null ? null : new TraceFinder(telemetry);
    this.engine = new FusedEngine<CoreState>({
      core: pureCore,
      universe: simulatedUniverse,
      accounts,
      baseNs,
      epoch: recovered?.epoch ?? 1,
      seed: options.seed,
      log: options.log ?? noLog,
      recovered,
      history: options.history ?? new History(accounts.length),
      clock: this.#clock,
      ...(telemetry === null ? {} : { telemetry }),
      settle: settleAtVenues,
      connect: (sink, feed) => (options.venuesAt === undefined
        ? connectSimulatedVenues({
          sink,
          feed,
          seed: options.seed,
          startNs: this.#clock.nowNs(),
          accounts: accounts.length,
          ...(options.market === undefined ? {} : { market: options.market }),
          ...(options.tapes === undefined ? {} : { tapes: options.tapes }),
          ...(options.instantVenues === undefined ? {} : { instantVenues: options.instantVenues }),
        })
        : connectRemoteVenues({ universe: simulatedUniverse, path: options.venuesAt, baseNs, sink, feed })),
      ...(options.unknownOrders === undefined ? {} : { unknownOrders: options.unknownOrders }),
      endedCut: (state) => state.kept.cut,
      answer: (engine, accountId, query) =>
        answerQuery(
          {
            state: engine.scheduler.state, history: engine.history, market: engine.market, startedNs: engine.startedNs,
            nowNs: () => engine.nowNs(), ...(stamps === null ? {} : { stamps }),
            ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }),
          },
          accountId,
          query,
        ),
    });
    const { engine } = this;
    this.modules = openModules({
      engine, state: engine.scheduler.state, history: engine.history, books: engine.market, market: engine.sharedMarket,
      say: (event) => engine.scheduler.venueSaid(event), deploymentsFolder: options.deploymentsFolder ?? null,
      threads: options.guests === 'threads' || (options.guests === undefined && options.clock === 'wall')
        ? { ...options.guestThreads, clock: engineClock(this.#clock, options.speed) }
        : null,
    });
    engine.onEffect((effect) => this.algos.effect(effect));
    engine.guests = this.modules;
    if (recovered !== null) {
      for (const { accountId, command } of restorations(recovered.state)) settleAtVenues(engine.venues, accountId, command);
    }
    this.modules.recover(recovered?.epoch ?? null);
  }

  /** Modules that trade nodes of graphs. */
  get algos(): AlgoNodes {
    return this.modules.algos;
  }

  get deployments(): Deployments {
    return this.modules.deployments;
  }

  get guests(): GuestFactory {
    return this.modules.guests;
  }

  /** Works until engine time `nowNs`; on the wall clock it takes as long as that takes. */
  async advanceTo(nowNs: number): Promise<void> {
    if (this.#clock instanceof VirtualClock) {
      this.engine.advance(this.#clock, nowNs);
      return;
    }
    do {
      if (this.engine.catchUp() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      else await new Promise((resolve) => setImmediate(resolve));
    } while (this.engine.nowNs() < nowNs);
  }

  /** Works on its own from now on: by the wall clock, or on virtual time as fast as it can between requests. */
  run(): void {
    const clock = this.#clock;
    if (!(clock instanceof VirtualClock)) {
      this.engine.run();
      return;
    }
    const turn = (): void => {
      if (this.#closed) return;
      try {
        this.engine.advance(clock, clock.nowNs() + VIRTUAL_TURN_NS);
      } catch (error) {
        return this.engine.fail(error);
      }
      setImmediate(turn);
      return undefined;
    };
    turn();
  }

  /** Submits a command of an account and works until its reply. */
  async command(command: Command, accountId: AccountId = 0): Promise<Reply> {
    let reply: Reply | null = null;
    this.engine.command(accountId, command, (answer) => {
      reply = answer;
    });
    for (let turns = 0; reply === null && turns < 1_000; turns++) await this.advanceTo(this.engine.nowNs() + 1);
    return must<Reply>(reply, 'reply to a command');
  }

  graph(graphId: string): Record<string, unknown> {
    const { state } = this.engine.scheduler;
    return graphView(state, must(state.graphs.get(graphId), `graph ${graphId}`));
  }

  fillCount(accountId: AccountId = 0): number {
    return this.engine.history.fills(accountId).length;
  }

  eventCount(): number {
    return this.engine.scheduler.events;
  }

  traceHash(): string {
    return traceHash(this.engine.scheduler.state);
  }

  close(): void {
    this.#closed = true;
    this.modules.close();
    this.engine.stop();
  }
}

function engineClock(clock: VirtualClock | WallClock, speed: number): EngineClock {
  return { atNs: clock.nowNs(), hrNs: process.hrtime.bigint(), speed };
}

/** Virtual runs print the same bytes every time: their base is the recording's, not today's. */
function startTime({ clock, recovered, speed }: SimEngineOptions): EngineTime {
  if (clock === 'wall') return resumeTime(recovered ?? null, speed, BigInt(Date.now()) * 1_000_000n);
  return recovered === undefined ? { baseNs: recordingStartNs, nowNs: 0 } : resumeTime(recovered, 0, 0n);
}

function makeClock({ clock, speed, recovered }: SimEngineOptions, nowNs: number): VirtualClock | WallClock {
  if (clock === 'wall') return recovered === undefined ? new WallClock(speed) : new WallClock(speed, nowNs);
  const virtual = new VirtualClock();
  virtual.moveTo(nowNs);
  return virtual;
}

export function createSimEngine(options: SimEngineOptions): SimEngine {
  return new SimEngine(options);
}
