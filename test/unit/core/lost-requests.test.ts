/**
 * Why this test? A cancel or an amend that died with its venue's connection was taken for asked for ever: an exit kept its
 * reduced size waiting for an answer that could not come, and the stop beside it sent nothing; a new limit was forgotten.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason } from '../../../src/protocol/events.js';
import type { Child } from '../../../src/core/state.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, onPrice } from './specs.js';
import { BTC_USD, makeUniverse } from './universe.js';

/** Back again: what is open there, told as totals only, then reconciled. */
function back(d: Driver, child: Child, openLots: number): void {
  d.venue(child.venue, 1, 0);
  d.event({
    type: EventType.openOrders, tNs: d.tNs, venue: child.venue,
    orders: [{ clientOrderId: child.clientOrderId, venueOrderId: '', openLots, cumLots: child.filled }],
  });
  d.venue(child.venue, 1, 1);
}

const asked = (d: Driver, kind: 'cancel' | 'amend', child: Child): number =>
  d.effects.filter((effect) => effect.kind === kind && effect.clientOrderId === child.clientOrderId).length;

/** 100 bought; tp rests 100; a stop that takes 40 of it wants tp decreased in place. */
function decreasing(): { d: Driver; tp: Child } {
  const d = new Driver(makeUniverse({}, true));
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 61_000 }), node({ nodeId: 'sl', side: -1, lots: 40 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onPrice('below', 59_000))],
  }));
  d.fillAll('entry', 60_001);
  const tp = d.child('tp');
  d.ack(tp);
  d.tick(BTC_USD, 58_900);
  assert.equal(tp.amendLots, 60, 'decreased in place');
  return { d, tp };
}

test('a decrease lost with its connection: the order has its old size, which is cut again, and the stop acts', () => {
  const { d, tp } = decreasing();
  d.venue(tp.venue, 0);
  d.advance(1 * S);
  back(d, tp, 100);
  assert.ok(asked(d, 'cancel', tp) > 0, 'this time by cancelling: its venue did not answer an amend');
  d.gone(tp);
  assert.equal(d.child('sl').lots, 40);
});

test('a decrease that was taken before the connection died is known by the total', () => {
  const { d, tp } = decreasing();
  d.venue(tp.venue, 0);
  back(d, tp, 60);
  assert.deepEqual([tp.lots, tp.amendLots, asked(d, 'cancel', tp)], [60, -1, 0]);
  d.advance(1_100 * MS);
  assert.equal(d.child('sl').lots, 40);
});

test('an answer that comes after all has the last word', () => {
  const { d, tp } = decreasing();
  d.report(tp, ReportKind.unknown);
  d.report(tp, ReportKind.status, { openLots: 100, cumLots: 0 });
  assert.deepEqual([tp.lots, tp.amendLots], [100, -1]);
  d.report(tp, ReportKind.amended, { totalLots: 60, priceTicks: 61_000, openLots: 60, cumLots: 0 });
  assert.equal(tp.lots, 60);
});

for (const native of [true, false]) {
  test(`a new limit whose ${native ? 'amend' : 'cancel'} died with the connection is brought by replacing the order`, () => {
    const d = new Driver(makeUniverse({}, native));
    d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
    const first = d.child('order');
    d.ack(first);
    d.venue(first.venue, 0);
    d.command({ kind: 'resume_graph', graphId: 'g1' });
    d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: null, limitTicks: 59_500 });
    const before = asked(d, 'cancel', first);
    back(d, first, 100);
    assert.ok(asked(d, 'cancel', first) > before, 'cancelled, again');
    assert.deepEqual(d.children('order').filter((child) => child.doneAtNs < 0), [first], 'never both live');
    d.gone(first);
    d.advance(200 * MS);
    assert.equal(d.child('order').limitTicks, 59_500);
  });
}

test('a ladder whose step was cancelled into a dead connection goes on down the ladder', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'order', lots: 100, policy: { kind: 'passive_ladder', repegNs: 100 * MS, horizonNs: 1 * S, stepNs: 1 * S } })],
    risk: { ...graph({ nodes: [] }).risk, failure: { ...graph({ nodes: [] }).risk.failure, onDisconnect: 'continue' } },
  }));
  const first = d.child('order');
  d.ack(first);
  d.venue(first.venue, 0);
  d.advance(1_100 * MS);
  const before = asked(d, 'cancel', first);
  assert.ok(before > 0, 'its step began while nobody listened');
  back(d, first, 100);
  assert.ok(asked(d, 'cancel', first) > before, 'asked again');
  for (let second = 0; second < 4; second++) {
    for (const child of [...d.children('order')]) if (child.doneAtNs < 0 && d.cancelled(child)) d.gone(child);
    d.advance(1 * S);
  }
  assert.ok(d.children('order').some((child) => child.tif === 'ioc'), 'it crosses in the end');
});

test('where the venue refused an amend once, the next new limit goes by replacing', () => {
  const d = new Driver(makeUniverse({}, true));
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  const order = d.child('order');
  d.ack(order);
  const amend = (limitTicks: number): string => {
    const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: null, limitTicks });
    return reply.ok && reply.body.kind === 'node' ? String(reply.body.mode) : 'refused';
  };
  assert.equal(amend(59_100), 'native_atomic');
  d.report(order, ReportKind.amendReject, { totalLots: 100, openLots: 100 });
  assert.equal(amend(59_200), 'cancel_replace');
  assert.ok(d.cancelled(order));
});

for (const [name, kind] of [['acknowledged', ReportKind.ack], ['filled in part', ReportKind.fill]] as const) {
  test(`a cancel that overtook its order is asked again when that turns out to be there: ${name}`, () => {
    const d = new Driver();
    d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
    const order = d.child('order');
    d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
    assert.equal(asked(d, 'cancel', order), 1);
    // The cancel and the question after it came to the venue before the order did: it knows nothing of it.
    d.report(order, ReportKind.cancelReject, { reason: VenueReason.unknownOrder });
    d.report(order, ReportKind.notFound);
    assert.equal(order.state, 'unknown');
    d.report(order, kind, kind === ReportKind.fill ? { execId: 'x', lastLots: 40, lastTicks: 59_000, cumLots: 40 } : {});
    assert.equal(asked(d, 'cancel', order), 2, 'the first cancel was not for an order that the venue had');
    d.gone(order);
    assert.equal(d.node('order').status, 'cancelled');
    assert.equal(d.graph().status, 'cancelled');
  });
}

test('an order in doubt that is told to be open is cancelled again once, not twice', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  const order = d.child('order');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.report(order, ReportKind.cancelReject, { reason: VenueReason.unknownOrder });
  d.report(order, ReportKind.status, { openLots: 100, cumLots: 0 });
  assert.equal(asked(d, 'cancel', order), 2);
});
