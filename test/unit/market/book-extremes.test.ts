import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import {
  RESULT_APPLIED, RESULT_CORRUPT, RESULT_CROSSED, RESULT_GAP, RESULT_OLD, RESULT_OTHER, RESULT_OVERFLOW, RESULT_TRADE,
  RESULT_WAITING, STATUS_LIVE, STATUS_STALE,
} from '../../../src/market/assembly/layout.js';
import { BookPair } from './book-pair.js';
import type { NaiveListing } from './naive-book.js';
import { shippedFeeds } from './recorded.js';

const SPOT: NaiveListing = { symbol: 'XYZ', priceDecimals: 0, lotDecimals: 0, futures: false };

function frame(id: number, bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[]): string {
  const side = (levels: readonly (readonly [number, number])[]): string => JSON.stringify(levels.map(([t, l]) => [String(t), String(l)]));
  return `{"e":"depthUpdate","E":1,"s":"XYZ","U":${id},"u":${id},"b":${side(bids)},"a":${side(asks)}}`;
}

/** Markets that jump, spreads wider than the window, books thinner than the top: everything the window is bad at. */
for (const [name, jump, spread, levels] of [
  ['calm', 3, 2, 12], ['jumping', 9_000, 50, 8], ['torn apart', 200, 20_000, 6], ['thin and wild', 60_000, 9_000, 2],
] as const) {
  const seed = 11;
  test(`a ${name} random market equals the naive book (seed ${seed})`, () => {
    const prng = new Prng(seed);
    const pair = new BookPair(SPOT, { windowTicks: 2 ** 12, sparseCells: 2 ** 10 });
    pair.writer.applySnapshot([], [], 0, 0, 1);
    pair.naive.snapshot([], [], 0);
    let middle = 100_000;
    for (let id = 1; id <= 1_500; id++) {
      middle = Math.max(30_000, middle + prng.between(-jump, jump));
      const bids: [number, number][] = [];
      const asks: [number, number][] = [];
      // What the move has passed is removed; a venue would have traded it away.
      for (const tick of pair.naive.bids.keys()) if (tick >= middle || prng.chance(1, 20)) bids.push([tick, 0]);
      for (const tick of pair.naive.asks.keys()) if (tick <= middle || prng.chance(1, 20)) asks.push([tick, 0]);
      for (let n = prng.below(levels); n >= 0; n--) {
        bids.push([Math.max(1, middle - 1 - prng.below(spread)), prng.below(50)]);
        asks.push([middle + 1 + prng.below(spread), prng.below(50)]);
      }
      assert.equal(pair.frame(frame(id, bids, asks)), 'applied');
      pair.compareTop(`update ${id}`);
      if (id % 10 === 0) pair.compareDepth(`update ${id}`);
    }
    assert.equal(pair.writer.dropped(), 0);
    assert.ok(name === 'calm' || pair.writer.recentred() > 5, `${pair.writer.recentred()} moves of the window`);
  });
}

test('far levels without room are dropped and counted; a market that goes there makes the book stale', () => {
  const pair = new BookPair(SPOT, { windowTicks: 2 ** 12, sparseCells: 64 });
  pair.writer.applySnapshot([100_000, 5], [100_001, 5], 0, 0, 1);
  for (let id = 1; id <= 60; id++) {
    const text = Buffer.from(frame(id, [[50_000 + id, 1]], []));
    assert.equal(pair.writer.applyFrame(text, text.length, 1), RESULT_APPLIED);
  }
  assert.equal(pair.writer.dropped(), 60 - 48);
  assert.ok(pair.writer.isLive(), 'far from the market nothing is missing');
  const down = Buffer.from(frame(61, [[100_000, 0]], [[100_001, 0], [50_100, 3]]));
  assert.equal(pair.writer.applyFrame(down, down.length, 1), RESULT_OVERFLOW);
  assert.ok(!pair.writer.isLive());
});

type Step = readonly [does: string, result: number];
const rows: Readonly<Record<string, { readonly futures: boolean; readonly steps: readonly Step[] }>> = {
  'spot: first U ≤ last+1 ≤ u, then U = last+1': {
    futures: false,
    steps: [
      ['5-7', RESULT_WAITING], ['snapshot 10', RESULT_APPLIED], ['8-10', RESULT_OLD], ['9-12', RESULT_APPLIED],
      ['13-13', RESULT_APPLIED], ['13-13', RESULT_OLD], ['15-16', RESULT_GAP], ['17-18', RESULT_WAITING],
    ],
  },
  'spot: a snapshot older than what follows is a gap': {
    futures: false, steps: [['snapshot 10', RESULT_APPLIED], ['12-14', RESULT_GAP]],
  },
  'spot: what waited is applied after the snapshot': {
    futures: false,
    steps: [['9-11', RESULT_WAITING], ['12-12', RESULT_WAITING], ['snapshot 10', RESULT_APPLIED], ['13-13', RESULT_APPLIED]],
  },
  'futures: first U ≤ last ≤ u, then pu = last': {
    futures: true,
    steps: [
      ['snapshot 10', RESULT_APPLIED], ['7-9 pu 6', RESULT_OLD], ['8-10 pu 7', RESULT_APPLIED], ['14-15 pu 10', RESULT_APPLIED],
      ['20-22 pu 16', RESULT_GAP],
    ],
  },
  'futures: without pu it is corrupt': { futures: true, steps: [['snapshot 10', RESULT_APPLIED], ['9-11', RESULT_CORRUPT]] },
};

