/**
 * Frame → order bytes, topology `fused`: the path of tick-path.ts, timed.
 *
 * Closed: frame after frame, an edge armed before each that moves the price, its order filled after it; beside each frame the bare ladder of the prototype takes the same frame
 * (by turns), so that the ratio compares the same frames. Open: edges armed at new highs and lows before, frames are due at a rate whatever the path does, and a
 * latency counts from when its frame was due (no coordinated omission). Orders leave as a venue's request, unsigned and
 * signed by HMAC-SHA256. `node dist/bench/path/tick-to-order.js [passes]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js';
import { assert, must } from '../../src/base/assert.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import type { EventLog } from '../../src/scheduler/event-log.js';
import { OrderBytes } from '../support/order-bytes.js';
import { BareLadder, loadRecordedFeed, type RecordedFeed } from '../support/recorded-feed.js';
import { median } from '../support/summary.js';
import { type Row, spread } from '../support/row.js';
import { pathUniverse, TickPath } from './tick-path.js';

/** Engine time between two frames of a closed pass. */
const FRAME_NS = 100_000;
const EPOCH_MS = 1_723_161_255_000;
const ALIVE_EVERY = 10;

/** What a pass is measured into. Times in ns. */
interface Measured {
  readonly fired: Histogram;
  readonly quiet: Histogram;
  /** The bare ladder over the frames that fired; none in an open pass. */
  readonly floor: Histogram;
  orders: number;
  checksum: number;
}

function histogram(): Histogram {
  return buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
}

function nothingYet(): Measured {
  return { fired: histogram(), quiet: histogram(), floor: histogram(), orders: 0, checksum: 0 };
}

export interface PassOptions {
  readonly frames: number;
  readonly signed: boolean;
  /** Frames a second, or null: closed. */
  readonly rate: number | null;
  /** Done at each frame, besides. For the gate's plants. */
  readonly plant?: () => void;
}

/** Passes over the recording on one engine. */
export class TickToOrder {
  readonly feed: RecordedFeed;
  readonly path: TickPath;
  readonly #floor: BareLadder;

  /** @param log takes every event; none is kept if not given */
  constructor(log?: EventLog) {
    this.feed = loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
    this.#floor = new BareLadder(this.feed);
    this.path = new TickPath(this.feed, log);
  }

  pass({ frames, signed, rate, plant }: PassOptions, into: Measured = nothingYet()): Measured {
    const { path } = this;
    path.rewind();
    const firing = new Set(rate === null ? [] : path.armExtremes(frames));
    this.#floor.start();
    const encoder = new OrderBytes(pathUniverse(this.feed.symbol), 'bench secret');
    let placedAt = 0;
    const placed: VenueOrder[] = [];
    path.open((order: VenueOrder) => {
      placed.push(order);
      const timeMs = EPOCH_MS + Math.floor(path.tNs / 1e6);
      if (signed) encoder.writeSigned(order, timeMs);
      else encoder.write(order, timeMs);
      placedAt = performance.now();
      into.orders++;
    });
    const t0 = path.tNs;
    const begun = performance.now();
    for (let i = 0; i < frames; i++) {
      if (i % ALIVE_EVERY === 0) path.alive();
      const fires = rate === null ? path.armBefore(i) : firing.has(i);
      const due = rate === null ? performance.now() : begun + (i * 1_000) / rate;
      while (performance.now() < due);
      placedAt = 0;
      path.frame(i, Math.max(path.tNs, t0 + Math.round(rate === null ? (i + 1) * FRAME_NS : (performance.now() - begun) * 1e6)));
      plant?.();
      const ended = performance.now();
      assert(fires === placedAt > 0, `frame ${i}: an order leaves exactly when a level is crossed`);
      record(fires ? into.fired : into.quiet, (fires ? placedAt : ended) - due);
      if (rate !== null) continue;
      for (const order of placed.splice(0)) path.fill(order);
      const started = performance.now();
      this.#floor.apply(must(this.feed.frames[i], 'frame'));
      if (fires) record(into.floor, performance.now() - started);
    }
    // Every graph ends with its pass.
    for (const order of placed) path.fill(order);
    into.checksum = (into.checksum + encoder.checksum) | 0;
    return into;
  }
}

function record(into: Histogram, ms: number): void {
  into.recordValue(Math.max(1, Math.round(ms * 1e6)));
}

/** @param passes measured; as many closed ones before them warm up, three at least */
export function tickToOrderRows(passes: number, frames = Infinity, rates: readonly number[] = [1_000, 10_000, 50_000]): Row[] {
  const bench = new TickToOrder();
  const count = Math.min(frames, bench.feed.frames.length);
  const warm = Math.max(3, passes);
  for (let i = 0; i < warm; i++) bench.pass({ frames: count, signed: i % 2 === 1, rate: null });
  const plain: Measured[] = [];
  const signed: Measured[] = [];
  for (let i = 0; i < passes; i++) {
    plain.push(bench.pass({ frames: count, signed: false, rate: null }));
    signed.push(bench.pass({ frames: count, signed: true, rate: null }));
  }
  const size = `${bench.feed.meanBytes.toFixed(0)} B a frame`;
  return [
    ...closedRows(`fused: frame → order bytes (${size})`, plain),
    ...closedRows('fused: frame → order bytes, signed', signed),
    ...[50, 99].map((percentile) => row('fused: frame, nothing crossed', plain, 'quiet', percentile)),
    ...rates.flatMap((rate) => openRows(bench, count, passes, rate)),
  ];
}

function closedRows(what: string, runs: readonly Measured[]): Row[] {
  return [50, 99, 99.9, 100].map((percentile) => {
    const base = row(what, runs, 'fired', percentile);
    if (percentile > 99) return base;
    // The floor of each pass beside the path of the same pass: what is left is the ratio.
    const ratio = median(runs.map((run) => run.fired.getValueAtPercentile(percentile) / run.floor.getValueAtPercentile(percentile)));
    return { ...base, floor: { what: `bare ladder, same frames, p${percentile}`, value: base.value / ratio } };
  });
}

/** A slow rate sees fewer frames: two seconds of them a pass. */
function openRows(bench: TickToOrder, frames: number, passes: number, rate: number): Row[] {
  const runs = Array.from({ length: passes }, () => bench.pass({ frames: Math.min(frames, rate * 2), signed: false, rate }));
  const name = `fused, open loop at ${rate.toLocaleString('en-US')} frames/s`;
  return [
    ...[50, 99, 99.9].map((percentile) => row(`${name}: → order bytes`, runs, 'fired', percentile)),
    ...[50, 99, 99.9].map((percentile) => row(`${name}: nothing crossed`, runs, 'quiet', percentile)),
  ];
}

function row(what: string, runs: readonly Measured[], key: 'fired' | 'quiet', percentile: number): Row {
  return {
    bench: 'tick-to-order', what: `${what} p${percentile}`, unit: 'ns', checksum: runs.reduce((sum, run) => sum + run.orders, 0),
    ...spread(runs.map((run) => run[key].getValueAtPercentile(percentile))),
  };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const { what, value, low, high, floor } of tickToOrderRows(Number(argv[2] ?? 5))) {
    const beside = floor === undefined ? '' : `  ×${(value / floor.value).toFixed(2)} of ${floor.what} (${floor.value.toFixed(0)})`;
    process.stdout.write(`${what.padEnd(70)} ${value.toFixed(0).padStart(9)} ns (${low.toFixed(0)} … ${high.toFixed(0)})${beside}\n`);
  }
}
