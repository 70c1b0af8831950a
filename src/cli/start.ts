/**
 * `legwork start`: the engine with its HTTP interface on simulated venues, until Ctrl-C. Says how to talk to it,
 * and at the end what was left open.
 */
import { mountBinary } from '../gateway/binary/mount.js';
import type { GatewayContext } from '../gateway/context.js';
import { startGateway } from '../gateway/gateway.js';
import { unready } from '../gateway/routes/health.js';
import { mountStreams } from '../gateway/streams/mount.js';
import type { EngineFailure, RunningEngine, TopologyName } from '../main/running-engine.js';
import { DEFAULT_ACCOUNT } from '../main/sim-engine.js';
import { BacktestJobs } from '../main/backtest/backtest-jobs.js';
import { modulesOnDisk } from '../main/backtest/modules-on-disk.js';
import { simulatedNote, simulatedUniverse } from '../main/simulated-venues.js';
import { snapshotMetrics } from '../main/snapshot-metrics.js';
import { openEngine } from '../main/topology.js';
import type { IdleStrategyName } from '../runtime/idle-strategy.js';

export interface StartOptions {
  readonly speed: number;
  readonly port: number;
  readonly data: string | null;
  readonly seed: number;
  readonly clock: 'wall' | 'virtual';
  /** By the number of cores if not given. */
  readonly topology?: TopologyName;
  readonly idle?: IdleStrategyName;
  readonly venueThreads?: number;
  /** Of the journal in `data`; `process` if not given. */
  readonly durability?: 'process' | 'power';
  /** Unix socket of a venue process. */
  readonly venuesAt?: string;
  /** What becomes of orders at a venue that nobody here knows, besides an alert. */
  readonly unknownOrders: 'cancel' | 'keep';
  /** MiB for ended graphs: half for whole ones, half for records. Remembered by the journal. */
  readonly keepEnded?: number;
}

export const VERSION = '0.1.0';
const HOST = '127.0.0.1';
/** For cancels to leave before a process that failed ends. */
const LAST_WORDS_MS = 50;
/** Venues connect and books fill within a second of engine time; on a busy machine it takes longer. */
const READY_WITHIN_MS = 30_000;
const READY_CHECK_MS = 10;

/** @throws RangeError, and what `openEngine` and `startGateway` throw */
export async function runStart(options: StartOptions): Promise<number> {
  const { data, port, keepEnded, durability = 'process', ...rest } = options;
  if (data === null && options.durability !== undefined) {
    throw new RangeError(`--durability ${durability} is of a journal, and there is none: say where with --data DIR, or leave it out`);
  }
  const engine = await openEngine({
    ...rest, durability, dataDir: data, accounts: [DEFAULT_ACCOUNT], tracing: true,
    log: (text) => process.stderr.write(`legwork: ${text}\n`),
  });
  const backtests = new BacktestJobs({ universe: simulatedUniverse, module: modulesOnDisk(data) });
  const gateway = await startGateway({
    port: engine.port, deployments: engine.deployments, backtests, host: HOST, listenPort: port, dataDir: data, version: VERSION,
    durability: data === null ? 'memory' : durability,
    mount: [mountStreams(), mountBinary()],
  }).catch(async (error: unknown) => {
    // Threads that nobody ends would keep the process and its journal for ever.
    await backtests.close();
    await engine.stop();
    throw error;
  });
  const { snapshots } = engine;
  if (snapshots !== undefined) snapshotMetrics(gateway.context.metrics.registry, snapshots);
  const failed = new Promise<EngineFailure>((resolve) => engine.onFailure(resolve));
  engine.run();
  if (keepEnded !== undefined) keepSoMuch(engine, keepEnded * 2 ** 20);
  const signalled = untilSignal();
  // What the banner prints works as soon as it is read.
  await Promise.race([untilReady(gateway.context), signalled, failed]);
  banner(options, gateway.address, gateway.makeTestKey(), engine);
  const end = await Promise.race([signalled, failed]);
  if (typeof end !== 'string') return endAtOnce(end);
  process.stdout.write(`\n${end}: stopping\n`);
  await gateway.close();
  await backtests.close();
  for (const line of await engine.stop()) process.stdout.write(`${line}\n`);
  return 0;
}

function keepSoMuch({ port }: RunningEngine, bytes: number): void {
  const half = Math.floor(bytes / 2);
  port.command(0, { kind: 'keep_ended', wholeBytes: half, recordBytes: half }, () => undefined);
}

/**
 * The engine can't go on. Nobody is answered any more; orders that open exposure are cancelled where a venue still
 * listens; no clean end is tried, since the journal may be what failed. The next start recovers.
 */
async function endAtOnce({ message, cancelled, exitCode }: EngineFailure): Promise<never> {
  process.stderr.write(`legwork: ${message}\n`);
  process.stderr.write(`legwork: ended; ${cancelled} orders that open exposure were asked to be cancelled\n`);
  await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
  return process.exit(exitCode);
}

function banner(options: StartOptions, address: string, key: string, { journal, topology }: RunningEngine): void {
  const auth = `-H 'Authorization: Bearer ${key}'`;
  const lines = [
    `legwork ${VERSION}  ${address}  speed ${options.speed}, seed ${options.seed}, topology ${topology}`,
    `venues: ${simulatedUniverse.venues.map((venue) => venue.name).join(', ')}`,
    ...(options.venuesAt === undefined ? [`        ${simulatedNote}`] : [`        in the process that listens at ${options.venuesAt}`]),
    journal === null
      ? 'journal: none (orders are lost at exit; --data DIR keeps them)'
      : `journal: ${options.data}, class ${options.durability ?? 'process'}, epoch ${journal.epoch}, ${journal.events} events replayed`,
    ...(journal?.notes ?? []).map((note) => `  note: ${note}`),
    `test key: ${key}`,
    'try:',
    `  curl -s ${address}/v1/quotes/BTC-USD ${auth}`,
    `  curl -s ${address}/v1/orders ${auth} -H 'Content-Type: application/json' -d '{"symbol":"ETH-USD","side":"buy","qty":0.5}'`,
    `  curl -s ${address}/v1/positions ${auth}`,
    `reference: ${address}/docs    stop: Ctrl-C`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Until orders are taken, or for so long. */
async function untilReady(gateway: GatewayContext): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while ((await unready(gateway)) !== null && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
  }
}

/** Later ones are not heard: npm repeats what the terminal sends, and a stop takes seconds at most. */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });
}