for (const [name, { futures, steps }] of Object.entries(rows)) {
  test(`sequence, ${name}`, () => {
    const pair = new BookPair({ ...SPOT, futures }, { windowTicks: 2 ** 12, sparseCells: 64 });
    for (const [does, result] of steps) {
      const [first = 0, last = 0, previous = -1] = (does.match(/\d+/g) ?? []).map(Number);
      const text = `{"e":"depthUpdate","E":1,"s":"XYZ","U":${first},"u":${last}${previous < 0 ? '' : `,"pu":${previous}`},"b":[["99","1"]],"a":[]}`;
      const bytes = Buffer.from(text);
      const got = does.startsWith('snapshot')
        ? pair.writer.applySnapshotText(`{"lastUpdateId":${first},"bids":[["99","1"]],"asks":[["101","1"]]}`, 1)
        : pair.writer.applyFrame(bytes, bytes.length, 1);
      assert.equal(got, result, does);
    }
  });
}

test('a crossing update is never a price: the last good levels stay, the status says stale', () => {
  const pair = new BookPair(SPOT, { windowTicks: 2 ** 12, sparseCells: 64 });
  pair.writer.applySnapshot([100, 5], [102, 5], 0, 0, 7);
  const bad = Buffer.from(frame(1, [[103, 1]], []));
  assert.equal(pair.writer.applyFrame(bad, bad.length, 8), RESULT_CROSSED);
  assert.ok(pair.reader.readTop(pair.top));
  assert.deepEqual([pair.top.status, pair.top.reason, pair.top.bidTicks, pair.top.askTicks], [STATUS_STALE, RESULT_CROSSED, 100, 102]);
  assert.equal(pair.top.isFresh(8, 1e9), false);
  assert.ok(pair.reader.readLevels(10, pair.depth));
  assert.equal(pair.depth.live, false);
  assert.equal(pair.writer.applySnapshot([100, 5], [102, 5], 5, 0, 9), RESULT_APPLIED);
  pair.writer.touch(1e9);
  assert.ok(pair.reader.readTop(pair.top));
  assert.deepEqual([pair.top.status, pair.top.receivedNs, pair.top.aliveNs], [STATUS_LIVE, 9, 1e9]);
  assert.equal(pair.top.isFresh(2e9, 1e9), true);
  assert.equal(pair.top.isFresh(2e9 + 1, 1e9), false);
});

test('prices off the tick are corrupt; other listings and other events change nothing', () => {
  const pair = new BookPair({ ...SPOT, priceDecimals: 1, lotDecimals: 2 }, { windowTicks: 2 ** 12, sparseCells: 64 });
  pair.writer.applySnapshot([1_000, 5], [1_002, 5], 0, 0, 1);
  const apply = (text: string): number => pair.writer.applyFrame(Buffer.from(text), Buffer.byteLength(text), 1);
  assert.equal(apply('{"e":"depthUpdate","E":1,"s":"ABC","U":1,"u":1,"b":[],"a":[]}'), RESULT_OTHER);
  assert.equal(apply('{"e":"aggTrade","E":1,"s":"XYZ"}'), RESULT_OTHER);
  assert.equal(apply('{ "e": "depthUpdate", "E": 1, "s": "XYZ", "u": 1, "U": 1, "a": [], "b": [["100.0", "1.239"]] }'), RESULT_APPLIED);
  assert.ok(pair.reader.readTop(pair.top));
  assert.equal(pair.top.bidLots, 123, 'what is finer than a lot is cut down');
  assert.equal(apply('{"e":"depthUpdate","E":1,"s":"XYZ","U":2,"u":2,"b":[["100.05","1"]],"a":[]}'), RESULT_CORRUPT);
  assert.equal(pair.writer.isLive(), false);
});

for (const feed of shippedFeeds()) {
  test(`trades of ${feed.name} are read as JSON.parse reads them`, () => {
    const pair = new BookPair(feed.listing, { windowTicks: 2 ** 12, sparseCells: 64 });
    let trades = 0;
    let special = 0;
    for (const line of feed.lines()) {
      if (!line.includes('"e":"trade"')) continue;
      const bytes = Buffer.from(line);
      const code = pair.writer.applyFrame(bytes, bytes.length, 1);
      const data = (JSON.parse(line) as { data: Record<string, string | number | boolean> }).data;
      if ('X' in data && data['X'] !== 'MARKET') {
        assert.equal(code, RESULT_OTHER, 'insurance fund and liquidation prints are no market trades');
        special++;
        continue;
      }
      const lots = Math.floor(Number((Number(data['q']) * 10 ** feed.listing.lotDecimals).toFixed(4)));
      if (lots === 0) continue; // smaller than a lot
      trades++;
      assert.equal(code, RESULT_TRADE, line);
      assert.equal(pair.writer.trade.ticks, Math.round(Number(data['p']) * 10 ** feed.listing.priceDecimals));
      assert.equal(pair.writer.trade.lots, lots);
      assert.equal(pair.writer.trade.tradeId, data['t']);
      assert.equal(pair.writer.trade.buyerMaker, data['m']);
      assert.equal(pair.writer.trade.timeMs, data['E']);
    }
    assert.ok(trades > 100, `${trades} trades, ${special} special prints`);
  });
}
