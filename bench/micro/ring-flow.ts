/**
 * How many 64-byte cells a second go through one ring, written and published by batches: between two threads, beside the
 * bare floor (the same cells in a shared array, one word that says how many), and with both ends on one thread.
 *
 *   worker pour ── ring ──► worker drain        a cell: seven words written, seven read and added up
 *
 * Rounds of ring and floor alternate on the same two threads. `node dist/bench/micro/ring-flow.js [rounds]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { allocateRegion, float64View, int32View, type Region } from '../../src/memory/region.js';
import { createSpscRing, type SpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../src/memory/spsc-ring-writer.js';
import { observeInt32, plainReadFloat64, plainWriteFloat64, publishInt32 } from '../../src/memory/words.js';
import { cpuNs } from '../support/row.js';
import { median, rowText, type BenchRow, type Percentiles } from '../support/summary.js';
import { playWorker, runWorkers } from '../support/workers.js';

/** With the cell's header 64 bytes. */
const WORDS = 7;
const STRIDE = WORDS + 1;
const CAPACITY = 4_096;
/** Cells published at once. */
const BATCH = 64;
/** Rounds that warm up. */
const WARM = 3;
/** Of the floor's words: lines of their own. */
const TAIL = 0;
const HEAD = 64;

interface Args {
  readonly ring: SpscRing;
  readonly bareWords: Region;
  readonly bareCells: Region;
  readonly rounds: number;
  /** A round, a multiple of BATCH. */
  readonly messages: number;
}

function fill(cells: Float64Array, at: number, value: number): void {
  plainWriteFloat64(cells, at, value);
  plainWriteFloat64(cells, at + 1, value);
  plainWriteFloat64(cells, at + 2, value);
  plainWriteFloat64(cells, at + 3, value);
  plainWriteFloat64(cells, at + 4, value);
  plainWriteFloat64(cells, at + 5, value);
  plainWriteFloat64(cells, at + 6, value);
}

function sumOf(cells: Float64Array, at: number): number {
  return plainReadFloat64(cells, at) + plainReadFloat64(cells, at + 1) + plainReadFloat64(cells, at + 2) + plainReadFloat64(cells, at + 3)
    + plainReadFloat64(cells, at + 4) + plainReadFloat64(cells, at + 5) + plainReadFloat64(cells, at + 6);
}

/** Up to `most` cells, published at once; how many found room. */
function writeBatch(writer: SpscRingWriter, first: number, most: number): number {
  const { float64 } = writer;
  let n = 0;
  for (; n < most; n++) {
    const at = writer.claim();
    if (at < 0) break;
    fill(float64, at >> 3, first + n);
    writer.commit();
  }
  writer.publish();
  return n;
}

/** Takes what is there up to `most` and adds it up into `sum.value`; how many. */
function takeBatch(reader: SpscRingReader, most: number, sum: { value: number }): number {
  const { float64 } = reader;
  let n = 0;
  let total = 0;
  for (; n < most; n++) {
    const at = reader.peek();
    if (at < 0) break;
    total += sumOf(float64, at >> 3);
    reader.advance();
  }
  sum.value += total;
  return n;
}

/** Both give room back by quarters of the ring: a line moves for each quarter, not for each batch. */
const QUARTER = CAPACITY / 4;

function pour({ ring, bareWords, bareCells, rounds, messages }: Args): null {
  const writer = new SpscRingWriter(ring);
  const words = int32View(bareWords);
  const cells = float64View(bareCells);
  let tail = 0;
  let headSeen = 0;
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < messages; ) n += writeBatch(writer, n, Math.min(BATCH, messages - n));
    for (let n = 0; n < messages; n += BATCH) {
      while (tail + BATCH - headSeen > CAPACITY) headSeen = observeInt32(words, HEAD);
      for (let i = 0; i < BATCH; i++) fill(cells, ((tail + i) & (CAPACITY - 1)) * STRIDE, n + i);
      tail += BATCH;
      publishInt32(words, TAIL, tail);
    }
  }
  return null;
}

