import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runReplay } from '../../../src/cli/replay.js';
import { apply, createState } from '../../../src/core/apply.js';
import { stateHash } from '../../../src/core/state-hash.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { publishSnapshot } from '../../../src/journal/publish-snapshot.js';
import { loadSnapshot, SnapshotWriter } from '../../../src/journal/snapshot.js';
import { configHashOf, journalPath, openDataDirectory, type OpenedDirectory, replayDirectory } from '../../../src/main/data-directory.js';
import { EventType } from '../../../src/protocol/events.js';
import { History } from '../../../src/scheduler/history.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe = buildUniverse();

function open(directory: string): Promise<OpenedDirectory> {
  return openDataDirectory({ directory, durability: 'process', configHash: configHashOf(universe, ['default']), history: new History(1) });
}

test('a snapshot whose state another build wrote is passed over: the journal tells all of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-directory-'));
  try {
    const first = await open(directory);
    first.log.append({ type: EventType.timeBase, tNs: 0, baseNs: '0', epoch: 1, seed: 1 });
    first.log.append({ type: EventType.universe, tNs: 0, universe, accounts: ['default'] });
    for (let i = 1; i <= 48; i++) first.log.append({ type: EventType.timer, tNs: i });
    first.log.commit();
    const { state, hash } = replayDirectory(directory, null, () => false, false);
    await first.close(state);

    const second = await open(directory);
    assert.deepEqual([second.events, second.notes], [0, []]);
    await second.leave();

    const path = journalPath(directory);
    const taken = loadSnapshot(realFs, path, 50);
    assert.ok(typeof taken !== 'string');
    const older = Buffer.from(Buffer.concat(taken.chunks).toString('utf8').replace(/^\[\d+,/, '[1,'));
    const writer = new SnapshotWriter(realFs, path, taken);
    writer.write(older, older.length);
    writer.finish();
    publishSnapshot(realFs, path, 50, Number.MAX_SAFE_INTEGER);

    const third = await open(directory);
    assert.equal(third.events, 50);
    assert.match(third.notes.join('; '), /snapshot-0*50\.lws: .*state version 5 to \d+ expected, got 1; replayed from the first record instead/);
    assert.equal(third.recovered === null ? '' : stateHash(third.recovered.state), hash);
    await third.leave();
    const replayed = replayDirectory(directory, null, () => false, false);
    assert.equal(replayed.hash, hash);
    assert.match(replayed.notes.join('; '), /got 1; not compared/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a file where the directory should be is said with the way out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-directory-'));
  const file = join(folder, 'taken');
  writeFileSync(file, '');
  try {
    await assert.rejects(open(file), /--data expects a directory, .*taken.*choose another/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('replay --at counts by sequence, also where the journal begins at a snapshot; what is before it is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-at-'));
  try {
    const core = createState();
    for (let life = 0; life < 2; life++) {
      const opened = await openDataDirectory({
        directory, durability: 'process', configHash: configHashOf(universe, ['default']), history: new History(1),
      });
      for (let i = 1; i <= 30; i++) {
        const event = { type: EventType.timer, tNs: 30 * life + i } as const;
        opened.log.append(event);
        apply(core, event, { push: () => undefined });
        opened.log.commit();
      }
      await opened.close(core);
    }
    const replayedTo = (at: string): { code: number; said: string } => {
      const said: string[] = [];
      const code = runReplay({ directory, at, trace: null, write: (text) => void said.push(text) });
      return { code, said: said.join('') };
    };
    const whole = replayedTo('45');
    rmSync(join(journalPath(directory), 'segment-0000000000000001.lwj'));
    const cut = replayedTo('45');
    assert.deepEqual([whole.code, cut.code], [0, 0]);
    const hash = /state hash ([0-9a-f]{16})\n$/;
    assert.equal(hash.exec(cut.said)?.[1], hash.exec(whole.said)?.[1]);
    const before = replayedTo('5');
    assert.equal(before.code, 1);
    assert.match(before.said, /begins with the snapshot at 30/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
