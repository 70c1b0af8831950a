/** What is refused, with which code at which pointer; one row a rule of docs/SEMANTICS.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, bracket, copy, hedge, problems, read, riskExample, simple, twap } from './fixture.js';

type Json = Record<string, unknown>;

function node(id: string, changes: Json = {}): Json {
  return {
    node_id: id, instrument: { symbol: 'BTC-USD' }, side: 'buy', quantity: { fixed: { qty_1e8: 100_000_000 } }, ...changes,
  };
}

function edge(from: string, to: string, changes: Json = {}): Json {
  return { from_node: from, to_node: to, trigger: 'on_full_fill', ...changes };
}

function graph(nodes: readonly Json[], edges: readonly Json[] = [], changes: Json = {}): Json {
  return { nodes, edges, ...changes };
}

const perp = { instrument: { symbol: 'BTC-USD-PERP' }, side: 'sell' };
const sell = { side: 'sell' };
const limit = (price: number): Json => ({ limit_price: price });

const table: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no nodes', graph([]), ['RANGE /nodes']],
  ['edges without nodes', { edges: [] }, ['REQUIRED /nodes']],
  ['duplicate node ids', graph([node('a'), node('a')]), ['DUPLICATE /nodes/1/node_id']],
  ['an id with a colon', graph([node('a:b')]), ['BAD_ID /nodes/0/node_id']],
  ['an id of 65 characters', graph([node('a'.repeat(65))]), ['BAD_ID /nodes/0/node_id']],
  ['the graph id graph', graph([node('a')], [], { graph_id: 'graph' }), ['BAD_ID /graph_id']],
  [
    'a user id that is a slice id',
    graph([node('x', { execution: { pacing: { uniform: { num_slices: 2, interval_ms: 5 } } } }), node('x.2')]),
    ['DUPLICATE /nodes/1/node_id'],
  ],
  ['duplicate edge ids', graph([node('a'), node('b', sell)], [edge('a', 'b', { edge_id: 'e' }), edge('a', 'b', { edge_id: 'e' })]), ['DUPLICATE /edges/1/edge_id']],
  ['an edge to an unknown node', graph([node('a')], [edge('a', 'b')]), ['UNKNOWN_NODE /edges/0/to_node']],
  ['a self-edge', graph([node('a')], [edge('a', 'a')]), ['CYCLE /edges/0/to_node']],
  ['a cycle', graph([node('r'), node('a'), node('b')], [edge('r', 'a'), edge('a', 'b'), edge('b', 'a')]), ['CYCLE /edges/2']],
  ['a root with an incoming edge', graph([node('a'), node('b', { activation: 'root' })], [edge('a', 'b')]), ['CONTRADICTION /nodes/1/activation']],
  ['a wait without one', graph([node('a', { activation: 'wait' })]), ['CONTRADICTION /nodes/0/activation']],
  ['an unknown symbol', { ...simple, symbol: 'DOGE-USD' }, ['UNKNOWN_SYMBOL /symbol']],
  ['a spot that is no perp', graph([node('a', { instrument: { symbol: 'XRP-USD', type: 'perp' } })]), ['UNKNOWN_SYMBOL /nodes/0/instrument/symbol']],
  ['a prediction market', graph([node('a', { instrument: { symbol: 'X', type: 'prediction' } })]), ['NOT_SUPPORTED /nodes/0/instrument/type']],
  ['an unknown venue', { ...simple, venue: 'ftx' }, ['UNKNOWN_VENUE /venue']],
  ['a venue without the symbol', { ...simple, venue: 'hyperliquid' }, ['UNKNOWN_VENUE /venue']],
  ['an unknown policy', { ...simple, policy: 'magic' }, ['UNKNOWN_VALUE /policy']],
  ['an unknown trigger', graph([node('a'), node('b')], [edge('a', 'b', { trigger: 'on_moon' })]), ['UNKNOWN_VALUE /edges/0/trigger']],
  ['an unknown sizing', graph([node('a'), node('b')], [edge('a', 'b', { sizing: 'half' })]), ['UNKNOWN_VALUE /edges/0/sizing']],
  ['an unknown field', { ...simple, colour: 'red' }, ['UNKNOWN_FIELD /colour']],
  ['an unknown field inside', graph([node('a', { execution: { urgencyy: 'low' } })]), ['UNKNOWN_FIELD /nodes/0/execution/urgencyy']],
  ['zero', { ...simple, qty: 0 }, ['RANGE /qty']],
  ['negative', { ...simple, qty: -1 }, ['RANGE /qty']],
  ['2^63', graph([node('a', { quantity: { fixed: { qty_1e8: 9.3e18 } } })]), ['RANGE /nodes/0/quantity/fixed/qty_1e8']],
  ['too large to count', '{"symbol":"BTC-USD","side":"buy","qty_1e8":9223372036854775807}', ['OFF_LOT /qty_1e8']],
  ['a number that is none', '{"symbol":"BTC-USD","side":"buy","qty":1e999}', ['RANGE /qty']],
  ['a quantity as text', { ...simple, qty: '1' }, ['TYPE /qty']],
  ['off-lot', { ...simple, qty: 0.123456 }, ['OFF_LOT /qty']],
  ['off-tick', { ...simple, price: 2500.001 }, ['OFF_TICK /price']],
  ['below the smallest order', { symbol: 'BTC-USD', side: 'buy', qty: 0.00001, venue: 'kraken' }, ['BELOW_MINIMUM /qty']],
  ['no quantity', { symbol: 'BTC-USD', side: 'buy' }, ['REQUIRED /qty']],
  ['two quantities', { ...simple, notional: 100 }, ['CONTRADICTION /notional']],
  ['a limit without price', { ...simple, order_type: 'limit' }, ['REQUIRED /limit_price']],
  ['a market with price', { ...simple, order_type: 'market', price: 2500 }, ['CONTRADICTION /price']],
  ['two prices', { ...simple, price: 2500, limit_price: 2501 }, ['CONTRADICTION /price']],
  ['a slice below every minimum', { ...twap, nodes: [{ ...twap.nodes[0], execution: { pacing: { uniform: { num_slices: 10_000, interval_ms: 5 } } }, quantity: { fixed: { qty_1e8: 1_000_000 } } }] }, ['BELOW_MINIMUM /nodes/0/execution/pacing/uniform/num_slices']],
  ['paced money', graph([node('a', { quantity: { notional: { usd: 1000 } }, execution: { pacing: { uniform: { num_slices: 2, interval_ms: 5 } } } })]), ['NOT_SUPPORTED /nodes/0/execution/pacing']],
  ['market post_only', { ...simple, tif: 'post_only' }, ['CONTRADICTION /tif']],
  ['market gtd', { ...simple, tif: 'GTD', expire_at_ns: 1 }, ['CONTRADICTION /tif']],
  ['gtd without a time', { ...simple, tif: 'gtd', price: 2500 }, ['REQUIRED /expire_at_ns']],
  ['a time without gtd', { ...simple, price: 2500, expire_at_ns: 5 }, ['CONTRADICTION /expire_at_ns']],
  ['ioc_sweep gtc', { ...simple, policy: 'ioc_sweep', tif: 'gtc' }, ['CONTRADICTION /tif']],
  ['passive_limit ioc', { ...simple, policy: 'passive_limit', tif: 'ioc' }, ['CONTRADICTION /tif']],
  ['passive_ladder fok', { ...simple, policy: 'passive_ladder', tif: 'fok' }, ['CONTRADICTION /tif']],
  ['aggressive_chase post_only', { ...simple, price: 2500, policy: 'aggressive_chase', tif: 'post_only' }, ['CONTRADICTION /tif']],
  ['time_drip fok', { ...simple, policy: 'time_drip', tif: 'fok' }, ['CONTRADICTION /tif']],
  ['a ratio trigger without ratio', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: 'fill_pct' })]), ['REQUIRED /edges/0/condition/fill_ratio_gte']],
  ['a ratio above 1', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: 'fill_pct', value: 50 })]), ['RANGE /edges/0/value']],
  ['a ratio nobody asked for', graph([node('a'), node('b', sell)], [edge('a', 'b', { value: 0.5 })]), ['CONTRADICTION /edges/0/value']],
  ['a time-out without time', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: 'on_timeout' })]), ['REQUIRED /edges/0/trigger']],
  ['a price trigger without level', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: { on_price: { symbol: 'BTC-USD', direction: 'below' } } })]), ['REQUIRED /edges/0/trigger/on_price']],
  ['an entry level on the wrong side', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_pct: 5 } } })]), ['CONTRADICTION /edges/0/trigger/on_price/offset_pct']],
  ['an entry level of zero', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: { on_price: { symbol: 'BTC-USD', direction: 'above', reference: 'graph_entry_price', offset_bps: 0 } } })]), ['CONTRADICTION /edges/0/trigger/on_price/offset_bps']],
  ['price and reference', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_pct: -5, price: 5 } } })]), ['CONTRADICTION /edges/0/trigger/on_price/price']],
  ['two keys in a trigger', graph([node('a'), node('b', sell)], [edge('a', 'b', { trigger: { on_fill: {}, on_done: {} } })]), ['RANGE /edges/0/trigger']],
  ['a hedge factor against the side', graph([node('a'), node('b', { ...perp, side: 'buy' })], [edge('a', 'b', { sizing: { linear_hedge: { factor: -1 } } })]), ['CONTRADICTION /edges/0/sizing']],
  ['a net sizing into what opens', graph([node('a'), node('b', sell)], [edge('a', 'b', { sizing: { linear_hedge: { factor: -1, net: true } } })]), ['CONTRADICTION /edges/0/sizing']],
  ['a factor of zero', graph([node('a'), node('b', perp)], [edge('a', 'b', { sizing: { linear_hedge: { factor: 0 } } })]), ['RANGE /edges/0/sizing/linear_hedge/factor']],
  ['a hedge without factor', graph([node('a'), node('b', perp)], [edge('a', 'b', { sizing: 'linear_hedge' })]), ['REQUIRED /edges/0/sizing']],
  ['residual on the other side', graph([node('a'), node('b', sell)], [edge('a', 'b', { sizing: 'residual' })]), ['CONTRADICTION /edges/0/sizing']],
  ['residual on another market', graph([node('a'), node('b', { instrument: { symbol: 'ETH-USD' } })], [edge('a', 'b', { sizing: 'residual' })]), ['CONTRADICTION /edges/0/sizing']],
  ['fixed above the ceiling', graph([node('a'), node('b', sell)], [edge('a', 'b', { sizing: { fixed: { qty_1e8: 200_000_000 } } })]), ['CONTRADICTION /edges/0/sizing']],
  ['from_edge without sizing', graph([node('a'), node('b', { ...sell, quantity: { from_edge: {} } })], [edge('a', 'b')]), ['REQUIRED /edges/0/sizing']],
  ['a root from_edge', graph([node('a', { quantity: { from_edge: {} } })]), ['CONTRADICTION /nodes/0/quantity']],
  ['keep_parent without on_price', graph([node('a'), node('b', sell)], [edge('a', 'b', { keep_parent: true })]), ['CONTRADICTION /edges/0/keep_parent']],
  ['ouo of openings', graph([node('a'), node('b')], [], { groups: [{ type: 'ouo', nodes: ['a', 'b'] }] }), ['CONTRADICTION /groups/0/nodes']],
  ['a group with a stranger', graph([node('a')], [], { groups: [{ type: 'oco', nodes: ['a', 'z'] }] }), ['UNKNOWN_NODE /groups/0/nodes/1']],
  ['an unknown required venue', { ...hedge, risk: { admission: { required_venues: ['x'] } } }, ['UNKNOWN_VENUE /risk/admission/required_venues/0']],
  ['an unknown failure action', { ...hedge, risk: { failure: { on_disconnect: 'pray' } } }, ['UNKNOWN_VALUE /risk/failure/on_disconnect']],
  ['mesh without algo', graph([node('a', { execution: { policy: 'mesh_algo' } })]), ['REQUIRED /nodes/0/execution/policy/algo']],
  ['wasm on several venues', graph([node('a', { execution: { policy: { wasm_algo: { algo: 'peg' } } } })]), ['REQUIRED /nodes/0/execution/policy/venue']],
  ['metadata of 17 KiB', graph([node('a')], [], { metadata: 'x'.repeat(17_000) }), ['TOO_MANY /metadata']],
  ['a body that is a list', [1], []],
  [
    'several at once, each with its pointer',
    graph([node('a', { side: 'hold', ...limit(0.001) }), node('b', { instrument: { symbol: 'NO' } })], [edge('a', 'c')]),
    ['UNKNOWN_VALUE /nodes/0/side', 'OFF_TICK /nodes/0/limit_price', 'UNKNOWN_SYMBOL /nodes/1/instrument/symbol', 'UNKNOWN_NODE /edges/0/to_node'],
  ],
];

for (const [name, document, expected] of table) {
  test(`refuses ${name}`, () => {
    assert.equal(read(document).ok, false);
    assert.deepEqual(problems(document), expected);
  });
}

test('a hundred problems are listed, the rest counted; the message carries the first', () => {
  const nodes = Array.from({ length: 150 }, (_, i) => node(`n${i}`, { side: 'hold' }));
  const result = read(graph(nodes));
  assert.ok(!result.ok);
  assert.equal(result.problems.length, 100);
  assert.equal(result.more, 50);
  assert.match(result.message, /^\/nodes\/0\/side: expected one of "buy", "sell", got "hold" \(and 149 more\)$/);
});

test('NOT_SUPPORTED is the answer only where nothing else is wrong', () => {
  const lacking = { unsupported: new Set(['policy:time_drip' as const]) };
  const document = { ...simple, policy: 'time_drip' };
  const first = read(document, lacking);
  assert.ok(!first.ok && first.code === 'NOT_SUPPORTED' && first.status === 422);
  const second = read({ ...document, qty: -1 }, lacking);
  assert.ok(!second.ok && second.code === 'VALIDATION_ERROR');
  assert.ok(read(document).ok);
});

test('malformed bodies are 400, wrong ones 422', () => {
  const broken = read('{"symbol":');
  assert.ok(!broken.ok && broken.status === 400 && broken.code === 'BAD_REQUEST');
  const twice = read('{"symbol":"BTC-USD","side":"buy","side":"sell","qty":1}');
  assert.ok(!twice.ok && twice.status === 400);
});

test('a gtd that has passed is refused where the caller gives the time', () => {
  const document = { ...simple, price: 2500, tif: 'gtd', expire_at_ns: 1000 };
  assert.ok(read(document).ok);
  assert.deepEqual(problems(document, { nowEpochNs: 1000n }), ['RANGE /expire_at_ns']);
});

test('a minimum in money counts where a price is known', () => {
  const document = { symbol: 'BTC-USD', side: 'buy', qty: 0.00001, venue: 'binance' };
  assert.ok(read(document).ok);
  assert.deepEqual(problems(document, { referenceTicks: () => 6_000_000 }), ['BELOW_MINIMUM /qty']);
});

test('the examples stay accepted with everything optional added', () => {
  const full = copy(bracket) as Json;
  full['risk'] = riskExample;
  full['groups'] = [{ type: 'ouo', nodes: ['tp', 'sl'], stuck: 'send', stuck_ms: 500 }];
  full['metadata'] = { note: 'x', __proto__: null };
  const { graph: spec } = accepted(full);
  assert.deepEqual(spec.groups, [{ type: 'ouo', nodes: [1, 2], stuck: 'send', stuckNs: 5e8 }]);
  assert.equal(spec.metadataJson, '{"note":"x"}');
});
