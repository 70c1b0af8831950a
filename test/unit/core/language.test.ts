/** Triggers, joins, sizings, groups and policies, one case each (semantics §4 to §7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason } from '../../../src/protocol/events.js';
import type { EdgeSpec, NodeSpec, PolicySpec, SizingSpec, TriggerSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, MS, S } from './driver.js';
import { CHASE, edge, graph, node, onPrice } from './specs.js';
import { BTC_USD, ETH_PERP, ETH_USD, makeUniverse } from './universe.js';

/** A parent on ETH and a child buying BTC (an opening node) that waits for it. */
function pair(d: Driver, trigger: TriggerSpec, sizing: SizingSpec = { kind: 'none' }, child: Partial<NodeSpec> & { lots?: number } = { lots: 10 }): void {
  d.run(graph({
    nodes: [node({ nodeId: 'a', instrument: ETH_USD, lots: 100, limit: 2_900 }), node({ nodeId: 'b', ...child })],
    edges: [edge(0, 1, trigger, sizing)],
  }));
}

const triggers: { trigger: TriggerSpec; fire: (d: Driver) => void; early?: (d: Driver) => void }[] = [
  { trigger: { kind: 'on_venue_ack' }, fire: (d) => d.ack(d.child('a')) },
  { trigger: { kind: 'on_first_fill' }, early: (d) => d.ack(d.child('a')), fire: (d) => d.fill(d.child('a'), 1) },
  { trigger: { kind: 'on_fill_ratio', ratioE8: 50_000_000 }, early: (d) => d.fill(d.child('a'), 49), fire: (d) => d.fill(d.child('a'), 1) },
  { trigger: { kind: 'on_full_fill' }, early: (d) => d.fill(d.child('a'), 99), fire: (d) => d.fill(d.child('a'), 1) },
  {
    trigger: { kind: 'on_cancel' }, early: (d) => void d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'a' }),
    fire: (d) => d.gone(d.child('a')),
  },
  { trigger: { kind: 'on_done' }, early: (d) => d.fill(d.child('a'), 99), fire: (d) => d.fill(d.child('a'), 1) },
  { trigger: { kind: 'on_timeout', afterNs: 5 * S }, early: (d) => d.advance(5 * S - 1), fire: (d) => d.advance(1) },
  { trigger: onPrice('above', 61_000), early: (d) => d.tick(BTC_USD, 60_999), fire: (d) => d.tick(BTC_USD, 61_000) },
];

for (const { trigger, early, fire } of triggers) {
  test(`trigger ${trigger.kind}`, () => {
    const d = new Driver();
    pair(d, trigger);
    assert.equal(d.node('b').status, 'waiting');
    early?.(d);
    assert.equal(d.node('b').status, 'waiting', 'not yet');
    fire(d);
    assert.equal(d.node('b').status, 'working');
    assert.equal(d.child('b').lots, 10);
    assert.equal(d.graph().edges[0]?.firedCount, 1);
  });
}

test('trigger on_accepted fires with the plan; on_fill again and again', () => {
  const d = new Driver();
  pair(d, { kind: 'on_accepted' });
  assert.equal(d.node('b').status, 'working');
  const e = new Driver();
  pair(e, { kind: 'on_fill' }, { kind: 'none' }, { quantity: { kind: 'from_edge' }, instrument: ETH_PERP });
  e.fill(e.child('a'), 10);
  e.fill(e.child('a'), 20);
  assert.equal(e.graph().edges[0]?.firedCount, 2);
  assert.equal(e.node('b').released, 30);
});

test('an edge that cannot fire any more is dead, its child skipped, and so on down', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', instrument: ETH_USD, lots: 100, limit: 2_900 }), node({ nodeId: 'b', lots: 10 }), node({ nodeId: 'c', lots: 10 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(1, 2, { kind: 'on_done' })],
  }));
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'a' });
  d.gone(d.child('a'));
  assert.equal(d.node('b').status, 'skipped');
  assert.equal(d.node('c').status, 'skipped');
  assert.equal(d.graph().status, 'completed');
});

test('join all waits for every edge, any for the first', () => {
  for (const join of ['all', 'any'] as const) {
    const d = new Driver();
    const edges: EdgeSpec[] = [edge(0, 2, { kind: 'on_full_fill' }), edge(1, 2, { kind: 'on_full_fill' })];
    d.run(graph({
      nodes: [node({ nodeId: 'a', instrument: ETH_USD, lots: 10 }), node({ nodeId: 'b', instrument: ETH_USD, lots: 10 }), node({ nodeId: 'c', lots: 10, join })],
      edges,
    }));
    d.fillAll('a', 3_000);
    assert.equal(d.node('c').status, join === 'all' ? 'waiting' : 'working');
    d.fillAll('b', 3_000);
    assert.equal(d.node('c').status, 'working');
  }
});

