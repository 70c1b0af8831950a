/**
 * What durability costs on the way from a tick to an order, and what an acknowledgement of class `power` takes.
 *
 *   frame ──▶ … (tick-path.ts) … ──▶ append ▶ commit: none, `memory`, `process` by turns ──▶ order bytes
 *   an order's record each millisecond ──▶ append ▶ commit: `power`        beside: write + fdatasync of the same bytes
 *
 * The floor of `process` is a bare writeSync of the bytes that such a group has, measured between the passes. At 1,000 orders
 * a second a latency counts from when the order was due.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js';
import { assert } from '../../src/base/assert.js';
import { EventJournal } from '../../src/journal/event-journal.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { type JournalWriter, memoryWriter } from '../../src/journal/journal-writer.js';
import { OpenedJournal } from '../../src/journal/open-journal.js';
import type { EngineEvent } from '../../src/protocol/events.js';
import { type EventLog, noLog } from '../../src/scheduler/event-log.js';
import { median } from '../support/summary.js';
import { type Row, spread } from '../support/row.js';
import { TickToOrder } from './tick-to-order.js';

/** Of an order's group at class `power`: the sample that fired it and one with depth. */
const ORDER_BYTES = 512;
const GAP_MS = 1;

/** One log for all: whose turn it is takes the events. */
class Turns implements EventLog {
  log: EventLog = noLog;

  append(event: EngineEvent): number {
    return this.log.append(event);
  }

  commit(): void {
    this.log.commit();
  }
}

function writer(root: string, durability: 'process' | 'power'): JournalWriter {
  const directory = join(root, durability);
  realFs.makeDirectory(directory);
  const opened = new OpenedJournal({
    fs: realFs, directory, durability, segmentBytes: 64 * 1024 * 1024, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16), nowMs: 0,
  });
  while (opened.cursor.next()) throw new Error('a new directory is empty');
  return opened.startWriting();
}

/** A file of zeros on the platter, as a segment is. */
function preallocated(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  const zeros = new Uint8Array(1 << 20);
  for (let at = 0; at < bytes; at += zeros.length) writeSync(file, zeros, 0, zeros.length, at);
  fdatasyncSync(file);
  return file;
}

function histogram(): Histogram {
  return buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
}

function timed(into: Histogram, fromMs: number): void {
  into.recordValue(Math.max(1, Math.round((performance.now() - fromMs) * 1e6)));
}

/** @param frames of a pass; Infinity: the whole recording */
export function durableTickRows(passes: number, frames: number, seconds: number): Row[] {
  const root = mkdtempSync(join(tmpdir(), 'legwork-bench-durable-'));
  try {
    return [...growthRows(root, passes, frames), ...powerRows(root, passes, seconds)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function growthRows(root: string, passes: number, frames: number): Row[] {
  const turns = new Turns();
  const bench = new TickToOrder(turns);
  const count = Math.min(frames, bench.feed.frames.length);
  const journal = writer(root, 'process');
  const logs: readonly EventLog[] = [noLog, new EventJournal(memoryWriter(realFs)), new EventJournal(journal)];
  const times = logs.map((): number[] => []);
  let bytes = 0;
  const pass = (which: number): number => {
    turns.log = logs[which] ?? noLog;
    const before = journal.sequence;
    const { fired, orders } = bench.pass({ frames: count, signed: false, rate: null });
    assert(orders > 0 && (which !== 2 || journal.sequence > before), 'orders left, and were written where they should be');
    return fired.getValueAtPercentile(50);
  };
  for (let i = 0; i < 2 * logs.length; i++) pass(i % logs.length);
  const file = preallocated(join(root, 'bare'), 8 << 20);
  const floors: number[] = [];
  for (let i = 0; i < passes; i++) {
    for (const [which, into] of times.entries()) into.push(pass(which));
    bytes = groupBytes(bench, turns, logs[1] as EventJournal); // the second is one
    floors.push(bareWriteNs(file, bytes));
  }
  turns.log = noLog;
  closeSync(file);
  journal.close();
  const growth = (which: number): number[] => (times[which] ?? []).map((ns, i) => Math.max(0, ns - (times[0]?.[i] ?? 0)));
  const row = (what: string, values: readonly number[]): Row => ({ bench: 'durable-tick', what, unit: 'ns', ...spread(values), checksum: bytes });
  return [
    row('frame → order p50, nothing written', times[0] ?? []),
    row('`memory`: frame → order p50 grows by', growth(1)),
    { ...row('`process`: frame → order p50 grows by', growth(2)), floor: { what: `bare writeSync of ${bytes} bytes p50`, value: median(floors) } },
  ];
}

/** Bytes of the groups of one short pass, on average. */
function groupBytes(bench: TickToOrder, turns: Turns, memory: EventJournal): number {
  const before = memory.writer.recordedBytes;
  let groups = 0;
  let open = false;
  turns.log = {
    append: (event) => {
      open = true;
      return memory.append(event);
    },
    commit: () => {
      memory.commit();
      if (open) groups++;
      open = false;
    },
  };
  bench.pass({ frames: Math.min(300, bench.feed.frames.length), signed: false, rate: null });
  return Math.round((memory.writer.recordedBytes - before) / groups / 4) * 4;
}

function bareWriteNs(file: number, bytes: number): number {
  const into = histogram();
  const payload = new Uint8Array(bytes).fill(7);
  for (let i = 0; i < 2_000; i++) {
    const started = performance.now();
    writeSync(file, payload, 0, bytes, i * bytes);
    timed(into, started);
  }
  return into.getValueAtPercentile(50);
}

/** By turns: a stretch of acknowledgements, a stretch of bare writes and syncs, each at 1,000 a second. */
function powerRows(root: string, passes: number, seconds: number): Row[] {
  const journal = writer(root, 'power');
  const count = Math.max(20, Math.round(1_000 * seconds));
  const file = preallocated(join(root, 'bare-power'), (passes + 1) * count * ORDER_BYTES);
  const payload = new Uint8Array(ORDER_BYTES).fill(7);
  const ours: Histogram[] = [];
  const bare: Histogram[] = [];
  let at = 0;
  for (let i = 0; i < passes; i++) {
    ours.push(paced(count, () => {
      const sequence = journal.append(4, payload, ORDER_BYTES - 24);
      journal.commit();
      assert(journal.acknowledged === sequence, 'acknowledged when the commit returns');
    }));
    bare.push(paced(count, () => {
      at += writeSync(file, payload, 0, ORDER_BYTES, at);
      fdatasyncSync(file);
    }));
  }
  journal.close();
  closeSync(file);
  return [50, 99].map((percentile) => ({
    bench: 'durable-tick', what: `\`power\` at 1,000 orders/s: due → acknowledged p${percentile}`, unit: 'ns', checksum: passes * count,
    ...spread(ours.map((one) => one.getValueAtPercentile(percentile))),
    floor: { what: `bare write + fdatasync at the same rate p${percentile}`, value: median(bare.map((one) => one.getValueAtPercentile(percentile))) },
  }));
}

function paced(count: number, work: () => void): Histogram {
  const into = histogram();
  const begun = performance.now();
  for (let i = 0; i < count; i++) {
    const due = begun + i * GAP_MS;
    while (performance.now() < due);
    work();
    timed(into, due);
  }
  return into;
}
