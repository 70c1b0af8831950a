import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { journalCommand } from '../../../src/cli/journal.js';
import { OpenedJournal } from '../../../src/journal/open-journal.js';
import { JournalCorruption } from '../../../src/journal/journal-error.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { repairJournal } from '../../../src/journal/repair.js';
import { SnapshotPublisher } from '../../../src/journal/snapshot-publisher.js';
import { SnapshotWriter } from '../../../src/journal/snapshot.js';
import { appendGroups, readAndCompare, SMALL_SEGMENT } from '../../disk/support.js';

function open(directory: string): OpenedJournal {
  return new OpenedJournal({
    fs: realFs, directory, durability: 'process', segmentBytes: SMALL_SEGMENT, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16).fill(1), nowMs: 0,
  });
}

function filled(t: TestContext): { directory: string; last: number } {
  const root = mkdtempSync(join(tmpdir(), 'legwork-journal-'));
  t.after(() => rmSync(root, { recursive: true }));
  const directory = join(root, 'journal');
  realFs.makeDirectory(directory);
  const opened = open(directory);
  readAndCompare(opened);
  const writer = opened.startWriting();
  appendGroups(writer, 150, new Prng(5), () => undefined);
  writer.close();
  return { directory, last: writer.sequence };
}

function bytesIn(directory: string): string[] {
  return readdirSync(directory).sort().map((name) => `${name} ${readFileSync(join(directory, name)).toString('hex')}`);
}

test('a damaged journal is refused, and goes on from a repaired copy; the original stays as it was', (t) => {
  const { directory, last } = filled(t);
  const name = readdirSync(directory).sort()[2] ?? '';
  const path = join(directory, name);
  const bytes = readFileSync(path);
  bytes[6000] = (bytes[6000] ?? 0) ^ 4;
  writeFileSync(path, bytes);
  let place = 0;
  assert.throws(() => readAndCompare(open(directory)), (cause) => {
    if (cause instanceof JournalCorruption) place = cause.place.sequence;
    return cause instanceof JournalCorruption && cause.message.includes(`repair --truncate-at ${place} `);
  });
  const before = bytesIn(directory);
  const report = repairJournal(directory, `${directory}.copy`, place);
  assert.equal(report.lastSequence, place - 1);
  assert.ok(place < last && report.dropped.length > 0);
  assert.deepEqual(bytesIn(directory), before);
  const opened = open(`${directory}.copy`);
  assert.equal(readAndCompare(opened), place - 1);
  const writer = opened.startWriting();
  appendGroups(writer, 5, new Prng(1), () => undefined);
  writer.close();
  assert.equal(readAndCompare(open(`${directory}.copy`)), writer.sequence);
});

test('verify, dump and repair as commands', async (t) => {
  const { directory, last } = filled(t);
  const said: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => said.push(text) > 0);
  t.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
  assert.equal(await journalCommand(['verify', directory]), 0);
  assert.equal(await journalCommand(['dump', directory, '--from', '3', '--to', '4', '--raw']), 0);
  assert.equal(await journalCommand(['repair', directory, '--truncate-at', '20']), 0);
  assert.equal(await journalCommand(['repair', directory, '--truncate-at', '20']), 2, 'the copy exists now');
  assert.equal(await journalCommand(['verify', `${directory}.repaired`]), 0);
  assert.equal(await journalCommand(['repair', directory, '--truncate-at', String(last + 2)]), 2);
  assert.equal(await journalCommand(['verify', `${directory}.nowhere`]), 2);
  t.mock.restoreAll();
  const text = said.join('');
  assert.match(text, new RegExp(`\\(1\\.\\.${last}\\)`));
  assert.match(text, /"sequence":3,.*\n.*"sequence":4,/);
  assert.match(text, /good up to 19; the original is unchanged/);
});

test('a thread publishes snapshots', async (t) => {
  const { directory } = filled(t);
  const opened = open(directory);
  readAndCompare(opened);
  const writer = opened.startWriting();
  const publisher = new SnapshotPublisher(directory);
  const { sequence, epoch, crc } = writer;
  const snapshot = new SnapshotWriter(realFs, directory, { runId: opened.runId, sequence, epoch, recordCrc: crc, createdMs: 0 });
  snapshot.write(new Uint8Array(70_000).fill(3), 70_000);
  snapshot.finish();
  await publisher.publish(sequence);
  await assert.rejects(publisher.publish(sequence), /publishing snapshot/, 'nothing is left to publish');
  await publisher.close();
  writer.close();
  assert.equal(open(directory).snapshot?.sequence, sequence);
});
