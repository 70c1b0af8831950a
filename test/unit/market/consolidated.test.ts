import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAPPED, NOTHING, RECEIVED } from '../../../src/memory/broadcast-ring-reader.js';
import { createBroadcastRing } from '../../../src/memory/broadcast-ring-layout.js';
import { consolidate, emptyView, type VenueTouch } from '../../../src/market/consolidated.js';
import { TradeTapeReader, TradeTapeWriter, emptyTrade } from '../../../src/market/trade-tape.js';

/** Each venue as "bid/ask", "-" = no quote, "!" in front = not fresh. */
function touches(text: string): VenueTouch[] {
  return text.split(' ').filter((part) => part !== '').map((part) => {
    const fresh = !part.startsWith('!');
    const [bid = '0', ask = '0'] = part.replace('!', '').split('/').map((side) => (side === '-' ? '0' : side));
    return { fresh, bidTicks: Number(bid), bidLots: 5, askTicks: Number(ask), askLots: 5 };
  });
}

const rows: readonly (readonly [string, number, number, number])[] = [
  // venues                         best bid, best ask, trigger mid in quarter ticks
  ['', 0, 0, 0],
  ['100/102', 100, 102, 404],
  ['100/101', 100, 101, 402],
  ['100/102 101/102', 101, 102, 405],
  ['100/102 104/106 500/502', 500, 102, 420],
  ['!100/102 104/106', 104, 106, 420],
  ['100/- -/106', 100, 106, 0],
  ['100/- 104/106', 104, 106, 420],
  ['100/101 100/102 100/103 100/104', 100, 101, 405],
];

for (const [venues, bid, ask, quarters] of rows) {
  test(`consolidated: ${venues || 'nobody'} → ${bid}/${ask}, trigger mid ${quarters}/4`, () => {
    const view = emptyView();
    const list = touches(venues);
    consolidate(list, list.length, view);
    assert.deepEqual([view.bidTicks, view.askTicks, view.triggerMidQuarterTicks], [bid, ask, quarters]);
    assert.equal(view.freshCount, list.filter(({ fresh }) => fresh).length);
  });
}

test('consolidated: of equal prices the larger size, and the set of fresh venues by bit', () => {
  const list = touches('100/102 !100/102 100/102');
  const third = list[2];
  assert.ok(third);
  third.bidLots = 9;
  const view = emptyView();
  consolidate(list, 3, view);
  assert.equal(view.bidVenue, 2);
  assert.equal(view.askVenue, 0);
  assert.equal(view.freshSet, 0b101);
});

test('trade tape: trades arrive whole; an overtaken reader is told', () => {
  const ring = createBroadcastRing(4096);
  const writer = new TradeTapeWriter(ring);
  const reader = new TradeTapeReader(ring);
  const trade = { listing: 3, takerSide: -1 as const, ticks: 6_180_020, lots: 12, tradeId: 5e12, venueTimeUs: 1.7e15, receivedNs: 9e15 };
  const out = emptyTrade();
  assert.equal(reader.read(out), NOTHING);
  writer.write(trade);
  assert.equal(reader.read(out), RECEIVED);
  assert.deepEqual(out, trade);
  for (let n = 0; n < 100; n++) writer.write({ ...trade, tradeId: n });
  assert.equal(reader.read(out), LAPPED);
  assert.equal(reader.read(out), RECEIVED);
  assert.equal(out.tradeId, 99);
  assert.equal(reader.lost, 99);
});
