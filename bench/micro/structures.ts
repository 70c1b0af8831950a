/**
 * One structure at a time under tinybench: rings, books, codecs, order bytes, the planner, the index of armed prices, a
 * call into WebAssembly. One thread; a task is BATCH operations, since one is too short for the clock.
 */
import { Bench } from 'tinybench';
import { must } from '../../src/base/assert.js';
import { addLevel, newLevelIndex, removeLevel } from '../../src/core/levels.js';
import { plan } from '../../src/core/sor/plan.js';
import type { Edge } from '../../src/core/state.js';
import { BookDepth } from '../../src/market/book-views.js';
import { BroadcastRingReader } from '../../src/memory/broadcast-ring-reader.js';
import { createBroadcastRing } from '../../src/memory/broadcast-ring-layout.js';
import { BroadcastRingWriter } from '../../src/memory/broadcast-ring-writer.js';
import { createMessageRing } from '../../src/memory/message-ring-layout.js';
import { MessageRingReader } from '../../src/memory/message-ring-reader.js';
import { MessageRingWriter } from '../../src/memory/message-ring-writer.js';
import { createSpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../src/memory/spsc-ring-writer.js';
import { plainReadFloat64, plainWriteFloat64 } from '../../src/memory/words.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { BookRig } from '../support/book-rig.js';
import { CoreFeeder, START_MID } from '../support/core-feeder.js';
import { above, LOTS, waitingGraph } from '../support/core-specs.js';
import { OrderBytes } from '../support/order-bytes.js';
import type { Row } from '../support/row.js';
import { pathUniverse } from '../path/tick-path.js';
import { benchReport, benchSample, codecPair } from './journal-codec.js';
import { benchRequest } from './plan.js';

const BATCH = 100;
const UNSIGNED = 'order: bytes of a request';
const SIGNED = 'order: bytes of a request, signed';

/** Each does one thing and says a number that depends on it. */
type Task = () => number;

/** @param seconds of measuring for each task */
export async function structureRows(seconds: number): Promise<Row[]> {
  const bench = new Bench({ time: seconds * 1_000, warmupTime: seconds * 300, iterations: 16, warmupIterations: 16 });
  const sums = new Map<string, number>();
  for (const [name, task] of Object.entries(tasks())) {
    bench.add(name, () => {
      let sum = sums.get(name) ?? 0;
      for (let i = 0; i < BATCH; i++) sum += task();
      sums.set(name, sum % 1e9);
    });
  }
  await bench.run();
  const rows = bench.tasks.map(({ name, result }): Row => {
    if (!('latency' in result)) throw new Error(`${name} was not measured: ${result.state}`);
    const ns = (ms: number): number => (ms * 1e6) / BATCH;
    const { p50, min, p99 } = result.latency;
    return { bench: 'micro', what: name, unit: 'ns', value: ns(p50), low: ns(min), high: ns(p99), checksum: sums.get(name) ?? 0 };
  });
  return [...rows, signature(rows)];
}

/** What signing adds: the difference of two rows. */
function signature(rows: readonly Row[]): Row {
  const of = (what: string): Row => must(rows.find((row) => row.what === what), what);
  const [plain, signed] = [of(UNSIGNED), of(SIGNED)];
  return {
    bench: 'micro', what: 'order: the signature (HMAC-SHA256) alone', unit: 'ns', value: signed.value - plain.value,
    low: signed.low - plain.low, high: signed.high - plain.high, checksum: signed.checksum,
  };
}

function tasks(): Record<string, Task> {
  return { ...rings(), ...books(), ...codecs(), ...decisions() };
}

function rings(): Record<string, Task> {
  const cells = createSpscRing(1024, 56);
  const writer = new SpscRingWriter(cells);
  const reader = new SpscRingReader(cells);
  const messages = createMessageRing(2 ** 16);
  const sender = new MessageRingWriter(messages);
  const receiver = new MessageRingReader(messages);
  const wide = createBroadcastRing(2 ** 16);
  const caster = new BroadcastRingWriter(wide);
  const listener = new BroadcastRingReader(wide);
  const payload = new Uint8Array(64);
  return {
    'ring: a cell written and read': () => {
      plainWriteFloat64(writer.float64, writer.claim() >> 3, 7);
      writer.commit();
      writer.publish();
      const value = plainReadFloat64(reader.float64, reader.peek() >> 3);
      reader.advance();
      reader.release();
      return value;
    },
    'message ring: 64 bytes written and read': () => {
      if (!sender.offer(1, payload)) return 0;
      const at = receiver.peek();
      receiver.advance();
      receiver.release();
      return at;
    },
    'broadcast ring: 64 bytes written and read': () => {
      caster.transmit(1, payload);
      return listener.receive();
    },
  };
}

function books(): Record<string, Task> {
  const rig = new BookRig();
  const depth = new BookDepth(100);
  let n = 0;
  return {
    'book: one level written and published': () => {
      rig.change(++n);
      return n;
    },
    'book: 22 levels written and published': () => rig.changeMany(++n, 22),
    'book: touch read': () => (rig.reader.readTop(rig.top, 1) ? rig.top.bidTicks : 0),
    'book: 10 levels a side read': () => (rig.reader.readTop(rig.top, 10) ? rig.top.bidTicks : 0),
    'book: 20 levels a side read': () => (rig.reader.readTop(rig.top, 20) ? rig.top.bidTicks : 0),
    'book: 100 levels a side walked': () => (rig.reader.readLevels(100, depth) ? depth.bidCount : 0),
    'book: 100 levels and 50 buckets a side walked': () => (rig.reader.readLevels(100, depth, true) ? depth.bidCount : 0),
    'WASM: a call (sign of life into a book)': () => {
      rig.writer.touch(++n);
      return n;
    },
  };
}

function codecs(): Record<string, Task> {
  const pair = codecPair();
  const sample = benchSample();
  const fill = benchReport();
  const encoder = new OrderBytes(pathUniverse('BTCUSDT'), 'bench secret');
  const order: VenueOrder = {
    clientOrderId: 'lw-0001-abcdef0123456789-01', accountId: 0, venue: 0, listing: 0, side: 1, lots: 1_250, limitTicks: 6_180_012, tif: 'ioc',
    reduceOnly: false,
  };
  return {
    'codec: sample of 4 encoded and decoded': () => pair(sample),
    'codec: fill encoded and decoded': () => pair(fill),
    [UNSIGNED]: () => encoder.write(order, 1_723_161_255_000),
    [SIGNED]: () => encoder.writeSigned(order, 1_723_161_255_000),
  };
}

function decisions(): Record<string, Task> {
  const small = benchRequest(20, 2_000);
  const deep = benchRequest(100, 500_000);
  const feeder = new CoreFeeder();
  feeder.submit(waitingGraph('armed', 100, (i) => above(START_MID + 1_000 + i)), START_MID);
  feeder.fill(feeder.takePlaced(), START_MID, LOTS);
  const graph = must([...feeder.state.graphs.values()][0], 'graph');
  const index = newLevelIndex();
  const edges = Array.from({ length: 10_000 }, (_, i): Edge => ({ ...must(graph.edges[0], 'edge'), level: 4 * ((i * 7_919) % 10_000), heapPos: -1 }));
  for (const edge of edges) addLevel(index, edge, -1, 0, 1, 0);
  let at = 0;
  return {
    'plan: 3 venues × 20 levels, 2,000 lots': () => plan(small).placedLots,
    'plan: 3 venues × 100 levels, 500,000 lots': () => plan(deep).placedLots,
    'trigger index: one of 10,000 taken out and put back': () => {
      const edge = must(edges[at++ % edges.length], 'edge');
      removeLevel(index, edge);
      addLevel(index, edge, -1, 0, 1, 0);
      return index.count;
    },
    'apply: tick, nothing crossed': () => {
      feeder.tNs += 1_000;
      feeder.tick(START_MID - (at++ & 31));
      return at;
    },
  };
}
