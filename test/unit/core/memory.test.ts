/** Live objects grow with open graphs, never with history: opening and closing many graphs keeps only bounded records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDED_WHOLE_MAX } from '../../../src/core/graph/end.js';
import { Driver } from './driver.js';
import { graph, node } from './specs.js';

test('graphs that ended are kept up to a bound, whole and then compact', () => {
  const d = new Driver();
  d.checks = false;
  const extra = 300;
  for (let i = 0; i < ENDED_WHOLE_MAX + extra; i++) {
    const graphId = `g${i}`;
    d.run(graph({ graphId, nodes: [node({ nodeId: 'order', lots: 1, limit: 59_000 })] }));
    d.command({ kind: 'cancel_graph', graphId, flatten: false });
    d.gone(d.child('order', -1, graphId));
    d.effects.length = 0;
    d.events.length = 0;
  }
  assert.equal(d.state.open.size, 0);
  assert.equal(d.state.graphs.size, ENDED_WHOLE_MAX);
  assert.equal(d.state.ended.size, extra);
  assert.equal(d.state.children.size, ENDED_WHOLE_MAX);
  assert.equal(d.state.markets[0]?.resters.size, 0);
  assert.ok(d.state.timers.items.length <= 2, 'no timer outlives its graph');
  assert.ok(d.state.venues.every((venue) => venue.live.length === 0));
  const repeated = d.submit(graph({ graphId: 'g5', nodes: [node({ nodeId: 'order', lots: 1, limit: 59_000 })] }));
  assert.ok(repeated.ok && repeated.body.kind === 'submitted' && repeated.body.repeated, 'idempotency outlives the graph');
  const again = d.command({ kind: 'cancel_graph', graphId: 'g5', flatten: false });
  assert.deepEqual(again.ok && again.body, { kind: 'graph', graphId: 'g5', status: 'cancelled', left: [] }, 'so does the answer to its cancel');
});
