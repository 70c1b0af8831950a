/** What is told of graphs, nodes, accounts and fills in rare states: pacing not begun or over, short and unpriced positions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphView } from '../../../src/core/views/graph-view.js';
import { orderView } from '../../../src/core/views/order-view.js';
import { positionsView } from '../../../src/core/views/positions-view.js';
import { quantity } from '../../../src/core/views/trace-text.js';
import type { Universe } from '../../../src/protocol/universe.js';
import { EventType } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { edge, graph, node, onPrice } from './specs.js';
import { BINANCE, BTC, BTC_PERP, BTC_USD, COINBASE, HYPERLIQUID, makeUniverse, USD } from './universe.js';

type Row = Record<string, unknown>;
type Table = Record<string, Row | undefined>;

function viewOf(d: Driver, graphId = 'g1'): { nodes: Table; edges: Table; risk: Row } {
  return graphView(d.state, d.graph(graphId)) as unknown as { nodes: Table; edges: Table; risk: Row };
}

const PACED = { slices: 4, intervalNs: 1 * S, carry: 'next' } as const;

test('slices still to come are told with their side and plan; their time-outs are idle before pacing begins', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'first', side: -1, lots: 10, limit: 62_000 }), node({ nodeId: 'then', side: -1, lots: 40, limit: 61_000, pacing: PACED })],
    edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 5 * S })],
  }));
  const before = viewOf(d);
  assert.deepEqual([1, 2, 3, 4].map((i) => before.edges[`then.pacing.${i}`]?.['state']), ['idle', 'idle', 'idle', 'idle']);
  assert.deepEqual([1, 2].map((i) => before.edges[`then.pacing.${i}`]?.['armed_ns']), [null, null]);
  d.advance(5 * S);
  const begun = viewOf(d);
  assert.deepEqual([1, 2, 3, 4].map((i) => begun.edges[`then.pacing.${i}`]?.['state']), ['fired', 'armed', 'idle', 'idle']);
  assert.deepEqual([begun.nodes['then.2']?.['side'], begun.nodes['then.2']?.['status'], begun.nodes['then.2']?.['qty_1e8']], ['sell', 'waiting', 1_000_000]);
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'then' });
  d.gone(d.child('then.1'));
  const over = viewOf(d);
  assert.deepEqual([1, 2, 3, 4].map((i) => over.edges[`then.pacing.${i}`]?.['state']), ['fired', 'dead', 'dead', 'dead']);
  assert.equal(over.nodes['then.2'], undefined, 'what never comes is not told');
});

test('of very many slices only those that were made are told', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 2_000, limit: 59_000, pacing: { ...PACED, slices: 1_000 } })] }));
  const { nodes } = viewOf(d);
  assert.deepEqual(Object.keys(nodes), ['a', 'a.1']);
});

test('an edge that fired by a price tells the price; the price of one that waits is its level', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10, limit: 50_000 }), node({ nodeId: 'b', lots: 10 })], edges: [edge(0, 1, onPrice('above', 61_000))] }));
  assert.deepEqual([viewOf(d).edges['e01']?.['level_1e9'], viewOf(d).edges['e01']?.['fired_price_1e9']], [61_000_000_000_000, undefined]);
  d.tick(BTC_USD, 61_200);
  assert.deepEqual([viewOf(d).edges['e01']?.['state'], viewOf(d).edges['e01']?.['fired_price_1e9']], ['fired', 61_200_000_000_000]);
});

test('without a price there is no profit to tell', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10, instrument: BTC_PERP, limit: 60_100, venues: [HYPERLIQUID] })] }));
  d.fillAll('a', 60_000);
  const market = d.state.markets[BTC_PERP] ?? assert.fail();
  assert.notEqual(viewOf(d).risk['pnl_usd_1e9'], undefined);
  market.midAtNs = -1;
  assert.equal(viewOf(d).risk['pnl_usd_1e9'], 0);
});

test('positions: short ones by what was got for them, assets without a market at 0, gaps left out', () => {
  const plain = makeUniverse();
  const universe: Universe = { ...plain, assets: [...plain.assets, { id: 3, code: 'XYZ', kind: 'crypto' }] };
  const d = new Driver(universe);
  d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: COINBASE, asset: 3, total1e8: '700', asOfNs: 0 });
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50, instrument: BTC_PERP, side: -1, venues: [HYPERLIQUID] })] }));
  d.fillAll('a', 60_000);
  const account = d.state.accounts[0] ?? assert.fail();
  const { positions } = positionsView(d.state, account, () => 61_000, true) as { positions: Row[] };
  const perp = positions.find((row) => (row['instrument'] as Row)['kind'] === 'perp') ?? assert.fail();
  assert.deepEqual([perp['qty_1e8'], perp['entry_price_usd_1e9'], perp['unrealized_pnl_usd_1e9']], [-5_000_000, 60_000_000_000_000n, -50_000_000_000n]);
  const unpriced = positions.find((row) => (row['instrument'] as Row)['symbol'] === 'XYZ') ?? assert.fail();
  assert.deepEqual([unpriced['qty_1e8'], unpriced['current_price_usd_1e9'], unpriced['current_value_usd_1e9']], [700n, 0n, 0n]);
  // The other account has something at the last venue only: what is between is no row.
  d.event({ type: EventType.balance, tNs: 0, accountId: 1, venue: HYPERLIQUID, asset: USD, total1e8: '100', asOfNs: 0 });
  const other = positionsView(d.state, d.state.accounts[1] ?? assert.fail(), () => 0, true) as { positions: Row[] };
  assert.deepEqual(other.positions.map((row) => [row['venue'], row['qty_1e8']]), [['hyperliquid', 100n]]);
});

test('a fill that made the price is told as the maker, its fee in the asset it was taken in', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10, limit: 59_000, venues: [BINANCE] })] }));
  d.ack(d.child('a'));
  d.fill(d.child('a'), 4, 59_000, { maker: 1, feeAsset: BTC, fee1e8: 7 });
  d.fill(d.child('a'), 6, 59_000);
  const fills = d.effects.flatMap((effect) => (effect.kind === 'account' && effect.channel === 'fills' && effect.data !== null ? [effect.data as unknown as Row] : []));
  assert.deepEqual(fills.map((fill) => [fill['liquidity'], fill['fee_asset']]), [['maker', 'BTC'], ['taker', 'USD']]);
});

test('a quantity without a bound reads "all"; an order without one shows what it has', () => {
  const d = new Driver();
  const instrument = d.universe.instruments[BTC_USD] ?? assert.fail();
  assert.deepEqual([quantity(instrument, 5), quantity(instrument, Infinity)], ['0.005', 'all']);
  d.run(graph({ nodes: [node({ nodeId: 'a', quantity: { kind: 'notional', usd1e9: '6000000000000' } })] }));
  const { lots } = d.child('a');
  assert.equal((orderView(d.state, d.node('a')) as Row)['qty_1e8'], lots * 100_000);
});
