import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpOrderRows } from '../../../bench/path/http-order.js';

test('the HTTP order bench runs, and every order of it is accepted and fills', async () => {
  const rows = await httpOrderRows(true);
  assert.equal(rows.length, 5);
  for (const row of rows) {
    assert.ok(row.value > 0, row.what);
    assert.equal(row.checksum, 0, 'requests refused');
  }
});
