/** What goes wrong between venues and us, one test a kind (semantics §10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason } from '../../../src/protocol/events.js';
import { Driver, MS, S } from './driver.js';
import { CHASE, edge, graph, node, onEntry } from './specs.js';
import { BTC, BTC_USD, ETH_PERP, ETH_USD, HYPERLIQUID, makeUniverse } from './universe.js';

function resting(d: Driver, lots = 100): ReturnType<Driver['child']> {
  d.run(graph({ nodes: [node({ nodeId: 'order', lots, limit: 59_000 })] }));
  return d.child('order');
}

function bracket(d: Driver): void {
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
  }));
}

test('acknowledgement lost, order live: counted, asked after, never resent', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.unknown);
  assert.equal(child.state, 'unknown');
  assert.ok(d.effects.some((effect) => effect.kind === 'query'));
  assert.equal(d.children('order').length, 1);
  d.report(child, ReportKind.status, { openLots: 100, cumLots: 0 });
  assert.equal(child.state, 'live');
});

test('acknowledgement lost, order never arrived: its quantity is sent anew', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.unknown);
  d.advance(1 * S);
  d.report(child, ReportKind.notFound);
  assert.equal(child.state, 'rejected');
  assert.equal(d.child('order').lots, 100);
  assert.notEqual(d.child('order'), child);
});

test('acknowledgement lost, order filled', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.unknown);
  d.report(child, ReportKind.status, { openLots: 0, cumLots: 100 });
  assert.equal(d.node('order').status, 'filled');
  d.fill(child, 100, 58_990, { cumLots: 100 });
  assert.equal(d.node('order').filled, 100, 'the late report explains it, once');
  assert.equal(d.node('order').run?.value.toNumber(), 100 * 58_990, 'and puts the price right');
});

test('an order doubtful for too long is alerted and still counted', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.unknown);
  d.advance(20 * S);
  assert.ok(d.alerts().includes('UNKNOWN_ORDER'));
  assert.equal(d.node('order').run?.live, 100);
});

test('duplicate acknowledgement and duplicate fill', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.ack(child);
  d.report(child, ReportKind.fill, { execId: 'e1', lastLots: 40, lastTicks: 59_000, cumLots: 40 });
  d.report(child, ReportKind.fill, { execId: 'e1', lastLots: 40, lastTicks: 59_000, cumLots: 40 });
  assert.equal(d.node('order').filled, 40);
});

test('fills out of order; cumulative quantity going back; fill before ack', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.fill, { execId: 'e2', lastLots: 30, lastTicks: 59_000, cumLots: 70 });
  d.report(child, ReportKind.fill, { execId: 'e1', lastLots: 40, lastTicks: 59_000, cumLots: 40 });
  d.ack(child);
  assert.equal(d.node('order').filled, 70);
  d.report(child, ReportKind.status, { openLots: 60, cumLots: 40 });
  assert.equal(d.node('order').filled, 70);
  assert.equal(child.state, 'partial');
});

test('fill after the cancel was confirmed: booked, flagged, alerted', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.gone(child);
  assert.equal(d.graph().status, 'cancelled');
  d.fill(child, 30, 59_000);
  assert.equal(d.node('order').filled, 30);
  assert.equal(d.node('order').run?.lateFill, 1);
  assert.ok(d.alerts().includes('LATE_FILL'));
});

test('cancel refused because filled', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.report(child, ReportKind.cancelReject, { reason: VenueReason.tooLate });
  assert.equal(child.state, 'unknown');
  d.fill(child, 100, 59_000);
  assert.equal(d.node('order').status, 'filled');
});

test('partial fill, then refused: a cancel of the rest, which goes elsewhere', () => {
  const d = new Driver();
  const child = resting(d);
  d.fill(child, 30, 59_000);
  d.reject(child);
  assert.equal(child.state, 'cancelled');
  assert.equal(d.child('order').lots, 70);
  assert.notEqual(d.child('order').venue, child.venue, 'the refusing venue cools down');
});

test('the venue cancels by itself', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.gone(child);
  assert.equal(d.child('order').lots, 100);
  assert.notEqual(d.child('order'), child);
});

test('overfill is booked, flagged, alerted; exits follow it', () => {
  const d = new Driver();
  bracket(d);
  d.fill(d.child('entry'), 110, 60_000);
  assert.ok(d.alerts().includes('OVERFILL'));
  assert.equal(d.node('entry').filled, 110);
  assert.equal(d.child('tp').lots, 100, 'its own ceiling');
  d.tick(BTC_USD, 56_000);
  assert.equal(d.child('sl').lots, 10, 'the take-profit holds 100 of 110');
  d.gone(d.child('tp'));
  d.fillAll('sl', 56_000);
  assert.equal(d.child('sl').lots, 90, 'its own ceiling is 100');
});

test('average price missing: booked at the limit', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.fill, { execId: 'e1', lastLots: 100, lastTicks: 0 });
  assert.equal(d.node('order').status, 'filled');
  assert.equal(child.value, 100 * 59_000);
});

test('a venue restart forgets open orders', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.tNs += 1 * S;
  d.venue(child.venue, 0);
  d.venue(child.venue, 1, 0);
  d.event({ type: EventType.openOrders, tNs: d.tNs, venue: child.venue, orders: [] });
  d.report(child, ReportKind.notFound);
  assert.equal(child.state, 'cancelled');
  assert.equal(d.graph().status, 'active');
  assert.equal(d.child('order').lots, 100);
});

test('two fills in one message (same instant) and an amend racing a fill', () => {
  const d = new Driver(makeUniverse({}, true));
  const child = resting(d);
  d.ack(child);
  d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: 50, limitTicks: null });
  d.fill(child, 30);
  d.fill(child, 30);
  d.report(child, ReportKind.amendReject, { reason: VenueReason.tooLate });
  assert.equal(d.node('order').filled, 60);
  assert.ok(d.cancelled(child), 'the rest beyond the new quantity comes off');
  d.gone(child);
  assert.equal(d.node('order').status, 'filled');
});

test('cancel of everything at a venue racing new orders', () => {
  const d = new Driver();
  const child = resting(d);
  const reply = d.command({ kind: 'venue_cancel_all', venue: child.venue });
  assert.ok(reply.ok && reply.body.kind === 'cancelled' && reply.body.count === 1);
  d.fill(child, 40);
  d.gone(child);
  assert.equal(d.node('order').status, 'cancelled');
  assert.equal(d.node('order').filled, 40);
  assert.equal(d.children('order').length, 1, 'no re-routing');
});

test('a balance older than a fill is not applied', () => {
  const d = new Driver();
  const child = resting(d);
  d.tNs += 1 * S;
  d.fill(child, 100);
  const balance = d.state.accounts[0]?.balances[child.venue * 3 + BTC];
  const before = balance?.total.toNumber();
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: child.venue, asset: BTC, total1e8: '1', asOfNs: d.tNs - 10 });
  assert.equal(balance?.total.toNumber(), before);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: child.venue, asset: BTC, total1e8: '1', asOfNs: d.tNs + 10 });
  assert.equal(balance?.total.toNumber(), 1);
});

test('entry cancelled, its stop skipped, then a late fill: the stop stands again and sells', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'entry' });
  d.gone(entry);
  assert.equal(d.node('sl').status, 'skipped');
  assert.equal(d.graph().status, 'completed');
  d.fill(entry, 20, 60_000);
  assert.equal(d.graph().status, 'active');
  assert.equal(d.graph().statusReason, 'LATE_FILL');
  assert.equal(d.child('tp').lots, 20);
  d.ack(d.child('tp'));
  d.tick(BTC_USD, 56_900);
  d.gone(d.child('tp'));
  assert.equal(d.child('sl').lots, 20);
  d.fillAll('sl', 56_900);
  assert.equal(d.graph().status, 'completed');
});

test('the take-profit sits at a dead venue while the stop fires: nothing is sold twice', () => {
  const d = new Driver();
  bracket(d);
  d.fill(d.child('entry'), 100, 60_000);
  const tp = d.child('tp');
  d.ack(tp);
  d.venue(tp.venue, 0);
  d.tick(BTC_USD, 56_000);
  d.advance(2 * S);
  assert.equal(d.children('sl').length, 0, 'the doubtful 100 are held');
  assert.ok(d.alerts().includes('EXIT_BLOCKED') || d.alerts().includes('EXIT_STUCK'));
  d.venue(tp.venue, 1, 1);
  d.gone(tp);
  d.advance(1 * S);
  assert.equal(d.child('sl').lots, 100);
});

test('the hedge venue refuses for ten minutes: alerted, the parent is stopped, the hedge goes on trying', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', instrument: ETH_USD, lots: 200, limit: 3100 }), node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, policy: CHASE, venues: [HYPERLIQUID], pinned: true })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  d.fill(d.child('spot'), 50, 3000);
  for (let i = 0; i < 600; i++) {
    for (const child of d.children('hedge')) if (child.doneAtNs < 0) d.reject(child);
    d.advance(1 * S);
  }
  assert.ok(d.alerts().includes('HEDGE_FAILED'));
  assert.ok(d.cancelled(d.child('spot')));
  assert.ok((d.node('hedge').run?.childCount ?? 0) > 300, 'it went on trying');
  for (const child of d.children('hedge')) if (child.doneAtNs < 0) d.fill(child, child.lots, 2990);
  assert.equal(d.node('hedge').filled, 50);
});

test('stale feed with an armed stop: alerted as blind, judged on the first fresh sample', () => {
  const d = new Driver();
  bracket(d);
  d.fill(d.child('entry'), 100, 60_000);
  for (const listing of [0, 1, 2]) d.bookOf(listing).fresh = 0;
  d.mark(BTC_USD);
  d.tNs += 3 * S;
  d.mark(BTC_USD);
  assert.ok(d.alerts().includes('TRIGGER_BLIND'));
  for (const listing of [0, 1, 2]) d.bookOf(listing).fresh = 1;
  d.tick(BTC_USD, 56_000);
  assert.equal(d.graph().edges[1]?.state, 'armed', 'the set of fresh venues just changed: it must hold 500 ms');
  d.advance(500 * MS);
  assert.equal(d.graph().edges[1]?.state, 'fired');
});

test('kill switch in the middle of a release', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', instrument: ETH_USD, lots: 200, limit: 3100 }), node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, policy: CHASE })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  d.fill(d.child('spot'), 50, 3000);
  d.command({ kind: 'kill', scope: { kind: 'global' }, reason: 'x', cancelOpen: false, allowExits: false });
  const sent = d.placed().length;
  d.fill(d.child('hedge'), 20, 2999);
  d.gone(d.child('hedge'), ReportKind.expired);
  d.fill(d.child('spot'), 30, 3000);
  d.advance(5 * S);
  assert.equal(d.placed().length, sent, 'nothing leaves');
  assert.equal(d.node('hedge').released, 80, 'but fills count');
  d.command({ kind: 'kill_clear', scope: { kind: 'global' } });
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.equal(d.child('hedge').lots, 60);
});

test('an order nobody knows is cancelled and alerted; an orphan fill is booked to the account', () => {
  const d = new Driver();
  d.event({ type: EventType.openOrders, tNs: d.tNs, venue: 0, orders: [{ clientOrderId: 'L1-0-0B-zz-0-1', venueOrderId: 'v', openLots: 5, cumLots: 0 }] });
  assert.ok(d.alerts().includes('ORDER_NOBODY_KNOWS'));
  const child = resting(d);
  d.report({ ...child, clientOrderId: 'L1-0-0B-zz-0-1', venue: 0 }, ReportKind.fill, { execId: 'q', lastLots: 5, lastTicks: 60_000 });
  assert.ok(d.alerts().includes('ORPHAN_FILL'));
});

test('the venue accepts an order twice: the second execution is an overfill, booked and said', () => {
  const d = new Driver();
  const child = resting(d);
  d.ack(child);
  d.ack(child);
  d.fill(child, 100, 59_000);
  assert.equal(d.node('order').status, 'filled');
  d.fill(child, 100, 59_000, { cumLots: 200 });
  assert.equal(d.node('order').filled, 200);
  assert.equal(d.node('order').run?.overfill, 100);
  assert.ok(d.alerts().includes('OVERFILL') && d.alerts().includes('LATE_FILL'));
  assert.equal(d.state.accounts[0]?.positions[child.listing]?.lots, 200, 'the position is what the venue has');
});

test("a venue's clock steps back: fills are booked in the order they come, a balance of before does not undo them", () => {
  const d = new Driver();
  const child = resting(d);
  d.advance(10 * S);
  d.fill(child, 40, 59_000, { venueTsNs: d.tNs });
  const after = d.state.accounts[0]?.balances[child.venue * 3 + BTC]?.total.toBigInt();
  d.fill(child, 60, 59_000, { venueTsNs: d.tNs - 9 * S });
  assert.equal(d.node('order').status, 'filled');
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: child.venue, asset: BTC, total1e8: '0', asOfNs: d.tNs - 5 * S });
  const now = d.state.accounts[0]?.balances[child.venue * 3 + BTC]?.total.toBigInt();
  assert.equal(now, (after ?? 0n) + 6_000_000n);
  assert.throws(() => d.event({ type: EventType.timer, tNs: d.tNs - 1 }), /engine time never goes back/, 'engine time is not the venue\'s');
});

test('two fills in one message: both are booked, each once', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.fill, { execId: 'a', lastLots: 30, lastTicks: 59_000, cumLots: 30 });
  d.report(child, ReportKind.fill, { execId: 'b', lastLots: 30, lastTicks: 58_990, cumLots: 60 });
  assert.equal(d.node('order').filled, 60);
  assert.equal(d.node('order').run?.value.toNumber(), 30 * 59_000 + 30 * 58_990);
});

test('an execution id repeated under other figures is still the same execution', () => {
  const d = new Driver();
  const child = resting(d);
  d.report(child, ReportKind.fill, { execId: 'a', lastLots: 30, lastTicks: 59_000, cumLots: 30 });
  d.report(child, ReportKind.fill, { execId: 'a', lastLots: 50, lastTicks: 58_000, cumLots: 80 });
  assert.equal(d.node('order').filled, 30);
});
