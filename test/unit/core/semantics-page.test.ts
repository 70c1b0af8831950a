/** The event-by-event tables of semantics §12 beside the bracket, and the rules they stand for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind } from '../../../src/protocol/events.js';
import { Driver, MS, S } from './driver.js';
import { CHASE, edge, graph, node, NO_RISK, onEntry, onPrice, SOR } from './specs.js';
import { BTC, BTC_PERP, BTC_USD, ETH_PERP, ETH_USD, HYPERLIQUID, makeUniverse } from './universe.js';

function bracket(d: Driver, entryLots = 100): void {
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: entryLots, limit: 60_100 }),
      node({ nodeId: 'tp', side: -1, lots: entryLots, limit: 80_000 }),
      node({ nodeId: 'sl', side: -1, lots: entryLots }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
  }));
}

test('a stop that fires before the entry is complete', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  d.tick(BTC_USD, 56_900);
  assert.ok(d.cancelled(entry), 'the entry is stopped');
  assert.equal(d.child('sl').lots, 40);
  d.fill(entry, 20, 60_000);
  d.gone(entry);
  assert.equal(d.node('entry').status, 'cancelled');
  assert.equal(d.node('entry').reason, 'EXIT_TRIGGERED');
  assert.equal(d.node('tp').status, 'skipped');
  d.fillAll('sl', 56_900);
  const rest = d.child('sl');
  assert.equal(rest.lots, 20);
  d.fillAll('sl', 56_900);
  assert.equal(d.node('sl').filled, 60);
  assert.equal(d.graph().status, 'completed');
});

test('a fee in base makes every exit quantity the net one', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { feeAsset: 'base' } }));
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 100, 60_000, { feeAsset: BTC, fee1e8: 10_000 });
  assert.equal(d.child('tp').lots, 99, '0.0999 floored to the lot of 0.001');
  d.tick(BTC_USD, 56_000);
  d.gone(d.child('tp'));
  assert.equal(d.child('sl').lots, 99);
  d.fillAll('sl', 56_000);
  assert.equal(d.graph().status, 'completed');
});

test('streaming hedge: releases follow the fill in lots and minimums, the rest is dust', () => {
  const d = new Driver(makeUniverse({ 'ETH-USD-PERP@hyperliquid': { lotMultiple: 10, minLots: 50 } }));
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', instrument: ETH_USD, lots: 200, limit: 3100 }),
      node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, policy: CHASE, venues: [HYPERLIQUID], pinned: true }),
    ],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 34, 3000);
  assert.equal(d.node('hedge').released, 0, '30 is below the minimum of 50');
  d.fill(spot, 34, 3000);
  assert.equal(d.node('hedge').released, 60);
  assert.equal(d.child('hedge').lots, 60);
  d.fill(d.child('hedge'), 60, 2999);
  d.fill(spot, 34, 3000);
  assert.equal(d.node('hedge').released, 60, '40 waits');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'spot' });
  d.gone(spot);
  assert.equal(d.node('hedge').run?.dust, 42);
  assert.equal(d.node('hedge').status, 'filled');
  assert.ok(d.alerts().includes('UNHEDGED_DUST'));
  assert.equal(d.graph().status, 'completed');
});

test('TWAP: an open slice is cancelled when the next is due; its rest joins as its fate is known', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 1000, limit: 60_000, pacing: { slices: 10, intervalNs: 30 * S, carry: 'next' } })] }));
  for (let i = 1; i < 3; i++) {
    d.fillAll(`twap.${i}`, 60_000);
    d.advance(30 * S);
  }
  const third = d.child('twap.3');
  d.fill(third, 80, 60_000);
  d.advance(30 * S);
  assert.ok(d.cancelled(third));
  assert.equal(d.child('twap.4').lots, 100, 'starts with its own quantity');
  d.fill(third, 5, 60_000);
  d.gone(third);
  assert.equal(d.node('twap.4').released, 115);
  assert.equal(d.node('twap.3').status, 'expired');
  const live = d.children('twap.4').reduce((sum, child) => sum + child.lots, 0);
  assert.equal(live, 115);
});

test('TWAP: a doubtful rest joins whichever slice runs when it is known', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 400, limit: 60_000, pacing: { slices: 4, intervalNs: 10 * S, carry: 'next' } })] }));
  const first = d.child('twap.1');
  d.fill(first, 80, 60_000);
  d.report(first, ReportKind.unknown);
  d.advance(20 * S);
  d.gone(d.child('twap.2'));
  assert.equal(d.node('twap.3').released, 100 + 100, 'slice 2 was never filled: its 100 joined');
  d.report(first, ReportKind.notFound);
  assert.equal(d.node('twap').pace?.pool, 20, 'slice 3 is at twice its plan: the excess waits');
});

test('product hedge: parent ends short, what is beyond its fill is cancelled', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', instrument: ETH_USD, lots: 200, limit: 3100 }),
      node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, lots: 200, limit: 2990 }),
    ],
    edges: [edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 100, 3000);
  const hedge = d.child('hedge');
  assert.equal(hedge.lots, 200);
  d.fill(spot, 20, 3000);
  d.fill(hedge, 50, 2999);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'spot' });
  d.gone(spot);
  assert.ok(d.cancelled(hedge), 'more than 120 is live');
  d.gone(hedge);
  assert.equal(d.child('hedge').lots, 70, '120 less the 50 filled');
  d.fillAll('hedge', 2999);
  assert.equal(d.node('hedge').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('a lone stop never oversells what was bought', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_000 }), node({ nodeId: 'sl', side: -1, lots: 500 })],
    edges: [edge(0, 1, onPrice('below', 58_000))],
  }));
  d.fill(d.child('entry'), 30, 60_000);
  d.tick(BTC_USD, 57_000);
  assert.equal(d.children('sl').length, 0, 'it would meet the entry still resting there');
  d.gone(d.child('entry'));
  d.advance(100 * MS);
  assert.equal(d.child('sl').lots, 30);
});

test('a wick on one venue does not fire; when the set of fresh venues changes the condition must hold 500 ms', () => {
  const d = new Driver();
  bracket(d);
  d.fill(d.child('entry'), 100, 60_000);
  d.book(0, [[50_000, 10]], [[50_002, 10]]);
  d.sample(BTC_USD);
  assert.equal(d.graph().edges[1]?.state, 'armed', 'the median is still 60,000');
  d.tNs += 10 * MS;
  d.bookOf(1).fresh = 0;
  d.bookOf(2).fresh = 0;
  d.sample(BTC_USD);
  assert.equal(d.graph().edges[1]?.state, 'armed', 'beyond, by drop-out');
  d.advance(400 * MS);
  assert.equal(d.graph().edges[1]?.state, 'armed');
  d.bookOf(1).fresh = 1;
  d.bookOf(2).fresh = 1;
  d.sample(BTC_USD);
  d.advance(2 * S);
  assert.equal(d.graph().edges[1]?.state, 'armed', 'it did not hold');
});

test('a protective node does not give up: attempt after attempt, re-anchored', () => {
  const d = new Driver();
  bracket(d);
  d.fill(d.child('entry'), 100, 60_000);
  d.tick(BTC_USD, 56_000);
  d.gone(d.child('tp'));
  for (let i = 0; i < 30; i++) {
    const child = d.child('sl');
    d.market(BTC_USD, 56_000 - i * 100);
    if (child.doneAtNs < 0) d.gone(child, ReportKind.expired);
    d.advance(1 * S);
  }
  const last = d.child('sl');
  assert.equal(last.doneAtNs, -1, 'an order is live again');
  assert.equal(last.limitTicks, Math.ceil((56_000 - 29 * 100) * 0.97));
  assert.ok(d.alerts().includes('EXIT_STUCK'));
});

test('pause cancels opening orders, keeps exits armed; resume goes on', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  const reply = d.command({ kind: 'pause_graph', graphId: 'g1' });
  assert.ok(reply.ok);
  assert.ok(d.cancelled(entry));
  d.gone(entry);
  assert.equal(d.node('entry').status, 'paused');
  d.tick(BTC_USD, 56_000);
  assert.equal(d.child('sl').lots, 40, 'protection acts in a pause');
});

test('kill switch: nothing leaves, live graphs are paused and not cancelled', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  const kill = d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: 'test', cancelOpen: false, allowExits: false });
  assert.ok(kill.ok);
  assert.ok(!d.cancelled(entry));
  const refused = d.submit(graph({ graphId: 'g2', nodes: [node({ nodeId: 'order', lots: 10 })] }));
  assert.ok(!refused.ok && refused.code === 'KILL_SWITCH');
  d.tick(BTC_USD, 56_000);
  assert.equal(d.children('sl').length, 0);
  assert.ok(d.alerts().includes('EXIT_BLOCKED'));
  d.command({ kind: 'kill_clear', scope: { kind: 'account', accountId: 0 } });
  assert.equal(d.children('sl').length, 0, 'clearing resumes nothing by itself');
  const resumed = d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.ok(resumed.ok);
  assert.equal(d.child('sl').lots, 40);
});

test('cancel of a graph answers at once, ends when every child is known, names what is left', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  const reply = d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  assert.ok(reply.ok && reply.body.kind === 'graph');
  assert.equal(reply.body.status, 'cancelling');
  assert.deepEqual(reply.body.left, [{ venue: entry.venue, symbol: 'BTC-USD', qty1e8: '4000000' }]);
  d.gone(entry);
  assert.equal(d.graph().status, 'cancelled');
});

test('flatten sells back what the graph bought', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: true });
  d.gone(entry);
  assert.equal(d.graph().status, 'cancelling');
  const order = d.placed().at(-1);
  assert.equal(order?.side, -1);
  assert.equal(order?.lots, 40);
  const child = d.state.children.get(order?.clientOrderId ?? '');
  assert.ok(child !== undefined);
  d.fill(child, 40, 60_000);
  assert.equal(d.graph().status, 'cancelled');
});

const risk = (change: Partial<typeof NO_RISK>): typeof NO_RISK => ({ ...NO_RISK, ...change });

test('runtime max_loss_usd: opening orders are cancelled, exits stay', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_000 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, onPrice('below', 50_000))],
    risk: risk({ runtime: { ...NO_RISK.runtime, maxLossUsd1e9: '10000000000' } }),
  }));
  const entry = d.child('entry');
  d.fill(entry, 50, 60_000);
  d.market(BTC_USD, 59_000);
  d.mark(BTC_USD);
  assert.ok(d.alerts().includes('BREACH'));
  assert.ok(d.cancelled(entry));
  d.gone(entry);
  assert.equal(d.node('sl').status, 'waiting');
  d.tick(BTC_USD, 49_000);
  d.fillAll('sl', 49_000);
  assert.equal(d.graph().status, 'failed');
});

test('the breach is judged on the fill too: max_unhedged_qty', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_000 })], risk: risk({ runtime: { ...NO_RISK.runtime, maxUnhedgedQty1e8: '4000000' } }) }));
  const entry = d.child('entry');
  d.fill(entry, 40, 60_000);
  assert.ok(!d.alerts().includes('BREACH'));
  d.fill(entry, 1, 60_000);
  assert.ok(d.cancelled(entry));
});

test('max_drawdown_usd falls from the peak', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_000 })], risk: risk({ runtime: { ...NO_RISK.runtime, maxDrawdownUsd1e9: '20000000000' } }) }));
  const entry = d.child('entry');
  d.fill(entry, 50, 60_000);
  d.market(BTC_USD, 60_300);
  d.mark(BTC_USD);
  d.market(BTC_USD, 59_901);
  d.mark(BTC_USD);
  assert.ok(!d.cancelled(entry), '19.95 down from a peak of 15');
  d.market(BTC_USD, 59_899);
  d.mark(BTC_USD);
  assert.ok(d.cancelled(entry));
});

test('admission: max_notional_usd, max_leverage, required_venues, balance', () => {
  const d = new Driver();
  const code = (spec: ReturnType<typeof graph>): string => {
    const reply = d.submit(spec);
    return reply.ok ? 'ok' : reply.code;
  };
  const one = (lots: number, change: Partial<typeof NO_RISK>, instrument: number = BTC_USD): ReturnType<typeof graph> =>
    graph({ graphId: `g${d.state.timerSeq}x${lots}x${instrument}x${d.tNs++}`, nodes: [node({ nodeId: 'order', lots, instrument })], risk: risk(change) });
  const admission = NO_RISK.admission;
  assert.equal(code(one(100, { admission: { ...admission, maxNotionalUsd1e9: '5999000000000' } })), 'MAX_NOTIONAL');
  assert.equal(code(one(100, { admission: { ...admission, maxNotionalUsd1e9: '6001000000000' } })), 'ok');
  assert.equal(code(one(100_000, { admission: { ...admission, maxLeverageE8: 10_000_000 } }, BTC_PERP)), 'MAX_LEVERAGE');
  assert.equal(code(one(100, { admission: { ...admission, maxLeverageE8: 10_000_000 } }, BTC_PERP)), 'ok');
  assert.equal(code(one(1_000_000, {})), 'INSUFFICIENT_BALANCE');
  d.venue(1, 0);
  assert.equal(code(one(10, { admission: { ...admission, requiredVenues: [0, 1] } })), 'BAD_VENUE');
  assert.equal(code(one(10, { admission: { ...admission, requiredVenues: [0, 2] } })), 'ok');
});

test('pre-trade max_slippage_bps sets the protection price; nothing within it is PRICE_DEVIATION', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 10, policy: SOR })], risk: risk({ preTrade: { maxSlippageBps: 20, requireBalanceCheck: true } }) }));
  assert.equal(d.child('order').limitTicks, 60_120);
  d.market(BTC_USD, 60_000, 200);
  d.tNs += 2 * S;
  d.run(graph({ graphId: 'g2', nodes: [node({ nodeId: 'order', lots: 10 })], risk: risk({ preTrade: { maxSlippageBps: 20, requireBalanceCheck: true } }) }));
  assert.equal(d.node('order', 'g2').status, 'rejected');
  assert.equal(d.node('order', 'g2').reason, 'PRICE_DEVIATION');
  assert.equal(d.graph('g2').status, 'failed');
});

test('on_disconnect pause_graph: paused by the loss, resumed after reconciliation', () => {
  const d = new Driver();
  bracket(d);
  const entry = d.child('entry');
  d.ack(entry);
  d.venue(entry.venue, 0);
  assert.equal(d.graph().status, 'paused');
  assert.equal(d.graph().statusReason, 'DISCONNECT');
  d.venue(entry.venue, 1, 0);
  assert.equal(d.graph().status, 'paused');
  d.gone(entry);
  d.venue(entry.venue, 1, 1);
  assert.equal(d.graph().status, 'active');
  assert.equal(d.child('entry').doneAtNs, -1, 'posted anew');
});

test('amend: higher quantity and another limit, natively and by replacing', () => {
  for (const native of [true, false]) {
    const d = new Driver(makeUniverse({}, native));
    d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
    const first = d.child('order');
    d.ack(first);
    const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: 150, limitTicks: 59_100 });
    assert.ok(reply.ok && reply.body.kind === 'node');
    assert.equal(reply.body.mode, native ? 'native_atomic' : 'cancel_replace');
    if (native) {
      d.report(first, ReportKind.amended, { totalLots: 150, priceTicks: 59_100 });
      assert.equal(first.lots, 150);
      assert.equal(d.children('order').length, 1);
    } else {
      assert.equal(d.children('order').length, 1, 'never both live');
      d.gone(first);
      assert.equal(d.child('order').lots, 150);
      assert.equal(d.child('order').limitTicks, 59_100);
    }
  }
});
