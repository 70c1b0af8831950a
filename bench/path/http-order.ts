/**
 * HTTP order → 201 beside a bare JSON echo on the same server, by turns.
 *
 *   load thread ──HTTP──▶ main thread: uWebSockets ▶ gateway ▶ engine (simulated venues, replay running) ▶ 201
 *                                      uWebSockets ▶ JSON.parse, JSON.stringify                        ▶ 200
 *
 * Market orders that fill at a simulated venue, buys and sells by turns. Three parts: one connection, orders and echoes by
 * turns; eight connections, closed loop, as many as it takes; half of that, open loop, times counted from when each was
 * due. The load generator shares the machine. `node dist/bench/path/http-order.js [count]`
 */
import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startGateway } from '../../src/gateway/gateway.js';
import type { App } from '../../src/gateway/server/uws.js';
import { createSimEngine } from '../../src/main/sim-engine.js';
import { filled, settled } from '../support/filled.js';
import { type Row, spread } from '../support/row.js';
import type { LoadRequest, LoadResult } from './http-load.worker.js';

/** Longer than an order keeps the engine busy after its answer. */
const GAP_US = 150;

export interface HttpOrderFigures {
  readonly echoP50Us: number;
  readonly orderP50Us: number;
  readonly orderP99Us: number;
  /** Orders a second on eight connections, nothing else sent, until the last has filled. */
  readonly ordersPerSecond: number;
  /** CPU of the whole process, the load thread included; µs an order. */
  readonly cpuUsPerOrder: number;
  readonly halfP50Us: number;
  readonly halfP99Us: number;
  readonly refused: number;
}

/** Rows of the registry: three repeats, the echo measured by turns with the order as its floor. */
export async function httpOrderRows(quick: boolean): Promise<Row[]> {
  const runs: HttpOrderFigures[] = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) runs.push(await httpOrderBench(quick ? 50 : 20_000));
  const floor = { what: 'bare JSON echo, same server', value: spread(runs.map((run) => run.echoP50Us)).value };
  const row = (what: string, unit: string, of: (run: HttpOrderFigures) => number): Row => ({
    bench: 'http-order', what, unit, ...spread(runs.map(of)), checksum: runs.reduce((sum, run) => sum + run.refused, 0),
  });
  return [
    { ...row('order → 201 p50', 'µs', (run) => run.orderP50Us), floor },
    row('order → 201 p99', 'µs', (run) => run.orderP99Us),
    row('orders on 8 connections', '/s', (run) => run.ordersPerSecond),
    row('CPU of engine and load generator', 'µs/order', (run) => run.cpuUsPerOrder),
    {
      ...row('order → 201 p99 at half that load', 'µs', (run) => run.halfP99Us),
      floor: { what: 'its p50', value: spread(runs.map((run) => run.halfP50Us)).value },
    },
  ];
}

function echo(app: App): void {
  app.post('/bench/echo', (response) => {
    response.onAborted(() => undefined);
    response.onData((chunk, last) => {
      if (!last) return;
      const text = JSON.stringify(JSON.parse(Buffer.from(chunk).toString('utf8')) as unknown);
      response.cork(() => response.writeHeader('Content-Type', 'application/json').end(text));
    });
  });
}

/** @param count exchanges of each kind in the latency part; as many orders in the throughput part */
export async function httpOrderBench(count: number): Promise<HttpOrderFigures> {
  const sim = createSimEngine({ clock: 'wall', speed: 1, seed: 1, log: null });
  sim.engine.run();
  const gateway = await startGateway({
    port: sim.engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), mount: [echo],
  });
  const key = gateway.makeTestKey();
  const deadline = Date.now() + 20_000;
  while ((await fetch(`${gateway.address}/v1/health/ready`)).status !== 200) {
    if (Date.now() > deadline) throw new Error('no prices after 20 s');
  }
  const post = (path: string, side: string): string => {
    const body = `{"symbol":"ETH-USD","side":"${side}","qty":0.02,"order_type":"market"}`;
    return `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const echoes = [post('/bench/echo', 'buy')];
  const orders = [post('/v1/orders', 'buy'), post('/v1/orders', 'sell')];
  const load = (sockets: number, requests: LoadRequest['requests'], times: number, gapUs = 0, rate = 0): Promise<LoadResult> =>
    run({ port: gateway.listenPort, sockets, count: times, requests, gapUs, rate });
  try {
    await load(1, [echoes, orders], Math.min(count, 2_000));
    const paired = await load(1, [echoes, orders], count, GAP_US);
    const cpu = process.cpuUsage();
    const flood = await load(8, [orders], count);
    const rate = count / (flood.seconds + (await settled(sim)));
    const used = process.cpuUsage(cpu);
    const half = await load(8, [orders], count, 0, rate / 2);
    await filled(sim, Math.min(count, 2_000) + 3 * count);
    return {
      echoP50Us: percentile(paired.timesUs[0], 0.5),
      orderP50Us: percentile(paired.timesUs[1], 0.5),
      orderP99Us: percentile(paired.timesUs[1], 0.99),
      ordersPerSecond: rate,
      cpuUsPerOrder: (used.user + used.system) / count,
      halfP50Us: percentile(half.timesUs[0], 0.5),
      halfP99Us: percentile(half.timesUs[0], 0.99),
      refused: paired.refused + flood.refused + half.refused,
    };
  } finally {
    await gateway.close();
    sim.close();
  }
}

function run(request: LoadRequest): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load.worker.js', import.meta.url), { workerData: request });
    worker.once('message', (result: LoadResult) => resolve(result));
    worker.once('error', reject);
  });
}

function percentile(values: Float64Array | undefined, share: number): number {
  const sorted = (values ?? new Float64Array(1)).slice().sort();
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await httpOrderBench(Number(process.argv[2] ?? 20_000)));
}