const sizings: { sizing: SizingSpec; fills: number[]; released: number }[] = [
  { sizing: { kind: 'fixed', lots: 7 }, fills: [60], released: 7 },
  { sizing: { kind: 'parent_filled_qty' }, fills: [60, 10], released: 70 },
  { sizing: { kind: 'linear_hedge', factorE8: 50_000_000, net: false }, fills: [60, 10], released: 35 },
  { sizing: { kind: 'parent_incremental_fill_qty' }, fills: [20, 40], released: 40 },
  // 60 lots of 0.001 ETH at 2,900 are 174 USD; half of it buys 1 lot of 0.001 BTC at 60,000.
  { sizing: { kind: 'scaled_notional', factorE8: 50_000_000, maxUsd1e9: null }, fills: [60], released: 1 },
];

for (const { sizing, fills, released } of sizings) {
  test(`sizing ${sizing.kind}`, () => {
    const d = new Driver();
    pair(d, { kind: 'on_fill_ratio', ratioE8: 50_000_000 }, sizing, { quantity: { kind: 'from_edge' } });
    for (const lots of fills) d.fill(d.child('a'), lots);
    assert.equal(d.node('b').released, released);
  });
}

test('sizing residual stops the parent and takes what is left once its fate is known', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100, limit: 59_000 }), node({ nodeId: 'b', policy: CHASE })],
    edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 5 * S }, { kind: 'residual' })],
  }));
  const a = d.child('a');
  d.fill(a, 30);
  d.advance(5 * S);
  assert.ok(d.cancelled(a));
  assert.equal(d.children('b').length, 0);
  d.fill(a, 5);
  d.gone(a);
  assert.equal(d.node('a').reason, 'SUPERSEDED');
  assert.equal(d.child('b').lots, 65);
});

test('oco: the first fill of any size cancels the others', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 10, limit: 59_000 }), node({ nodeId: 'b', lots: 10, limit: 58_000 })],
    groups: [{ type: 'oco', nodes: [0, 1], stuck: 'wait', stuckNs: 1 * S }],
  }));
  d.fill(d.child('a'), 1);
  assert.ok(d.cancelled(d.child('b')));
  d.gone(d.child('b'));
  assert.equal(d.node('b').status, 'cancelled');
  assert.equal(d.node('b').reason, 'GROUP');
});

function one(policy: PolicySpec, more: Partial<NodeSpec> & { limit?: number } = {}): Driver {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, policy, ...more })] }));
  return d;
}

test('policy sor: what comes back is planned again, until attempts run out', () => {
  const d = one({ kind: 'sor', cooldownNs: S, maxAttempts: 3, horizonNs: 10 * S });
  for (let i = 0; i < 3; i++) d.gone(d.child('order'), ReportKind.expired);
  assert.equal(d.children('order').length, 3);
  assert.equal(d.node('order').status, 'expired');
});

test('policy sor: rejected by every venue is rejected', () => {
  const d = one({ kind: 'sor', cooldownNs: S, maxAttempts: 3, horizonNs: 10 * S });
  for (let i = 0; i < 3; i++) d.reject(d.child('order'), VenueReason.halted);
  d.advance(1 * S);
  assert.equal(d.node('order').status, 'rejected');
  assert.equal(d.graph().status, 'failed');
});

test('policy ioc_sweep: one leg, no retry', () => {
  const d = one({ kind: 'ioc_sweep' }, { tif: 'ioc' });
  d.fill(d.child('order'), 40);
  d.gone(d.child('order'), ReportKind.expired);
  assert.equal(d.children('order').length, 1);
  assert.equal(d.node('order').status, 'expired');
});

test('policy aggressive_chase: deeper each interval', () => {
  const d = one(CHASE);
  const first = d.child('order').limitTicks;
  assert.equal(first, 60_001, 'the opposite touch');
  d.gone(d.child('order'), ReportKind.expired);
  assert.equal(d.children('order').length, 1, 'the interval first');
  d.advance(250 * MS);
  assert.equal(d.child('order').limitTicks, 60_001 + 13, '2 bps deeper');
});

test('policy passive_limit: post-only at the touch, cancelled at its horizon', () => {
  const d = one({ kind: 'passive_limit', horizonNs: 60 * S });
  const child = d.child('order');
  assert.equal(child.tif, 'post_only');
  assert.equal(child.limitTicks, 59_999);
  d.ack(child);
  d.advance(60 * S);
  assert.ok(d.cancelled(child));
  d.gone(child);
  assert.equal(d.node('order').status, 'expired');
});

