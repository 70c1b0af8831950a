import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EngineJournal } from '../../../src/journal/engine-journal.js';
import { JournalLocked } from '../../../src/journal/journal-error.js';
import { EventType, type EngineEvent } from '../../../src/protocol/events.js';
import { benchReport, benchSample } from '../../../bench/micro/journal-codec.js';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'legwork-engine-journal-'));
  t.after(() => rmSync(path, { recursive: true }));
  return join(path, 'journal');
}

function open(directory: string, syncing: 'inline' | 'thread', durability: 'process' | 'power'): EngineJournal {
  return new EngineJournal({
    directory, durability, syncing, configHash: new Uint8Array(32), nowMs: 0, segmentBytes: 64 * 1024,
  });
}

function eventAt(i: number): EngineEvent {
  if (i % 3 === 0) return { ...benchSample(), tNs: i };
  if (i % 3 === 1) return { ...benchReport(), tNs: i, text: i % 2 === 0 ? 'plain' : 'déjà vu' };
  return { type: EventType.balance, tNs: i, accountId: 0, venue: 1, asset: 2, total1e8: String(10n ** 20n), asOfNs: i };
}

for (const [durability, syncing] of [['process', 'inline'], ['power', 'inline'], ['power', 'thread']] as const) {
  test(`${durability}, ${syncing}: what one start journaled the next replays, from its snapshot on`, async (t) => {
    const directory = folder(t);
    const first = open(directory, syncing, durability);
    assert.equal(first.replay(() => assert.fail('a new journal is empty')), 0);
    const log = first.start();
    assert.throws(() => open(directory, syncing, durability), JournalLocked);
    for (let i = 1; i <= 900; i++) {
      assert.equal(log.append(eventAt(i)), i);
      if (i % 10 === 0) log.commit();
      if (i !== 500) continue;
      const snapshot = first.beginSnapshot();
      assert.ok(snapshot !== undefined);
      snapshot.write(Uint8Array.of(5, 0, 0), 3);
      await first.publish(snapshot);
    }
    await first.close();

    const second = open(directory, syncing, durability);
    assert.deepEqual(second.snapshot?.chunks, [Uint8Array.of(5, 0, 0)]);
    const seen: number[] = [];
    const count = second.replay((event, sequence) => {
      assert.deepEqual(structuredClone(event), eventAt(sequence));
      seen.push(sequence);
    });
    assert.deepEqual([count, seen[0], seen.at(-1)], [400, 501, 900]);
    assert.deepEqual(second.notes, []);
    const again = second.start();
    assert.equal(again.append(eventAt(901)), 901);
    await second.close();
  });
}
