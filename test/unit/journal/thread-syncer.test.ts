import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { JournalFailure } from '../../../src/journal/journal-error.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { OpenedJournal } from '../../../src/journal/open-journal.js';
import { ThreadSyncer } from '../../../src/journal/thread-syncer.js';
import { messageWatch, watchPosts } from '../../threads/message-watch.js';
import { appendGroups, readAndCompare, SMALL_SEGMENT } from '../../disk/support.js';

const DEADLINE_MS = 10_000;
/** A file number beyond any limit: one that was closed would soon be somebody else's. */
const NEVER_OPEN = 1 << 28;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'legwork-sync-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Polls once per turn of the event loop until true. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen in ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function open(directory: string): OpenedJournal {
  return new OpenedJournal({
    fs: realFs, directory, durability: 'power', segmentBytes: SMALL_SEGMENT, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16), nowMs: 0,
  });
}

test('acknowledgements follow the thread, over segment changes, and never run ahead', async (t) => {
  const directory = folder(t);
  const opened = open(directory);
  readAndCompare(opened);
  const writer = opened.startWriting((sequence) => new ThreadSyncer(sequence));
  const random = new Prng(4);
  for (let i = 0; i < 60; i++) {
    appendGroups(writer, 3, random, (acknowledged) => assert.ok(acknowledged <= writer.sequence));
    if (i % 20 !== 19) continue;
    await until('the acknowledgement of everything', () => {
      writer.poll();
      return writer.acknowledged === writer.sequence;
    });
  }
  writer.close();
  const again = open(directory);
  assert.equal(readAndCompare(again), writer.sequence);
  const second = again.startWriting((sequence) => new ThreadSyncer(sequence));
  assert.equal(second.acknowledged, writer.sequence);
  second.close();
});

test('the thread wakes from each sleep without a message: orders wait for it', async (t) => {
  const directory = folder(t);
  const file = openSync(join(directory, 'file'), 'w');
  const syncer = new ThreadSyncer(0);
  const sync = (sequence: number): Promise<void> => {
    syncer.request(file, sequence);
    return until('the sync', () => syncer.synced() === sequence);
  };
  let sequence = 0;
  while (sequence < 10) await sync(++sequence); // and the messages of the thread's start are gone
  const watch = messageWatch();
  const unwatch = watchPosts(watch.words);
  const before = watch.posted();
  while (sequence < 60) await sync(++sequence);
  unwatch();
  assert.equal(watch.posted(), before);
  syncer.close();
  closeSync(file);
});

test('a sync that fails on the thread stops acknowledgements for good', async () => {
  const syncer = new ThreadSyncer(100);
  assert.equal(syncer.synced(), 100);
  syncer.request(NEVER_OPEN, 120);
  await until('the failure', () => {
    try {
      return syncer.synced() < 0;
    } catch (cause) {
      return cause instanceof Error && 'code' in cause && cause.code === 'EBADF';
    }
  });
  assert.throws(() => syncer.synced(), /EBADF/);
  assert.equal(syncer.idle(), false);
  syncer.close();
});

test('the writer surfaces the failure of its thread', async (t) => {
  const directory = folder(t);
  const syncer = new ThreadSyncer(0);
  const opened = open(directory);
  readAndCompare(opened);
  const writer = opened.startWriting(() => syncer);
  writer.append(1, new Uint8Array(8), 8);
  syncer.request(NEVER_OPEN, 1);
  await until('the failure', () => {
    try {
      writer.poll();
      return false;
    } catch (cause) {
      return cause instanceof JournalFailure && cause.errno === 'EBADF' && cause.exitCode === 74;
    }
  });
  assert.throws(() => writer.commit(), JournalFailure);
  assert.equal(writer.acknowledged, 0);
  writer.close();
});