interface Drained {
  readonly ring: number[];
  readonly bare: number[];
  readonly checksum: number;
}

/** Millions a second of each round. */
function drain({ ring, bareWords, bareCells, rounds, messages }: Args): Drained {
  const reader = new SpscRingReader(ring);
  const words = int32View(bareWords);
  const cells = float64View(bareCells);
  const perSecond = { ring: new Array<number>(), bare: new Array<number>() };
  const sum = { value: 0 };
  let head = 0;
  for (let round = 0; round < rounds; round++) {
    while (reader.peek() < 0);
    let started = performance.now();
    for (let n = 0, kept = 0; n < messages; ) {
      const took = takeBatch(reader, Math.min(BATCH, messages - n), sum);
      n += took;
      kept += took;
      if (kept < QUARTER && n < messages) continue;
      reader.release();
      kept = 0;
    }
    perSecond.ring.push(messages / (performance.now() - started) / 1_000);
    while (observeInt32(words, TAIL) === head);
    started = performance.now();
    for (let n = 0; n < messages; n += BATCH) {
      while (observeInt32(words, TAIL) === head);
      let total = 0;
      for (let i = 0; i < BATCH; i++) total += sumOf(cells, ((head + i) & (CAPACITY - 1)) * STRIDE);
      sum.value -= total;
      head += BATCH;
      if ((head & (QUARTER - 1)) === 0 || n + BATCH >= messages) publishInt32(words, HEAD, head);
    }
    perSecond.bare.push(messages / (performance.now() - started) / 1_000);
  }
  return { ...perSecond, checksum: sum.value };
}

/** Both ends on this thread, a batch written, a batch read, by CPU time: what a cell costs without another core. */
function alone(rounds: number, messages: number): number[] {
  const ring = createSpscRing(1_024, 8 * WORDS);
  const writer = new SpscRingWriter(ring);
  const reader = new SpscRingReader(ring);
  const sum = { value: 0 };
  return Array.from({ length: rounds }, () => {
    const started = cpuNs();
    for (let n = 0; n < messages; ) {
      const wrote = writeBatch(writer, n, Math.min(BATCH, messages - n));
      n += takeBatch(reader, wrote, sum);
      reader.release();
    }
    return (messages / (cpuNs() - started)) * 1_000;
  });
}

function rate(perSecond: readonly number[]): Percentiles {
  const sorted = perSecond.slice(WARM).sort((a, b) => a - b);
  return { p50: median(sorted), p99: sorted[0] ?? 0, max: sorted[sorted.length - 1] ?? 0 };
}

/** @param messages a round, a multiple of 64 */
export async function ringFlowBench(rounds: number, messages: number): Promise<BenchRow[]> {
  const args: Args = {
    ring: createSpscRing(CAPACITY, 8 * WORDS), bareWords: allocateRegion(1_024), bareCells: allocateRegion(CAPACITY * STRIDE * 8),
    rounds: rounds + WARM, messages,
  };
  const [, drained] = await runWorkers<Args, Drained>(import.meta.url, 'ring-flow', ['pour', 'drain'], args);
  if (drained === undefined || drained.checksum !== 0) throw new Error(`ring and floor carried different cells: ${drained?.checksum}`);
  const ratios = drained.ring.slice(WARM).map((perSecond, i) => perSecond / (drained.bare[i + WARM] ?? 1));
  return [
    {
      name: 'ring throughput, two threads, 64-byte cells', unit: 'M/s', value: rate(drained.ring), checksum: drained.checksum,
      floor: { name: 'bare cells, one word a batch', value: rate(drained.bare) }, ratios: { p50: ratios, p99: ratios },
    },
    { name: 'ring throughput, both ends on one thread', unit: 'M/s', value: rate(alone(rounds + WARM, messages)), checksum: 0 },
  ];
}

playWorker<Args, unknown>('ring-flow', { pour, drain });

if (isMainThread && import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of await ringFlowBench(Number(argv[2] ?? 10), 512_000)) console.log(rowText(row));
}
