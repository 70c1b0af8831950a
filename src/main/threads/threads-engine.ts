/**
 * Topology `threads`: starts the engine thread and the threads of venues, watches them, ends them in order. The gateway
 * is on the main thread. docs/ARCHITECTURE.md draws it.
 */
import { Worker } from 'node:worker_threads';
import { must } from '../../base/assert.js';
import { CounterReader } from '../../memory/counters.js';
import { DoorbellRinger, DoorbellSleeper } from '../../memory/doorbell.js';
import type { DeploymentPort } from '../../protocol/deployment-port.js';
import type { ThreadRow } from '../../protocol/engine-port.js';
import { EventLoopRunner } from '../../runtime/event-loop-runner.js';
import { Heartbeat, Watchdog } from '../../runtime/heartbeat.js';
import type { IdleStrategyName } from '../../runtime/idle-strategy.js';
import { MarketView } from '../../scheduler/market-view.js';
import type { SnapshotHealth } from '../background-snapshots.js';
import { ORDERS_CANCELLED, readSnapshots } from '../engine-figures.js';
import { FAULT_EXIT_CODE } from '../last-words.js';
import type { EngineFailure, RunningEngine } from '../running-engine.js';
import { simulatedUniverse, type MarketKind } from '../simulated-venues.js';
import type { Besides } from './besides.js';
import { carveEngine, ENGINE_THREAD, MAIN_THREAD, type EngineMemory } from './engine-memory.js';
import type { EngineWorkerData } from './engine-worker.js';
import { KillBoardWriter } from './kill-board.js';
import { KillSwitches } from './kill-switches.js';
import type { EngineSaid } from './messages.js';
import { ThreadClock } from './thread-clock.js';
import { ThreadedPort } from './threaded-port.js';
import type { VenueWorkerData } from './venue-worker.js';

export interface ThreadsOptions {
  readonly accounts: readonly string[];
  readonly seed: number;
  readonly speed: number;
  readonly dataDir: string | null;
  readonly durability: 'process' | 'power';
  readonly tracing: boolean;
  readonly idle: IdleStrategyName;
  /** Threads of venues, from 1; more than there are venues makes no sense. */
  readonly venueThreads: number;
  readonly market: MarketKind;
  readonly instantVenues?: boolean;
  /** Unix socket of a venue process; venues in this process if not given. */
  readonly venuesAt?: string;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
  /** A thread silent for longer is stuck; more than the longest pause of garbage collection and disk. */
  readonly stuckAfterMs: number;
  readonly log: (text: string) => void;
  readonly besides?: readonly Besides[];
}

const WATCH_MS = 50;
/** A thread that was asked to stop is ended after so long. */
const STOP_MS = 5_000;
/** For cancels to leave before the venues' threads end with an engine that failed. */
const LAST_WORDS_MS = 50;

type Ready = Extract<EngineSaid, { kind: 'ready' }>;

interface Thread {
  readonly name: string;
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

export class ThreadsEngine implements RunningEngine {
  readonly topology = 'threads';
  readonly port: ThreadedPort;
  readonly deployments: DeploymentPort;
  readonly journal: RunningEngine['journal'];
  readonly snapshots?: () => SnapshotHealth;
  readonly #options: ThreadsOptions;
  readonly #memory: EngineMemory;
  readonly #clock: ThreadClock;
  readonly #watchdog: Watchdog;
  readonly #switches: KillSwitches;
  readonly #runner: EventLoopRunner;
  readonly #threads: Thread[] = [];
  readonly #stuck = new Set<string>();
  readonly #failureListeners = new Set<(failure: EngineFailure) => void>();
  #openWork: readonly string[] = [];
  #failed: Extract<EngineSaid, { kind: 'failed' }> | null = null;
  /** Why the engine ends. */
  #trouble: string | null = null;
  #failure: EngineFailure | null = null;
  /** Why the last background snapshot failed. */
  #snapshotFailure = '';
  #isStopping = false;
  #nextWatchMs = 0;

