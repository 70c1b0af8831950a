/** The engine thread: journal, recovery, scheduler. Started by threads-engine.ts. */
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { must } from '../../base/assert.js';
import { DoorbellRinger } from '../../memory/doorbell.js';
import type { IdleStrategyName } from '../../runtime/idle-strategy.js';
import { JournalFailure } from '../../journal/journal-error.js';
import { noLog } from '../../scheduler/event-log.js';
import { History } from '../../scheduler/history.js';
import { MarketView } from '../../scheduler/market-view.js';
import { DecisionTimes } from '../../telemetry/path-times.js';
import { latencyWriter, TraceFinder } from '../../telemetry/shared-telemetry.js';
import { configHashOf, openDataDirectory, type OpenedDirectory } from '../data-directory.js';
import { resumeTime } from '../engine-time.js';
import { exitCodeOf } from '../last-words.js';
import { openModules } from '../modules.js';
import { openWork } from '../open-work.js';
import { pureCore } from '../pure-core.js';
import { restorations, simulatedUniverse } from '../simulated-venues.js';
import { makeBesides, type Besides } from './besides.js';
import { EngineAgent } from './engine-agent.js';
import { ENGINE_THREAD, MAIN_THREAD, type EngineMemory } from './engine-memory.js';
import type { EngineSaid } from './messages.js';
import { Outbox } from './outbox.js';
import { RecordReceiver } from './record-receiver.js';
import { RecordSender } from './record-sender.js';
import { ThreadClock } from './thread-clock.js';
import { runThread, toMain } from './thread-loop.js';

export interface EngineWorkerData {
  readonly memory: EngineMemory;
  readonly accounts: readonly string[];
  readonly seed: number;
  readonly speed: number;
  /** Null: nothing is journaled. */
  readonly dataDir: string | null;
  readonly durability: 'process' | 'power';
  /** Lines of graphs' lives. */
  readonly tracing: boolean;
  readonly idle: IdleStrategyName;
  /** What becomes of orders at a venue that nobody here knows. */
  readonly unknownOrders: 'cancel' | 'keep';
  readonly besides: readonly Besides[];
}

/** Of an account's guests: the two sides of a mesh pair work beside one another. */
const MESH_THREADS = 2;
const data = workerData as EngineWorkerData; // threads-engine.ts's
const { memory, accounts } = data;
let isReady = false;

function say(said: EngineSaid): void {
  toMain().postMessage(said);
}

function openDirectory(directory: string, history: History): Promise<OpenedDirectory> {
  return openDataDirectory({
    directory, durability: data.durability, configHash: configHashOf(simulatedUniverse, accounts), history, tracing: data.tracing,
    snapshotFailed: (why) => say({ kind: 'snapshot_failed', why }),
  });
}

function makeClock(nowNs: number): { readonly clock: ThreadClock; readonly offsetNs: number } {
  const { baseHrNs } = memory;
  const sinceNs = Number(process.hrtime.bigint() - baseHrNs);
  const offsetNs = Math.ceil(nowNs - sinceNs * data.speed);
  return { clock: new ThreadClock({ baseHrNs, speed: data.speed, offsetNs }), offsetNs };
}

function makeAgent(directory: OpenedDirectory | null, history: History, baseNs: bigint, clock: ThreadClock): EngineAgent {
  const bell = (thread: string): DoorbellRinger => new DoorbellRinger(must(memory.doorbells[thread], 'doorbell'));
  const orders: RecordSender[] = [];
  const market = new MarketView(simulatedUniverse, memory.market);
  for (const { name, venues, orders: ring } of memory.venueThreads) {
    const sender = new RecordSender(ring, bell(name));
    for (const venue of venues) orders[venue] = sender;
  }
  const agent = new EngineAgent({
    name: ENGINE_THREAD, clock, history, orders, market, figures: memory.figures,
    outbox: new Outbox(new RecordSender(memory.outbox, bell(MAIN_THREAD))),
    scheduler: {
      core: pureCore, universe: simulatedUniverse, accounts, baseNs, epoch: directory?.epoch ?? 1, seed: data.seed,
      log: directory?.log ?? noLog, recovered: directory?.recovered ?? null, unknownOrders: data.unknownOrders,
      times: new DecisionTimes(clock.machine, latencyWriter(memory.telemetry, ENGINE_THREAD)),
    },
    answers: {
      stamps: new TraceFinder(memory.telemetry),
      ...(directory === null ? {} : { snapshots: () => directory.log.health() }),
    },
  });
  agent.scheduler.state.tracing = data.tracing;
  // Before the venues' threads exist: the first thing that they read.
  if (directory?.recovered) {
    for (const settlement of restorations(directory.recovered.state)) agent.settle(settlement);
    agent.tellLive();
  }
  const modules = openModules({
    engine: agent.port, state: agent.scheduler.state, history, books: market, market: memory.market,
    say: (event) => agent.scheduler.venueSaid(event), deploymentsFolder: data.dataDir === null ? null : join(data.dataDir, 'deployments'),
    threads: { clock: { atNs: clock.nowNs(), hrNs: process.hrtime.bigint(), speed: data.speed }, meshThreads: MESH_THREADS },
  });
  agent.host(modules);
  agent.open([
    new RecordReceiver(memory.commands, agent.fromMain),
    ...memory.venueThreads.map(({ reports }) => new RecordReceiver(reports, agent.fromVenue)),
  ]);
  modules.recover(directory?.recovered ? directory.epoch : null);
  return agent;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function run(): Promise<void> {
  const history = new History(accounts.length);
  const directory = data.dataDir === null ? null : await openDirectory(data.dataDir, history);
  const { baseNs, nowNs } = resumeTime(directory?.recovered ?? null, data.speed, BigInt(Date.now()) * 1_000_000n);
  const { clock, offsetNs } = makeClock(nowNs);
  const agent = makeAgent(directory, history, baseNs, clock);
  const besides = await makeBesides(data.besides, ENGINE_THREAD, { memory, clock });
  isReady = true;
  const { kills } = agent.scheduler.state;
  say({ kind: 'ready', baseNs, epoch: directory?.epoch ?? 1, events: directory?.events ?? 0, notes: directory?.notes ?? [], offsetNs, kills });
  try {
    await runThread(memory, ENGINE_THREAD, data.idle, clock, [agent, ...besides]);
    await directory?.close(agent.scheduler.state);
  } catch (error) {
    say({ kind: 'failed', message: textOf(error), exitCode: exitCodeOf(error) });
    throw error;
  }
  say({ kind: 'closed', openWork: openWork(agent.scheduler.state) });
}

try {
  await run();
} catch (error) {
  if (!isReady) say({ kind: 'failed', message: textOf(error), exitCode: error instanceof JournalFailure ? error.exitCode : 1 });
  throw error;
}
