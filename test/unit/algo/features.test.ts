import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { decay } from '../../../src/algo/features/ewma.js';
import { depthImbalance, FeatureEngine, microprice } from '../../../src/algo/features/feature-engine.js';
import { RealizedVolatility } from '../../../src/algo/features/realized-volatility.js';
import { Vpin, VPIN_BUCKETS } from '../../../src/algo/features/vpin.js';
import type { FeatureValues } from '../../../src/algo/features/feature-values.js';
import { BookTop, type Scale } from '../../../src/algo/host/book-top.js';
import { loadRecordings, simulatedUniverse } from '../../../src/main/simulated-venues.js';
import type { ListingId } from '../../../src/protocol/universe.js';
import { replayedVenues } from '../../../src/venues/sim/market.js';
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

/** One listing's features, both ways, on what its feed says. */
class Followed {
  readonly #engine: FeatureEngine;
  readonly #naive: NaiveFeatures;
  readonly #sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  readonly #top = new BookTop();
  books = 0;

  constructor(scale: Scale) {
    this.#engine = new FeatureEngine(scale);
    this.#naive = new NaiveFeatures(scale);
  }

  get values(): FeatureValues {
    return this.#engine.values;
  }

  snapshot(tNs: number, bids: ArrayLike<number>, asks: ArrayLike<number>): void {
    this.#sides.bids.clear();
    this.#sides.asks.clear();
    this.delta(tNs, bids, bids.length / 2, asks, asks.length / 2);
  }

  delta(tNs: number, bids: ArrayLike<number>, bidCount: number, asks: ArrayLike<number>, askCount: number): void {
    for (const [side, pairs, count] of [[this.#sides.bids, bids, bidCount], [this.#sides.asks, asks, askCount]] as const) {
      for (let i = 0; i < count; i++) side.set(pairs[2 * i] ?? 0, pairs[2 * i + 1] ?? 0);
    }
    const best = (side: Map<number, number>, sign: number): number[] =>
      [...side].filter(([, lots]) => lots > 0).sort((x, y) => sign * (x[0] - y[0])).slice(0, 20).flat();
    this.#top.setFrom(best(this.#sides.bids, -1), best(this.#sides.asks, 1), tNs);
    this.#engine.onBook(this.#top, tNs);
    this.#naive.onBook(this.#top, tNs);
    if (this.books++ % 60 === 0) this.#naive.check(this.#engine.values, tNs);
  }

  trade(lots: number, side: 1 | -1, tNs: number): void {
    this.#engine.onTrade(0, lots, side, tNs);
    this.#naive.onTrade(0, lots, side, tNs);
  }
}

test('all features equal a naive computation on the recordings, spot and perpetual', () => {
  const universe = simulatedUniverse;
  const followed = new Map<ListingId, Followed>();
  for (const listing of universe.listings) {
    const instrument = universe.instruments[listing.instrument];
    if (listing.venue === 0 && instrument !== undefined) followed.set(listing.id, new Followed(instrument));
  }
  let nowNs = 0;
  const none = (): void => undefined;
  const venues = replayedVenues(loadRecordings(), {
    universe, seed: 1, startNs: 0, accounts: [0], listings: new Set(followed.keys()),
    sink: { report: none, status: none, balance: none, position: none, openOrders: none },
    feed: {
      snapshot: (listing, _, bids, asks) => followed.get(listing)?.snapshot(nowNs, bids, asks),
      delta: (listing, _, bids, bidCount, asks, askCount) => followed.get(listing)?.delta(nowNs, bids, bidCount, asks, askCount),
      trade: (listing, _, __, lots, side) => followed.get(listing)?.trade(lots, side, nowNs),
      mark: none, stale: none, alive: none,
    },
  }).filter(({ venue }) => venue === 0);
  while (nowNs < 25 * SECOND) {
    nowNs = Math.max(nowNs, ...venues.map((venue) => venue.nextDueNs()));
    for (const venue of venues) venue.doWork(nowNs);
  }
  assert.equal(followed.size, 4);
  for (const [listing, { books, values }] of followed) {
    const { tradeArrivalRate1e3, rv1mBps, cancelRate1e4 } = values;
    assert.ok(books > 150 && tradeArrivalRate1e3 > 0 && rv1mBps > 0 && cancelRate1e4 > 0, `listing ${listing}: ${JSON.stringify([books, values])}`);
  }
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
