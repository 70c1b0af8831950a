/** Conversion to ticks and lots: the fast way agrees with the exact one, truncation is undone, nothing else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../../src/base/prng.js';
import { ExactDecimal } from '../../../../src/protocol/json/values.js';
import { smallestOrderLots, toLots, toQuarterTicks, toTicks, tradeLotOf } from '../../../../src/protocol/document/quantities.js';
import { lotsTo1e8, quarterTicksTo1e9, ticksTo1e9 } from '../../../../src/protocol/wire-numbers.js';
import { must } from '../../../../src/base/assert.js';
import { universe } from './fixture.js';

const btc = must(universe.instruments[0], 'BTC-USD');
const listings = btc.listings.map((id) => must(universe.listings[id], 'listing'));

test('doubles and BigInt agree, on values on, near and off the grid (seed 3)', () => {
  const prng = new Prng(3);
  for (let i = 0; i < 20_000; i++) {
    const ticks = prng.between(1, 10_000_000);
    const price = (ticks * btc.tick1e9 + prng.pick([0, 0, 1, -1, 2, -2, 3, -3, 5_000_000])) / prng.pick([1, 1e9]);
    for (const scale of [0, 9] as const) {
      const value = scale === 9 ? Math.round(price) : price;
      const text = new ExactDecimal(String(value));
      assert.equal(toTicks(value, scale, btc, listings), toTicks(text, scale, btc, listings), `${value} at ${scale}`);
      assert.equal(toLots(value, scale === 9 ? 8 : 0, btc, 10), toLots(text, scale === 9 ? 8 : 0, btc, 10), `${value}`);
    }
  }
});

test('back and forth is the identity', () => {
  const prng = new Prng(4);
  for (let i = 0; i < 5_000; i++) {
    const ticks = prng.between(1, 2 ** 31);
    assert.equal(toTicks(ticksTo1e9(btc, ticks), 9, btc, listings), ticks);
    const lots = prng.between(1, 2 ** 30) * tradeLotOf(listings);
    assert.equal(toLots(lotsTo1e8(btc, lots), 8, btc, tradeLotOf(listings)), lots);
  }
});

test('truncated floats, as the public client computes them', () => {
  const prng = new Prng(5);
  for (let i = 0; i < 5_000; i++) {
    const ticks = prng.between(1, 9_999_999);
    const price = Number((ticks / 100).toFixed(2));
    assert.equal(toTicks(Math.trunc(price * 1e9), 9, btc, listings), ticks, String(price));
    const lots = prng.between(1, 999_999) * 10;
    const qty = Number((lots / 1e6).toFixed(6));
    assert.equal(toLots(Math.trunc(qty * 1e8), 8, btc, 10), lots, String(qty));
  }
});

test('what can’t be counted says so', () => {
  assert.equal(toTicks(0, 0, btc, listings), 'ZERO');
  assert.equal(toTicks(-5, 0, btc, listings), 'ZERO');
  assert.equal(toTicks(1, 9, btc, listings), 'ZERO');
  assert.equal(toTicks(3, 9, btc, listings), 'OFF_GRID');
  assert.equal(toLots(10n ** 30n, 8, btc, 10), 'RANGE');
  assert.equal(toLots(new ExactDecimal('0.123456789012345678901234567'), 0, btc, 10), 'OFF_GRID');
});

test('levels between quarter ticks go in their direction', () => {
  assert.equal(toQuarterTicks(57000.05, 0, btc, 'below'), 57000.05 * 400);
  assert.equal(toQuarterTicks(57000.051, 0, btc, 'below'), 22_800_020);
  assert.equal(toQuarterTicks(57000.051, 0, btc, 'above'), 22_800_021);
  assert.equal(toQuarterTicks(57_000_050_000_001, 9, btc, 'above'), 22_800_020);
  assert.equal(quarterTicksTo1e9(btc, 22_800_021), 57_000_052_500_000n);
});

test('the smallest order of the venues, in quantity and in money', () => {
  assert.equal(smallestOrderLots(listings, btc, 0), 10);
  // 0.50 USD at 60,000.00 is 0.0000084 BTC: below Kraken's 50 lots; 1 USD at Coinbase is 17 lots.
  assert.equal(smallestOrderLots(listings, btc, 6_000_000), 17);
  assert.equal(smallestOrderLots(listings.slice(0, 1), btc, 6_000_000), 90, 'Binance: 5 USD are 84 lots, in tens');
});
