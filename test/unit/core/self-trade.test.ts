/** An account never meets itself (semantics §8): its own resting order is cancelled first, and nothing is lost by waiting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason } from '../../../src/protocol/events.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, SOR } from './specs.js';
import { BINANCE, BTC_USD, COINBASE } from './universe.js';

/** An own sell of 50 rests at coinbase at 60,002 amid 60 of others; 40 are offered at binance, nothing else near. */
function withOwnSell(): Driver {
  const d = new Driver();
  d.book(0, [[59_999, 500]], [[60_001, 40]]);
  d.book(1, [[59_998, 500]], [[60_050, 500]]);
  d.book(2, [[59_997, 500]], [[60_090, 500]]);
  d.run(graph({ graphId: 'own', nodes: [node({ nodeId: 'order', side: -1, lots: 50, limit: 60_002, venues: [COINBASE], pinned: true })] }));
  d.ack(d.child('order', -1, 'own'));
  d.book(1, [[59_998, 500]], [[60_002, 110]]);
  d.sample(BTC_USD);
  return d;
}

for (const tif of ['ioc', 'fok'] as const) {
  test(`an ${tif} order waits, whole, until own orders it would meet are gone`, () => {
    const d = withOwnSell();
    const lots = tif === 'ioc' ? 100 : 60;
    d.run(graph({ nodes: [node({ nodeId: 'order', lots, tif, limit: 60_010, venues: tif === 'fok' ? [COINBASE] : null })] }));
    const own = d.child('order', -1, 'own');
    assert.ok(d.cancelled(own));
    assert.deepEqual(d.children('order').map((child) => child.lots), [], 'nothing goes before the cancel is known');
    d.advance(300 * MS);
    assert.equal(d.node('order').status, 'pending', 'nor is its one attempt over');
    d.gone(own);
    d.book(1, [[59_998, 500]], [[60_002, 60]]);
    d.advance(200 * MS);
    assert.deepEqual(d.children('order').map(({ venue, lots: sent }) => [venue, sent]), tif === 'ioc' ? [[BINANCE, 40], [COINBASE, 60]] : [[COINBASE, 60]]);
  });
}

test('an exit sends what meets nobody at once, and the rest a second later', () => {
  const d = new Driver();
  d.book(0, [[59_999, 60]], [[60_001, 500]]);
  d.book(1, [[59_900, 500]], [[60_005, 500]]);
  d.book(2, [[59_800, 500]], [[60_006, 500]]);
  d.run(graph({ graphId: 'own', nodes: [node({ nodeId: 'order', lots: 50, limit: 59_998, venues: [COINBASE], pinned: true })] }));
  const own = d.child('order', -1, 'own');
  d.ack(own);
  d.book(1, [[59_998, 90]], [[60_005, 500]]);
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_001, tif: 'ioc' }), node({ nodeId: 'out', side: -1, lots: 100, tif: 'ioc' })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  for (const child of [...d.children('entry')]) d.fill(child, child.lots);
  assert.equal(d.children('out').reduce((sum, child) => sum + child.lots, 0), 60, 'binance at once');
  assert.ok(d.cancelled(own));
  d.gone(own);
  d.fillAll('out', 59_999);
  d.advance(1_200 * MS);
  assert.equal(d.children('out').reduce((sum, child) => sum + child.lots, 0), 100);
});

test('what comes to rest across an own order waits for its cancel too', () => {
  const d = new Driver();
  for (const listing of [0, 1, 2]) d.book(listing, [[59_000, 500]], [[60_500, 500]]);
  d.run(graph({ graphId: 'own', nodes: [node({ nodeId: 'order', side: -1, lots: 50, limit: 60_000, venues: [BINANCE], pinned: true })] }));
  const own = d.child('order', -1, 'own');
  d.ack(own);
  d.book(0, [[59_000, 500]], [[60_000, 50]]);
  d.sample(BTC_USD);
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 30, limit: 60_100, venues: [BINANCE], pinned: true, policy: SOR })] }));
  assert.ok(d.cancelled(own), 'it is the only offer: nothing is there to plan on, and the rest would take it');
  assert.equal(d.children('order').length, 0);
  d.gone(own);
  d.book(0, [[59_000, 500]], [[60_500, 500]]);
  d.advance(200 * MS);
  assert.deepEqual(d.children('order').map(({ lots, tif }) => [lots, tif]), [[30, 'gtc']]);
  d.advance(2 * S);
});

test('a module that would meet an own order is told so, and the own order comes off', () => {
  const d = new Driver();
  for (const listing of [0, 1, 2]) d.book(listing, [[59_000, 500]], [[60_500, 500]]);
  d.run(graph({ graphId: 'own', nodes: [node({ nodeId: 'order', side: -1, lots: 50, limit: 60_000, venues: [BINANCE], pinned: true })] }));
  const own = d.child('order', -1, 'own');
  d.ack(own);
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 30, limit: 60_100, policy: { kind: 'wasm_algo', algo: 'x', venues: [BINANCE], labels: [], configJson: '{}' } })] }));
  const ask = (algoOrderId: string): void => d.event({
    type: EventType.algoAction, tNs: d.tNs, graphKey: 'g1', nodeId: 'order', instance: 0, kind: 'new', algoOrderId, venue: BINANCE, side: 1,
    orderType: 'limit', priceTicks: 60_000, lots: 20, ttlNs: 0,
  });
  ask('1');
  const told = d.effects.findLast((effect) => effect.kind === 'algo_report');
  assert.ok(told?.kind === 'algo_report' && told.report === ReportKind.reject && told.reason === VenueReason.selfTrade);
  assert.ok(d.cancelled(own));
  d.gone(own);
  ask('2');
  assert.equal(d.child('order').lots, 20);
});
