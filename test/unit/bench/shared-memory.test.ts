import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bookReadBench } from '../../../bench/micro/book-read.js';
import { feedFrameBench } from '../../../bench/micro/feed-frame.js';
import { rowText } from '../../../bench/support/summary.js';

test('the feed benchmark runs, and its book ends where the bare ladder ends', () => {
  const rows = feedFrameBench(1);
  assert.equal(rows.length, 2);
  for (const row of rows) assert.match(rowText(row), /of bare ladder/);
});

test('the book-read benchmark reads whole books', async () => {
  const rows = await bookReadBench(1);
  assert.equal(rows.length, 3);
  assert.equal(rows[2]?.checksum, 200, '100 exact levels a side');
});
