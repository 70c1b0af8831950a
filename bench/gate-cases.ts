/**
 * What the gate watches: work of the hot path beside a floor of the same kind, by turns within the same milliseconds and
 * by CPU time, so that the machine's speed and other work on it cancel out. One value is the least of a few short slices
 * of the work over the least of as many slices of the floor: what disturbs a slice only ever adds to it.
 */
import { must } from '../src/base/assert.js';
import { needsSample } from '../src/core/market.js';
import { plan } from '../src/core/sor/plan.js';
import { createSpscRing } from '../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../src/memory/spsc-ring-writer.js';
import { plainReadFloat64, plainWriteFloat64 } from '../src/memory/words.js';
import { Mix } from './micro/core.js';
import { benchReport, benchSample, codecPair } from './micro/journal-codec.js';
import { benchRequest } from './micro/plan.js';
import { BookRig } from './support/book-rig.js';
import { BASE_NS, BTC_USD, CoreFeeder, START_MID } from './support/core-feeder.js';
import { above, graphSpec, LOTS, marketNode, restingNode, waitingGraph } from './support/core-specs.js';
import { BareLadder, loadRecordedFeed, type RecordedFeed } from './support/recorded-feed.js';
import { cpuNs } from './support/row.js';
import { TickPath } from './path/tick-path.js';

export type Plant = 'none' | 'delay' | 'allocation';

export interface GateCase {
  readonly name: string;
  /** CPU ns of one operation ÷ CPU ns of one of the floor; or bytes an operation, where `unit` says so. */
  readonly measure: () => number;
  readonly unit: 'ratio' | 'bytes';
}

const PLANTED_DELAY_NS = 2_000;
/** Slices whose least makes one value. */
const SLICES = 5;
/** What is planted is kept reachable, so that it cannot be optimised away. */
const planted: object[] = [];

/** Cases by name, each made when it is asked for. `warm`: 1, or less where the figures don't matter. */
export const gateCases: Readonly<Record<string, (plant: Plant, warm: number) => GateCase>> = {
  'core: tick through pre-filter and apply': coreTick,
  'core: the mix of events': coreMix,
  'core: report of a partial fill': coreReport,
  'core: graph opened, filled and ended': coreChurn,
  'plan over 3 venues × 20 levels': (plant, warm) => json('plan over 3 venues × 20 levels', 1_000, warm, planOnce(plant)),
  'codec: sample and fill, there and back': codec,
  'ring: batch of 64 cells there and back': ring,
  'book: 10 levels a side read': bookRead,
  'path: frame to look at the market': pathTick,
  'path: edge armed, frame to order, filled': pathOrder,
  'path: bytes allocated a tick': pathBytes,
};

function coreTick(plant: Plant, warm: number): GateCase {
  const feeder = new CoreFeeder();
  feeder.submit(waitingGraph('armed', 100, (i) => above(START_MID + 1_000 + i)), START_MID);
  feeder.fill(feeder.takePlaced(), START_MID);
  let ticks = 0;
  return json('core: tick through pre-filter and apply', 5_000, warm, () => {
    plantIt(plant);
    feeder.tNs += 1_000;
    const mid = START_MID - (ticks++ & 31);
    if (needsSample(feeder.state, BTC_USD, feeder.quotes(mid))) return 0;
    feeder.tick(mid);
    return mid;
  });
}

function coreMix(plant: Plant, warm: number): GateCase {
  const mix = new Mix();
  let prepared = 0;
  return json('core: the mix of events', 30, warm, () => {
    if (prepared === 0) mix.prepare((prepared = 150));
    prepared--;
    plantIt(plant);
    mix.step();
    return 1;
  }, 4_000);
}

