/** Price edges (semantics §4): every source, pinned and not, holding, arrival levels, blindness while holding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeSpec, TriggerSpec } from '../../../src/protocol/graph-spec.js';
import { needsSample } from '../../../src/core/market.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, BTC_PERP, BTC_USD, COINBASE } from './universe.js';

type OnPrice = Extract<TriggerSpec, { kind: 'on_price' }>;

function trigger(more: Partial<OnPrice>): OnPrice {
  return {
    kind: 'on_price', instrument: BTC_USD, direction: 'below', level: { kind: 'absolute', quarterTicks: 59_000 * 4 }, source: 'mid',
    confirmNs: 0, allowImmediate: false, ...more,
  };
}

/** An entry that fills and a child that waits for a price. */
function armed(when: OnPrice, pinned = false, more: Partial<EdgeSpec> = {}): Driver {
  const d = new Driver();
  const child = node({ nodeId: 'child', lots: 10, side: -1, ...(pinned ? { venues: [BINANCE], pinned: true } : {}) });
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 10 }), child], edges: [{ ...edge(0, 1, when), ...more }] }));
  d.fillAll('entry');
  return d;
}

function fired(d: Driver): boolean {
  return d.graph().edges[0]?.state === 'fired';
}

/** One look, if the pre-filter wants it. */
function look(d: Driver): void {
  if (needsSample(d.state, BTC_USD, d.quotes(BTC_USD))) d.sample(BTC_USD);
}

test('source bid: the median of the bids', () => {
  const d = armed(trigger({ source: 'bid' }));
  d.book(0, [[58_990, 10]], [[60_001, 10]]);
  look(d);
  assert.equal(fired(d), false, 'one of three');
  d.book(1, [[58_999, 10]], [[60_001, 10]]);
  look(d);
  assert.equal(fired(d), true);
});

test('source ask: the median of the asks; above', () => {
  const d = armed(trigger({ source: 'ask', direction: 'above', level: { kind: 'absolute', quarterTicks: 61_000 * 4 } }));
  d.book(0, [[59_999, 10]], [[61_000, 10]]);
  look(d);
  assert.equal(fired(d), false);
  d.book(2, [[59_999, 10]], [[61_500, 10]]);
  look(d);
  assert.equal(fired(d), true);
});

test('source mark: venues that tell one', () => {
  const d = armed(trigger({ source: 'mark', instrument: BTC_PERP }));
  const ids = d.universe.instruments[BTC_PERP]?.listings ?? [];
  for (const id of ids) d.bookOf(id).markTicks = 58_900;
  d.sample(BTC_PERP);
  assert.equal(fired(d), true);
});

test('source last: prints beyond the level on a majority of fresh venues', () => {
  const d = armed(trigger({ source: 'last' }));
  const print = (listing: number, high: number, low: number): void => {
    d.bookOf(listing).lastHighTicks = high;
    d.bookOf(listing).lastLowTicks = low;
  };
  d.advance(10 * MS);
  print(0, 60_000, 58_900);
  look(d);
  assert.equal(fired(d), false, 'one venue of three');
  d.advance(10 * MS);
  print(1, 59_500, 58_950);
  look(d);
  assert.equal(fired(d), true, 'two within a second');
});

test('source last, above, pinned: the prints of that venue alone', () => {
  const d = armed(trigger({ source: 'last', direction: 'above', level: { kind: 'absolute', quarterTicks: 61_000 * 4 } }), true);
  const other = d.bookOf(COINBASE);
  other.lastHighTicks = 62_000;
  other.lastLowTicks = 60_000;
  d.advance(10 * MS);
  look(d);
  d.sample(BTC_USD);
  assert.equal(fired(d), false);
  d.bookOf(0).lastHighTicks = 61_000;
  d.bookOf(0).lastLowTicks = 60_500;
  look(d);
  assert.equal(fired(d), true);
});

test('a print from before the edge was armed does not count', () => {
  const d = new Driver();
  d.bookOf(0).lastHighTicks = d.bookOf(1).lastHighTicks = 60_000;
  d.bookOf(0).lastLowTicks = d.bookOf(1).lastLowTicks = 58_000;
  d.sample(BTC_USD);
  for (const id of [0, 1]) d.bookOf(id).lastHighTicks = d.bookOf(id).lastLowTicks = 0;
  d.advance(100 * MS);
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 10 }), node({ nodeId: 'child', lots: 10, side: -1 })], edges: [edge(0, 1, trigger({ source: 'last' }))] }));
  d.sample(BTC_USD);
  assert.equal(fired(d), false);
});

test('a node pinned to a venue watches its mid alone; stale, it has none', () => {
  const d = armed(trigger({}), true);
  for (const id of [1, 2]) d.book(id, [[58_000, 10]], [[58_002, 10]]);
  look(d);
  assert.equal(fired(d), false, 'the median is below, its venue is not');
  d.bookOf(0).fresh = 0;
  d.book(0, [[58_000, 10]], [[58_002, 10]]);
  look(d);
  assert.equal(fired(d), false);
  d.bookOf(0).fresh = 1;
  look(d);
  d.advance(600 * MS);
  look(d);
  assert.equal(fired(d), true, 'fresh again, and still so half a second later');
});

test('confirm_ms: the condition must hold so long; broken it begins anew', () => {
  const d = armed(trigger({ confirmNs: 2 * S }));
  d.tick(BTC_USD, 58_900);
  d.advance(1.5 * S);
  d.tick(BTC_USD, 59_100);
  d.tick(BTC_USD, 58_900);
  d.advance(1.5 * S);
  assert.equal(fired(d), false);
  d.advance(0.6 * S);
  assert.equal(fired(d), true);
});

test('blind when the hold is over: judged on the first fresh sample', () => {
  const d = armed(trigger({ confirmNs: 1 * S }));
  d.tick(BTC_USD, 58_900);
  for (const book of d.books) book.fresh = 0;
  d.advance(3 * S);
  assert.equal(fired(d), false);
  for (const book of d.books) book.fresh = 1;
  d.sample(BTC_USD);
  d.advance(1 * S);
  assert.equal(fired(d), true);
});

test('a level from the arrival mid is the parent\'s; of another instrument its own mid then', () => {
  const d = new Driver();
  d.sample(BTC_PERP);
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 10 }), node({ nodeId: 'a', lots: 10, side: -1 }), node({ nodeId: 'b', lots: 10, side: -1, instrument: BTC_PERP })],
    edges: [
      edge(0, 1, trigger({ level: { kind: 'arrival_mid', offsetPpm: -10_000 } })),
      edge(0, 2, trigger({ instrument: BTC_PERP, direction: 'above', level: { kind: 'arrival_mid', offsetPpm: 10_000 } })),
    ],
  }));
  assert.equal(d.graph().edges[0]?.level, 59_400 * 4);
  assert.equal(d.graph().edges[1]?.level, 60_600 * 4);
  d.fillAll('entry');
  d.tick(BTC_USD, 59_400);
  assert.equal(fired(d), true);
});

test('an arrival level stands again when a late fill re-opens its exit', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 10, limit: 59_000 }), node({ nodeId: 'sl', lots: 10, side: -1 })],
    edges: [edge(0, 1, trigger({ level: { kind: 'arrival_mid', offsetPpm: -50_000 } }))],
  }));
  const child = d.child('entry');
  d.ack(child);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'entry' });
  d.gone(child);
  assert.equal(d.graph().status, 'completed');
  d.fill(child, 4, 59_000);
  assert.equal(d.graph().edges[0]?.state, 'armed');
  d.tick(BTC_USD, 57_000);
  assert.equal(d.child('sl').lots, 4);
});
