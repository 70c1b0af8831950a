import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESULT_APPLIED } from '../../../src/market/assembly/layout.js';
import { DEFAULT_BOOK_SHAPE } from '../../../src/market/book-layout.js';
import { BookPair } from './book-pair.js';
import { shippedFeeds, wholeFeeds, type RecordedFeed } from './recorded.js';

/** Naive sorting is slow: every frame's verdict is compared, the levels of every `stride`th. */
function replay(feed: RecordedFeed, stride: number, shape = DEFAULT_BOOK_SHAPE): BookPair {
  const pair = new BookPair(feed.listing, shape);
  const kept: string[] = [];
  let started = false;
  let frames = 0;
  for (const line of feed.lines()) {
    if (line.startsWith('{"lastUpdateId"')) {
      if (started) continue;
      assert.equal(pair.writer.applySnapshotText(line, 1), RESULT_APPLIED);
      pair.naive.snapshotText(line);
      for (const frame of kept) pair.naive.frame(frame);
      started = true;
      pair.compareTop('snapshot');
      continue;
    }
    if (!line.includes('depthUpdate')) continue;
    if (!started) kept.push(line);
    pair.frame(line);
    if (frames++ % stride !== 0) continue;
    pair.compareTop(`frame ${frames}`);
    pair.compareDepth(`frame ${frames}`);
  }
  assert.ok(started && pair.applied > 100, `${feed.name}: ${pair.applied} frames applied`);
  assert.equal(pair.writer.unread, 0, 'every recorded depth frame is read by the scanner');
  return pair;
}

for (const feed of shippedFeeds()) {
  test(`the ladder equals the naive book over ${feed.name}`, () => {
    replay(feed, 150);
  });
}

test('a window far too small follows the market and still equals the naive book', () => {
  const feed = shippedFeeds().find(({ name }) => name.includes('spot-eth')) ?? shippedFeeds()[0];
  assert.ok(feed, 'recordings/ holds at least one Binance excerpt');
  const pair = replay(feed, 100, { windowTicks: 2 ** 12, sparseCells: 2 ** 13 });
  assert.equal(pair.writer.dropped(), 0);
});

const whole = process.env['LEGWORK_LONG'] === '1' ? wholeFeeds() : [];
for (const feed of whole) {
  test(`the ladder equals the naive book over ${feed.name}`, () => {
    replay(feed, 200);
  });
}
