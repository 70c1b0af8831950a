import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { bookBytes } from '../../../src/market/book-layout.js';
import { LadderBook } from '../../../src/market/ladder-book.js';
import { MarketModule, SCRATCH_BYTES } from '../../../src/market/market-module.js';
import { PlainRecordedBook, type RecordedSide } from '../../../src/market/recorded-book.js';
import { MarketKind, newMarketMessage, pushLevel, type MarketMessage } from '../../../src/market/replay-source.js';
import { Arena } from '../../../src/memory/arena.js';

/** A small window, so that the market leaves it often and levels lie on both sides of it. */
const SHAPE = { windowTicks: 2 ** 12, sparseCells: 2 ** 10 };

function ladder(): LadderBook {
  const arena = new Arena(bookBytes(SHAPE) + SCRATCH_BYTES + 1_024);
  const module = MarketModule.inArena(arena, 'test');
  return new LadderBook(module, { ...SHAPE, region: arena.carve('book', bookBytes(SHAPE)) });
}

function around(prng: Prng, mid: number, side: 1 | -1): number {
  const far = prng.chance(1, 10) ? 6_000 : 60;
  return mid - side * prng.between(1, far);
}

function message(prng: Prng, mid: number, kind: MarketMessage['kind'], levels: number): MarketMessage {
  const out = newMarketMessage();
  out.kind = kind;
  for (const [side, sign] of [['bids', 1], ['asks', -1]] as const) {
    const ticks = new Set(Array.from({ length: levels }, () => around(prng, mid, sign)));
    for (const at of [...ticks].sort((a, b) => (b - a) * sign)) {
      pushLevel(out, side, at, kind === MarketKind.delta && prng.chance(1, 3) ? 0 : prng.between(1, 1_000));
    }
  }
  return out;
}

function assertSame(actual: RecordedSide, expected: RecordedSide, prng: Prng, mid: number, story: string): void {
  assert.deepEqual(actual.pairs(), expected.pairs(), story);
  assert.equal(actual.bestTicks(), expected.bestTicks(), story);
  for (let i = 0; i < 20; i++) {
    const ticks = mid + prng.between(-7_000, 7_000);
    assert.equal(actual.lotsOn(ticks), expected.lotsOn(ticks), `${story}: lots on ${ticks}`);
    assert.equal(actual.worseThan(ticks), expected.worseThan(ticks), `${story}: worse than ${ticks}`);
  }
}

for (let seed = 1; seed <= 5; seed++) {
  test(`ladder of a recorded market: as sorted arrays, the market wandering through many windows, seed ${seed}`, () => {
    const prng = new Prng(seed);
    const actual = ladder();
    const expected = new PlainRecordedBook();
    let mid = 100_000;
    for (let n = 0; n < 400; n++) {
      mid = Math.max(10_000, mid + prng.between(-400, 400));
      const isSnapshot = n === 0 || prng.chance(1, 50);
      const next = message(prng, mid, isSnapshot ? MarketKind.snapshot : MarketKind.delta, isSnapshot ? 100 : 20);
      for (const book of [actual, expected]) {
        if (isSnapshot) book.replace(next);
        else book.change(next);
      }
      assertSame(actual.bids, expected.bids, prng, mid, `seed ${seed}, message ${n}, bids`);
      assertSame(actual.asks, expected.asks, prng, mid, `seed ${seed}, message ${n}, asks`);
    }
  });
}
