/** Net hedges (semantics §5), hedges that fail (§9), and a stop held up by doubtful quantity (§6, `stuck`). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind, VenueReason } from '../../../src/protocol/events.js';
import type { RiskSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, NO_RISK } from './specs.js';
import { BINANCE, BTC_PERP, HYPERLIQUID, USD } from './universe.js';

test('net hedge: follows the position and buys back, reduce-only, when exits close it', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100, limit: 60_100 }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] }),
      node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: true }),
      edge(0, 2, { kind: 'on_full_fill' }),
    ],
  }));
  d.fillAll('spot');
  d.fillAll('hedge');
  assert.equal(d.node('hedge').filled, 100);
  assert.equal(d.node('hedge').status, 'pending', 'goes on while exits may still close the position');
  d.fill(d.child('tp'), 40, 70_000);
  const back = d.child('hedge');
  assert.deepEqual({ side: back.side, lots: back.lots, reduceOnly: back.reduceOnly, counter: back.counter }, { side: 1, lots: 40, reduceOnly: true, counter: 1 });
  d.fill(back, 40, back.limitTicks);
  assert.equal(d.graph().positions.find((entry) => entry.instrument === BTC_PERP)?.lots, -60);
  d.fillAll('tp');
  const rest = d.child('hedge');
  assert.equal(rest.lots, 60);
  d.fill(rest, 60, rest.limitTicks);
  assert.equal(d.graph().positions.find((entry) => entry.instrument === BTC_PERP)?.lots, 0);
  assert.equal(d.graph().status, 'completed');
});

test('net hedge: what was bought back is sold again when the parent fills more', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100, limit: 60_100, venues: [BINANCE] }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] }),
      node({ nodeId: 'tp', side: -1, limit: 60_200 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: true }),
      edge(0, 2, { kind: 'on_fill' }, { kind: 'parent_filled_qty' }),
    ],
  }));
  const perp = (): number => d.graph().positions.find((entry) => entry.instrument === BTC_PERP)?.lots ?? 0;
  d.fill(d.child('spot'), 50, 60_000);
  d.fillAll('hedge');
  assert.equal(perp(), -50);
  d.fillAll('tp');
  d.fillAll('hedge');
  assert.equal(perp(), 0);
  d.fill(d.child('spot'), 50, 60_000);
  d.fillAll('hedge');
  assert.equal(perp(), -50, 'hedged anew');
  d.fillAll('tp');
  d.fillAll('hedge');
  assert.equal(perp(), 0);
  assert.equal(d.graph().status, 'completed');
});

function hedged(onNodeFailure: RiskSpec['failure']['onNodeFailure']): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 60_100, venues: [BINANCE] }), node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
    risk: { ...NO_RISK, failure: { ...NO_RISK.failure, onNodeFailure } },
  }));
  d.fill(d.child('spot'), 40, 60_000);
  return d;
}

function refuse(d: Driver, times: number): void {
  for (let i = 0; i < times; i++) {
    d.reject(d.child('hedge'), VenueReason.other);
    d.advance(1.1 * S);
  }
}

test('a hedge refused three times running has failed: its parent stops by default, the hedge goes on trying', () => {
  const d = hedged(null);
  refuse(d, 2);
  assert.equal(d.alerts().includes('HEDGE_FAILED'), false);
  refuse(d, 1);
  assert.ok(d.alerts().includes('HEDGE_FAILED'));
  assert.ok(d.cancelled(d.child('spot')));
  assert.equal(d.node('spot').stopped, 1);
  assert.equal(d.node('hedge').run?.live, 40);
});

test('three refusals by our own checks count alike', () => {
  const d = hedged(null);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: HYPERLIQUID, asset: USD, total1e8: '0', asOfNs: d.tNs });
  const { limits } = d.state.accounts[0] ?? assert.fail();
  d.command({ kind: 'set_limits', limits: { ...limits, maxOrderQty1e8: '1' } });
  d.reject(d.child('hedge'), VenueReason.other);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: HYPERLIQUID, asset: USD, total1e8: '500000000000000', asOfNs: d.tNs });
  d.advance(3.5 * S);
  assert.ok(d.alerts().includes('HEDGE_FAILED'));
});

test('a hedge unfilled for hedge_fail_ms has failed; on_node_failure says what follows', () => {
  const cancel = hedged('cancel_all_open');
  cancel.advance(6 * S);
  assert.ok(cancel.alerts().includes('HEDGE_FAILED'));
  assert.ok(cancel.cancelled(cancel.child('spot')));
  assert.equal(cancel.node('spot').run?.stop?.reason, 'HEDGE_FAILED');
  const flatten = hedged('flatten');
  flatten.advance(6 * S);
  for (const id of ['spot', 'hedge']) for (const child of [...flatten.children(id)]) if (child.doneAtNs < 0) flatten.gone(child);
  assert.ok(flatten.graph().nodes.some((entry) => entry.nodeId.startsWith('flatten.') && entry.spec.side === -1), 'sells back what was bought');
});

test('stuck: wait holds the stop for doubtful quantity and says so; send goes on after its time', () => {
  for (const stuck of ['wait', 'send'] as const) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000, venues: [BINANCE] }), node({ nodeId: 'sl', side: -1, lots: 100 })],
      edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, { kind: 'on_timeout', afterNs: 10 * S })],
      groups: [{ type: 'ouo', nodes: [1, 2], stuck, stuckNs: 1 * S }],
    }));
    d.fillAll('entry');
    d.report(d.child('tp'), ReportKind.unknown);
    d.advance(10 * S);
    assert.equal(d.children('sl').length, 0, 'nothing is sold beside a doubtful order');
    assert.equal(d.alerts().includes('EXIT_BLOCKED'), false);
    d.advance(1.2 * S);
    assert.ok(d.alerts().includes('EXIT_BLOCKED'));
    assert.equal(d.children('sl').reduce((sum, child) => sum + child.lots, 0), stuck === 'send' ? 100 : 0);
    if (stuck === 'send') continue;
    d.report(d.child('tp'), ReportKind.notFound);
    assert.equal(d.children('sl').reduce((sum, child) => sum + child.lots, 0), 100, 'known: it sells');
  }
});

test('on_node_failure acts on an opening node that ends with a remainder; by default the others go on', () => {
  for (const onNodeFailure of [null, 'cancel_all_open', 'flatten'] as const) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'a', lots: 100, tif: 'ioc' }), node({ nodeId: 'b', lots: 50, limit: 59_000 })],
      risk: { ...NO_RISK, failure: { ...NO_RISK.failure, onNodeFailure } },
    }));
    d.fill(d.child('a'), 30, 60_000);
    d.gone(d.child('a'), ReportKind.expired);
    assert.equal(d.node('a').status, 'expired');
    assert.equal(d.alerts().includes('NODE_FAILED'), onNodeFailure !== null);
    assert.equal(d.cancelled(d.child('b')), onNodeFailure !== null);
    if (onNodeFailure === null) continue;
    d.gone(d.child('b'));
    const back = d.graph().nodes.filter((entry) => entry.nodeId.startsWith('flatten.'));
    assert.equal(back.length, onNodeFailure === 'flatten' ? 1 : 0);
    if (onNodeFailure === 'cancel_all_open') assert.equal(d.graph().statusReason, 'NODE_FAILED');
  }
});

/** 100 bought, hedged by 60 at hyperliquid and 40 at binance; exits then close what they like. */
function netHedge(lots = 100): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots }),
      node({ nodeId: 'out', side: -1, lots: 100, limit: 61_000 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: true }), edge(0, 2, { kind: 'on_full_fill' }),
    ],
  }));
  return d;
}

