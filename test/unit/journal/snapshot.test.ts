import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import type { JournalWriter } from '../../../src/journal/journal-writer.js';
import { JournalCorruption } from '../../../src/journal/journal-error.js';
import { publishSnapshot } from '../../../src/journal/publish-snapshot.js';
import { listSnapshots, loadSnapshot, snapshotName, SnapshotWriter } from '../../../src/journal/snapshot.js';
import { verifyJournal } from '../../../src/journal/verify.js';
import { SimDisk } from '../../disk/sim-disk.js';
import { appendGroups, DIRECTORY, openWith, readAndCompare } from '../../disk/support.js';

function takeSnapshot(disk: SimDisk, runId: Uint8Array, writer: JournalWriter, keepBytes = 0): number {
  const { sequence, epoch, crc } = writer;
  const snapshot = new SnapshotWriter(disk, DIRECTORY, { runId, sequence, epoch, recordCrc: crc, createdMs: 0 });
  for (const part of ['state ', 'after ', String(sequence)]) {
    const bytes = new TextEncoder().encode(part);
    snapshot.write(bytes, bytes.length);
  }
  snapshot.finish();
  publishSnapshot(disk, DIRECTORY, sequence, keepBytes);
  return sequence;
}

/** A journal with `count` snapshots, more records after the last. */
function withSnapshots(count: number, keepBytes = 0): { disk: SimDisk; taken: number[]; last: number } {
  const disk = new SimDisk();
  const opened = openWith(disk);
  readAndCompare(opened);
  const writer = opened.startWriting();
  const random = new Prng(8);
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    appendGroups(writer, 60, random, () => undefined);
    taken.push(takeSnapshot(disk, opened.runId, writer, keepBytes));
  }
  appendGroups(writer, 60, random, () => undefined);
  writer.close();
  return { disk, taken, last: writer.sequence };
}

function textOf(chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) => new TextDecoder().decode(chunk)).join('');
}

test('opening takes the newest snapshot and gives only the records after it', () => {
  const { disk, taken, last } = withSnapshots(3);
  const opened = openWith(disk);
  assert.equal(opened.snapshot?.sequence, taken[2]);
  assert.equal(textOf(opened.snapshot?.chunks ?? []), `state after ${taken[2]}`);
  assert.ok(opened.cursor.next());
  assert.equal(opened.cursor.sequence, (taken[2] ?? 0) + 1);
  assert.equal(readAndCompare(opened), last);
  opened.startWriting().close();
  assert.equal(disk.openFiles, 0);
});

test('two snapshots are kept, and every record after the older one', () => {
  const { disk, taken, last } = withSnapshots(4);
  assert.deepEqual(listSnapshots(disk, DIRECTORY), [taken[3], taken[2]]);
  const verdict = verifyJournal(disk, DIRECTORY);
  assert.ok(verdict.firstSequence > 1 && verdict.firstSequence <= (taken[2] ?? 0) + 1, 'pruned, but not too far');
  assert.deepEqual([verdict.problem, verdict.lastSequence], [undefined, last]);
});

test('what snapshots do not need stays up to so many bytes: the journal can be read from its first record', () => {
  const kept = withSnapshots(4, 1024 * 1024);
  const verdict = verifyJournal(kept.disk, DIRECTORY);
  assert.deepEqual([verdict.firstSequence, verdict.lastSequence, verdict.problem], [1, kept.last, undefined]);
  assert.equal(verdict.snapshots.length, 2);
  const beyond = withSnapshots(4, 16 * 1024);
  const second = verifyJournal(beyond.disk, DIRECTORY);
  assert.ok(second.firstSequence > 1 && second.firstSequence <= (beyond.taken[2] ?? 0) + 1, 'beyond them all goes, but not too far');
});

test('any flipped bit of the newest makes the one before it count, and that is said', () => {
  const { disk, taken, last } = withSnapshots(3);
  const path = `${DIRECTORY}/${snapshotName(taken[2] ?? 0)}`;
  const bytes = disk.bytesOf(path);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const opened = openWith(disk);
    assert.equal(opened.snapshot?.sequence, taken[1], `bit ${bit}`);
    assert.equal(opened.notes.length, 1);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }
  disk.resizeFile(path, bytes.length - 1);
  assert.match(String(loadSnapshot(disk, DIRECTORY, taken[2] ?? 0)), /goes beyond the end/);
  assert.equal(readAndCompare(openWith(disk)), last);
});

test('both snapshots bad: refused, for the first records are pruned', () => {
  const { disk, taken } = withSnapshots(4);
  for (const sequence of taken.slice(2)) disk.bytesOf(`${DIRECTORY}/${snapshotName(sequence)}`).fill(1, 100, 101);
  assert.throws(() => openWith(disk), (cause) => cause instanceof JournalCorruption && cause.problem === 'missing_history');
});

test('a snapshot of another chain, or ahead of its journal, is refused before anything is written', () => {
  for (const [ahead, crcChange, problem] of [[0, 1, 'wrong_order'], [1, 0, 'missing_segment']] as const) {
    const { disk } = withSnapshots(1);
    const before = openWith(disk);
    const sequence = readAndCompare(before) + ahead;
    const { runId, cursor } = before;
    const recordCrc = cursor.crc + crcChange;
    new SnapshotWriter(disk, DIRECTORY, { runId, sequence, epoch: 1, recordCrc, createdMs: 0 }).finish();
    publishSnapshot(disk, DIRECTORY, sequence);
    const files = disk.list(DIRECTORY).sort();
    const opened = openWith(disk);
    readAndCompare(opened);
    assert.throws(() => opened.startWriting(), (cause) => cause instanceof JournalCorruption && cause.problem === problem);
    assert.deepEqual(disk.list(DIRECTORY).sort(), files);
  }
});
