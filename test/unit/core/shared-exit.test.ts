/**
 * Why this test? The simulation (seed 29) met an exit of two entries beside an exit of one of them. The shared one may
 * close both entries; together they never close more than both filled.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver } from './driver.js';
import { edge, graph, node } from './specs.js';

test('an exit of two entries closes both; an exit of one of them adds nothing to it', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'a', lots: 40, limit: 60_100 }), node({ nodeId: 'b', lots: 60, limit: 60_100 }),
      node({ nodeId: 'both', side: -1, lots: 100 }), node({ nodeId: 'one', side: -1, lots: 40 }),
    ],
    edges: [edge(0, 2, { kind: 'on_first_fill' }), edge(1, 2, { kind: 'on_first_fill' }), edge(0, 3, { kind: 'on_full_fill' })],
  }));
  d.fill(d.child('b'), 60, 60_000);
  d.fill(d.child('a'), 40, 60_000);
  const [first] = d.children('both');
  assert.ok(first !== undefined);
  assert.equal(first.lots, 60, 'more than entry a filled: it closes b too');
  assert.equal(d.children('one').length, 0, 'nothing is sold beside it');
  d.fill(first, 60, 60_000);
  const second = d.child('both');
  assert.equal(second.lots, 40);
  d.fill(second, 40, 60_000);
  assert.equal(d.node('both').filled + d.node('one').filled, 100, 'all of it, once');
  assert.equal(d.graph().status, 'completed');
});
