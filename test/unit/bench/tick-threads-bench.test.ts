import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickThreadsRows } from '../../../bench/path/tick-threads.js';

test('bench/path: frame → order bytes over two threads, with tiny parameters', async () => {
  const rows = await tickThreadsRows(1, 120, [10_000]);
  for (const row of rows) assert.ok(row.value > 0 && Number.isFinite(row.floor?.value ?? 1) && row.checksum > 0, row.what);
  assert.equal(rows.length, 4);
});
