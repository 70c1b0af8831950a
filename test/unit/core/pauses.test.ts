/** Pauses (semantics §9, §1): one made by a lost venue or a stale price goes with its cause; a user's stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VenueReason } from '../../../src/protocol/events.js';
import type { GraphSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from './driver.js';
import { edge, graph, node, NO_RISK, onPrice } from './specs.js';
import { BINANCE, BTC_PERP, BTC_USD, HYPERLIQUID } from './universe.js';

function resting(): GraphSpec {
  return graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000, venues: [BINANCE] })] });
}

test('paused by a lost venue: goes on by itself when the venue is reconciled, not when it is only connected', () => {
  const d = new Driver();
  d.run(resting());
  d.ack(d.child('order'));
  d.venue(BINANCE, 0);
  assert.equal(d.graph().status, 'paused');
  assert.equal(d.graph().statusReason, 'DISCONNECT');
  d.venue(BINANCE, 1, 0);
  assert.equal(d.graph().status, 'paused');
  d.venue(BINANCE, 1, 1);
  assert.equal(d.graph().status, 'active');
  assert.equal(d.graph().statusReason, '');
});

test('a pause of the user stays when the lost venue comes back', () => {
  const d = new Driver();
  d.run(resting());
  d.ack(d.child('order'));
  d.command({ kind: 'pause_graph', graphId: 'g1' });
  d.venue(BINANCE, 0);
  d.venue(BINANCE, 1);
  assert.equal(d.graph().status, 'paused');
  assert.ok(d.command({ kind: 'resume_graph', graphId: 'g1' }).ok);
  assert.equal(d.graph().status, 'active');
});

function limited(action: 'pause_graph' | 'continue' | 'cancel_all_open'): Driver {
  const d = new Driver();
  const risk = { ...NO_RISK, runtime: { ...NO_RISK.runtime, maxLossUsd1e9: '1000000000000' }, failure: { ...NO_RISK.failure, onDisconnect: action } };
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 60_100 })], risk }));
  d.fill(d.child('order'), 40, 60_000);
  for (const book of d.books) book.fresh = 0;
  for (let i = 0; i < 12; i++) {
    d.advance(1 * S);
    d.mark(BTC_USD);
  }
  return d;
}

test('a limit without a price for ten seconds pauses the graph; the first price lets it go on', () => {
  const d = limited('pause_graph');
  assert.equal(d.graph().status, 'paused');
  assert.equal(d.graph().statusReason, 'STALE_VENUE');
  for (const book of d.books) book.fresh = 1;
  d.mark(BTC_USD);
  assert.equal(d.graph().status, 'active');
});

test('a user who resumes a graph paused for a stale price is not paused again by the same gap, but by the next', () => {
  const d = limited('pause_graph');
  assert.ok(d.command({ kind: 'resume_graph', graphId: 'g1' }).ok);
  d.advance(1 * S);
  d.mark(BTC_USD);
  assert.equal(d.graph().status, 'active');
  for (const book of d.books) book.fresh = 1;
  d.mark(BTC_USD);
  for (const book of d.books) book.fresh = 0;
  d.advance(11 * S);
  d.mark(BTC_USD);
  assert.equal(d.graph().status, 'paused');
});

test('on_disconnect continue and cancel_all_open act on a stale price likewise', () => {
  assert.equal(limited('continue').graph().status, 'active');
  const d = limited('cancel_all_open');
  assert.ok(d.cancelled(d.child('order')));
});

test('a user pause stays when a stale price ends', () => {
  const d = limited('pause_graph');
  d.command({ kind: 'pause_graph', graphId: 'g1' });
  for (const book of d.books) book.fresh = 1;
  d.mark(BTC_USD);
  assert.equal(d.graph().status, 'paused');
});

test('what only the user sets going again is not set going by a venue that comes back', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 60_100 }), node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  d.fill(d.child('spot'), 40, 60_000);
  for (let i = 0; i < 3; i++) {
    d.reject(d.child('hedge'), VenueReason.other);
    d.advance(1.1 * S);
  }
  assert.equal(d.node('spot').stopped, 1, 'refused three times running: the parent is stopped');
  const rest = d.child('spot');
  d.venue(rest.venue, 0);
  d.venue(rest.venue, 1);
  assert.equal(d.node('spot').stopped, 1);
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.equal(d.node('spot').stopped, 0);
});

test('exits paused with their venue by cancel-all wait for the user, with an alert', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000, venues: [BINANCE] }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onPrice('below', 50_000))],
  }));
  d.fillAll('entry');
  const tp = d.child('tp');
  d.ack(tp);
  d.command({ kind: 'venue_cancel_all', venue: BINANCE });
  d.gone(tp);
  assert.ok(d.alerts().includes('EXIT_PAUSED'));
  d.venue(BINANCE, 0);
  d.venue(BINANCE, 1);
  assert.equal(d.node('tp').status, 'paused');
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.equal(d.node('tp').run?.live, 100);
});

test('an exit larger than the largest order that is allowed goes in several; its orders do not use up the rate of others', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, venues: [BINANCE] }), node({ nodeId: 'sl', lots: 100, side: -1, venues: [BINANCE] })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  const { limits } = d.state.accounts[0] ?? assert.fail();
  d.command({ kind: 'set_limits', limits: { ...limits, maxOrderQty1e8: String(40 * 100_000), maxOrderNotionalUsd1e9: '1800000000000', maxOrderRate: 1 } });
  d.advance(2 * S);
  const { rateCount } = d.state.accounts[0] ?? assert.fail();
  d.fillAll('entry');
  for (let i = 0; i < 12 && d.node('sl').filled < 100; i++) {
    assert.ok(d.child('sl').lots <= 30, '1,800 USD are 30 lots');
    d.fillAll('sl');
    d.advance(1.1 * S);
  }
  assert.equal(d.node('sl').status, 'filled');
  assert.equal(d.state.accounts[0]?.rateCount, rateCount, 'a budget of their own');
});