test('policy passive_ladder: follows the touch, then a tick better, the mid, across', () => {
  const d = one({ kind: 'passive_ladder', repegNs: 100 * MS, horizonNs: 10 * S, stepNs: 1 * S });
  const first = d.child('order');
  assert.equal(first.limitTicks, 59_999);
  d.ack(first);
  d.advance(200 * MS);
  d.market(BTC_USD, 60_020, 5);
  d.sample(BTC_USD);
  assert.ok(d.cancelled(first));
  d.gone(first);
  assert.equal(d.child('order').limitTicks, 60_015);
  const prices: number[] = [];
  for (let i = 0; i < 4; i++) {
    d.advance(i === 0 ? 10 * S : 1 * S);
    const child = d.child('order');
    if (child.doneAtNs < 0 && d.cancelled(child)) d.gone(child);
    prices.push(d.child('order').limitTicks);
  }
  assert.deepEqual(prices.slice(0, 2), [60_016, 60_020]);
  assert.equal(d.child('order').tif, 'ioc');
});

test('policy time_drip: sends over its horizon, all of it by the end', () => {
  const d = one({ kind: 'time_drip', horizonNs: 60 * S, drips: 6 }, { urgency: 'high' });
  let seen = 0;
  for (let i = 0; i < 120; i++) {
    for (const child of d.children('order')) if (child.doneAtNs < 0) d.fill(child, child.lots, 60_001);
    seen = Math.max(seen, d.children('order').length);
    d.advance(1 * S);
  }
  assert.ok(seen >= 4, `${seen} drips`);
  assert.equal(d.node('order').status, 'filled');
});

test('tif fok goes whole to one venue or ends; post_only never takes', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, tif: 'fok' })] }));
  assert.equal(d.child('order').tif, 'fok');
  assert.equal(d.child('order').lots, 100);
  d.gone(d.child('order'), ReportKind.cancelled);
  assert.equal(d.node('order').status, 'expired');
  const e = new Driver();
  e.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 70_000, tif: 'post_only' })] }));
  assert.equal(e.child('order').limitTicks, 60_000, 'just outside the ask');
});

test('a module trades a node within its limits; when it dies an opening node ends', () => {
  const d = one({ kind: 'wasm_algo', algo: 'x', venues: [0], labels: [], configJson: '{}' });
  assert.ok(d.effects.some((effect) => effect.kind === 'algo_start'));
  const action = {
    type: EventType.algoAction, tNs: 0, graphKey: 'g1', nodeId: 'order', instance: 0, kind: 'new', algoOrderId: '1', venue: 0, side: 1,
    orderType: 'limit', priceTicks: 59_900, lots: 30, ttlNs: 0,
  } as const;
  d.event(action);
  assert.equal(d.child('order').lots, 30);
  d.event({ ...action, algoOrderId: '2', lots: 71 });
  assert.equal(d.children('order').length, 1, 'more than is left is refused');
  d.fill(d.child('order'), 30);
  assert.ok(d.effects.some((effect) => effect.kind === 'algo_report' && effect.report === ReportKind.fill));
  d.event({ type: EventType.algoEnded, tNs: 0, graphKey: 'g1', nodeId: 'order', reason: 'trap' });
  assert.equal(d.node('order').status, 'expired');
  assert.equal(d.node('order').reason, 'ALGO_ENDED');
});

test('a money target spends no more than it was given, fees included', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { takerFeeE6: 1_000 } }));
  d.run(graph({ nodes: [node({ nodeId: 'order', quantity: { kind: 'notional', usd1e9: '1000000000000' } })] }));
  const { lots, limitTicks } = d.child('order');
  assert.ok(lots * limitTicks * 1.001 <= 1_000_000, 'in ticks times lots of 0.001');
  assert.equal(lots, 16);
  d.fill(d.child('order'), lots, 60_001, { fee1e8: 96_001_600 });
  assert.equal(d.node('order').status, 'filled');
});

test('the same graph_id and body is answered alike, another body is refused; a lost answer is repeated once', () => {
  const d = new Driver();
  const spec = graph({ nodes: [node({ nodeId: 'order', lots: 10, limit: 59_000 })] });
  assert.ok(d.submit(spec, '', 'h1').ok);
  const again = d.submit(spec, '', 'h1');
  assert.ok(again.ok && again.body.kind === 'submitted' && again.body.repeated);
  const other = d.submit(spec, '', 'h2');
  assert.ok(!other.ok && other.code === 'CONFLICT');
  assert.ok(d.submit({ ...spec, graphId: 'auto1' }, 'key', 'h').ok);
  d.command({ kind: 'answered', graphId: 'auto1', delivered: false });
  const lost = d.submit({ ...spec, graphId: 'auto2' }, 'key', 'h');
  assert.ok(lost.ok && lost.body.kind === 'submitted' && lost.body.graphId === 'auto1');
  const fresh = d.submit({ ...spec, graphId: 'auto3' }, 'key', 'h');
  assert.ok(fresh.ok && fresh.body.kind === 'submitted' && fresh.body.graphId === 'auto3');
});
