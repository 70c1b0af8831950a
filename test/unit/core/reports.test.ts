/** What else venues may say (semantics §10): nonsense, repeats, reports of orders that are not kept or not ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason, type ReportEvent } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, BTC_PERP, COINBASE, HYPERLIQUID, makeUniverse, USD } from './universe.js';

function resting(d: Driver): ReturnType<Driver['child']> {
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000, venues: [BINANCE] })] }));
  return d.child('order');
}

function orphan(d: Driver, clientOrderId: string, more: Partial<ReportEvent> = {}): void {
  d.event({
    type: EventType.report, tNs: d.tNs, venue: BINANCE, kind: ReportKind.fill, clientOrderId, venueOrderId: '', execId: 'e', lastTicks: 59_000, lastLots: 5,
    cumLots: 5, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: USD, fee1e8: 0, maker: 0, venueTsNs: d.tNs, reason: VenueReason.none, text: '', ...more,
  });
}

test('a fill without quantity is told and not booked; a cumulative one without an id counts by its figure', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.fill, { execId: 'a', lastLots: 0, lastTicks: 59_000 });
  assert.ok(d.alerts().includes('BAD_REPORT'));
  d.report(child, ReportKind.fill, { lastLots: 30, lastTicks: 59_000, cumLots: 30 });
  d.report(child, ReportKind.fill, { lastLots: 30, lastTicks: 59_000, cumLots: 30 });
  d.report(child, ReportKind.fill, { lastLots: 20, lastTicks: 59_000, cumLots: 50 });
  assert.equal(d.node('order').filled, 50);
});

test('reports after the end change nothing but quantity', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.gone(child);
  for (const kind of [ReportKind.ack, ReportKind.cancelled, ReportKind.reject, ReportKind.cancelReject, ReportKind.amended, ReportKind.amendReject, ReportKind.notFound, ReportKind.unknown, ReportKind.status]) {
    d.report(child, kind);
  }
  assert.equal(child.state, 'cancelled');
  assert.equal(d.graph().status, 'cancelled');
});

test('a cancel refused for another reason is asked again a second later', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.report(child, ReportKind.cancelReject, { reason: VenueReason.busy });
  const cancels = (): number => d.effects.filter((effect) => effect.kind === 'cancel').length;
  assert.equal(child.state, 'live');
  const before = cancels();
  d.advance(1.1 * S);
  assert.ok(cancels() > before);
});

test('an amend answered without figures took what was asked; one that leaves nothing open ends the order', () => {
  const d = new Driver(makeUniverse({}, true));
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: 60, limitTicks: 58_900 });
  d.fill(child, 60, 59_000);
  d.report(child, ReportKind.amended, {});
  assert.deepEqual([child.lots, child.limitTicks, child.state], [60, 58_900, 'filled']);
  assert.equal(d.node('order').status, 'filled');
});

test('orphans: booked by what their id says, once; not ours, not there or not a fill: nothing', () => {
  const d = new Driver();
  const position = (): number => d.state.accounts[0]?.positions[0]?.lots ?? 0;
  orphan(d, 'L1-0-0B-9-0-1');
  orphan(d, 'L1-0-0B-9-0-1');
  assert.equal(position(), 5);
  for (const [id, more] of [
    ['somebody else', {}], ['L1-9-0B-9-0-1', {}], ['L1-0-zzB-9-0-1', {}], ['L1-0-1B-9-0-1', {}], ['L1-0-0B-9-0-2', { lastLots: 0 }],
    ['L1-0-0B-9-0-2', { kind: ReportKind.ack }],
  ] as const) orphan(d, id, more);
  assert.equal(position(), 5);
  orphan(d, 'L1-0-0S-9-0-3', { execId: 'f', lastTicks: 0 });
  assert.equal(position(), 0, 'without a price too: a fill is always booked');
  // Without ids what was filled in all tells two fills from one that is told twice.
  const noId = { execId: '', lastTicks: 59_000 };
  for (const cumLots of [5, 10, 10]) orphan(d, 'L1-0-0B-9-0-4', { ...noId, cumLots });
  assert.equal(position(), 10, 'a second fill without an id is not taken for the first');
  for (let i = 0; i < 1_005; i++) orphan(d, `L1-0-0${i % 2 === 0 ? 'B' : 'S'}-a-0-${i.toString(36)}`, { execId: String(i) });
  assert.equal(d.state.orphanExecs.length, 1_000, 'kept up to a bound');
});

test('open orders: one sent before that is not listed is asked after, one of the same instant is not, foreign ids are left alone', () => {
  const d = new Driver();
  const child = resting(d);
  const say = (): void => d.event({ type: EventType.openOrders, tNs: d.tNs, venue: child.venue, orders: [{ clientOrderId: 'by hand', venueOrderId: '', openLots: 5, cumLots: 0 }] });
  say();
  assert.equal(child.state, 'sent');
  d.advance(1 * S);
  say();
  assert.equal(child.state, 'unknown');
  assert.equal(d.effects.some((effect) => effect.kind === 'cancel'), false);
});

test('an order doubtful before its venue was lost is alerted only so long after the venue is back', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.unknown);
  d.venue(BINANCE, 0);
  d.advance(30 * S);
  assert.equal(d.alerts().includes('UNKNOWN_ORDER'), false);
  d.venue(BINANCE, 1, 0);
  d.advance(16 * S);
  assert.ok(d.alerts().includes('UNKNOWN_ORDER'));
});

test('a hedge that ended follows a late fill of its parent, in a graph that was completed', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 59_000, venues: [COINBASE] }), node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 40, 59_000);
  d.fillAll('hedge');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'spot' });
  d.gone(spot);
  assert.equal(d.graph().status, 'completed');
  d.fill(spot, 20, 59_000);
  assert.deepEqual([d.graph().status, d.graph().statusReason], ['active', 'LATE_FILL']);
  assert.equal(d.child('hedge').lots, 20);
  d.fillAll('hedge');
  assert.equal(d.node('hedge').filled, 60);
  assert.equal(d.graph().status, 'completed');
});

test('a hedge or exit that the user cancelled does not come back with a late fill', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 59_000 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000 })],
    edges: [edge(0, 1, { kind: 'on_first_fill' }, { kind: 'parent_filled_qty' })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 40, 59_000);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'tp' });
  d.gone(d.child('tp'));
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'spot' });
  d.gone(spot);
  d.fill(spot, 20, 59_000);
  assert.equal(d.node('tp').status, 'cancelled');
  assert.ok(d.alerts().includes('LATE_FILL'));
});

test('an amend upward refused after all of the old total had filled: the order is filled, nothing of it is live', () => {
  const d = new Driver(makeUniverse({}, true));
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: 120, limitTicks: null });
  d.fill(child, 100, 59_000);
  assert.equal(child.state, 'partial');
  d.report(child, ReportKind.amendReject, { reason: VenueReason.tooLate });
  assert.equal(child.state, 'filled');
  assert.equal(d.child('order').lots, 20, 'what was added goes out anew');
});