function coreReport(_plant: Plant, warm: number): GateCase {
  const feeder = new CoreFeeder();
  const far = BASE_NS + 1_000_000_000_000_000n;
  let order = null as ReturnType<CoreFeeder['takePlaced']> | null;
  let filled = LOTS;
  let graphs = 0;
  return json('core: report of a partial fill', 500, warm, () => {
    if (order === null || filled >= LOTS - 1) {
      if (order !== null) feeder.cancelled(order, START_MID, filled);
      feeder.submit(graphSpec(`r${graphs++}`, [restingNode('n', START_MID - 2_000, far, true)], []), START_MID);
      order = feeder.takePlaced();
      feeder.ack(order, START_MID);
      filled = 0;
    }
    feeder.tNs += 1_000;
    feeder.fill(order, START_MID, 1, ++filled);
    return filled;
  }, 20_000);
}

function coreChurn(_plant: Plant, warm: number): GateCase {
  const feeder = new CoreFeeder();
  let graphs = 0;
  return json('core: graph opened, filled and ended', 50, warm, () => {
    feeder.tNs += 1_000;
    feeder.submit(graphSpec(`c${graphs++}`, [marketNode('n', graphs % 2 === 0 ? 1 : -1, true)], []), START_MID);
    feeder.fill(feeder.takePlaced(), START_MID);
    return graphs;
  }, 3_000);
}

function planOnce(plant: Plant): () => number {
  const request = benchRequest(20, 2_000);
  return () => {
    plantIt(plant === 'delay' ? plant : 'none');
    return plan(request).placedLots;
  };
}

function codec(_plant: Plant, warm: number): GateCase {
  const pair = codecPair();
  const sample = benchSample();
  const fill = benchReport();
  return json('codec: sample and fill, there and back', 2_000, warm, () => pair(sample) + pair(fill));
}

function ring(_plant: Plant, warm: number): GateCase {
  const shape = createSpscRing(1024, 56);
  const writer = new SpscRingWriter(shape);
  const reader = new SpscRingReader(shape);
  return json('ring: batch of 64 cells there and back', 200, warm, () => {
    let sum = 0;
    for (let n = 0; n < 64; n++) {
      const at = writer.claim() >> 3;
      for (let word = 0; word < 7; word++) plainWriteFloat64(writer.float64, at + word, n);
      writer.commit();
    }
    writer.publish();
    for (let at = reader.peek(); at >= 0; at = reader.peek()) {
      for (let word = 0; word < 7; word++) sum += plainReadFloat64(reader.float64, (at >> 3) + word);
      reader.advance();
    }
    reader.release();
    return sum;
  });
}

function bookRead(_plant: Plant, warm: number): GateCase {
  const rig = new BookRig();
  return json('book: 10 levels a side read', 10_000, warm, () => (rig.reader.readTop(rig.top, 10) ? rig.top.bidCount : 0));
}

/** Frames of the recording that set nothing off, beside the bare ladder over the same frames. */
function pathTick(plant: Plant, warm: number): GateCase {
  const name = 'path: frame to look at the market';
  const feed = recordedFeed();
  const path = new TickPath(feed);
  const ladder = new BareLadder(feed);
  const frames = 600;
  let at = frames;
  const next = (): number => {
    if (at < frames) return at++;
    path.rewind();
    ladder.start();
    at = 1;
    return 0;
  };
  const slice = (work: (frame: number) => void): number => {
    at = frames;
    next();
    const started = cpuNs();
    for (let i = 1; i < frames; i++) work(next());
    return cpuNs() - started;
  };
  const ours = (): number => slice((frame) => {
    plantIt(plant);
    path.frame(frame, path.tNs + 1_000);
  });
  const floor = (): number => slice((frame) => ladder.apply(must(feed.frames[frame], 'frame')));
  for (let i = 0; i < 10 * warm; i++) ours();
  for (let i = 0; i < 10 * warm; i++) floor();
  return { name, unit: 'ratio', measure: () => leastOf(ours, floor) };
}

