import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Prng } from '../../../src/base/prng.js';
import { decay } from '../../../src/algo/features/ewma.js';
import { depthImbalance, FeatureEngine, microprice } from '../../../src/algo/features/feature-engine.js';
import { RealizedVolatility } from '../../../src/algo/features/realized-volatility.js';
import { Vpin, VPIN_BUCKETS } from '../../../src/algo/features/vpin.js';
import { BookTop } from '../../../src/algo/host/book-top.js';
import { btc } from '../../algo/support.js';
import { NaiveFeatures } from './naive-features.js';

const SECOND = 1_000_000_000;

/** A walk of books with moving touch, changing sizes and missing levels, and prints between them. */
function* market(seed: number, events: number): Generator<{ top?: BookTop; trade?: [number, number, 1 | -1]; tNs: number }> {
  const random = new Prng(seed);
  let mid = 60_000;
  let tNs = 0;
  const top = new BookTop();
  for (let n = 0; n < events; n++) {
    tNs += random.between(1, 400) * 1_000_000;
    if (random.chance(1, 3)) {
      yield { trade: [mid, random.between(1, 50), random.chance(1, 2) ? 1 : -1], tNs };
      continue;
    }
    mid += random.between(-9, 9);
    const levels = random.between(3, 20);
    const bids: number[] = [];
    const asks: number[] = [];
    const half = random.between(1, 4);
    for (let i = 0; i < levels; i++) {
      bids.push(mid - half - i, random.between(1, 40));
      asks.push(mid + half + i, random.between(1, 40));
    }
    top.setFrom(bids, asks, tNs);
    yield { top, tNs };
  }
}

for (const seed of [1, 2]) {
  test(`all features equal a naive computation over a random market (seed ${seed})`, () => {
    const engine = new FeatureEngine(btc);
    const naive = new NaiveFeatures(btc);
    let compared = 0;
    for (const { top, trade, tNs } of market(seed, 1_500)) {
      if (top !== undefined) {
        engine.onBook(top, tNs);
        naive.onBook(top, tNs);
      }
      if (trade !== undefined) {
        engine.onTrade(...trade, tNs);
        naive.onTrade(...trade, tNs);
      }
      if (compared++ % 75 !== 0 && compared < 1_490) continue;
      naive.check(engine.values, tNs);
    }
    assert.ok(engine.values.vpinValid, 'the walk is long enough for VPIN');
    assert.ok(engine.values.rv1mBps > 0);
  });
}

/** One line of data set 2, books and prints. */
interface Recorded {
  ts: number;
  type: string;
  b: [string | number, string | number][];
  a: [string | number, string | number][];
  px: string | number;
  qty: string | number;
  side: string;
}
const folder = '../shared/data/binance-2026-02/binance_spot_btcusdt_20260216_';

function recorded(kind: string, limit: number): Recorded[] {
  const text = gunzipSync(readFileSync(`${folder}${kind}.ndjson.gz`)).toString('utf8');
  return text.split('\n', limit).map((line) => JSON.parse(line) as Recorded);
}

test('all features equal a naive computation on a recording of spot BTCUSDT', (t) => {
  if (!existsSync(`${folder}trades.ndjson.gz`)) {
    t.diagnostic('the recordings are not beside the project: nothing to compare');
    return;
  }
  const books = recorded('l2delta', 900);
  const end = books.at(-1)?.ts ?? 0;
  const prints = recorded('trades', 5_000).filter(({ ts }) => ts <= end);
  const engine = new FeatureEngine(btc);
  const naive = new NaiveFeatures(btc);
  const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  const start = books[0]?.ts ?? 0;
  const perMs = end > 1e15 ? 1_000 : 1;
  const time = (ts: number): number => Math.round(((ts - start) / perMs) * 1e6);
  const top = new BookTop();
  let n = 0;
  const all = [
    ...books.map((line) => ({ line, print: false })), ...prints.filter(({ ts }) => ts >= start).map((line) => ({ line, print: true })),
  ].sort((x, y) => x.line.ts - y.line.ts);
  for (const { line, print } of all) {
    const tNs = time(line.ts);
    if (print) {
      const lots = Math.max(1, Math.round(Number(line.qty) * 1e4));
      const side = line.side.toLowerCase().startsWith('b') ? 1 : -1;
      engine.onTrade(0, lots, side, tNs);
      naive.onTrade(0, lots, side, tNs);
      continue;
    }
    for (const [side, levels] of [[sides.bids, line.b], [sides.asks, line.a]] as const) {
      for (const [px, qty] of levels) side.set(Math.round(Number(px) * 100), Math.round(Number(qty) * 1e4));
    }
    const flat = (side: Map<number, number>, sign: number): number[] =>
      [...side].filter(([, lots]) => lots > 0).sort((x, y) => sign * (x[0] - y[0])).slice(0, 20).flat();
    top.setFrom(flat(sides.bids, -1), flat(sides.asks, 1), tNs);
    engine.onBook(top, tNs);
    naive.onBook(top, tNs);
    if (n++ % 60 === 0) naive.check(engine.values, tNs);
  }
  assert.ok(n > 800 && engine.values.tradeArrivalRate1e3 > 0 && engine.values.rv1mBps > 0);
});

test('decay halves per half-life and composes', () => {
  assert.equal(decay(0, SECOND), 1);
  assert.equal(decay(SECOND, SECOND), 0.5);
  assert.equal(decay(3 * SECOND, SECOND), 0.125);
  assert.ok(Math.abs(decay(SECOND / 2, SECOND) - Math.SQRT1_2) < 1e-12);
  assert.equal(decay(100 * SECOND, SECOND), 0);
});

test('microprice leans to the thin side, depth imbalance to the thick one', () => {
  const top = new BookTop();
  top.setFrom([100, 30], [102, 10], 0);
  assert.equal(microprice(top, 10), 1_015);
  assert.equal(depthImbalance(top, 5), 5_000);
});

test('volatility: one jump counts in its windows until they end', () => {
  const volatility = new RealizedVolatility();
  volatility.onMid(2_000_000, 0);
  volatility.onMid(2_000_200, 1.5 * SECOND);
  volatility.onMid(2_000_200, 3 * SECOND);
  assert.deepEqual([volatility.bps(60), volatility.bps(300), volatility.bps(3_600)], [1, 1, 1]);
  volatility.onMid(2_000_200, 70 * SECOND);
  assert.deepEqual([volatility.bps(60), volatility.bps(300), volatility.bps(3_600)], [0, 1, 1]);
  volatility.onMid(2_000_200, 5_000 * SECOND);
  assert.equal(volatility.bps(3_600), 0);
});

test('VPIN of one-sided flow is 1, of alternating flow small, and a giant print ends', () => {
  const sided = new Vpin();
  const mixed = new Vpin();
  for (let i = 0; i < 400; i++) {
    sided.onTrade(10, 1, i * SECOND);
    mixed.onTrade(1, i % 2 === 0 ? 1 : -1, i * SECOND);
  }
  assert.equal(sided.valid, true);
  assert.equal(sided.value1e4, 10_000);
  mixed.onTrade(Number.MAX_SAFE_INTEGER, -1, 500 * SECOND);
  assert.equal(mixed.value1e4, 10_000);
  assert.equal(VPIN_BUCKETS, 50);
});
