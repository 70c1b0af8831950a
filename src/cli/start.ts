/**
 * `legwork start`: the engine with its HTTP interface on simulated venues, until Ctrl-C. Says how to talk to it,
 * and at the end what was left open.
 */
import { join } from 'node:path';
import { History } from '../scheduler/history.js';
import { mountBinary } from '../gateway/binary/mount.js';
import { startGateway } from '../gateway/gateway.js';
import { mountStreams } from '../gateway/streams/mount.js';
import { configHashOf, openDataDirectory, type OpenedDirectory } from '../main/data-directory.js';
import { snapshotMetrics } from '../main/snapshot-metrics.js';
import { cancelOpening, exitCodeOf } from '../main/last-words.js';
import { createSimEngine, DEFAULT_ACCOUNT, type SimEngine } from '../main/sim-engine.js';
import { simulatedNote, simulatedUniverse } from '../main/simulated-venues.js';

export interface StartOptions {
  readonly speed: number;
  readonly port: number;
  readonly data: string | null;
  readonly seed: number;
  readonly clock: 'wall' | 'virtual';
}

export const VERSION = '0.1.0';
const HOST = '127.0.0.1';
/** For cancels to leave before a process that failed ends. */
const LAST_WORDS_MS = 50;

export async function runStart(options: StartOptions): Promise<number> {
  const history = new History(1);
  const directory = options.data === null ? null : await openDirectory(options.data, history);
  const sim = makeEngine(options, directory, history);
  // Lines of a graph's life for /v1/traces; they cost text, so that replays and benches leave them off.
  sim.engine.scheduler.state.tracing = true;
  const gateway = await startGateway({
    port: sim.engine,
    deployments: sim.deployments,
    host: HOST,
    listenPort: options.port,
    dataDir: options.data,
    version: VERSION,
    mount: [mountStreams(), mountBinary()],
  });
  if (directory !== null) snapshotMetrics(gateway.context.metrics.registry, directory.log);
  const failed = new Promise<never>((_resolve, reject) => sim.engine.onFailure(reject));
  sim.run();
  banner(options, gateway.address, gateway.makeTestKey(), directory);
  const signal = await Promise.race([untilSignal(), failed]).catch((error: unknown) => endAtOnce(sim, error));
  process.stdout.write(`\n${signal}: stopping\n`);
  await gateway.close();
  sim.close();
  for (const line of openWork(sim)) process.stdout.write(`${line}\n`);
  await directory?.close(sim.engine.scheduler.state);
  return 0;
}

/**
 * The engine can't go on. Nobody is answered any more; orders that open exposure are cancelled where a venue still
 * listens; no clean end is tried, since the journal may be what failed. The next start recovers.
 */
async function endAtOnce(sim: SimEngine, error: unknown): Promise<never> {
  const { engine } = sim;
  process.stderr.write(`legwork: ${error instanceof Error ? error.message : String(error)}\n`);
  const cancelled = cancelOpening(engine.scheduler.state, engine.venues);
  process.stderr.write(`legwork: ended; ${cancelled} orders that open exposure were asked to be cancelled\n`);
  await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
  return process.exit(exitCodeOf(error));
}

function openDirectory(directory: string, history: History): Promise<OpenedDirectory> {
  return openDataDirectory({
    directory, durability: 'process', configHash: configHashOf(simulatedUniverse, [DEFAULT_ACCOUNT]), history, tracing: true,
    snapshotFailed: (why) => process.stderr.write(`legwork: background snapshot failed: ${why}\n`),
  });
}

function makeEngine(options: StartOptions, directory: OpenedDirectory | null, history: History): SimEngine {
  const { speed, seed, clock } = options;
  if (directory === null) return createSimEngine({ clock, speed, seed, log: null });
  const { recovered, epoch, log } = directory;
  const deploymentsFolder = join(options.data ?? '.', 'deployments');
  const common = { clock, speed, seed, log, history, snapshots: () => log.health(), deploymentsFolder };
  if (recovered === null) return createSimEngine(common);
  return createSimEngine({ ...common, recovered: { ...recovered, baseNs: BigInt(recovered.state.baseNs), epoch } });
}

function banner(options: StartOptions, address: string, key: string, directory: OpenedDirectory | null): void {
  const auth = `-H 'Authorization: Bearer ${key}'`;
  const lines = [
    `legwork ${VERSION}  ${address}  speed ${options.speed}, seed ${options.seed}`,
    `venues: ${simulatedUniverse.venues.map((venue) => venue.name).join(', ')}`,
    `        ${simulatedNote}`,
    directory === null
      ? 'journal: none (orders are lost at exit; --data DIR keeps them)'
      : `journal: ${options.data}, epoch ${directory.epoch}, ${directory.events} events replayed`,
    ...(directory?.notes ?? []).map((note) => `  note: ${note}`),
    `test key: ${key}`,
    'try:',
    `  curl -s ${address}/v1/quotes/BTC-USD ${auth}`,
    `  curl -s ${address}/v1/orders ${auth} -H 'Content-Type: application/json' -d '{"symbol":"ETH-USD","side":"buy","qty":0.5}'`,
    `  curl -s ${address}/v1/positions ${auth}`,
    `reference: ${address}/docs    stop: Ctrl-C`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

/** What is open when the engine stops: one line a graph, so that nobody has to guess. */
function openWork(sim: SimEngine): string[] {
  const { state } = sim.engine.scheduler;
  if (state.open.size === 0) return ['no open work'];
  const lines = [`open work: ${state.open.size} graphs`];
  for (const graph of state.open.values()) {
    const nodes = graph.nodes
      .filter((node) => !['filled', 'cancelled', 'expired', 'rejected', 'skipped'].includes(node.status))
      .map((node) => `${node.nodeId} ${node.status}`);
    lines.push(`  ${graph.graphId} ${graph.status}, ${graph.liveChildren} live orders: ${nodes.slice(0, 8).join(', ')}`);
  }
  return lines;
}
