/** What is shown of a graph (wire.md): a rich graph in the middle of its life, field by field; traces in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphView } from '../../../src/core/views/graph-view.js';
import { positionsView } from '../../../src/core/views/positions-view.js';
import type { Instrument } from '../../../src/protocol/universe.js';
import { Driver, S } from './driver.js';
import { CHASE, edge, graph, node, NO_RISK, onEntry, onPrice } from './specs.js';
import { BTC, BTC_PERP, BTC_USD, HYPERLIQUID, makeUniverse } from './universe.js';

interface NodeRow {
  status: string;
  role: string;
  side: string;
  qty_1e8: number | null;
  plan_qty_1e8?: number;
  parent?: string;
  position_1e8?: number;
  late_fill?: boolean;
  filled_qty_1e8: number;
  released_qty_1e8: number;
  avg_price_1e9: number;
  failure_reason: string | null;
  children: { status: string; venue: string }[];
}
interface View {
  status: string;
  status_reason: string | null;
  nodes: Record<string, NodeRow>;
  edges: Record<string, { from_node: string; to_node: string; trigger: unknown; state: string; level_1e9?: number; fired_count: number }>;
  groups: { type: string; nodes: string[]; auto: boolean }[];
  risk: { pnl_usd_1e9: bigint | number | null; unhedged: Record<string, bigint | number>; breached: { limit: string }[]; limits: unknown };
  metadata: unknown;
}

const viewOf = (d: Driver): View => graphView(d.state, d.graph()) as unknown as View;

test('a bracket with a hedge after its entry: roles, positions, levels, groups, limits, metadata', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { feeAsset: 'base' } }));
  const spec = graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100, limit: 60_100 }),
      node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000 }),
      node({ nodeId: 'sl', side: -1, lots: 100 }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID], policy: CHASE }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000)),
      edge(0, 3, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false }),
    ],
    risk: {
      ...NO_RISK, admission: { maxNotionalUsd1e9: '500000000000000', maxLeverageE8: 200_000_000, requiredVenues: [0] },
      runtime: { maxUnhedgedQty1e8: '5000000', maxLossUsd1e9: '1000000000000', maxDrawdownUsd1e9: null },
    },
  });
  d.run({ ...spec, metadataJson: '{"who":"me"}' });
  const waiting = viewOf(d);
  assert.equal(waiting.nodes['tp']?.status, 'waiting');
  assert.equal(waiting.edges['e02']?.state, 'idle');
  d.fill(d.child('entry'), 100, 60_000, { feeAsset: BTC, fee1e8: 10_000 });
  d.mark(BTC_USD);
  const view = viewOf(d);
  assert.deepEqual(Object.values(view.nodes).map(({ role }) => role), ['opening', 'exit', 'exit', 'hedge']);
  assert.equal(view.nodes['tp']?.position_1e8, 9_900_000);
  assert.equal(view.nodes['entry']?.avg_price_1e9, 60_000e9);
  assert.equal(view.nodes['sl']?.side, 'sell');
  assert.equal(view.edges['e02']?.level_1e9, 57_000e9);
  assert.equal(view.edges['e00'], undefined);
  assert.deepEqual(view.groups, [{ type: 'ouo', nodes: ['tp', 'sl'], auto: true }]);
  assert.deepEqual(view.metadata, { who: 'me' });
  assert.deepEqual(view.risk.breached.map(({ limit }) => limit), ['max_unhedged_qty_1e8']);
  assert.equal(Number(view.risk.unhedged['BTC']), 9_990_000);
  assert.ok(JSON.stringify(view.risk.limits).includes('max_leverage'));
});

test('a paced order shows its slices, those to come as well, and the edges between them', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 30, pacing: { slices: 3, intervalNs: 30 * S, carry: 'next' } })] }));
  d.fill(d.child('twap.1'), 4, 60_001);
  d.gone(d.child('twap.1'));
  const view = viewOf(d);
  assert.deepEqual(Object.keys(view.nodes).sort(), ['twap', 'twap.1', 'twap.2', 'twap.3']);
  assert.equal(view.nodes['twap']?.role, 'container');
  assert.deepEqual([view.nodes['twap.1']?.role, view.nodes['twap.1']?.parent, view.nodes['twap.1']?.plan_qty_1e8], ['slice', 'twap', 1_000_000]);
  assert.equal(view.nodes['twap.3']?.status, 'waiting');
  assert.equal(view.nodes['twap']?.filled_qty_1e8, 400_000);
  assert.equal(Object.keys(view.edges).length, 3);
  assert.equal(Object.values(view.edges).filter(({ state }) => state === 'fired').length, 1);
});

test('a late fill is flagged, an exit without quantity of its own and a money target are shown', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 10, limit: 59_000 }), node({ nodeId: 'x', side: -1 }),
      node({ nodeId: 'money', quantity: { kind: 'notional', usd1e9: '600000000000' } }),
    ],
    edges: [edge(0, 1, onPrice('below', 50_000), { kind: 'parent_filled_qty' })],
  }));
  const child = d.child('entry');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'entry' });
  d.gone(child);
  d.fill(child, 3, 59_000);
  const view = viewOf(d);
  assert.equal(view.nodes['entry']?.late_fill, true);
  assert.equal(view.nodes['entry']?.failure_reason, 'USER');
  assert.equal(view.nodes['x']?.status, 'waiting');
  assert.equal(view.nodes['money']?.children[0]?.status, 'sent');
});

test('positions: spot by balance, perps by fill, closed ones on request', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50, instrument: BTC_PERP, venues: [HYPERLIQUID] })] }));
  d.fillAll('a');
  const price = (instrument: Instrument): number => (instrument.base === BTC ? 60_500 : 3_000);
  const account = d.state.accounts[0] ?? assert.fail();
  const shown = positionsView(d.state, account, price, false) as { positions: { venue: string; instrument: { kind: string; symbol: string }; qty_1e8: number }[] };
  const perp = shown.positions.find((row) => row.instrument.kind === 'perp');
  assert.deepEqual([perp?.venue, perp?.instrument.symbol, perp?.qty_1e8], ['hyperliquid', 'BTC-USD-PERP', 5_000_000]);
  const all = positionsView(d.state, account, price, true) as { positions: unknown[] };
  assert.ok(all.positions.length >= shown.positions.length);
});

test('traces say in prices and quantities what was decided, sent and filled', () => {
  const d = new Driver();
  d.state.tracing = true;
  d.bookOf(2).fresh = 0;
  d.book(1, [], [[60_002, 5]]);
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 20, urgency: 'low' }), node({ nodeId: 'b', lots: 20, side: -1 }), node({ nodeId: 'c', lots: 20, side: -1 })],
    edges: [edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 }), edge(0, 2, onPrice('below', 50_000))],
  }));
  d.fillAll('a');
  d.tick(BTC_USD, 49_000);
  const lines = d.effects.flatMap((effect) => (effect.kind === 'trace' ? [`${effect.nodeId}: ${effect.text}`] : []));
  const said = (pattern: RegExp): void => assert.ok(lines.some((line) => pattern.test(line)), `${String(pattern)} in\n${lines.join('\n')}`);
  said(/^a: decides on binance 59999\S*\/60001\S*, coinbase -\/60002\S*, kraken stale/);
  said(/^a: plan: binance .*left out: .*kraken STALE_VENUE/);
  said(/^a: sends buy 0\.02 at /);
  said(/^a: filled 0\.02 at /);
  said(/e01 /);
});
