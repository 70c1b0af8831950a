/**
 * Binary order → ack beside a bare binary echo on the same server, by turns; then as many as it takes.
 *
 *   load thread ──WebSocket──▶ main thread: uWebSockets ▶ verify, read ▶ engine (simulated venues, replay running) ▶ Ack
 *                                           uWebSockets ▶ the same bytes back
 *
 * Market orders that fill at a simulated venue, buys and sells by turns. Three parts: one at a time, orders and echoes by
 * turns; 64 on the way, as many as it takes; half of that, open loop, times counted from when each was due. The load
 * generator shares the machine. `node dist/bench/path/binary-order.js [count]`
 */
import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { startGateway } from '../../src/gateway/gateway.js';
import type { App } from '../../src/gateway/server/uws.js';
import { createSimEngine } from '../../src/main/sim-engine.js';
import { filled, settled } from '../support/filled.js';
import { cpuNs, type Row, spread } from '../support/row.js';
import type { BinaryLoad, BinaryLoadResult } from './binary-load.worker.js';

/** Longer than an order keeps the engine busy after its answer. */
const GAP_US = 150;

export interface BinaryOrderFigures {
  readonly echoP50Us: number;
  readonly orderP50Us: number;
  readonly orderP99Us: number;
  /** Orders a second on one connection, 64 on the way, until the last has filled. */
  readonly ordersPerSecond: number;
  /** CPU of the whole process, the load thread included. */
  readonly cpuUsPerOrder: number;
  /** Arrival → acknowledgement leaves, one order at a time. */
  readonly insideP50Us: number;
  readonly halfP50Us: number;
  readonly halfP99Us: number;
}

export async function binaryOrderRows(quick: boolean): Promise<Row[]> {
  const runs: BinaryOrderFigures[] = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) runs.push(await binaryOrderBench(quick ? 50 : 20_000));
  const floor = { what: 'bare binary echo, same server', value: spread(runs.map((run) => run.echoP50Us)).value };
  const row = (what: string, unit: string, of: (run: BinaryOrderFigures) => number): Row => ({
    bench: 'binary-order', what, unit, ...spread(runs.map(of)), checksum: 0,
  });
  return [
    { ...row('order → ack p50', 'µs', (run) => run.orderP50Us), floor },
    row('order → ack p99', 'µs', (run) => run.orderP99Us),
    row('orders on one connection', '/s', (run) => run.ordersPerSecond),
    row('CPU of engine and load generator', 'µs/order', (run) => run.cpuUsPerOrder),
    row('of it inside the gateway and the engine p50', 'µs', (run) => run.insideP50Us),
    {
      ...row('order → ack p99 at half that load', 'µs', (run) => run.halfP99Us),
      floor: { what: 'its p50', value: spread(runs.map((run) => run.halfP50Us)).value },
    },
  ];
}

function echo(app: App): void {
  app.ws('/bench/ws-echo', { message: (ws, bytes, binary) => void ws.send(bytes, binary) });
}

export async function binaryOrderBench(count: number): Promise<BinaryOrderFigures> {
  const sim = createSimEngine({ clock: 'wall', speed: 1, seed: 1, log: null });
  sim.engine.run();
  const gateway = await startGateway({
    port: sim.engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), mount: [mountBinary(), echo],
  });
  const deadline = Date.now() + 60_000;
  while ((await fetch(`${gateway.address}/v1/health/ready`)).status !== 200) {
    if (Date.now() > deadline) throw new Error('no prices after a minute');
  }
  const base = { port: gateway.listenPort, key: gateway.makeTestKey() };
  const load = (name: string, window: number, times: number, gapUs: number, rate: number): Promise<BinaryLoadResult> =>
    run({ ...base, name, window, count: times, paired: gapUs > 0, gapUs, rate });
  try {
    await load('warm', 1, Math.min(count, 2_000), 1, 0);
    const paired = await load('paired', 1, count, GAP_US, 0);
    const before = cpuNs();
    const flood = await load('flood', 64, count, 0, 0);
    const rate = count / (flood.seconds + (await settled(sim)));
    const used = cpuNs() - before;
    const half = await load('half', 1, count, 0, rate / 2);
    await filled(sim, Math.min(count, 2_000) + 3 * count);
    return {
      echoP50Us: percentile(paired.echoUs, 0.5), orderP50Us: percentile(paired.orderUs, 0.5), orderP99Us: percentile(paired.orderUs, 0.99),
      ordersPerSecond: rate, cpuUsPerOrder: used / 1000 / count, insideP50Us: percentile(paired.insideUs, 0.5),
      halfP50Us: percentile(half.orderUs, 0.5), halfP99Us: percentile(half.orderUs, 0.99),
    };
  } finally {
    await gateway.close();
    sim.close();
  }
}

function run(load: BinaryLoad): Promise<BinaryLoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./binary-load.worker.js', import.meta.url), { workerData: load });
    worker.once('message', (result: BinaryLoadResult) => resolve(result));
    worker.once('error', reject);
  });
}

function percentile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await binaryOrderBench(Number(process.argv[2] ?? 20_000)));
}
