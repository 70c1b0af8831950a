/**
 * Ten levels a side copied out of a shared book: quiet, and while another thread publishes about a million updates a
 * second; and 100 exact levels with 1-bp buckets, quiet.
 *
 *   worker: BookWriter ──► shared book ──► main thread: BookReader.readTop(10)
 *
 * `node dist/bench/micro/book-read.js [rounds]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { Arena } from '../../src/memory/arena.js';
import { allocateRegion, int32View, type Region } from '../../src/memory/region.js';
import { observeInt32, publishInt32 } from '../../src/memory/words.js';
import { SEQUENCE_NONE } from '../../src/market/assembly/layout.js';
import { bookBytes, type BookPlace } from '../../src/market/book-layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookDepth, BookTop } from '../../src/market/book-views.js';
import { BookWriter } from '../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../src/market/market-module.js';
import { percentiles, rowText, type BenchRow } from '../support/summary.js';
import { playWorker, runWorkers } from '../support/workers.js';

/** Reads a sample: a single one is too short for the clock. */
const BATCH = 100;
const SAMPLES = 500;
const SHAPE = { windowTicks: 2 ** 15, sparseCells: 256 };
const BID = 100_000;
const STOP = 0;
const READY = 1;

interface Args {
  readonly memory: WebAssembly.Memory;
  readonly scratch: Region;
  readonly place: BookPlace;
  readonly control: Region;
}

function makeWriter({ memory, scratch, place }: Args): BookWriter {
  const module = new MarketModule(memory, scratch);
  const scale = { decimals: 0, multiple: 1 };
  const writer = new BookWriter(module, place, { symbol: 'BENCH', price: scale, lot: scale, sequenceRule: SEQUENCE_NONE });
  const side = (step: number): number[] => Array.from({ length: 400 }, (_, i) => [BID + step * (i + (step > 0 ? 1 : 0)), 10 + i]).flat();
  writer.applySnapshot(side(-1), side(1), 0, 0, 0);
  return writer;
}

/** One level near the touch changes each time, about a million times a second. */
function write(args: Args): number {
  const writer = makeWriter(args);
  const control = int32View(args.control);
  const bids = new Float64Array(2);
  const asks = new Float64Array(2);
  let n = 0;
  publishInt32(control, READY, 1);
  const started = performance.now();
  while (observeInt32(control, STOP) === 0) {
    bids[0] = BID - (n % 10);
    bids[1] = 1 + (n % 1_000);
    writer.applyLevels(bids, 1, asks, 0, ++n, n, 0, n, n);
    while (n > (performance.now() - started) * 1_000 && observeInt32(control, STOP) === 0);
  }
  return n / (performance.now() - started) / 1_000;
}

function time(read: () => number, checksum: { sum: number }): Float64Array {
  const samples = new Float64Array(SAMPLES);
  for (let i = 0; i < SAMPLES; i++) {
    const started = performance.now();
    for (let k = 0; k < BATCH; k++) checksum.sum += read();
    samples[i] = ((performance.now() - started) * 1e6) / BATCH;
  }
  return samples;
}

export async function bookReadBench(rounds: number): Promise<BenchRow[]> {
  const arena = new Arena(bookBytes(SHAPE) + SCRATCH_BYTES + 1024);
  const args: Args = {
    memory: arena.memory, scratch: arena.carve('scratch', SCRATCH_BYTES),
    place: { ...SHAPE, region: arena.carve('book', bookBytes(SHAPE)) }, control: allocateRegion(128),
  };
  makeWriter(args);
  const reader = new BookReader(args.place);
  const top = new BookTop();
  const depth = new BookDepth(100);
  const readTop = (): number => (reader.readTop(top, 10) ? top.bidCount + top.askCount : 0);
  const readDepth = (): number => (reader.readLevels(100, depth, true) ? depth.bidCount + depth.askCount : 0);
  const checksum = { sum: 0 };
  const best = (read: () => number): Float64Array => {
    let samples = time(read, checksum);
    for (let round = 0; round < rounds; round++) samples = time(read, checksum);
    return samples;
  };
  const quiet = percentiles(best(readTop));
  const walk = percentiles(best(readDepth));
  const control = int32View(args.control);
  const writing = runWorkers<Args, number>(import.meta.url, 'book-read', ['write'], args);
  while (observeInt32(control, READY) === 0) await new Promise((resolve) => setImmediate(resolve));
  const busy = percentiles(best(readTop));
  publishInt32(control, STOP, 1);
  const [rate = 0] = await writing;
  const ratio = { p50: [busy.p50 / quiet.p50], p99: [busy.p99 / quiet.p99] };
  return [
    { name: 'book read, 10 levels a side, quiet', unit: 'ns', value: quiet, checksum: 20 },
    {
      name: `book read while written at ${rate.toFixed(2)} M/s`, unit: 'ns', value: busy, ratios: ratio, checksum: 20,
      floor: { name: 'quiet read', value: quiet },
    },
    { name: 'book walk, 100 levels and 50 buckets a side', unit: 'ns', value: walk, checksum: depth.bidCount + depth.askCount },
  ];
}

playWorker<Args, number>('book-read', { write });

if (isMainThread && import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of await bookReadBench(Number(argv[2] ?? 10))) console.log(rowText(row));
}