  private constructor(options: ThreadsOptions, memory: EngineMemory, engine: Worker, ready: Ready) {
    const { accounts, speed, stuckAfterMs } = options;
    this.#options = options;
    this.#memory = memory;
    this.#clock = new ThreadClock({ baseHrNs: memory.baseHrNs, speed, offsetNs: ready.offsetNs });
    this.#watchdog = new Watchdog(memory.heartbeats, stuckAfterMs);
    this.#switches = new KillSwitches(new KillBoardWriter(memory.killBoard));
    this.#switches.restore(ready.kills);
    this.journal = options.dataDir === null ? null : { epoch: ready.epoch, events: ready.events, notes: ready.notes };
    if (options.dataDir !== null) this.snapshots = () => readSnapshots(memory.figures.snapshots, this.#snapshotFailure);
    this.port = new ThreadedPort({
      universe: simulatedUniverse, accounts, baseNs: ready.baseNs, clock: this.#clock, memory, switches: this.#switches,
      market: new MarketView(simulatedUniverse, memory.market, 'boards'), engineBell: this.#ringer(ENGINE_THREAD),
      trouble: () => this.#troubled(), wake: () => this.#runner.wake(), threads: () => this.threads(),
    });
    this.deployments = this.port.deployments;
    this.#runner = new EventLoopRunner({
      agents: [this.port, { name: 'watch', doWork: () => this.#watch() }],
      sleeper: new DoorbellSleeper(must(memory.doorbells[MAIN_THREAD], 'doorbell')),
      heartbeat: new Heartbeat(memory.heartbeats, MAIN_THREAD), nowNs: () => this.#clock.machine.nowNs(), pace: this.#clock,
      onFailure: (error) => void this.#fail(MAIN_THREAD, error),
    });
    this.#watchThread(ENGINE_THREAD, engine);
  }

  /** Ready: the journal is replayed, venues are being connected. @throws what kept the engine thread from starting */
  static async open(options: ThreadsOptions): Promise<ThreadsEngine> {
    const memory = carveEngine(simulatedUniverse, options.accounts.length, groupVenues(options.venueThreads));
    const { accounts, seed, speed, dataDir, durability, tracing, idle, unknownOrders = 'cancel', besides = [] } = options;
    const workerData: EngineWorkerData = { memory, accounts, seed, speed, dataDir, durability, tracing, idle, unknownOrders, besides };
    const worker = new Worker(new URL('./engine-worker.js', import.meta.url), { workerData, name: ENGINE_THREAD });
    const ready = await untilReady(worker, options.log);
    const engine = new ThreadsEngine(options, memory, worker, ready);
    engine.#startVenues(ready.baseNs);
    return engine;
  }

  run(): void {
    this.#runner.start();
  }

  threads(): readonly ThreadRow[] {
    return this.#watchdog.report(this.#clock.machine.nowNs()).map(({ name, state, ageMs, stuck }) => (
      { name, state, age_ms: ageMs, stuck }));
  }

