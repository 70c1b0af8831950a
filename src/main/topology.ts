/**
 * The one page that puts an engine on threads. `fused`: venues, scheduler and gateway take turns on the main thread, best
 * on few cores. `threads`: a thread for the scheduler, one or more for venues, the gateway on the main thread; they meet
 * in shared memory only. The agents are the same rooms' either way.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { IdleStrategyName } from '../runtime/idle-strategy.js';
import { History } from '../scheduler/history.js';
import { configHashOf, openDataDirectory, type OpenedDirectory } from './data-directory.js';
import { cancelOpening, exitCodeOf } from './last-words.js';
import { openWork } from './open-work.js';
import type { RunningEngine, TopologyName } from './running-engine.js';
import { createSimEngine, type SimEngine } from './sim-engine.js';
import { simulatedUniverse, type MarketKind } from './simulated-venues.js';
import { ThreadsEngine } from './threads/threads-engine.js';

export interface TopologyOptions {
  /** By the number of cores if not given. */
  readonly topology?: TopologyName;
  readonly accounts: readonly string[];
  readonly seed: number;
  readonly speed: number;
  /** Virtual time needs everything on one thread. */
  readonly clock: 'wall' | 'virtual';
  /** Null: nothing is journaled. */
  readonly dataDir: string | null;
  /** Of the journal; `process` if not given. */
  readonly durability?: 'process' | 'power';
  /** Lines of graphs' lives, for /v1/traces; they cost text. */
  readonly tracing: boolean;
  /** Of the threads that are not the main one. */
  readonly idle?: IdleStrategyName;
  readonly venueThreads?: number;
  readonly market?: MarketKind;
  /** Messages to simulated venues and back take no time: for measuring. */
  readonly instantVenues?: boolean;
  /** Unix socket of a venue process; venues in this process if not given. */
  readonly venuesAt?: string;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
  readonly log: (text: string) => void;
}

/** Gateway, scheduler and venues want a core each, and the system one. */
const CORES_FOR_THREADS = 4;
/** Garbage collection, a slow disk and a machine with many times its work to do stay below together. */
const STUCK_AFTER_MS = 3_000;

export function defaultTopology(): TopologyName {
  return availableParallelism() >= CORES_FOR_THREADS ? 'threads' : 'fused';
}

/** Journal replayed, nothing working yet. @throws JournalLocked, JournalCorruption, JournalFailure, EngineThreadError */
export function openEngine(options: TopologyOptions): Promise<RunningEngine> {
  const { topology = options.clock === 'virtual' ? 'fused' : defaultTopology() } = options;
  if (topology === 'fused') return openFused(options);
  if (options.clock === 'virtual') throw new RangeError('virtual time needs the topology fused: it has one clock that one thread moves');
  const { accounts, seed, speed, dataDir, tracing, idle = 'backoff', venueThreads = 1, market = 'recordings', instantVenues = false, log } = options;
  return ThreadsEngine.open({
    ...elsewhere(options),
    accounts, seed, speed, dataDir, tracing, idle, venueThreads, market, instantVenues, log, durability: options.durability ?? 'process', stuckAfterMs: STUCK_AFTER_MS,
  });
}

function elsewhere({ venuesAt, unknownOrders }: TopologyOptions): Pick<TopologyOptions, 'venuesAt' | 'unknownOrders'> {
  return { ...(venuesAt === undefined ? {} : { venuesAt }), ...(unknownOrders === undefined ? {} : { unknownOrders }) };
}

async function openFused(options: TopologyOptions): Promise<RunningEngine> {
  const { accounts, seed, speed, clock, dataDir, tracing, market, instantVenues = false, log } = options;
  const history = new History(accounts.length);
  const directory = dataDir === null ? null : await openDataDirectory({
    directory: dataDir, durability: options.durability ?? 'process', configHash: configHashOf(simulatedUniverse, accounts), history, tracing,
    snapshotFailed: (why) => log(`background snapshot failed: ${why}`),
  });
  const recovered = directory?.recovered ?? null;
  const sim = createSimEngine({
    clock, speed, seed, accounts, history, log: directory?.log ?? null, deploymentsFolder: dataDir === null ? null : join(dataDir, 'deployments'),
    instantVenues, ...elsewhere(options), ...(market === undefined ? {} : { market }),
    ...(directory === null || recovered === null
      ? {}
      : { recovered: { ...recovered, epoch: directory.epoch } }),
    ...(directory === null ? {} : { snapshots: () => directory.log.health() }),
  });
  sim.engine.scheduler.state.tracing = tracing;
  return fused(sim, directory);
}

function fused(sim: SimEngine, directory: OpenedDirectory | null): RunningEngine {
  const { engine } = sim;
  return {
    topology: 'fused',
    port: engine,
    deployments: sim.deployments,
    journal: directory === null ? null : { epoch: directory.epoch, events: directory.events, notes: directory.notes },
    ...(directory === null ? {} : { snapshots: () => directory.log.health() }),
    run: () => sim.run(),
    onFailure: (listener) => engine.onFailure((error) => {
      const { state } = engine.scheduler;
      const cancelled = cancelOpening(state, (venue, accountId, id) => engine.venues[venue]?.cancel(accountId, id));
      listener({ message: error instanceof Error ? error.message : String(error), exitCode: exitCodeOf(error), cancelled });
    }),
    stop: async () => {
      sim.close();
      await directory?.close(engine.scheduler.state);
      return openWork(engine.scheduler.state);
    },
  };
}
