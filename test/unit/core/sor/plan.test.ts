/** The planner by hand tables: one row a rule, the legs as "venue:lots@worst". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../../../src/core/sor/plan.js';
import type { PlanRequest } from '../../../../src/core/sor/plan-types.js';
import { market, type MarketVenue } from './fixture.js';

function run(venues: readonly MarketVenue[], request: Partial<PlanRequest>): string {
  const result = plan(market(venues, request));
  const legs = result.legs.map((leg) => `${leg.venue}:${leg.lots}@${leg.worstTicks}`).join(' ');
  const out = result.excluded.map(({ venue, reason }) => `${venue}=${reason}`).join(' ');
  const left = Number.isFinite(result.unplacedLots) && result.unplacedLots > 0 ? `left ${result.unplacedLots}` : '';
  return [legs, left, out].filter((part) => part !== '').join(' | ');
}

const a: MarketVenue = { asks: [[1000, 5], [1002, 5], [1010, 50]], bids: [[998, 5], [990, 50]] };
const b: MarketVenue = { asks: [[1001, 5], [1003, 50]], bids: [[999, 5], [991, 50]] };

const table: readonly (readonly [string, readonly MarketVenue[], Partial<PlanRequest>, string])[] = [
  ['merges levels by price', [a, b], { lots: 13 }, '0:8@1002 1:5@1001'],
  ['sells to the highest bids', [a, b], { side: -1, lots: 8 }, '0:3@998 1:5@999'],
  ['a fee turns the order', [{ ...a, feeE6: 5_000 }, b], { lots: 7 }, '1:7@1003 | 0=WORSE_PRICE'],
  ['a penalty does too', [{ ...a, penaltyE6: 2_000 }, b], { lots: 7 }, '0:2@1000 1:5@1001'],
  ['fees mirror for sells', [a, { ...b, feeE6: 5_000 }], { side: -1, lots: 5 }, '0:5@998 | 1=WORSE_PRICE'],
  ['ties go in candidate order', [b, b], { lots: 6 }, '0:5@1001 1:1@1001'],
  ['the limit ends it', [a, b], { lots: 100, limitTicks: 1002 }, '0:10@1002 1:5@1001 | left 85'],
  ['beyond the limit', [a, b], { lots: 3, limitTicks: 1000 }, '0:3@1000 | 1=BEYOND_LIMIT'],
  ['nothing within it', [a, b], { lots: 3, limitTicks: 999 }, 'left 3 | 0=BEYOND_LIMIT 1=BEYOND_LIMIT'],
  ['depth ends it', [a, b], { lots: 200 }, '0:60@1010 1:55@1003 | left 85'],
  ['no book', [{}, b], { lots: 2 }, '1:2@1001 | 0=NO_DEPTH'],
  ['a venue’s cap', [{ ...a, maxLots: 3 }, b], { lots: 10 }, '0:3@1000 1:7@1003'],
  ['no inventory', [{ ...a, maxLots: 0 }, b], { lots: 2 }, '1:2@1001 | 0=NO_BALANCE'],
  ['a venue’s money', [{ ...a, maxSpend: 2_500 }, b], { lots: 4 }, '0:2@1000 1:2@1001'],
  ['excluded by the caller', [{ ...a, excluded: 'COOLING_DOWN' }, b], { lots: 2 }, '1:2@1001 | 0=COOLING_DOWN'],
  ['own resting is not there', [{ ...a, own: [1000, 5] }, b], { lots: 7 }, '0:2@1002 1:5@1001'],
  ['own resting in part', [{ ...a, own: [1000, 2, 1002, 5] }, b], { lots: 4 }, '0:3@1000 1:1@1001'],
  ['lots', [{ ...a, lot: 5 }, { ...b, lot: 1 }], { lots: 8 }, '0:5@1000 1:3@1001'],
  ['a coarse lot that does not fit', [{ ...a, lot: 5 }], { lots: 8 }, '0:5@1000 | left 3'],
  ['a leg below its minimum is dropped', [{ ...a, minLots: 6 }, b], { lots: 5 }, '1:5@1001 | 0=BELOW_MINIMUM'],
  ['its quantity goes to others', [a, { ...b, minLots: 4 }], { lots: 7 }, '0:7@1002 | 1=BELOW_MINIMUM'],
  ['the smallest first', [{ ...a, minLots: 9 }, { ...b, minLots: 9 }], { lots: 9 }, '0:9@1002 | 1=BELOW_MINIMUM'],
  ['a minimum in money', [a, { ...b, minNotional: 4_500 }], { lots: 7 }, '0:7@1002 | 1=BELOW_MINIMUM'],
  [
    'another leg gives what the minimum lacks',
    [{ asks: [[1000, 95]] }, { asks: [[1001, 50]], minLots: 10 }], { lots: 100 }, '0:90@1000 1:10@1001',
  ],
  [
    'unless it would fall below its own',
    [{ asks: [[1000, 95]], minLots: 92 }, { asks: [[1001, 50]], minLots: 10 }], { lots: 100 }, '0:95@1000 | left 5 | 1=BELOW_MINIMUM',
  ],
  [
    'a fine leg gives a coarse one its lot',
    [{ asks: [[1000, 4]] }, { asks: [[1001, 50]], lot: 5 }], { lots: 8 }, '0:3@1000 1:5@1001',
  ],
  ['all below: nothing', [{ ...a, minLots: 6 }, { ...b, minLots: 6 }], { lots: 5 }, 'left 5 | 0=BELOW_MINIMUM 1=BELOW_MINIMUM'],
  ['whole: the cheaper of those that have all', [a, b], { lots: 20, whole: true }, '1:20@1003 | 0=WORSE_PRICE'],
  ['whole: nobody has all', [a, b], { lots: 70, whole: true }, 'left 70 | 0=NO_DEPTH 1=NO_DEPTH'],
  ['whole: within the limit', [a, b], { lots: 20, whole: true, limitTicks: 1003 }, '1:20@1003 | 0=NO_DEPTH'],
  ['money without a limit counts levels', [a], { lots: 1e9, spend: 6_001 }, '0:5@1000 | left 999999995'],
  ['money counts the limit', [a], { lots: 1e9, spend: 6_012, limitTicks: 1_002 }, '0:6@1002 | left 999999994'],
  ['money counts fees', [{ ...a, feeE6: 10_000 }], { lots: 1e9, spend: 5_049 }, '0:4@1000 | left 999999996'],
  ['whole for money', [{ asks: [[1000, 2]] }, b], { lots: 1e9, spend: 4_010, whole: true }, '1:4@1001 | left 999999996 | 0=NO_DEPTH'],
  ['nothing asked', [a, b], { lots: 0 }, '0=WORSE_PRICE 1=WORSE_PRICE'],
];

for (const [name, venues, request, expected] of table) {
  test(`plan: ${name}`, () => assert.equal(run(venues, request), expected));
}

test('average, fee and cost against the mid', () => {
  const result = plan(market([{ ...a, feeE6: 1_000 }], { lots: 10 }));
  assert.equal(result.averageTicks, 1001);
  assert.equal(result.fee, 10.01);
  // Mid 999: 2 ticks of slippage and 10 bps of fee.
  assert.ok(Math.abs(result.costBps - ((2 / 999) * 1e4 + 10)) < 1e-9);
});

test('without depth the touch is what there is', () => {
  const request = { ...market([a, b], { lots: 12 }), depth: [] };
  assert.deepEqual(plan(request).legs.map((leg) => leg.lots), [5, 5]);
});

test('planning again with other markets in between gives the same plan', () => {
  const first = market([a, b], { lots: 13 });
  const before = plan(first);
  plan(market([b, a, b], { lots: 50, side: -1 }));
  assert.deepEqual(plan(first), before);
});
