/**
 * A recorded depth frame to a published book: copy in, scan, checks, sequence, ladder under its lock, crossing, top.
 *
 *   frame bytes ──► BookWriter.applyFrame() ──► 20 levels under the top lock        floor: bench/support/floor
 *
 * Both take the same frames in the same order, interleaved by round. `node dist/bench/micro/feed-frame.js [rounds]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { must } from '../../src/base/assert.js';
import { Arena } from '../../src/memory/arena.js';
import { RESULT_APPLIED, SEQUENCE_SPOT } from '../../src/market/assembly/layout.js';
import { bookBytes, windowFor } from '../../src/market/book-layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookTop } from '../../src/market/book-views.js';
import { BookWriter } from '../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../src/market/market-module.js';
import { BareLadder, loadRecordedFeed, type RecordedFeed } from '../support/recorded-feed.js';
import { percentiles, rowText, type BenchRow, type Percentiles } from '../support/summary.js';

/** ns of each frame. */
type Pass = (out: Float64Array) => number;

function product(feed: RecordedFeed): Pass {
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

function floor(feed: RecordedFeed): Pass {
  const ladder = new BareLadder(feed);
  return (out) => {
    ladder.start();
    for (let i = 0; i < feed.frames.length; i++) {
      const data = must(feed.frames[i], 'frame');
      const started = performance.now();
      ladder.apply(data);
      out[i] = (performance.now() - started) * 1e6;
    }
    return ladder.checksum();
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
    ['BTCUSDT', 'binance-spot-btcusdt-20240808'], ['ETHUSDT', 'binance-spot-ethusdt-20240808'],
  ].map(([symbol = '', name = '']) => {
    const feed = loadRecordedFeed(symbol, name);
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
    return {
      name: `spot ${symbol} depth frame (mean ${feed.meanBytes.toFixed(0)} B) → book`, unit: 'ns' as const, value, checksum, ratios,
      floor: { name: 'bare ladder', value: beside },
    };
  });
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of feedFrameBench(Number(argv[2] ?? 20))) console.log(rowText(row));
}
