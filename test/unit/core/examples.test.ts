/** The four example graphs of the product text, end to end on the core. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { CHASE, edge, graph, node, onEntry } from './specs.js';
import { BTC_USD, ETH_PERP, ETH_USD, HYPERLIQUID } from './universe.js';

test('simple order: planned on fresh books, filled, completed', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', instrument: ETH_USD, lots: 500 })] }));
  assert.equal(d.node('order').status, 'working');
  const child = d.child('order');
  assert.equal(child.lots, 500);
  assert.equal(child.tif, 'ioc');
  assert.equal(child.limitTicks, 3015, 'arrival mid plus 50 bps');
  d.fill(child, 200, 3001);
  assert.equal(d.node('order').filled, 200);
  d.fill(child, 300, 3001);
  assert.equal(d.node('order').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('TWAP: ten slices of a tenth, 30 s apart', () => {
  const d = new Driver();
  const reply = d.submit(graph({ nodes: [node({ nodeId: 'twap', lots: 1000, pacing: { slices: 10, intervalNs: 30 * S, carry: 'next' } })] }));
  assert.ok(reply.ok && reply.body.kind === 'submitted');
  assert.equal(reply.body.nodeCount, 11);
  assert.equal(reply.body.edgeCount, 10);
  for (let i = 1; i <= 10; i++) {
    assert.equal(d.child(`twap.${i}`).lots, 100, `slice ${i}`);
    d.fillAll(`twap.${i}`, 60_001);
    assert.equal(d.node(`twap.${i}`).status, 'filled');
    if (i < 10) d.advance(30 * S);
  }
  assert.equal(d.node('twap').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('spot and perp hedge: the hedge fires at half', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', instrument: ETH_USD, lots: 200 }),
      node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, lots: 200, venues: [HYPERLIQUID], pinned: true, policy: CHASE }),
    ],
    edges: [edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 99, 3001);
  assert.equal(d.node('hedge').status, 'waiting');
  d.fill(spot, 1, 3001);
  assert.equal(d.node('hedge').status, 'working');
  assert.equal(d.child('hedge').lots, 200, 'the whole 200 are released');
  d.fill(d.child('hedge'), 200, 2999);
  d.fill(spot, 100, 3001);
  assert.equal(d.graph().status, 'completed');
});

/** The table of semantics §12, one row after the other. */
test('bracket, event by event', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100, urgency: 'high' }),
      node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }),
      node({ nodeId: 'sl', side: -1, lots: 100, urgency: 'high' }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
  }));
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  assert.equal(d.graph().edges[1]?.level, 57_000 * 4);
  assert.equal(d.node('tp').status, 'waiting');
  d.fill(entry, 60, 60_100);
  assert.equal(d.node('entry').status, 'filled');
  assert.equal(d.graph().edges[1]?.level, 57_057 * 4);
  assert.equal(d.node('tp').status, 'working');
  const tp = d.child('tp');
  assert.equal(tp.lots, 100);
  d.ack(tp);
  d.fill(tp, 30, 80_000);
  d.tick(BTC_USD, 57_050);
  assert.ok(d.cancelled(tp), 'the take-profit is cancelled first');
  assert.equal(d.children('sl').length, 0, 'nothing is sent while its fate is open');
  d.fill(tp, 10, 80_000);
  d.gone(tp);
  const first = d.child('sl');
  assert.equal(first.lots, 60);
  assert.equal(first.limitTicks, Math.ceil(57_050 * 0.97));
  d.fill(first, 50, 57_000);
  d.gone(first, ReportKind.expired);
  d.advance(1 * S);
  const second = d.child('sl');
  assert.notEqual(second, first);
  assert.equal(second.lots, 10);
  d.fill(second, 10, 57_000);
  assert.equal(d.node('sl').status, 'filled');
  assert.equal(d.node('tp').status, 'cancelled');
  assert.equal(d.node('tp').reason, 'GROUP');
  assert.equal(d.node('tp').filled, 40);
  assert.equal(d.graph().status, 'completed');
});