test('a net hedge that filled its ceiling still follows its parent\'s position down', () => {
  const d = netHedge(60);
  d.fillAll('spot', 60_001);
  d.fillAll('hedge', 59_999);
  assert.notEqual(d.node('hedge').status, 'filled', 'exits of what it hedges are still to come');
  d.fill(d.child('out'), 70, 61_000);
  const back = d.child('hedge');
  assert.deepEqual([back.side, back.lots], [1, 30], 'the parent holds 30');
  d.fill(back, 30);
  d.fillAll('out', 61_000);
  d.fill(d.child('hedge'), 30);
  assert.equal(d.node('hedge').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('what a net hedge sold at two venues is bought back where it was sold', () => {
  const d = new Driver();
  d.book(6, [[59_999, 60]], [[60_001, 500]]);
  d.book(7, [[59_999, 40]], [[60_001, 500]]);
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 100 }),
      node({ nodeId: 'out', side: -1, lots: 100, limit: 61_000 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_full_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: true }), edge(0, 2, { kind: 'on_full_fill' }),
    ],
  }));
  d.fillAll('spot', 60_001);
  d.fillAll('hedge', 59_999);
  const sold = new Map(d.children('hedge').map((child) => [child.venue, child.filled]));
  assert.equal(sold.size, 2);
  d.fill(d.child('out'), 100, 61_000);
  for (const child of d.children('hedge').filter((entry) => entry.counter === 1)) {
    assert.ok(child.lots <= (sold.get(child.venue) ?? 0), `${child.lots} bought back at ${child.venue}, ${sold.get(child.venue)} sold there`);
    assert.equal(child.reduceOnly, true);
  }
  assert.equal(d.node('hedge').run?.counterLive, 100);
});

test('a buy back that comes back unfilled is tried again a second later, not at once', () => {
  const d = netHedge();
  d.fillAll('spot', 60_001);
  d.fillAll('hedge', 59_999);
  d.fill(d.child('out'), 50, 61_000);
  const first = d.child('hedge');
  assert.equal(first.counter, 1);
  d.gone(first, ReportKind.expired);
  assert.equal(d.child('hedge'), first);
  d.advance(1_000 * MS);
  assert.equal(d.children('hedge').filter((child) => child.counter === 1).length, 2);
});

test('two edges of one parent, one of them net: the larger holds, and nothing is bought back only to be sold again', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 100 }),
      node({ nodeId: 'out', side: -1, lots: 100, limit: 61_000 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_full_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: true }),
      edge(0, 1, { kind: 'on_first_fill' }, { kind: 'parent_filled_qty' }), edge(0, 2, { kind: 'on_full_fill' }),
    ],
  }));
  d.fillAll('spot', 60_001);
  d.fillAll('hedge', 59_999);
  const orders = d.children('hedge').length;
  d.fillAll('out', 61_000);
  d.advance(5_000 * MS);
  assert.equal(d.children('hedge').length, orders);
});
