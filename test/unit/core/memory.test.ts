/** Live objects grow with open graphs, never with history: opening and closing many graphs keeps what there is room for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, KEEP_ENDED_NS, KEEP_RECORDS_NS } from '../../../src/core/graph/kept.js';
import { decodeState, encodeState } from '../../../src/core/snapshot.js';
import type { GraphSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from './driver.js';
import { graph, node } from './specs.js';

const HOUR = 3_600 * S;

function order(graphId: string): GraphSpec {
  return graph({ graphId, nodes: [node({ nodeId: 'order', lots: 1, limit: 59_000 })] });
}

function openAndClose(d: Driver, graphId: string): void {
  d.run(order(graphId));
  d.command({ kind: 'cancel_graph', graphId, flatten: false });
  d.gone(d.child('order', -1, graphId));
  d.events.length = 0;
}

/** Room for so many whole graphs of `openAndClose` and about so many records. */
function withRoom(whole: number, records: number): Driver {
  const d = new Driver();
  d.checks = false;
  openAndClose(d, 'first');
  const bytes = bytesOf(d.graph('first'));
  assert.ok(d.command({ kind: 'keep_ended', wholeBytes: whole * bytes, recordBytes: records * 320 }).ok);
  return d;
}

test('graphs that ended are kept as long as there is room, whole and then compact', () => {
  const d = withRoom(100, 1_000);
  for (let i = 1; i < 400; i++) openAndClose(d, `g${i}`);
  assert.equal(d.state.open.size, 0);
  assert.equal(d.state.graphs.size, 100);
  assert.equal(d.state.ended.size, 300);
  assert.equal(d.state.children.size, 100);
  assert.equal(d.state.markets[0]?.resters.size, 0);
  assert.ok(d.state.timers.items.length <= 2, 'no timer outlives its graph');
  assert.ok(d.state.venues.every((venue) => venue.live.length === 0));
  const repeated = d.submit(order('g5'));
  assert.ok(repeated.ok && repeated.body.kind === 'submitted' && repeated.body.repeated, 'idempotency outlives the graph');
  assert.deepEqual(repeated.body, { ...repeated.body, graphId: 'g5', status: 'active', nodeCount: 1, edgeCount: 0, nodeIds: ['order'], groups: [] });
  const again = d.command({ kind: 'cancel_graph', graphId: 'g5', flatten: false });
  assert.deepEqual(again.ok && again.body, { kind: 'graph', graphId: 'g5', status: 'cancelled', left: [] }, 'so does the answer to its cancel');
});

test('records beyond their room are forgotten, the oldest first; being cut short is told once a day', () => {
  const d = withRoom(64, 200);
  for (let i = 1; i < 600; i++) openAndClose(d, `g${i}`);
  assert.ok(d.state.ended.size > 100 && d.state.ended.size < 300, String(d.state.ended.size));
  assert.ok(d.state.kept.recordBytes <= d.state.keep.recordBytes);
  assert.ok(!d.state.ended.has('g1') && d.state.ended.has('g535'));
  const told = d.effects.flatMap((effect) => (effect.kind === 'alert' ? [`${effect.code} ${effect.text}`] : []));
  assert.deepEqual(told.length, 1);
  assert.match(told[0] ?? '', /^ENDED_CUT_SHORT whole ended graphs leave after 0 hours, not 24 hours: .*--keep-ended/);
  assert.ok(d.state.kept.cut > 500);
});

test('with room both leave by time: whole graphs after a day, records after a week; nothing is told', () => {
  const d = withRoom(1_000, 1_000);
  for (let i = 1; i <= 20; i++) openAndClose(d, `g${i}`);
  d.advance(KEEP_ENDED_NS - HOUR);
  assert.equal(d.state.graphs.size, 21);
  d.advance(2 * HOUR);
  assert.deepEqual([d.state.graphs.size, d.state.ended.size, d.state.kept.wholeBytes], [0, 21, 0]);
  d.advance(KEEP_RECORDS_NS - KEEP_ENDED_NS - 2 * HOUR);
  assert.equal(d.state.ended.size, 21);
  d.advance(2 * HOUR);
  openAndClose(d, 'later');
  d.advance(KEEP_ENDED_NS + HOUR);
  assert.deepEqual([...d.state.ended.values()].map(({ key }) => key), ['later']);
  assert.equal(d.alerts().length, 0);
});

test('what is kept is counted alike after a round trip, and by a graph that a late fill opened again', () => {
  const d = withRoom(80, 1_000);
  for (let i = 1; i < 90; i++) openAndClose(d, `g${i}`);
  const sum = (): number => [...d.state.graphs.values()].reduce((bytes, kept) => bytes + kept.keptBytes, 0);
  assert.equal(d.state.kept.wholeBytes, sum());
  d.fill(d.child('order', -1, 'g80'), 1, 59_000);
  openAndClose(d, 'last');
  assert.equal(d.state.kept.wholeBytes, sum());
  const copy = decodeState(encodeState(d.state));
  assert.deepEqual([copy.kept, copy.keep], [d.state.kept, d.state.keep]);
});
