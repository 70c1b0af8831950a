/** Why this test? A look gives a plan only the levels that it may use; the plan must be the one that all levels give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.js';
import { limits } from '../../../src/base/limits.js';
import { Prng } from '../../../src/base/prng.js';
import { enoughLots } from '../../../src/core/graph/look.js';
import { plan } from '../../../src/core/sor/plan.js';
import type { PlanCandidate } from '../../../src/core/sor/plan-types.js';
import { FeedWriter } from '../../../src/market/feed-writer.js';
import { carveMarket } from '../../../src/market/shared-market.js';
import type { ListingDepth } from '../../../src/protocol/events.js';
import { MarketView } from '../../../src/scheduler/market-view.js';
import { emptyQuotes } from '../../../src/scheduler/samples.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe = buildUniverse();
const instrument = must(universe.instruments[0], 'BTC-USD');
const LEVELS = 120;
const MID = 6_180_000;

function depthOf(view: MarketView, askLots: number, bidLots: number): ListingDepth[] {
  return instrument.listings.map((listing) => {
    const side = (): ListingDepth['bids'] => ({ count: 0, pairs: new Float64Array(2 * limits.planLevelsMax) });
    const out = { listing, bids: side(), asks: side() };
    view.depthInto(listing, limits.planLevelsMax, out, askLots, bidLots);
    return out;
  });
}

function pairsOf(prng: Prng, sign: 1 | -1, offset: number, multiple: number): number[] {
  const best = Math.round((MID + offset + sign * 20) / multiple) * multiple;
  const thin = prng.chance(1, 3);
  return Array.from({ length: LEVELS }, (_, i) => [best + sign * i * multiple, prng.between(1, thin ? 300 : 30_000)]).flat();
}

test('plans on a cut look are the plans on all levels: sides, sizes, own orders, thin and deep books', () => {
  let cutLevels = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const prng = new Prng(seed);
    const shared = carveMarket(universe, [universe.venues.map(({ id }) => id)], { windowTicks: 2 ** 13, sparseCells: 64 });
    const feed = new FeedWriter(must(shared.groups[0], 'feeds'), (id) => must(universe.listings[id], 'listing').venue);
    const view = new MarketView(universe, shared);
    feed.setNow(1);
    for (const { id } of universe.venues) view.setConnected(id, true);
    for (const id of instrument.listings) {
      const { tickMultiple } = must(universe.listings[id], 'listing');
      feed.snapshot(id, 1, pairsOf(prng, -1, prng.between(-15, 15), tickMultiple), pairsOf(prng, 1, prng.between(-15, 15), tickMultiple));
    }
    const quotes = emptyQuotes(universe, instrument);
    for (const quote of quotes) view.quoteInto(quote.listing, 1, quote);
    const side = prng.chance(1, 2) ? 1 : -1;
    const want = prng.pick([10, 500, 20_000, 1_000_000]) + prng.between(0, 9) * 10;
    const all = depthOf(view, Infinity, Infinity);
    const candidates = all.map((depth): PlanCandidate => {
      const book = side === 1 ? depth.asks : depth.bids;
      const own = Array.from({ length: prng.below(4) }, (_, i) => [book.pairs[4 * i] ?? 0, prng.between(1, book.pairs[4 * i + 1] ?? 1)]).flat();
      return { listing: depth.listing, excluded: null, maxLots: prng.chance(1, 4) ? 200 : Infinity, maxSpend: Infinity, ownResting: own };
    });
    const own = Math.max(...candidates.map((one) => one.ownResting.reduce((sum, lots, i) => sum + (i % 2 === 1 ? lots : 0), 0)));
    // 5 USD at half the price, in lots of 1e-6 BTC.
    const lots = enoughLots(want, own, 250);
    const cut = depthOf(view, side === 1 ? lots : 0, side === 1 ? 0 : lots);
    const limitTicks = prng.chance(1, 4) ? MID + side * prng.between(0, 200) : side === 1 ? MID * 2 : 1;
    const request = { universe, instrument: 0, side, lots: want, spend: Infinity, limitTicks, candidates, quotes, whole: prng.chance(1, 5) } as const;
    assert.deepEqual(plan({ ...request, depth: cut }), plan({ ...request, depth: all }), `seed ${seed}`);
    for (const [i, depth] of cut.entries()) {
      const book = side === 1 ? 'asks' : 'bids';
      cutLevels += must(all[i], 'depth')[book].count - depth[book].count;
      assert.equal(depth[side === 1 ? 'bids' : 'asks'].count, 0, 'the other side is not needed');
    }
  }
  assert.ok(cutLevels > 10_000, `levels were cut: ${cutLevels}`);
});