/** The whole life of one order of the path: its share of parsing is small. */
function pathOrder(plant: Plant, warm: number): GateCase {
  const feed = recordedFeed();
  const path = new TickPath(feed);
  const frames = feed.frames.length;
  let at = frames;
  let orders = 0;
  path.open((order) => {
    waiting.push(order);
  });
  const waiting: Parameters<TickPath['fill']>[0][] = [];
  return json('path: edge armed, frame to order, filled', 10, warm, () => {
    const before = orders;
    while (orders === before) {
      if (at >= frames) {
        path.rewind();
        at = 0;
      }
      if (path.armBefore(at)) orders++;
      plantIt(plant);
      path.frame(at++, path.tNs + 1_000);
      for (const order of waiting.splice(0)) path.fill(order);
    }
    return orders;
  }, 1_000);
}

/** Growth of the heap over frames that set nothing off; the least of a few stretches without a collection in between. */
function pathBytes(plant: Plant, warm: number): GateCase {
  const path = new TickPath(recordedFeed());
  const frames = 300;
  const stretch = (): number => {
    path.rewind();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < frames; i++) {
      plantIt(plant === 'allocation' ? plant : 'none');
      path.frame(i, path.tNs + 1_000);
    }
    return (process.memoryUsage().heapUsed - before) / frames;
  };
  for (let i = 0; i < 200 * warm; i++) stretch();
  return {
    name: 'path: bytes allocated a tick', unit: 'bytes', measure: () => {
      let least = Infinity;
      for (let i = 0; i < SLICES; i++) {
        const grown = stretch();
        if (grown >= 0) least = Math.min(least, grown);
      }
      return least;
    },
  };
}

let recorded: RecordedFeed | null = null;

function recordedFeed(): RecordedFeed {
  recorded ??= loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
  return recorded;
}

function plantIt(plant: Plant): void {
  if (plant === 'none') return;
  if (plant === 'allocation') {
    planted.push({ values: new Array<number>(64).fill(1) });
    if (planted.length > 1_000) planted.length = 0;
    return;
  }
  const until = performance.now() + PLANTED_DELAY_NS / 1e6;
  while (performance.now() < until);
}

/** Work beside the parsing of a document. @param operations of a slice @param before operations that warm it up */
function json(name: string, operations: number, warm: number, work: () => number, before = 10 * operations): GateCase {
  let checksum = 0;
  const ours = (): number => {
    const started = cpuNs();
    for (let i = 0; i < operations; i++) checksum += work();
    return (cpuNs() - started) / operations;
  };
  for (let i = 0; i < before * warm; i++) checksum += work();
  for (let i = 0; i < 10; i++) floorSlice();
  return {
    name, unit: 'ratio', measure: () => {
      const ratio = leastOf(ours, floorSlice);
      if (!(checksum > 0)) throw new Error(`${name} did nothing`);
      return ratio;
    },
  };
}

/** By turns, so that both see the same machine. */
function leastOf(ours: () => number, floor: () => number): number {
  let least = Infinity;
  let leastFloor = Infinity;
  for (let i = 0; i < SLICES; i++) {
    least = Math.min(least, ours());
    leastFloor = Math.min(leastFloor, floor());
  }
  return least / leastFloor;
}

const FLOOR_STEPS = 100;
const FLOOR_TEXT = JSON.stringify(Array.from({ length: 40 }, (_, i) => ({ price: `${60_000 + i}.5`, lots: i * 1_000, side: i % 2 === 0 })));

/** CPU ns of parsing one document: loads, branches and allocation, as the measured code has them. */
function floorSlice(): number {
  let sum = 0;
  const started = cpuNs();
  for (let i = 0; i < FLOOR_STEPS; i++) sum += (JSON.parse(FLOOR_TEXT) as unknown[]).length;
  const ns = (cpuNs() - started) / FLOOR_STEPS;
  if (sum !== 40 * FLOOR_STEPS) throw new Error('the floor parsed something else');
  return ns;
}
