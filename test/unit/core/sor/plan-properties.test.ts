/**
 * Random small markets: what must hold of every plan, and how far it is from the exact optimum, found by trying
 * everything. SEED and CASES in the environment run others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../../src/base/prng.js';
import { plan } from '../../../../src/core/sor/plan.js';
import type { PlanRequest } from '../../../../src/core/sor/plan-types.js';
import { market, type MarketVenue } from './fixture.js';
import { optimum, costOf } from './optimum.js';

const seed = Number(process.env['SEED'] ?? 5);
const cases = Number(process.env['CASES'] ?? 1_500);

function randomMarket(prng: Prng): PlanRequest {
  const side = prng.chance(1, 2) ? 1 : -1;
  const venues = Array.from({ length: prng.between(1, 3) }, (): MarketVenue => {
    const lot = prng.pick([1, 1, 1, 2, 5]);
    let ask = prng.between(1000, 1010);
    let bid = 999 - prng.below(10);
    const asks = Array.from({ length: prng.below(5) }, (): [number, number] => [(ask += prng.between(1, 4)), lot * prng.between(1, 4)]);
    const bids = Array.from({ length: prng.below(5) }, (): [number, number] => [(bid -= prng.between(1, 4)), lot * prng.between(1, 4)]);
    const own = side === 1 ? asks : bids;
    return {
      asks, bids, lot,
      feeE6: prng.pick([0, 0, 500, 1_000, 4_000]),
      penaltyE6: prng.pick([0, 0, 300]),
      minLots: lot * prng.pick([1, 1, 1, 2, 4]),
      maxLots: prng.pick([Infinity, Infinity, Infinity, 3, 10]),
      own: prng.chance(1, 4) && own[0] !== undefined ? [own[0][0], lot] : [],
      excluded: prng.chance(1, 12) ? 'STALE_VENUE' : null,
    };
  });
  const limit = prng.pick([Number.MAX_SAFE_INTEGER, 1010, 1015]);
  return market(venues, { side, lots: prng.between(1, 25), limitTicks: side === 1 ? limit : prng.pick([1, 985, 990]) });
}

/** Lots within the limit of each venue, own resting taken out, capped. */
function available(request: PlanRequest, listing: number): number {
  const book = request.depth.find((row) => row.listing === listing);
  const side = request.side === 1 ? book?.asks : book?.bids;
  const candidate = request.candidates.find((row) => row.listing === listing);
  let lots = 0;
  for (let i = 0; i < (side?.count ?? 0); i++) {
    const ticks = side?.pairs[2 * i] ?? 0;
    if (request.side === 1 ? ticks > request.limitTicks : ticks < request.limitTicks) break;
    const own = candidate?.ownResting[0] === ticks ? (candidate.ownResting[1] ?? 0) : 0;
    lots += (side?.pairs[2 * i + 1] ?? 0) - own;
  }
  return Math.min(lots, candidate?.maxLots ?? 0);
}

test(`what holds of every plan: ${cases} markets (seed ${seed})`, () => {
  const prng = new Prng(seed);
  for (let i = 0; i < cases; i++) {
    const request = randomMarket(prng);
    const result = plan(request);
    let placed = 0;
    for (const leg of result.legs) {
      const listing = request.universe.listings[leg.listing];
      assert.ok(listing !== undefined && leg.lots > 0);
      assert.equal(leg.lots % listing.lotMultiple, 0, 'a multiple of the lot');
      assert.ok(leg.lots >= listing.minLots, 'at least the minimum');
      assert.ok(leg.lots <= available(request, leg.listing), 'no more than there is');
      assert.ok(request.side === 1 ? leg.worstTicks <= request.limitTicks : leg.worstTicks >= request.limitTicks, 'within the limit');
      assert.equal(request.candidates.find((row) => row.listing === leg.listing)?.excluded, null);
      placed += leg.lots;
    }
    assert.equal(placed, result.placedLots);
    assert.equal(result.unplacedLots, request.lots - placed);
    assert.ok(placed <= request.lots);
    assert.equal(result.legs.length + result.excluded.length, request.candidates.length, 'every venue has a leg or a reason');
    const whole = plan({ ...request, whole: true });
    assert.ok(whole.legs.length === 0 || (whole.legs.length === 1 && whole.placedLots === request.lots), 'whole or nothing');
  }
});

test(`against the exact optimum: ${cases} markets (seed ${seed})`, (context) => {
  const prng = new Prng(seed + 1);
  let short = 0;
  let dearer = 0;
  let worstBps = 0;
  let sumBps = 0;
  for (let i = 0; i < cases; i++) {
    const request = randomMarket(prng);
    const result = plan(request);
    const best = optimum(request);
    assert.ok(result.placedLots <= best.lots, 'nobody places more than the optimum');
    if (result.placedLots < best.lots) {
      short++;
      continue;
    }
    if (best.lots === 0) continue;
    const cost = costOf(request, result.legs);
    assert.ok(cost >= best.cost - 1e-6, 'nobody is cheaper than the optimum');
    const gap = ((cost - best.cost) / Math.abs(best.cost)) * 1e4;
    if (gap > 1e-6) dearer++;
    worstBps = Math.max(worstBps, gap);
    sumBps += gap;
  }
  const share = (n: number): string => `${((100 * n) / cases).toFixed(2)} %`;
  context.diagnostic(
    `places less in ${share(short)}, dearer in ${share(dearer)}, mean ${(sumBps / cases).toFixed(4)} bps, worst ${worstBps.toFixed(2)} bps`,
  );
  assert.ok(short <= cases * 0.02, `places less than the optimum in ${short} of ${cases}`);
  assert.ok(dearer <= cases * 0.08 && sumBps / cases < 0.5, `dearer in ${dearer} of ${cases}, mean ${sumBps / cases} bps`);
});
