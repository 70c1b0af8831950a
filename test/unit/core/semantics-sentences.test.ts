/** Sentences of docs/SEMANTICS.md that are easily got wrong, one test each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderView } from '../../../src/core/views/order-view.js';
import { EventType, ReportKind } from '../../../src/protocol/events.js';
import { Driver, MS, S } from './driver.js';
import { CHASE, edge, graph, node, NO_RISK, onEntry, onPrice } from './specs.js';
import { BTC_PERP, BTC_USD, COINBASE, ETH_PERP, ETH_USD, HYPERLIQUID, LOT, USD } from './universe.js';

test('§1: when the set of fresh venues changes, a price edge fires only if its condition still holds 500 ms later', () => {
  for (const holds of [true, false]) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
      edges: [edge(0, 1, onPrice('below', 59_000))],
    }));
    d.fillAll('entry', 60_000);
    // One venue's wick: the median of three does not see it, until two others drop out.
    d.book(0, [[58_000, 1_000]], [[58_002, 1_000]]);
    d.sample(BTC_USD);
    d.bookOf(1).fresh = 0;
    d.bookOf(2).fresh = 0;
    d.sample(BTC_USD);
    assert.equal(d.node('sl').status, 'waiting', 'a drop-out alone fires nothing');
    d.advance(400 * MS);
    if (!holds) {
      d.bookOf(1).fresh = 1;
      d.bookOf(2).fresh = 1;
    }
    d.sample(BTC_USD);
    d.advance(1 * S);
    d.sample(BTC_USD);
    assert.equal(d.node('sl').status === 'waiting', !holds);
  }
});

test('§9, wire: an order that a kill switch paused is still WORKING at its venue, and says so', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 100, limit: 59_000 })] }));
  d.ack(d.child('a'));
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  const view = orderView(d.state, d.node('a'));
  assert.deepEqual([view['status'], view['paused'], d.cancelled(d.child('a'))], ['WORKING', true, false]);
  d.gone(d.child('a'));
  assert.equal(orderView(d.state, d.node('a'))['status'], 'NEW');
});

test('§4: a ratio is judged anew after an amend of the parent', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100, limit: 60_000 }), node({ nodeId: 'b', instrument: BTC_PERP, side: -1, lots: 10, policy: CHASE })],
    edges: [edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 })],
  }));
  const first = d.child('a');
  d.ack(first);
  d.fill(first, 40);
  assert.equal(d.node('b').status, 'waiting');
  assert.ok(d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 80, limitTicks: null }).ok);
  assert.notEqual(d.node('b').status, 'waiting', '40 of 80');
});

test('§10: an amend below what is filled is 409, equal to it ends the order filled', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 100, limit: 60_000 })] }));
  d.fill(d.child('a'), 40);
  const below = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 39, limitTicks: null });
  assert.equal(below.ok ? '' : below.code, 'CONFLICT');
  assert.ok(d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 40, limitTicks: null }).ok);
  d.gone(d.child('a'));
  assert.equal(d.node('a').status, 'filled');
});

test('§4: on_timeout counts from the parent’s activation, also when it ended before', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100 }), node({ nodeId: 'b', instrument: ETH_USD, lots: 10 })],
    edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 5 * S })],
  }));
  d.advance(1 * S);
  d.fillAll('a', 60_000);
  assert.equal(d.node('a').status, 'filled');
  assert.equal(d.graph().status, 'active');
  d.advance(4 * S - 1);
  assert.equal(d.node('b').status, 'waiting');
  d.advance(1);
  assert.equal(d.node('b').status, 'working');
});

test('§4: on_cancel fires for a cancel of the order by its user, not for one of the graph', () => {
  for (const byNode of [true, false]) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'a', lots: 100, limit: 59_000 }), node({ nodeId: 'b', instrument: ETH_USD, lots: 10 })],
      edges: [edge(0, 1, { kind: 'on_cancel' })],
    }));
    d.ack(d.child('a'));
    d.command(byNode ? { kind: 'cancel_node', graphId: 'g1', nodeId: 'a' } : { kind: 'cancel_graph', graphId: 'g1', flatten: false });
    d.gone(d.child('a'));
    assert.equal(d.node('a').status, 'cancelled');
    assert.equal(d.node('b').status, byNode ? 'working' : 'cancelled');
  }
});

test('§5: a later fill of its parent reduces a residual child', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100, limit: 59_000 }), node({ nodeId: 'b', lots: 100, limit: 59_500 })],
    edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 1 * S }, { kind: 'residual' })],
  }));
  const first = d.child('a');
  d.ack(first);
  d.fill(first, 30);
  d.advance(1 * S);
  assert.ok(d.cancelled(first));
  assert.equal(d.children('b').length, 0, 'nothing before the fate is known');
  d.gone(first);
  assert.equal(d.child('b').lots, 70);
  d.ack(d.child('b'));
  d.fill(first, 20);
  assert.equal(d.node('b').released, 50);
});

test('§6: a perp exit with an explicit fixed size on its edge, or without groups, turns the position round; else it is capped', () => {
  for (const how of ['fixed', 'ungrouped', 'capped'] as const) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'a', instrument: BTC_PERP, lots: 100, venues: [HYPERLIQUID] }), node({ nodeId: 'b', instrument: BTC_PERP, side: -1, lots: 200, venues: [HYPERLIQUID] })],
      edges: [edge(0, 1, { kind: 'on_full_fill' }, how === 'fixed' ? { kind: 'fixed', lots: 200 } : { kind: 'none' })],
      autoGroups: how !== 'ungrouped',
    }));
    d.fillAll('a', 60_000);
    const { lots, reduceOnly } = d.child('b');
    assert.deepEqual([how, lots, reduceOnly], [how, how === 'capped' ? 100 : 200, how === 'capped']);
    d.fillAll('b', 60_000);
    assert.equal(d.node('b').filled, lots);
    assert.equal(d.graph().status, 'completed');
  }
});

test('§6: what turns a position round without margin for it closes first', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', instrument: BTC_PERP, lots: 100, venues: [HYPERLIQUID] }), node({ nodeId: 'b', instrument: BTC_PERP, side: -1, lots: 200, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 1 * S }, { kind: 'fixed', lots: 200 })],
  }));
  d.fillAll('a', 60_000);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: HYPERLIQUID, asset: USD, total1e8: String(650 * 1e8), asOfNs: d.tNs });
  d.advance(1 * S);
  assert.deepEqual([d.child('b').lots, d.child('b').reduceOnly], [100, true]);
});

test('§9: flatten passes position and notional limits, not the kill switch', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', instrument: BTC_PERP, lots: 100, limit: 60_100, venues: [HYPERLIQUID] })] }));
  d.fill(d.child('a'), 60, 60_000);
  const limits = { maxOrderNotionalUsd1e9: '1000000000', maxOrderQty1e8: '100000', maxPositionUsd1e9: '1000000000', maxDailyLossUsd1e9: null, maxOrderRate: null, reduceOnly: false };
  assert.ok(d.command({ kind: 'set_limits', limits }).ok);
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  d.gone(d.child('a'));
  const before = d.placed().length;
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: true });
  d.advance(2 * S);
  assert.equal(d.placed().length, before, 'not under the kill switch');
  d.command({ kind: 'kill_clear', scope: { kind: 'account', accountId: 0 } });
  d.advance(2 * S);
  const sold = d.placed().slice(before).map(({ side, lots, reduceOnly }) => ({ side, lots, reduceOnly }));
  assert.deepEqual(sold, [{ side: -1, lots: 60, reduceOnly: true }]);
});

test('§9: an exit that fires under a kill switch is told as EXIT_BLOCKED and acts first after resume', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, onEntry('below', -10_000))],
  }));
  d.fillAll('entry', 60_000);
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  d.tick(BTC_USD, 59_000);
  assert.equal(d.children('sl').length, 0);
  assert.ok(d.alerts().includes('EXIT_BLOCKED'));
  d.command({ kind: 'kill_clear', scope: { kind: 'account', accountId: 0 } });
  assert.equal(d.children('sl').length, 0, 'clearing resumes nothing by itself');
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  d.advance(1 * S);
  assert.equal(d.child('sl').lots, 100);
});

test('§2: a slice never grows beyond twice its plan; the excess spreads over the later ones', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'x', lots: 100, limit: 59_000, pacing: { slices: 4, intervalNs: 10 * S, carry: 'next' } })] }));
  // Nothing fills: 25, then 50, then at most 50 although 75 are due, the last one 50.
  const seen: number[] = [];
  for (let i = 1; i <= 4; i++) {
    for (const child of d.children(`x.${i}`)) if (child.doneAtNs < 0) d.ack(child);
    seen.push(d.children(`x.${i}`).filter(({ doneAtNs }) => doneAtNs < 0).reduce((sum, { lots }) => sum + lots, 0));
    d.advance(10 * S);
    for (const child of [...d.children(`x.${i}`)]) if (child.doneAtNs < 0) d.gone(child);
  }
  assert.equal(d.node('x').filled, 0);
  assert.equal(d.node('x').status, 'expired');
  for (const i of [1, 2, 3, 4]) assert.ok(d.node(`x.${i}`).released <= 50, `${d.node(`x.${i}`).released}`);
});

test('§3: an order of a streaming hedge never exceeds the parent’s fill times the factor, whatever the order of fills and refusals', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', instrument: ETH_USD, lots: 200, limit: 3_100 }), node({ nodeId: 'hedge', instrument: ETH_PERP, side: -1, policy: CHASE, venues: [HYPERLIQUID], pinned: true })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 30, 3_000);
  d.reject(d.child('hedge'));
  d.fill(spot, 20, 3_000);
  d.advance(2 * S);
  const live = d.children('hedge').filter(({ doneAtNs }) => doneAtNs < 0).reduce((sum, { lots, filled }) => sum + lots - filled, 0);
  assert.equal(live, 50);
  d.report(d.child('hedge'), ReportKind.cancelled, { cumLots: 0 });
  d.advance(2 * S);
  assert.equal(d.children('hedge').filter(({ doneAtNs }) => doneAtNs < 0).reduce((sum, { lots, filled }) => sum + lots - filled, 0), 50);
});

test('§3: a graph whose every node the user cancelled ends cancelled, so that cancelling it again is no conflict', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  d.fill(d.child('order'), 40);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'order' });
  d.gone(d.child('order'));
  assert.deepEqual([d.graph().status, d.graph().statusReason], ['cancelled', 'USER']);
  const again = d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  assert.ok(again.ok && again.body.kind === 'graph' && again.body.status === 'cancelled');
  assert.equal(again.body.left[0]?.qty1e8, String(40 * LOT), 'and names what is left');
  // One that something else ended beside it is completed.
  d.run(graph({ graphId: 'g2', nodes: [node({ nodeId: 'a', lots: 10, limit: 59_000 }), node({ nodeId: 'b', lots: 10 })] }));
  d.fillAll('b', undefined, 'g2');
  d.command({ kind: 'cancel_node', graphId: 'g2', nodeId: 'a' });
  d.gone(d.child('a', -1, 'g2'));
  assert.equal(d.graph('g2').status, 'completed');
});

for (const action of ['cancel_all_open', 'flatten'] as const) {
  for (const cause of ['BREACH', 'HEDGE_FAILED', 'DISCONNECT'] as const) {
    if (cause === 'DISCONNECT' && action === 'flatten') continue;
    test(`§4: on_cancel after ${cause} with ${action}: what protects acts, what opens does not`, () => {
      const d = new Driver();
      const risk = {
        ...NO_RISK, runtime: { ...NO_RISK.runtime, maxUnhedgedQty1e8: cause === 'BREACH' ? String(30 * LOT) : null },
        failure: { ...NO_RISK.failure, onRuntimeBreach: action, onDisconnect: 'cancel_all_open' as const, onNodeFailure: action },
      };
      d.run(graph({
        nodes: [
          node({ nodeId: 'entry', lots: 100, limit: 60_000, venues: [COINBASE], pinned: true }),
          node({ nodeId: 'out', side: -1, lots: 100 }), node({ nodeId: 'more', lots: 50, limit: 59_000 }),
          node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 100 }),
        ],
        edges: [
          edge(0, 1, { kind: 'on_cancel' }), edge(0, 2, { kind: 'on_cancel' }),
          edge(0, 3, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false }),
        ],
        risk,
      }));
      const entry = d.child('entry');
      d.ack(entry);
      d.fill(entry, 40);
      if (cause === 'HEDGE_FAILED') for (let i = 0; i < 3; i++) for (const child of [...d.children('hedge')]) if (child.doneAtNs < 0) d.reject(child);
      if (cause === 'HEDGE_FAILED') d.advance(6 * S);
      if (cause === 'DISCONNECT') {
        d.venue(COINBASE, 0);
        d.venue(COINBASE, 1);
      }
      assert.ok(d.cancelled(entry), cause);
      for (const child of [...d.children('hedge')]) if (child.doneAtNs < 0) d.fill(child, child.lots - child.filled);
      d.gone(entry);
      assert.equal(d.node('entry').reason, cause);
      const [out, more] = [d.node('out'), d.node('more')];
      assert.ok(more.status === 'cancelled' || more.status === 'skipped', `${cause}: nothing more opens`);
      if (action === 'cancel_all_open') assert.equal(d.child('out').lots, 40, 'the exit stays, and sells what was bought');
      else assert.equal(out.run, null, 'the flatten closes, not the exit');
    });
  }
}

test('§6: without automatic groups the members of an explicit ouo group are held to the position, other exits are not', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 60_500 }),
      node({ nodeId: 'second', side: -1, lots: 100, limit: 60_600 }), node({ nodeId: 'free', side: -1, lots: 100, limit: 60_700 }),
    ],
    edges: [edge(0, 1, { kind: 'on_first_fill' }), edge(0, 2, { kind: 'on_first_fill' }), edge(0, 3, { kind: 'on_first_fill' })],
    groups: [{ type: 'ouo', nodes: [1, 2], stuck: 'wait', stuckNs: S }], autoGroups: false,
  }));
  d.fill(d.child('entry'), 60, 60_001);
  const live = (nodeId: string): number => d.node(nodeId).run?.live ?? 0;
  assert.equal(live('tp') + live('second'), 60, 'together what was bought');
  assert.equal(live('free'), 100);
  d.fill(d.child('tp'), 40, 60_500);
  assert.ok(d.children('second').every((child) => child.doneAtNs >= 0 || d.cancelled(child) || child.lots <= 20));
});
