/** What people and half-dead machines leave in a journal's directory, tried by hand once. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { journalCommand } from '../../../src/cli/journal.js';
import { lockDirectory } from '../../../src/journal/directory-lock.js';
import { EngineJournal } from '../../../src/journal/engine-journal.js';
import { JournalCorruption } from '../../../src/journal/journal-error.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { verifyJournal } from '../../../src/journal/verify.js';
import { replayDirectory } from '../../../src/main/data-directory.js';
import { EventType } from '../../../src/protocol/events.js';

function open(directory: string): EngineJournal {
  return new EngineJournal({
    directory, durability: 'process', configHash: new Uint8Array(32), nowMs: 0, segmentBytes: 16_384, keepBytes: 2 ** 31,
  });
}

/** A data directory of three lives, the first two with a snapshot at their end. */
async function filled(t: TestContext): Promise<{ data: string; journal: string; segments: readonly string[] }> {
  const data = mkdtempSync(join(tmpdir(), 'legwork-odd-'));
  t.after(() => rmSync(data, { recursive: true }));
  const directory = join(data, 'journal');
  for (let life = 0; life < 3; life++) {
    const journal = open(directory);
    journal.replay(() => undefined);
    const log = journal.start();
    for (let i = 0; i < 20; i++) {
      log.append({ type: EventType.timer, tNs: 20 * life + i });
      log.commit();
    }
    if (life < 2) {
      const snapshot = journal.beginSnapshot();
      assert.ok(snapshot !== undefined);
      snapshot.write(Uint8Array.of(life), 1);
      await journal.publish(snapshot);
    }
    await journal.close();
  }
  const segments = readdirSync(directory).filter((name) => name.endsWith('.lwj')).sort();
  assert.equal(segments.length, 3);
  return { data, journal: directory, segments };
}

async function problemOf(directory: string): Promise<string> {
  try {
    await open(directory).close();
    return 'none';
  } catch (cause) {
    if (cause instanceof JournalCorruption) return `${cause.problem} ${cause.message}`;
    throw cause;
  }
}

test('a segment that is missing before the snapshot is missed by a start too', async (t) => {
  const { journal, segments } = await filled(t);
  assert.equal(await problemOf(journal), 'none');
  rmSync(join(journal, segments[1] ?? ''));
  assert.match(await problemOf(journal), /^missing_segment .*21\.\.40 are missing/);
});

test('bytes of a torn write at the end of an older segment are no missing one', async (t) => {
  const { journal, segments } = await filled(t);
  const path = join(journal, segments[0] ?? '');
  const file = realFs.open(path, 'write');
  realFs.write(file, Uint8Array.of(29, 0, 0, 0, 9, 9, 9, 9), 0, 8, realFs.size(file));
  realFs.close(file);
  assert.equal(await problemOf(journal), 'none');
});

test('snapshots without any segment are no empty journal', async (t) => {
  const { data, journal, segments } = await filled(t);
  for (const name of segments) rmSync(join(journal, name));
  assert.match(await problemOf(journal), /^missing_segment/);
  assert.throws(() => replayDirectory(data, null, () => false, false), JournalCorruption);
  assert.equal(await journalCommand(['verify', journal]), 1);
  assert.equal(await journalCommand(['dump', journal]), 1);
});

test('verify and dump take the data directory for its journal, and say where there is none', async (t) => {
  const { data } = await filled(t);
  assert.equal(await journalCommand(['verify', data]), 0);
  const empty = join(data, 'empty');
  mkdirSync(empty);
  for (const command of ['verify', 'dump']) assert.equal(await journalCommand([command, empty]), 1);
});

test('a snapshot under another name is told, and is not newer than the journal', async (t) => {
  const { journal } = await filled(t);
  renameSync(join(journal, 'snapshot-0000000000000040.lws'), join(journal, 'snapshot-0000000000009999.lws'));
  const verdict = verifyJournal(realFs, journal);
  assert.equal(verdict.problem, undefined);
  assert.match(verdict.snapshots[0]?.problem ?? '', /holds the state after 40/);
  assert.equal(await problemOf(journal), 'none');
});

test('directories under the names of segments and snapshots are named', async (t) => {
  const { data, journal } = await filled(t);
  const copy = join(data, 'copy');
  cpSync(journal, copy, { recursive: true });
  mkdirSync(join(copy, 'segment-0000000000009999.lwj'));
  assert.match(await problemOf(copy), /^damaged_header .*segment-0000000000009999\.lwj.*directory/);
  mkdirSync(join(journal, 'snapshot-0000000000009999.lws'));
  assert.equal(await problemOf(journal), 'none');
  assert.match(verifyJournal(realFs, journal).snapshots[0]?.problem ?? '', /directory/);
});

test('a lock that a loss of power left half written holds nobody', async (t) => {
  const { journal } = await filled(t);
  for (const text of ['', '{"pid":', '\0\0\0\0', '[]', 'null']) {
    writeFileSync(join(journal, 'lock.7'), text);
    lockDirectory(journal).release();
  }
});
