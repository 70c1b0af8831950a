/**
 * What is kept of ended graphs and of answers, and for how long (semantics §3, wire.md on idempotency; docs/CORE.md "What
 * is kept" names the bounds).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEEP_ENDED_NS } from '../../../src/core/graph/end.js';
import { REPEAT_WINDOW_NS } from '../../../src/core/graph/submit.js';
import { ReportKind } from '../../../src/protocol/events.js';
import type { GraphSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from './driver.js';
import { graph, node } from './specs.js';
import { BTC_USD } from './universe.js';

const HOUR = 3_600 * S;

function order(graphId: string): GraphSpec {
  return graph({ graphId, nodes: [node({ nodeId: 'order', lots: 10, limit: 59_000 })] });
}

function ended(d: Driver, graphId = 'g1'): ReturnType<Driver['child']> {
  d.run(order(graphId));
  const child = d.child('order', -1, graphId);
  d.ack(child);
  d.command({ kind: 'cancel_graph', graphId, flatten: false });
  d.gone(child);
  return child;
}

test('an ended graph is kept whole for 24 hours: a late fill is booked in it; then it is put away', () => {
  const d = new Driver();
  const child = ended(d);
  d.advance(23.9 * HOUR);
  d.fill(child, 4, 59_000);
  assert.equal(d.node('order').filled, 4);
  d.advance(0.2 * HOUR);
  assert.equal(d.state.graphs.size, 0);
  assert.equal(d.state.ended.size, 1);
  d.fill(child, 3, 59_000);
  assert.ok(d.alerts().includes('ORPHAN_FILL'), 'later still it is booked to the account');
});

test('it is not put away before its venue was reconciled after its end', () => {
  const d = new Driver();
  const child = ended(d);
  d.venue(child.venue, 0);
  d.advance(KEEP_ENDED_NS + HOUR);
  assert.equal(d.state.graphs.size, 1);
  d.venue(child.venue, 1);
  d.advance(60 * S);
  assert.equal(d.state.graphs.size, 0);
});

test('idempotency outlives the graph: seven days later the same body has the same answer, another is refused', () => {
  const d = new Driver();
  ended(d);
  d.advance(7 * 24 * HOUR);
  assert.equal(d.state.graphs.size, 0);
  const again = d.submit(order('g1'));
  assert.ok(again.ok && again.body.kind === 'submitted' && again.body.repeated);
  const other = d.submit(order('g1'), '', 'other body');
  assert.equal(other.ok ? '' : other.code, 'CONFLICT');
});

test('answers that nobody told about leave the state: what may still be asked for is at most the window old', () => {
  const d = new Driver();
  for (let i = 0; i < 50; i++) d.submit(order(`early${i}`), `key${i}`);
  assert.equal(d.state.repeats.size, 50);
  d.advance(REPEAT_WINDOW_NS + 1 * S);
  d.sample(BTC_USD);
  d.submit(order('later'), 'later');
  assert.equal(d.state.repeats.size, 1);
});

test('a lost answer may be asked for until its window is over, once', () => {
  const d = new Driver();
  d.submit(order('a'), 'key');
  d.command({ kind: 'answered', graphId: 'a', delivered: false });
  d.advance(REPEAT_WINDOW_NS - 1 * S);
  const repeat = d.submit(order('b'), 'key');
  assert.ok(repeat.ok && repeat.body.kind === 'submitted' && repeat.body.graphId === 'a');
  d.command({ kind: 'answered', graphId: 'a', delivered: true });
  assert.equal(d.state.repeats.size, 0);
  const fresh = d.submit(order('c'), 'key');
  assert.ok(fresh.ok && fresh.body.kind === 'submitted' && fresh.body.graphId === 'c');
});

test('an execution told again after its order was put away is known; a new one is booked to the account', () => {
  const d = new Driver();
  d.run(order('g1'));
  const child = d.child('order');
  d.report(child, ReportKind.fill, { execId: 'first', lastLots: 4, lastTicks: 59_000, cumLots: 4 });
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  d.gone(child);
  d.advance(25 * HOUR);
  assert.equal(d.state.graphs.size, 0);
  const position = (): number => d.state.accounts[0]?.positions[child.listing]?.lots ?? 0;
  d.report(child, ReportKind.fill, { execId: 'first', lastLots: 4, lastTicks: 59_000, cumLots: 4 });
  assert.equal(position(), 4);
  assert.equal(d.alerts().includes('ORPHAN_FILL'), false);
  d.report(child, ReportKind.fill, { execId: 'second', lastLots: 3, lastTicks: 59_000, cumLots: 7 });
  assert.equal(position(), 7);
});
