/**
 * Half a round trip between two spinning workers through rings of 64-byte cells, and beside it the bare spin hop: one
 * shared word each way, on lines of their own. Interleaved by round on the same two threads.
 *
 *   worker A ── ring ──► worker B          floor: A stores a word, B sees it and stores another
 *            ◄── ring ──
 *
 * `node dist/bench/micro/ring-hop.js [rounds]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { allocateRegion, int32View, type Region } from '../../src/memory/region.js';
import { createSpscRing, type SpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../src/memory/spsc-ring-writer.js';
import { observeInt32, plainReadFloat64, plainWriteFloat64, publishInt32 } from '../../src/memory/words.js';
import { percentiles, rowText, type BenchRow, type Percentiles } from '../support/summary.js';
import { playWorker, runWorkers } from '../support/workers.js';

/** Words of the bare hop, on lines of their own. */
const THERE = 0;
const BACK = 64;
/** Of a cell's payload: with the cell's number 64 bytes. */
const WORDS = 7;
/** Cells of a ring that stays in the first-level cache, as the bare hop's word does. */
const SHORT = 16;

interface Args {
  readonly words: Region;
  readonly there: SpscRing;
  readonly back: SpscRing;
  readonly rounds: number;
  readonly hops: number;
}

interface Timed {
  readonly floors: Percentiles[];
  readonly rings: Percentiles[];
  readonly checksum: number;
}

function ask({ words, there, back, rounds, hops }: Args): Timed {
  const bare = int32View(words);
  const writer = new SpscRingWriter(there);
  const reader = new SpscRingReader(back);
  const samples = new Float64Array(hops);
  const floors: Percentiles[] = [];
  const rings: Percentiles[] = [];
  let checksum = 0;
  let word = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < hops; i++) {
      const started = performance.now();
      publishInt32(bare, THERE, ++word);
      while (observeInt32(bare, BACK) !== word);
      samples[i] = ((performance.now() - started) * 1e6) / 2;
    }
    floors.push(percentiles(samples));
    for (let i = 0; i < hops; i++) {
      const started = performance.now();
      plainWriteFloat64(writer.float64, writer.claim() >> 3, i);
      writer.commit();
      writer.publish();
      let at = reader.peek();
      while (at < 0) at = reader.peek();
      checksum += plainReadFloat64(reader.float64, at >> 3);
      samples[i] = ((performance.now() - started) * 1e6) / 2;
      reader.advance();
      reader.release();
    }
    rings.push(percentiles(samples));
  }
  return { floors, rings, checksum };
}

function answer({ words, there, back, rounds, hops }: Args): null {
  const bare = int32View(words);
  const reader = new SpscRingReader(there);
  const writer = new SpscRingWriter(back);
  let word = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < hops; i++) {
      word++;
      while (observeInt32(bare, THERE) !== word);
      publishInt32(bare, BACK, word);
    }
    for (let i = 0; i < hops; i++) {
      let at = reader.peek();
      while (at < 0) at = reader.peek();
      plainWriteFloat64(writer.float64, writer.claim() >> 3, plainReadFloat64(reader.float64, at >> 3));
      writer.commit();
      writer.publish();
      reader.advance(); // room for the next cell is given back after the answer has left
      reader.release();
    }
  }
  return null;
}

/** The first three rounds warm up. */
async function hopRow(name: string, args: Args): Promise<BenchRow> {
  const [timed] = await runWorkers<Args, Timed>(import.meta.url, 'ring-hop', ['ask', 'answer'], args);
  if (timed === undefined) throw new Error('the asking worker said nothing');
  const floors = timed.floors.slice(3);
  const rings = timed.rings.slice(3);
  const middle = (all: Percentiles[]): Percentiles => [...all].sort((a, b) => a.p50 - b.p50)[all.length >> 1] ?? { p50: 0, p99: 0, max: 0 };
  const ratio = (key: 'p50' | 'p99'): number[] => rings.map((ring, i) => ring[key] / (floors[i]?.[key] ?? 1));
  return {
    name, unit: 'ns', value: middle(rings), checksum: timed.checksum, floor: { name: 'bare spin hop', value: middle(floors) },
    ratios: { p50: ratio('p50'), p99: ratio('p99') },
  };
}

/** One hop over rings of 1,024 cells, as others measure it. */
export async function ringHopRow(rounds: number, hops = 20_000): Promise<BenchRow> {
  const ring = (): SpscRing => createSpscRing(1024, 8 * WORDS);
  return hopRow('ring hop', { words: allocateRegion(1024), there: ring(), back: ring(), rounds: rounds + 3, hops });
}

/** @param rounds of `hops` each way */
export async function ringHopBench(rounds: number, hops = 20_000): Promise<BenchRow[]> {
  const args: Args = {
    words: allocateRegion(1024), there: createSpscRing(1024, 8 * WORDS), back: createSpscRing(1024, 8 * WORDS), rounds: rounds + 3,
    hops,
  };
  const short = { ...args, there: createSpscRing(SHORT, 8 * WORDS), back: createSpscRing(SHORT, 8 * WORDS) };
  return [
    await hopRow(`ring hop (half a round trip), ${SHORT} cells`, short),
    await hopRow('ring hop (half a round trip), 1024 cells', args),
  ];
}

playWorker<Args, unknown>('ring-hop', { ask, answer });

if (isMainThread && import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of await ringHopBench(Number(argv[2] ?? 10))) console.log(rowText(row));
}
