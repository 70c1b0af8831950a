import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../../src/memory/arena.js';
import { RESULT_APPLIED, SEQUENCE_NONE, STATUS_EMPTY, STATUS_LIVE } from '../../../src/market/assembly/layout.js';
import { windowFor } from '../../../src/market/book-layout.js';
import { BookTop } from '../../../src/market/book-views.js';
import { scaleOf } from '../../../src/market/scale.js';
import { carveBooks, openBookReaders, openBookWriters, sharedBooksBytes } from '../../../src/market/shared-books.js';

test('two listings of one venue on one thread: levels set one by one, each book its own', () => {
  const shape = { windowTicks: 2 ** 12, sparseCells: 64 };
  const arena = new Arena(sharedBooksBytes([shape, shape]));
  const listing = (symbol: string) => ({
    shape, listing: { symbol, price: scaleOf(10_000_000, 9), lot: scaleOf(1_000, 8), sequenceRule: SEQUENCE_NONE },
  });
  const shared = carveBooks(arena, 'sim', [listing('BTCUSD'), listing('ETHUSD')]);
  const [btc, eth] = openBookWriters(shared);
  const [reader, other] = openBookReaders(shared);
  assert.ok(btc && eth && reader && other);
  const top = new BookTop();
  assert.ok(reader.readTop(top));
  assert.equal(top.status, STATUS_EMPTY);
  const before = reader.topVersion();
  assert.equal(btc.applySnapshot([], [], 0, 0, 1), RESULT_APPLIED);
  btc.setLevel(0, 6_000_000, 10);
  btc.setLevel(0, 5_999_999, 20);
  btc.setLevel(1, 6_000_002, 30);
  assert.equal(btc.commit(1, 1, 0, 1_700_000_000_000_000, 5), RESULT_APPLIED);
  btc.setLevel(0, 6_000_000, 0);
  assert.equal(btc.commit(2, 2, 1, 1_700_000_000_000_100, 6), RESULT_APPLIED);
  assert.notEqual(reader.topVersion(), before);
  assert.ok(reader.readTop(top));
  assert.deepEqual(
    [top.status, top.bidCount, top.bidTicks, top.bidLots, top.askTicks, top.askLots, top.venueTimeUs, top.receivedNs, top.updateId],
    [STATUS_LIVE, 1, 5_999_999, 20, 6_000_002, 30, 1_700_000_000_000_100, 6, 2],
  );
  assert.ok(other.readTop(top));
  assert.equal(top.status, STATUS_EMPTY);
  assert.equal(eth.isLive(), false);
});

test('scales: the decimals and the multiple of a tick on the wire\'s scale', () => {
  assert.deepEqual(scaleOf(10_000_000, 9), { decimals: 2, multiple: 1 });
  assert.deepEqual(scaleOf(50_000_000, 9), { decimals: 2, multiple: 5 });
  assert.deepEqual(scaleOf(1, 9), { decimals: 9, multiple: 1 });
  assert.deepEqual(scaleOf(25_000_000_000, 9), { decimals: 0, multiple: 25 });
  assert.throws(() => scaleOf(0.5, 9), /positive integer/);
});

test('windows: a quarter covers 60 bps of the price', () => {
  for (const ticks of [100, 61_800, 268_000, 6_180_000, 60_000_000]) {
    assert.ok(windowFor(ticks) / 4 >= (ticks * 60) / 10_000, String(ticks));
  }
  assert.equal(windowFor(6_180_000), 2 ** 18);
});
