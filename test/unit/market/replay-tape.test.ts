import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TapeKind, type Tape } from '../../../src/market/recording-tape.js';
import { SideBook } from '../../../src/market/replay-side-book.js';
import { MarketKind, newMarketMessage } from '../../../src/market/replay-source.js';
import { seamNs, TapeSource, type ReplayShape } from '../../../src/market/replay-tape.js';

const plain: ReplayShape = {
  startNs: 1_000, shiftNs: 50, keepE6: 1_000_000, dropE6: 0, repriceTicksMax: 0, repriceEveryNs: 1_000_000,
  tickMultiple: 1, lotMultiple: 1, seed: 1,
};

/** Bid 1,000 and ask 1,002 at first; the market rises by `rise`; one trade by a buyer on the way. */
function tape(rise: number): Tape {
  return {
    count: 3, timeNs: Float64Array.of(0, 100, 200),
    kind: Uint8Array.of(TapeKind.snapshot, TapeKind.trade, TapeKind.delta),
    offset: Uint32Array.of(0, 2, 3), bidCount: Uint16Array.of(1, 0, 2), askCount: Uint16Array.of(1, 0, 2),
    takerSide: Int8Array.of(0, 1, 0),
    ticks: Int32Array.of(1_000, 1_002, 1_002, 1_000, 1_000 + rise, 1_002, 1_002 + rise),
    lots: Float64Array.of(10, 20, 5, 0, 11, 0, 21),
    startMid2: 2_002, endMid2: 2_002 + 2 * rise, durationNs: 200, gaps: 0, corrupt: 0, crossed: 0,
  };
}

interface Seen {
  readonly timeNs: number;
  readonly kind: number;
  readonly bid: number;
  readonly ask: number;
  readonly trade: string;
}

function play(source: TapeSource, messages: number): Seen[] {
  const message = newMarketMessage();
  const bids = new SideBook(1);
  const asks = new SideBook(-1);
  const seen: Seen[] = [];
  while (seen.length < messages) {
    if (!source.next(message)) continue;
    if (message.kind === MarketKind.snapshot) {
      bids.clear();
      asks.clear();
    }
    if (message.kind !== MarketKind.trade) {
      for (let i = 0; i < message.bidCount; i++) bids.set(message.bids[2 * i] ?? 0, message.bids[2 * i + 1] ?? 0);
      for (let i = 0; i < message.askCount; i++) asks.set(message.asks[2 * i] ?? 0, message.asks[2 * i + 1] ?? 0);
    }
    const isTrade = message.kind === MarketKind.trade;
    const trade = isTrade ? `${message.takerSide} ${message.tradeLots}@${message.tradeTicks}` : '';
    seen.push({ timeNs: message.timeNs, kind: message.kind, bid: bids.bestTicks(), ask: asks.bestTicks(), trade });
  }
  return seen;
}

test('plays a tape shifted in time and starts again without a jump in price or time', () => {
  const seen = play(new TapeSource(tape(4), plain), 6);
  const times = [1_050, 1_150, 1_250, 1_250 + seamNs, 1_350 + seamNs, 1_450 + seamNs];
  assert.deepEqual(seen.map((row) => row.timeNs), times);
  assert.deepEqual(seen.map((row) => row.bid), [1_000, 1_000, 1_004, 1_004, 1_004, 1_008]);
  assert.deepEqual(seen.map((row) => row.ask), [1_002, 1_002, 1_006, 1_006, 1_006, 1_010]);
  assert.equal(seen[1]?.trade, '1 5@1002');
  assert.equal(seen[4]?.trade, '1 5@1006');
});

test('for ever: the price stays near the recording’s, never crossed, never jumping', () => {
  for (const rise of [40, -40]) {
    const seen = play(new TapeSource(tape(rise), plain), 3_000);
    for (const [i, row] of seen.entries()) {
      const mid = (row.bid + row.ask) / 2;
      assert.ok(row.bid < row.ask && mid > 900 && mid < 1_100, `mid ${mid} at ${i}`);
      const before = seen[i - 1];
      if (before !== undefined && row.kind === MarketKind.snapshot) {
        assert.equal(mid, (before.bid + before.ask) / 2, `jump at ${i}`);
      }
    }
    const backwards = seen.find((row) => row.trade.startsWith('-1'));
    assert.ok(backwards !== undefined, 'some loops run mirrored: sides change places');
  }
});

test('a coarser tick and lot: bids round down, asks up, quantities add up', () => {
  const coarse = play(new TapeSource(tape(4), { ...plain, tickMultiple: 10, lotMultiple: 4, keepE6: 500_000 }), 3);
  assert.deepEqual([coarse[0]?.bid, coarse[0]?.ask], [1_000, 1_010]);
  assert.deepEqual([coarse[2]?.bid, coarse[2]?.ask], [1_000, 1_010]);
  for (const row of coarse) assert.ok(row.trade === '' || row.trade === '1 0@1010');
});

test('re-pricing stays within its band and one seed prices one way', () => {
  const shape: ReplayShape = { ...plain, repriceTicksMax: 3, repriceEveryNs: 60 };
  const first = play(new TapeSource(tape(0), shape), 200);
  assert.deepEqual(first, play(new TapeSource(tape(0), shape), 200));
  const bids = new Set(first.map((row) => row.bid));
  assert.ok(bids.size > 2);
  for (const bid of bids) assert.ok(Math.abs(bid - 1_000) <= 3);
});
