/**
 * What is kept of ended graphs and of answers, and for how long (semantics §3, wire.md on idempotency; docs/CORE.md "What
 * is kept" names the bounds).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEEP_ENDED_NS } from '../../../src/core/graph/kept.js';
import { REPEAT_WINDOW_NS } from '../../../src/core/graph/submit.js';
import type { Child } from '../../../src/core/state.js';
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

/** Buys 10 of g1, filled as `tell` says, cancelled, put away; returns the order. */
function putAway(d: Driver, tell: (child: Child) => void): Child {
  d.run(order('g1'));
  const child = d.child('order');
  tell(child);
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  d.report(child, ReportKind.cancelled, { cumLots: child.filled });
  d.advance(25 * HOUR);
  assert.equal(d.state.graphs.size, 0);
  return child;
}

const positionOf = (d: Driver, child: Child): number => d.state.accounts[0]?.positions[child.listing]?.lots ?? 0;

test('fills without an execution id, told again after their order was put away, are booked once', () => {
  const d = new Driver();
  const fillTo = (child: Child, cumLots: number, lastLots: number): void => d.report(child, ReportKind.fill, { lastLots, lastTicks: 59_000, cumLots });
  const child = putAway(d, (known) => {
    fillTo(known, 4, 4);
    fillTo(known, 6, 2);
  });
  for (const [cum, last] of [[4, 4], [6, 2], [6, 6]] as const) fillTo(child, cum, last);
  assert.equal(positionOf(d, child), 6);
  fillTo(child, 9, 9);
  assert.equal(positionOf(d, child), 9, 'what is new of it is booked, and no more');
  fillTo(child, 9, 3);
  assert.equal(positionOf(d, child), 9);
});

test('a fill booked from a cumulative figure, explained only after its order was put away, is booked once', () => {
  const d = new Driver();
  const child = putAway(d, (known) => d.report(known, ReportKind.status, { cumLots: 5, openLots: 5 }));
  d.report(child, ReportKind.fill, { execId: 'first', lastLots: 3, lastTicks: 58_990, cumLots: 3 });
  d.report(child, ReportKind.fill, { execId: 'second', lastLots: 4, lastTicks: 58_990, cumLots: 7 });
  assert.equal(positionOf(d, child), 7, 'of 7 that executions say 5 were known');
  d.report(child, ReportKind.fill, { execId: 'second', lastLots: 4, lastTicks: 58_990, cumLots: 7 });
  assert.equal(positionOf(d, child), 7);
});

test('a cumulative figure beyond what was booked of an order put away is a fill nobody told', () => {
  const d = new Driver();
  const child = putAway(d, (known) => d.report(known, ReportKind.fill, { execId: 'first', lastLots: 4, lastTicks: 59_000, cumLots: 4 }));
  d.report(child, ReportKind.status, { cumLots: 4, openLots: 0 });
  assert.equal(positionOf(d, child), 4);
  d.report(child, ReportKind.cancelled, { cumLots: 6 });
  d.report(child, ReportKind.cancelled, { cumLots: 6 });
  assert.equal(positionOf(d, child), 6);
  assert.ok(d.alerts().includes('ORPHAN_FILL'));
  d.report(child, ReportKind.fill, { execId: 'late', lastLots: 2, lastTicks: 58_000, cumLots: 6 });
  assert.equal(positionOf(d, child), 6, 'its execution explains it');
});

test('an orphan without a price is booked at its limit; with neither an id nor a figure, once for its instant, price and quantity', () => {
  const d = new Driver();
  const child = putAway(d, () => undefined);
  d.market(BTC_USD, 61_000);
  d.sample(BTC_USD);
  d.report(child, ReportKind.fill, { execId: 'a', lastLots: 3, lastTicks: 0 });
  const cost = (): number => d.state.accounts[0]?.positions[child.listing]?.cost.toNumber() ?? 0;
  assert.equal(cost(), 3 * child.limitTicks);
  const bare = { lastLots: 2, lastTicks: 58_000, cumLots: -1, venueTsNs: 77 };
  d.report(child, ReportKind.fill, bare);
  d.report(child, ReportKind.fill, bare);
  assert.equal(positionOf(d, child), 5);
  d.report(child, ReportKind.fill, { ...bare, venueTsNs: 78 });
  assert.equal(positionOf(d, child), 7);
});
