/** A busy scheduler sees the latest state of a book once, and nobody who reads a book holds up its writer. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replayDirectory } from '../../src/main/data-directory.js';
import { EventType, SampleReason } from '../../src/protocol/events.js';
import { BookDrill } from './book-drill.js';
import { Drill, counter, eventually, threadsRig, type ThreadsRig } from './support.js';

const resting = { symbol: 'BTC-USD', side: 'buy', qty: 0.01, order_type: 'limit', price: 30_000, venue: 'binance', graph_id: 'resting' };
const STEPS = 10;
const UPDATES = 1_001;

/** Two answers: between them the engine thread has finished a round that began after the call. */
async function engineLooked(rig: ThreadsRig): Promise<void> {
  await rig.ask({ kind: 'health' });
  await rig.ask({ kind: 'health' });
}

/** Samples that a change of the book caused, by engine time. */
function tickSamples(directory: string): number[] {
  const times: number[] = [];
  replayDirectory(directory, null, (event) => {
    if (event.type === EventType.sample && event.reason === SampleReason.tick && event.instrument === 0) times.push(event.tNs);
    return false;
  }, false);
  return times;
}

test(`${UPDATES} updates of a book while the scheduler hangs cost it one sample; the writer waits for no reader`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-conflation-'));
  const books = new BookDrill();
  const hang = new Drill('engine');
  const rig = await threadsRig({ market: 'quiet', dataDir: directory, besides: [hang.besides, books.besides] });
  const { port } = rig.engine;
  const marks: number[] = [];
  try {
    await books.change(1);
    const reply = await rig.submit(resting);
    assert.ok(reply.ok, JSON.stringify(reply));
    await eventually('the order rests', () => counter(rig.engine, 'orders_sent') === 1);
    await engineLooked(rig);
    marks.push(port.nowNs());
    for (let i = 0; i < STEPS; i++) {
      await books.change(1);
      await engineLooked(rig);
    }
    marks.push(port.nowNs());
    await hang.hang();
    const before = port.books.version(0);
    books.ask(UPDATES);
    let reads = 0;
    while (!books.isDone()) {
      for (let i = 0; i < 50; i++) reads += port.books.books(0, 10).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(reads > 0);
    assert.equal(port.books.version(0) - before, UPDATES, 'all of them published while one reader hung and another read all the time');
    hang.end();
    await engineLooked(rig);
    marks.push(port.nowNs());
  } finally {
    hang.end();
    await rig.engine.stop();
  }
  const times = tickSamples(directory);
  rmSync(directory, { recursive: true });
  const between = (from: number, to: number): number => times.filter((tNs) => tNs > (marks[from] ?? 0) && tNs <= (marks[to] ?? 0)).length;
  assert.equal(between(0, 1), STEPS, 'a change that is looked at alone costs a sample');
  assert.equal(between(1, 2), 1, 'all changes of the hang together cost one');
});
