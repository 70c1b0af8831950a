import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createState } from '../../../src/core/apply.js';
import { configHashOf, journalPath, openDataDirectory, type OpenedDirectory } from '../../../src/main/data-directory.js';
import { snapshotMetrics } from '../../../src/main/snapshot-metrics.js';
import { EventType } from '../../../src/protocol/events.js';
import { History } from '../../../src/scheduler/history.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe = buildUniverse();

async function work(opened: OpenedDirectory, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i++) opened.log.append({ type: EventType.timer, tNs: i });
  opened.log.commit();
  await opened.log.settled();
}

test('a background snapshot that fails is told, counted, tried again, and the journal goes on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-background-'));
  const told: string[] = [];
  try {
    const opened = await openDataDirectory({
      directory, durability: 'process', configHash: configHashOf(universe, ['default']), history: new History(1),
      snapshotEvery: 100, snapshotFailed: (why) => told.push(why),
    });
    opened.log.append({ type: EventType.timeBase, tNs: 0, baseNs: '0', epoch: 1, seed: 1 });
    opened.log.append({ type: EventType.universe, tNs: 0, universe, accounts: ['default'] });
    // A directory where its temporary file belongs: can neither be removed nor written to.
    const inTheWay = join(journalPath(directory), 'snapshot-next.tmp');
    mkdirSync(inTheWay);
    await work(opened, 1, 98);
    assert.equal(told.length, 1, told.join('; '));
    assert.match(told[0] ?? '', /snapshot-next\.tmp.*tried again at record 110/);
    const registry = new Registry();
    snapshotMetrics(registry, () => opened.log.health());
    assert.match(await registry.metrics(), /legwork_journal_snapshots_failed 1/);
    assert.equal(opened.log.health().made, 0);
    rmdirSync(inTheWay);
    await work(opened, 99, 10);
    assert.equal(told.length, 1);
    const { made, failed, newest, failure, next_at } = opened.log.health();
    assert.deepEqual({ made, failed, newest, failure, next_at }, { made: 1, failed: 1, newest: 110, failure: '', next_at: 210 });
    const names = readdirSync(journalPath(directory));
    assert.ok(names.includes('snapshot-0000000000000110.lws') && names.includes('history-0000000000000110.lwh'), names.join(' '));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a last snapshot that fails is told, and the directory is let go all the same', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-background-'));
  const told: string[] = [];
  const open = (): Promise<OpenedDirectory> => openDataDirectory({
    directory, durability: 'process', configHash: configHashOf(universe, ['default']), history: new History(1), snapshotFailed: (why) => told.push(why),
  });
  try {
    const opened = await open();
    await work(opened, 1, 5);
    mkdirSync(join(journalPath(directory), 'snapshot-next.tmp'));
    await opened.close(createState());
    assert.match(told.join(), /snapshot-next\.tmp.*the next start replays/);
    rmdirSync(join(journalPath(directory), 'snapshot-next.tmp'));
    const again = await open();
    assert.equal(again.events, 5);
    await again.leave();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
