/**
 * The journal against the bare system calls under it, same bytes, side by side. One thread.
 *
 *   process   append + commit          beside   writeSync of the same bytes
 *   power     append + commit (sync)   beside   writeSync + fdatasync on a preallocated file
 *   memory    append + commit
 *   read      every record checked and stood on
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Durability } from '../../src/journal/format.js';
import { JournalCursor } from '../../src/journal/journal-cursor.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { type JournalWriter, memoryWriter } from '../../src/journal/journal-writer.js';
import { OpenedJournal } from '../../src/journal/open-journal.js';

export interface JournalBenchRow {
  readonly name: string;
  readonly operations: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  /** Of all, so that nothing can be left out: bytes written or records read. */
  readonly checksum: number;
}

const PAYLOAD_BYTES = 80;
const RECORD_BYTES = 104;

export interface JournalBenchSize {
  readonly process: number;
  readonly power: number;
  readonly read: number;
}

/** @param folder on the disk to measure; a directory below it is made and removed */
export function journalBench(size: JournalBenchSize, folder = tmpdir()): JournalBenchRow[] {
  const root = mkdtempSync(join(folder, 'legwork-bench-journal-'));
  try {
    return [
      bareWrites(root, 'process: bare writeSync', size.process, false),
      appends(root, 'process', size.process),
      appends(root, 'memory', size.process),
      bareWrites(root, 'power: bare writeSync + fdatasync', size.power, true),
      appends(root, 'power', size.power),
      reads(root, size.read),
    ];
  } finally {
    rmSync(root, { recursive: true });
  }
}

function bareWrites(root: string, name: string, count: number, sync: boolean): JournalBenchRow {
  const file = openSync(join(root, 'bare'), 'w');
  const zeros = new Uint8Array(1 << 20);
  for (let at = 0; at < count * RECORD_BYTES; at += zeros.length) writeSync(file, zeros, 0, zeros.length, at);
  fdatasyncSync(file);
  const bytes = new Uint8Array(RECORD_BYTES).fill(7);
  let at = 0;
  const row = measure(name, count, () => {
    at += writeSync(file, bytes, 0, RECORD_BYTES, at);
    if (sync) fdatasyncSync(file);
    return at;
  });
  closeSync(file);
  return row;
}

function appends(root: string, durability: Durability, count: number): JournalBenchRow {
  const writer = durability === 'memory' ? memoryWriter(realFs) : open(root, durability);
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);
  const row = measure(`${durability}: append + commit`, count, () => {
    const sequence = writer.append(4, payload, PAYLOAD_BYTES);
    writer.commit();
    if (writer.acknowledged !== sequence) throw new Error(`${sequence} is not acknowledged`);
    return sequence * RECORD_BYTES;
  });
  writer.close();
  return row;
}

/** A group of 64 a commit writes them, then each next() is timed in batches. */
function reads(root: string, count: number): JournalBenchRow {
  const writer = open(root, 'process', 'read');
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);
  for (let i = 0; i < count; i++) {
    writer.append(4, payload, PAYLOAD_BYTES);
    if (i % 64 === 63) writer.commit();
  }
  writer.close();
  const batch = Math.max(1, Math.floor(count / 1000));
  const cursor = new JournalCursor(realFs, join(root, 'read'));
  const row = measure(`read: ${batch} records`, Math.floor(count / batch), () => {
    for (let i = 0; i < batch; i++) cursor.next();
    return cursor.sequence;
  });
  if (row.checksum !== Math.floor(count / batch) * batch) throw new Error(`read ${row.checksum} of ${count}`);
  return row;
}

function open(root: string, durability: 'process' | 'power', name: string = durability): JournalWriter {
  const directory = join(root, name);
  realFs.makeDirectory(directory);
  const opened = new OpenedJournal({
    fs: realFs, directory, durability, segmentBytes: 64 * 1024 * 1024, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16), nowMs: 0,
  });
  return opened.startWriting();
}

function measure(name: string, operations: number, work: () => number): JournalBenchRow {
  const times = new Float64Array(operations);
  let checksum = 0;
  for (let i = 0; i < operations; i++) {
    const started = performance.now();
    checksum = work();
    times[i] = (performance.now() - started) * 1e6;
  }
  // The first tenth warms up.
  const counted = times.subarray(Math.floor(operations / 10)).sort();
  const at = (share: number): number => Math.round(counted[Math.floor((counted.length - 1) * share)] ?? 0);
  return { name, operations, p50Ns: at(0.5), p99Ns: at(0.99), maxNs: at(1), checksum };
}
