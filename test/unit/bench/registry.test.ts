/** The benches with the smallest parameters that mean anything, so that they can't rot. Their answers are checked inside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchMix } from '../../../bench/micro/core.js';
import { algoThreadRows } from '../../../bench/path/algo-threads.js';
import { algoToOrderRows } from '../../../bench/path/algo-to-order.js';
import { durableTickRows } from '../../../bench/path/durable-tick.js';
import { journalVolumeRows } from '../../../bench/path/journal-volume.js';
import { recoveryRows } from '../../../bench/path/recovery.js';
import { replayRows } from '../../../bench/path/replay.js';
import { snapshotPauseRows } from '../../../bench/path/snapshot-pause.js';
import { tickToOrderRows } from '../../../bench/path/tick-to-order.js';
import { benches } from '../../../bench/registry.js';
import { coreRows } from '../../../bench/rows/core.js';
import { matchingRows } from '../../../bench/rows/micro.js';
import { table } from '../../../bench/support/print.js';

test('bench/rows: the core with tiny parameters, every figure finite', () => {
  const rows = coreRows({ units: 50, repeats: 1, few: 100, many: 200, ticks: 100, churn: 100 });
  for (const row of rows) assert.ok(Number.isFinite(row.value) && row.checksum > 0, row.what);
  assert.equal(table(rows).length, rows.length + 2);
});

test('bench/micro/core: the mix does the same work each time', () => {
  const first = benchMix(100);
  assert.equal(first.mixEvents, 2_000);
  assert.deepEqual([benchMix(100).effects, benchMix(100).events], [first.effects, first.events]);
});

test('bench/rows: matching gives one answer for one seed', () => {
  assert.ok((matchingRows(500, 2)[0]?.value ?? 0) > 0);
});

test('bench/registry: names are unique', () => {
  assert.equal(new Set(benches.map(({ name }) => name)).size, benches.length);
});

test('bench/path: an order leaves at each crossing, a replay is the same each time', () => {
  for (const row of [...tickToOrderRows(1, 120, [50_000]), ...replayRows(0.5, 1)]) assert.ok(row.value > 0 && row.checksum > 0, row.what);
});

test('bench/path: durability, recovery, snapshots and the size of a journal', async () => {
  const rows = [
    ...durableTickRows(1, 120, 0.02), ...(await recoveryRows({ units: 400, tailUnits: 200, repeats: 1 })),
    ...(await snapshotPauseRows(100, 1)), ...(await journalVolumeRows(1, 1)),
  ];
  for (const row of rows) assert.ok(Number.isFinite(row.value) && row.checksum > 0, row.what);
});

test('bench/path: modules on a thread and up to order bytes', async () => {
  const rows = [...(await algoThreadRows(true)), ...algoToOrderRows(1, 60)];
  const differences = rows.filter(({ what }) => what.includes('over the bare hops'));
  assert.equal(differences.length, 2);
  // A difference to a floor that was measured apart: on a busy machine below 0 as well.
  for (const row of rows) assert.ok(differences.includes(row) ? Number.isFinite(row.value) : row.value > 0, `${row.what}: ${row.value}`);
});
