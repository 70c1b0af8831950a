/**
 * HTTP order → 201, and → the venue's acknowledgement, at venues whose line takes no time: what is left is the engine's.
 *
 *   load thread ──HTTP──▶ gateway ▶ engine ▶ simulated venue ─┐ acknowledgement
 *        ▲ 201 ───────────────┘         ▲─────────────────────┘ the engine knows that the order is live
 *
 * Open loop: orders are due at fixed times, and both times count from when an order was due, whether or not a connection
 * was free. Both topologies, the recording playing beside. `node dist/bench/path/venue-ack.js [orders]`
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'hdr-histogram-js';
import { pino } from 'pino';
import { startGateway } from '../../src/gateway/gateway.js';
import { topologyNames, type RunningEngine, type TopologyName } from '../../src/main/running-engine.js';
import type { MarketKind } from '../../src/main/simulated-venues.js';
import { openEngine } from '../../src/main/topology.js';
import type { Row } from '../support/row.js';
import type { LoadRequest, LoadResult } from './http-load.worker.js';

const SOCKETS = 8;
const READY_WITHIN_MS = 30_000;
const ACKED_WITHIN_MS = 60_000;
/** Orders a second. */
const RATES = [500, 2_000];

interface AckFigures {
  readonly rate: number;
  readonly answerUs: Quantiles;
  readonly ackUs: Quantiles;
  readonly refused: number;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** When each order was first said to be live (or done), ms since the Unix epoch; by its number. */
class Acks {
  readonly #atMs = new Map<number, number>();
  readonly #name: string;

  constructor(engine: RunningEngine, name: string) {
    this.#name = name;
    engine.port.onAccountEvent(({ channel, graphId, data }) => {
      if (channel !== 'children' || !graphId.startsWith(name)) return;
      const { status } = data as { readonly status: string }; // views of children
      const number = Number(graphId.slice(name.length));
      if (status !== 'sent' && !this.#atMs.has(number)) this.#atMs.set(number, performance.timeOrigin + performance.now());
    });
  }

  /** Microseconds from when each was due. */
  async times(count: number, startedMs: number, rate: number): Promise<number[]> {
    const deadline = performance.now() + ACKED_WITHIN_MS;
    while (this.#atMs.size < count) {
      if (performance.now() > deadline) throw new Error(`${this.#name}: ${this.#atMs.size} of ${count} orders were acknowledged`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return [...this.#atMs].map(([number, atMs]) => (atMs - startedMs - (number * 1_000) / rate) * 1_000);
  }
}

function quantiles(timesUs: Iterable<number>): Quantiles {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  for (const us of timesUs) histogram.recordValue(Math.max(1, Math.round(us)));
  // A percentile is the top of its bucket, which may lie above the largest value.
  const at = (percentile: number): number => Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue);
  return { p50: at(50), p99: at(99), max: histogram.maxValue };
}

function load(request: LoadRequest): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load.worker.js', import.meta.url), { workerData: request });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** @param count orders at each rate @param market what feeds the venues: generated ones start sooner, for tests */
export async function venueAckBench(
  topology: TopologyName, count: number, rates: readonly number[] = RATES, market: MarketKind = 'recordings',
): Promise<AckFigures[]> {
  const engine = await openEngine({
    topology, accounts: ['bench'], seed: 1, speed: 1, clock: 'wall', dataDir: null, tracing: false, instantVenues: true, market,
    log: () => undefined,
  });
  engine.run();
  const gateway = await startGateway({ port: engine.port, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }) });
  try {
    const key = gateway.makeTestKey();
    const deadline = Date.now() + READY_WITHIN_MS;
    while ((await fetch(`${gateway.address}/v1/health/ready`)).status !== 200) {
      if (Date.now() > deadline) throw new Error(`no prices after ${READY_WITHIN_MS} ms`);
    }
    const run = async (name: string, rate: number, times: number): Promise<AckFigures> => {
      const acks = new Acks(engine, name);
      const requests = [Array.from({ length: times }, (_, i) => post(key, `${name}${i}`, i % 2 === 0 ? 'buy' : 'sell'))];
      const { timesUs, startedMs, refused } = await load({ port: gateway.listenPort, sockets: SOCKETS, count: times, gapUs: 0, rate, requests });
      const ackUs = quantiles(await acks.times(times, startedMs, rate));
      return { rate, answerUs: quantiles(timesUs[0] ?? []), ackUs, refused };
    };
    await run('warm-', rates[0] ?? 500, Math.min(count, 1_000));
    const figures: AckFigures[] = [];
    for (const rate of rates) figures.push(await run(`at-${rate}-`, rate, count));
    return figures;
  } finally {
    await gateway.close();
    await engine.stop();
  }
}

function post(key: string, graphId: string, side: string): string {
  const body = `{"symbol":"ETH-USD","side":"${side}","qty":0.02,"order_type":"market","graph_id":"${graphId}"}`;
  return `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

export async function venueAckRows(quick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const topology of topologyNames) {
    const figures = await venueAckBench(topology, quick ? 30 : 6_000, quick ? [500] : RATES);
    for (const { rate, answerUs, ackUs, refused } of figures) {
      const row = (what: string, value: number, floor: number): Row => ({
        bench: 'venue-ack', what: `${topology}, open loop at ${rate} orders/s: ${what}`, unit: 'µs', value, low: value, high: value,
        floor: { what: 'its 201', value: floor }, checksum: refused,
      });
      rows.push(row('→ venue ack p50', ackUs.p50, answerUs.p50), row('→ venue ack p99', ackUs.p99, answerUs.p99));
    }
  }
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const topology of topologyNames) console.log(topology, await venueAckBench(topology, Number(process.argv[2] ?? 6_000)));
}