  onFailure(listener: (failure: EngineFailure) => void): void {
    this.#failureListeners.add(listener);
    if (this.#failure !== null) listener(this.#failure);
  }

  /**
   * Engine thread first, so that what it decided last still reaches the venues; then theirs; then this one's work.
   * @throws EngineThreadError when the engine thread did not end well
   */
  async stop(): Promise<readonly string[]> {
    const wasTold = this.#trouble !== null;
    this.#isStopping = true;
    await this.#end([ENGINE_THREAD]);
    await this.#end(this.#memory.venueThreads.map(({ name }) => name));
    this.#runner.stop();
    this.port.abandon('the engine has stopped');
    // Its journal could not be closed, for one: that is no clean end.
    if (this.#failed !== null && !wasTold) throw new EngineThreadError(this.#failed.message, this.#failed.exitCode);
    return this.#openWork;
  }

  #startVenues(baseNs: bigint): void {
    const { seed, speed, market, instantVenues = false, idle, accounts, venuesAt, besides = [] } = this.#options;
    const memory = this.#memory;
    memory.venueThreads.forEach(({ name }, index) => {
      const workerData: VenueWorkerData = {
        memory, index, accounts: accounts.length, seed, speed, offsetNs: this.#clock.offsetNs, market, instantVenues, idle, besides,
        remote: venuesAt === undefined ? null : { path: venuesAt, baseNs },
      };
      this.#watchThread(name, new Worker(new URL('./venue-worker.js', import.meta.url), { workerData, name }));
    });
  }

  #watchThread(name: string, worker: Worker): void {
    worker.on('message', (said: EngineSaid) => this.#hear(said));
    worker.on('error', (error) => void this.#fail(name, error));
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        resolve();
        if (!this.#isStopping) void this.#fail(name, new Error('it ended by itself'));
      });
    });
    this.#threads.push({ name, worker, ended });
  }

  #hear(said: EngineSaid): void {
    if (said.kind === 'snapshot_failed') {
      this.#snapshotFailure = said.why;
      this.#options.log(`background snapshot failed: ${said.why}`);
    } else if (said.kind === 'closed') this.#openWork = said.openWork;
    else if (said.kind === 'failed') this.#failed = said;
  }

  /** Says once when a thread falls silent, and once when it is back. */
  #watch(): number {
    const nowMs = performance.now();
    if (nowMs < this.#nextWatchMs) return 0;
    this.#nextWatchMs = nowMs + WATCH_MS;
    for (const { name, age_ms: ageMs, stuck } of this.threads()) {
      if (stuck === this.#stuck.has(name)) continue;
      if (stuck) this.#stuck.add(name);
      else this.#stuck.delete(name);
      this.#options.log(stuck ? `thread ${name} is stuck: no sign of life for ${ageMs} ms` : `thread ${name} is back`);
    }
    return 0;
  }

  #troubled(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    const engine = this.threads().find(({ name }) => name === ENGINE_THREAD);
    return engine?.stuck === true ? `the engine thread has not answered for ${engine.age_ms} ms` : null;
  }

  /**
   * A thread can't go on, so the engine can't: venues' threads that still work cancel what opens exposure, the engine
   * thread (if it isn't the one) lets the journal go, then everything ends and the reason is told.
   */
  async #fail(name: string, error: unknown): Promise<void> {
    if (this.#trouble !== null) return;
    const said = name === ENGINE_THREAD ? this.#failed : null;
    const text = said?.message ?? (error instanceof Error ? error.message : String(error));
    const message = `thread ${name} failed: ${text}`;
    this.#trouble = message;
    this.#isStopping = true;
    const everything = { kind: 'kill', scope: { kind: 'global' }, reason: message, cancelOpen: true, allowExits: true } as const;
    this.#switches.engage(everything, Infinity);
    this.#switches.enforce(everything);
    for (const { name: venues } of this.#memory.venueThreads) this.#ringer(venues).ring();
    await this.#end([ENGINE_THREAD]);
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
    await this.#end(this.#memory.venueThreads.map((thread) => thread.name));
    this.#runner.stop();
    this.port.abandon(message);
    const failure = { message, exitCode: said?.exitCode ?? FAULT_EXIT_CODE, cancelled: this.#cancelled() };
    this.#failure = failure;
    for (const listener of this.#failureListeners) listener(failure);
  }

  #cancelled(): number {
    return this.#memory.venueThreads.reduce((sum, { counters }) => sum + new CounterReader(counters).get(ORDERS_CANCELLED), 0);
  }

  async #end(names: readonly string[]): Promise<void> {
    await Promise.all(this.#threads.filter(({ name }) => names.includes(name)).map(async ({ name, worker, ended }) => {
      this.#watchdog.askStop(name);
      this.#ringer(name).ring();
      const late = setTimeout(() => {
        this.#options.log(`thread ${name} did not stop within ${STOP_MS} ms and is ended`);
        void worker.terminate();
      }, STOP_MS);
      await ended;
      clearTimeout(late);
    }));
  }

  #ringer(name: string): DoorbellRinger {
    return new DoorbellRinger(must(this.#memory.doorbells[name], 'doorbell'));
  }
}

/** The engine thread did not come up, or did not end well: the journal is locked, damaged or can't be written, usually. */
export class EngineThreadError extends Error {
  override readonly name = 'EngineThreadError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Venues dealt to threads by turns. */
function groupVenues(threads: number): number[][] {
  const count = Math.max(1, Math.min(threads, simulatedUniverse.venues.length));
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const { id } of simulatedUniverse.venues) must(groups[id % count], 'group').push(id);
  return groups;
}

function untilReady(worker: Worker, log: (text: string) => void): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const hear = (said: EngineSaid): void => {
      if (said.kind === 'snapshot_failed') log(`background snapshot failed: ${said.why}`);
      if (said.kind === 'failed') reject(new EngineThreadError(said.message, said.exitCode));
      if (said.kind !== 'ready') return;
      worker.off('message', hear);
      worker.off('error', reject);
      resolve(said);
    };
    worker.on('message', hear);
    worker.once('error', reject);
  });
}
