/** What a module may do with its node (semantics §7): new, amend, cancel, each checked like any order; its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason, type AlgoActionEvent } from '../../../src/protocol/events.js';
import type { PolicySpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, makeUniverse, USD } from './universe.js';

const MODULE: PolicySpec = { kind: 'wasm_algo', algo: 'x', venues: [BINANCE], labels: [], configJson: '{}' };

function started(native = true): Driver {
  const d = new Driver(makeUniverse({ 'BTC-USD@binance': { lotMultiple: 2, minLots: 4 } }, native));
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 60_000, policy: MODULE })] }));
  return d;
}

function keyOf(d: Driver): string {
  const start = d.effects.findLast((effect) => effect.kind === 'algo_start');
  assert.ok(start?.kind === 'algo_start');
  return start.graphKey;
}

function act(d: Driver, more: Partial<AlgoActionEvent>): void {
  d.event({
    type: EventType.algoAction, tNs: d.tNs, graphKey: keyOf(d), nodeId: 'order', instance: 0, kind: 'new', algoOrderId: '1', venue: BINANCE, side: 1,
    orderType: 'limit', priceTicks: 59_900, lots: 20, ttlNs: 0, ...more,
  });
}

/** Reason of the last refusal told to the module, or -1. */
function refused(d: Driver): number {
  const told = d.effects.findLast((effect) => effect.kind === 'algo_report');
  return told?.kind === 'algo_report' && told.report === ReportKind.reject ? told.reason : -1;
}

test('an order keeps the node\'s limit whatever price the module says', () => {
  const d = started();
  act(d, { priceTicks: 61_000 });
  assert.equal(d.child('order').limitTicks, 60_000);
  act(d, { algoOrderId: '2', orderType: 'market', priceTicks: 0 });
  assert.deepEqual([d.child('order').limitTicks, d.child('order').tif], [60_000, 'ioc']);
});

test('what is not a valid order is refused with its reason', () => {
  const d = started();
  const cases: [Partial<AlgoActionEvent>, VenueReason][] = [
    [{ lots: 2 }, VenueReason.invalidParams], [{ lots: 21 }, VenueReason.invalidParams], [{ lots: 102 }, VenueReason.invalidParams],
    [{ venue: 3 }, VenueReason.invalidParams], [{ side: -1 }, VenueReason.halted], [{ kind: 'cancel' }, VenueReason.unknownOrder],
    [{ kind: 'amend' }, VenueReason.unknownOrder],
  ];
  for (const [more, reason] of cases) {
    act(d, { algoOrderId: 'bad', ...more });
    assert.equal(refused(d), reason, JSON.stringify(more));
  }
  act(d, {});
  act(d, {});
  assert.equal(refused(d), VenueReason.duplicate);
  // Each instance counts for itself; an id stays used when its order is over.
  act(d, { instance: 1 });
  assert.equal(d.children('order').length, 2);
  act(d, { instance: 1, kind: 'cancel' });
  const second = d.children('order')[1];
  assert.ok(second !== undefined);
  d.cancelled(second);
  act(d, { instance: 1 });
  assert.equal(refused(d), VenueReason.duplicate);
  act(d, { kind: 'intent', algoOrderId: '9' });
  assert.equal(d.children('order').length, 2);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: USD, total1e8: '0', asOfNs: d.tNs });
  act(d, { algoOrderId: '3' });
  assert.equal(refused(d), VenueReason.insufficientBalance);
  d.event({ type: EventType.algoAction, tNs: d.tNs, graphKey: 'nobody', nodeId: 'order', instance: 0, kind: 'new', algoOrderId: '1', venue: 0, side: 1, orderType: 'limit', priceTicks: 1, lots: 4, ttlNs: 0 });
});

test('amend: natively within what is left, else refused', () => {
  const d = started();
  act(d, {});
  const child = d.child('order');
  d.ack(child);
  act(d, { kind: 'amend', lots: 40, priceTicks: 59_800 });
  assert.ok(d.effects.some((effect) => effect.kind === 'amend' && effect.lots === 40 && effect.limitTicks === 59_800));
  act(d, { kind: 'amend', lots: 50 });
  assert.equal(refused(d), VenueReason.invalidParams, 'one change at a time');
  d.report(child, ReportKind.amended, { totalLots: 40, priceTicks: 59_800 });
  act(d, { kind: 'amend', lots: 120 });
  assert.equal(refused(d), VenueReason.invalidParams, 'more than the node has left');
  const other = started(false);
  act(other, {});
  other.ack(other.child('order'));
  act(other, { kind: 'amend', lots: 40 });
  assert.equal(refused(other), VenueReason.invalidParams, 'a venue without amends');
});

test('cancel; and nothing new while the graph is paused or after the module is gone', () => {
  const d = started();
  act(d, {});
  act(d, { kind: 'cancel' });
  assert.ok(d.cancelled(d.child('order')));
  d.gone(d.child('order'));
  d.command({ kind: 'pause_graph', graphId: 'g1' });
  const sent = d.placed().length;
  act(d, { algoOrderId: '2' });
  assert.equal(d.placed().length, sent);
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  d.event({ type: EventType.algoEnded, tNs: d.tNs, graphKey: keyOf(d), nodeId: 'order', reason: 'trap' });
  act(d, { algoOrderId: '3' });
  assert.equal(refused(d), VenueReason.tooLate);
  assert.equal(d.node('order').reason, 'ALGO_ENDED');
});

test('an exit goes on by chasing when its module dies', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 50 }), node({ nodeId: 'order', lots: 50, side: -1, policy: MODULE })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  assert.equal(d.children('order').length, 0);
  d.event({ type: EventType.algoEnded, tNs: d.tNs, graphKey: keyOf(d), nodeId: 'order', reason: 'watchdog' });
  d.advance(1 * S);
  assert.deepEqual([d.child('order').side, d.child('order').lots, d.child('order').tif], [-1, 50, 'ioc']);
  d.fillAll('order');
  assert.equal(d.graph().status, 'completed');
});

test('§9: a pause holds a module that opens, not one that protects; a kill switch holds both', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'order', side: -1, lots: 100, policy: MODULE })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  for (const child of [...d.children('entry')]) d.fill(child, child.lots);
  d.command({ kind: 'pause_graph', graphId: 'g1' });
  act(d, { side: -1 });
  assert.equal(d.child('order').lots, 20);
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', allowExits: false, cancelOpen: false });
  act(d, { side: -1, algoOrderId: '2' });
  assert.equal(d.children('order').length, 1);
  assert.ok(refused(d) >= 0);
});
