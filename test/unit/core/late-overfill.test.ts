/**
 * Why this test? A fill may come after its order's end, when another order of the node has its quantity. It is booked,
 * and what is too much by it is said, whichever of the two fills comes last (the simulation met an exit of explicit size
 * that closed twice its size, and nobody was told). What closes rightly is not called an overfill.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Child } from '../../../src/core/state.js';
import { Driver } from './driver.js';
import { edge, graph, node } from './specs.js';

/** An exit sells ten of its own size whatever its position of four is; its first order is gone, its second is live. */
function twice(d: Driver): [Child, Child] {
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 4, limit: 60_100 }), node({ nodeId: 'exit', side: -1, limit: 60_050, venues: [0] })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }, { kind: 'fixed', lots: 10 })],
  }));
  d.fillAll('entry', 60_000);
  const first = d.child('exit');
  assert.equal(first.lots, 10);
  d.ack(first);
  const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'exit', lots: null, limitTicks: 60_040 });
  assert.ok(reply.ok);
  d.gone(first);
  const second = d.child('exit');
  assert.deepEqual([second === first, second.lots], [false, 10]);
  d.ack(second);
  return [first, second];
}

test('an exit of explicit size whose gone order fills after its new one did: said', () => {
  const d = new Driver();
  const [first, second] = twice(d);
  d.fill(second, 10, 60_040);
  d.fill(first, 9, 60_050);
  assert.equal(d.node('exit').filled, 19, 'every fill is booked');
  assert.equal(d.node('exit').run?.overfill, 9);
  assert.ok(d.alerts().includes('OVERFILL'));
});

test('the gone order fills first, the new one before it could be called back: said as well', () => {
  const d = new Driver();
  const [first, second] = twice(d);
  d.fill(first, 9, 60_050);
  assert.equal(d.alerts().includes('OVERFILL'), false, 'nothing is too much yet');
  assert.ok(d.cancelled(second), 'what would be is called back');
  d.fill(second, 10, 60_040);
  assert.equal(d.node('exit').filled, 19);
  assert.equal(d.node('exit').run?.overfill, 9);
  assert.ok(d.alerts().includes('OVERFILL'));
});

test('a resting exit that fills beside one of explicit size closes no more than was filled: nothing to say', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 40, limit: 60_100 }), node({ nodeId: 'tp', side: -1, lots: 40, limit: 60_050 }),
      node({ nodeId: 'more', side: -1 }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, { kind: 'on_full_fill' }, { kind: 'fixed', lots: 60 })],
  }));
  d.fillAll('entry', 60_000);
  const tp = d.child('tp');
  d.ack(tp);
  d.fillAll('more', 59_999);
  d.fill(tp, tp.lots, 60_050);
  assert.deepEqual([d.node('tp').filled, d.node('more').filled], [40, 60]);
  assert.equal(d.alerts().includes('OVERFILL'), false);
});
