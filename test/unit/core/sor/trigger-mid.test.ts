/** Median of fresh venues' mids in quarter ticks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { triggerMidQuarterTicks, triggerPriceQuarterTicks } from '../../../../src/core/sor/trigger-mid.js';
import { quoteOf } from './fixture.js';

const at = (id: number, bid: number, ask: number, fresh: 0 | 1 = 1) => quoteOf({ bids: [[bid, 1]], asks: [[ask, 1]], fresh }, id);

test('trigger mid', () => {
  assert.equal(triggerMidQuarterTicks([], null), 0);
  assert.equal(triggerMidQuarterTicks([at(0, 100, 101)], null), 402);
  assert.equal(triggerMidQuarterTicks([at(0, 100, 101), at(1, 101, 101)], null), 403, 'mean of two mids: 100.75');
  assert.equal(triggerMidQuarterTicks([at(0, 100, 102), at(1, 50, 52), at(2, 101, 103)], null), 404, 'a wick moves it little');
  assert.equal(triggerMidQuarterTicks([at(0, 100, 102), at(1, 50, 52, 0), at(2, 102, 104)], null), 408);
  assert.equal(triggerMidQuarterTicks([at(0, 100, 102), at(1, 50, 52)], 1), 204);
  assert.equal(triggerMidQuarterTicks([at(0, 100, 102), at(1, 50, 52, 0)], 1), 0);
  assert.equal(triggerMidQuarterTicks([at(0, 0, 102)], null), 0, 'one side alone has no mid');
});

test('other sources', () => {
  const quotes = [at(0, 100, 102), at(1, 101, 103), at(2, 99, 105)];
  assert.equal(triggerPriceQuarterTicks(quotes, 'bid', null), 400);
  assert.equal(triggerPriceQuarterTicks(quotes, 'ask', null), 412);
  assert.equal(triggerPriceQuarterTicks(quotes, 'mark', null), 0);
});
