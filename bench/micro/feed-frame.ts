/**
 * A recorded depth frame to a published book: copy in, scan, checks, sequence, ladder under its lock, crossing, top.
 *
 *   frame bytes ──► BookWriter.applyFrame() ──► 20 levels under the top lock        floor: bench/support/floor
 *
 * Both take the same frames in the same order, interleaved by round. `node dist/bench/micro/feed-frame.js [rounds]`
 */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { must } from '../../src/base/assert.js';
import { Arena } from '../../src/memory/arena.js';
import { RESULT_APPLIED, SEQUENCE_SPOT } from '../../src/market/assembly/layout.js';
import { bookBytes, windowFor } from '../../src/market/book-layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookTop } from '../../src/market/book-views.js';
import { BookWriter } from '../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../src/market/market-module.js';
import { percentiles, rowText, type BenchRow, type Percentiles } from '../support/summary.js';

interface FloorExports {
  readonly memory: WebAssembly.Memory;
  init(baseTick: number): void;
  frame(): number;
  setLevel(side: number, tick: number, lots: number): void;
  apply(): void;
  bestBidTick(): number;
  bestAskTick(): number;
}

interface Feed {
  readonly symbol: string;
  readonly snapshot: string;
  readonly frames: readonly Buffer[];
}

function load(symbol: string, path: string): Feed {
  const lines = gunzipSync(readFileSync(path)).toString('latin1').trimEnd().split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  const at = lines.findIndex((line) => line.startsWith('{"lastUpdateId"'));
  const snapshot = must(lines[at], 'a snapshot in the recording');
  const last = (JSON.parse(snapshot) as { lastUpdateId: number }).lastUpdateId;
  const frames = lines.filter((line) => line.includes('depthUpdate') && Number(/"u":(\d+)/.exec(line)?.[1]) > last);
  return { symbol, snapshot, frames: frames.map((line) => Buffer.from(line)) };
}

/** ns of each frame. */
type Pass = (out: Float64Array) => number;

function product(feed: Feed): Pass {
  const best = Number((JSON.parse(feed.snapshot) as { bids: [string, string][] }).bids[0]?.[0]);
  const shape = { windowTicks: windowFor(best * 100), sparseCells: 2 ** 13 };
  const arena = new Arena(bookBytes(shape) + SCRATCH_BYTES + 1024);
  const module = MarketModule.inArena(arena, 'bench');
  const place = { ...shape, region: arena.carve('book', bookBytes(shape)) };
  const writer = new BookWriter(module, place, {
    symbol: feed.symbol, price: { decimals: 2, multiple: 1 }, lot: { decimals: 8, multiple: 1 }, sequenceRule: SEQUENCE_SPOT,
  });
  const reader = new BookReader(place);
  const top = new BookTop();
  return (out) => {
    writer.setStale();
    writer.applySnapshotText(feed.snapshot, 1);
    let applied = 0;
    for (let i = 0; i < feed.frames.length; i++) {
      const bytes = must(feed.frames[i], 'frame');
      const started = performance.now();
      const result = writer.applyFrame(bytes, bytes.length, i);
      out[i] = (performance.now() - started) * 1e6;
      if (result === RESULT_APPLIED) applied++;
    }
    reader.readTop(top);
    return top.bidTicks * 1e6 + top.askTicks + applied - feed.frames.length;
  };
}

function floor(feed: Feed): Pass {
  const bytes = readFileSync(new URL('../floor-ladder.wasm', import.meta.url));
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as unknown as FloorExports;
  const frame = new Uint8Array(exports.memory.buffer, exports.frame());
  const snapshot = JSON.parse(feed.snapshot) as { bids: [string, string][]; asks: [string, string][] };
  const first = Math.round(Number(snapshot.bids[0]?.[0]) * 100);
  return (out) => {
    exports.init(first - 2 ** 20);
    for (const [price, lots] of snapshot.bids) exports.setLevel(0, Math.round(Number(price) * 100), Math.round(Number(lots) * 1e8));
    for (const [price, lots] of snapshot.asks) exports.setLevel(1, Math.round(Number(price) * 100), Math.round(Number(lots) * 1e8));
    for (let i = 0; i < feed.frames.length; i++) {
      const data = must(feed.frames[i], 'frame');
      const started = performance.now();
      frame.set(data);
      exports.apply();
      out[i] = (performance.now() - started) * 1e6;
    }
    return exports.bestBidTick() * 1e6 + exports.bestAskTick();
  };
}

function clockCost(): number {
  const samples = new Float64Array(10_000);
  for (let i = 0; i < samples.length; i++) {
    const started = performance.now();
    samples[i] = (performance.now() - started) * 1e6;
  }
  return percentiles(samples).p50;
}

function less(of: Percentiles, cost: number): Percentiles {
  return { p50: of.p50 - cost, p99: of.p99 - cost, max: of.max - cost };
}

export function feedFrameBench(rounds: number): BenchRow[] {
  return [
    ['BTCUSDT', 'recordings/binance-spot-btcusdt-20240808.gz'], ['ETHUSDT', 'recordings/binance-spot-ethusdt-20240808.gz'],
  ].map(([symbol = '', path = '']) => {
    const feed = load(symbol, path);
    const ours = product(feed);
    const least = floor(feed);
    const samples = new Float64Array(feed.frames.length);
    const cost = clockCost();
    const ratios = { p50: [] as number[], p99: [] as number[] };
    let value: Percentiles = { p50: 0, p99: 0, max: 0 };
    let beside = value;
    let checksum = 0;
    for (let round = -5; round < rounds; round++) {
      const floorSum = least(samples);
      beside = less(percentiles(samples), cost);
      checksum = ours(samples);
      value = less(percentiles(samples), cost);
      if (floorSum !== checksum) throw new Error(`feed frame: floor ends at ${floorSum}, product at ${checksum}`);
      if (round < 0) continue; // five rounds for the compilers
      ratios.p50.push(value.p50 / beside.p50);
      ratios.p99.push(value.p99 / beside.p99);
    }
    const bytes = feed.frames.reduce((sum, frame) => sum + frame.length, 0) / feed.frames.length;
    return {
      name: `spot ${symbol} depth frame (mean ${bytes.toFixed(0)} B) → book`, unit: 'ns' as const, value, checksum, ratios,
      floor: { name: 'bare ladder', value: beside },
    };
  });
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of feedFrameBench(Number(argv[2] ?? 20))) console.log(rowText(row));
}
