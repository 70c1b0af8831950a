/** Forms of the same thing: every row means what the row above it means, to the hash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, bracket, copy, hedge, read, simple, universe } from './fixture.js';
import { bodyHash } from '../../../../src/protocol/document/body-hash.js';

type Json = Record<string, unknown>;
const order = (changes: Json): Json => ({ symbol: 'BTC-USD', side: 'buy', qty: 0.1, price: 61234.5, ...changes });
const node = (changes: Json): Json => ({
  nodes: [{ node_id: 'order', instrument: { symbol: 'BTC-USD', type: 'spot', venue: null }, side: 'buy', quantity: { fixed: { qty_1e8: 10_000_000 } }, ...changes }],
});
const child = (edge: Json, changes: Json = {}): Json => ({
  nodes: [
    { node_id: 'a', instrument: { symbol: 'BTC-USD' }, side: 'buy', qty: 1 },
    { node_id: 'b', instrument: { symbol: 'BTC-USD-PERP' }, side: 'sell', qty: 1, ...changes },
  ],
  edges: [{ from_node: 'a', to_node: 'b', ...edge }],
});

const same: readonly (readonly [string, readonly unknown[]])[] = [
  [
    'a limit order',
    [
      order({}), order({ side: 'BUY', order_type: 'limit' }), order({ price: undefined, limit_price: 61234.5 }),
      order({ price: undefined, price_1e9: 61_234_500_000_000 }), order({ price: undefined, order_type: { limit: { price_1e9: 61_234_500_000_000 } } }),
      JSON.stringify(order({})).replace('61234.5', '61234.500000000001'), order({ price_1e9: 61_234_500_000_001 }), order({ qty: undefined, qty_1e8: 10_000_000 }),
      order({ qty: undefined, qty_1e8: 9_999_999 }), order({ qty: 0.30000000000000004 - 0.2 }),
      order({ venue: null, urgency: null, graph_id: null, sandbox: true, type: 'SPOT', tif: 'GTC', urgency_: undefined }),
      order({ policy: 'sor' }),
      node({ limit_price: 61234.5 }), node({ price: 61234.5, activation: 'root' }), node({ order_type: 'limit', price_1e9: 61_234_500_000_000 }),
      node({ order_type: { limit: { price_1e9: 61_234_499_999_999 } }, execution: {} }),
      node({ price: 61234.5, quantity: null, qty: 0.1, execution: { policy: { sor: {} }, tif: 'gtc' } }),
      node({ price: 61234.5, execution: { policy: { sor: { max_attempts: 8 } }, params: { cooldown_ms: 1000 } } }),
    ],
  ],
  [
    'a ratio trigger',
    [
      child({ trigger: 'on_fill_ratio', condition: { fill_ratio_gte: 0.5 } }), child({ trigger: 'fill_pct', value: 0.5 }),
      child({ trigger: 'fill_pct', condition: { fill_ratio_gte: 0.5 } }), child({ trigger: { on_fill_ratio: { fill_ratio_gte: 0.5 } } }),
      child({ trigger: 'fill_pct', value: 0.5, edge_id: 'e0', sizing: null, condition: null }),
    ],
  ],
  ['a time-out', [child({ trigger: { on_timeout: { ms: 500 } } }), child({ trigger: 'timeout', condition: { timeout_ms: 500 } }), child({ trigger: { timeout: { ms: 500.0 } } })]],
  [
    'a streaming hedge',
    [
      child({ trigger: 'on_fill' }), child({ trigger: 'fill' }), child({ trigger: { on_fill: {} } }),
      child({ trigger: 'on_fill', sizing: 'parent_incremental_fill_qty' }), child({ trigger: 'on_fill', sizing: { parent_incremental_fill_qty: {} } }),
      child({ trigger: 'on_fill' }, { instrument: { symbol: 'BTC-USD', type: 'perp' } }), child({ trigger: 'on_fill' }, { instrument: { symbol: 'BTC-PERP', type: 'spot' } }),
      child({ trigger: 'on_fill' }, { activation: 'wait', join: 'any' }),
    ],
  ],
  [
    'a stop at a level',
    [
      child({ trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', price: 57000.05 } } }),
      child({ trigger: { price: { symbol: 'BTC-USD', direction: 'BELOW', price_1e9: 57_000_050_000_000, source: 'mid', confirm_ms: 0 } } }),
      child({ trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', price_1e9: 57_000_049_999_999 } } }),
      child({ trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', price: 57000.052 } } }),
    ],
  ],
  ['an offset', [child({ trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_pct: -1.5 } } }), child({ trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_bps: -150 } } })]],
];

for (const [name, documents] of same) {
  test(`${name}: ${documents.length} forms, one meaning`, () => {
    const hashes = documents.map((document) => accepted(document).bodyHash);
    hashes.forEach((hash, i) => assert.equal(hash, hashes[0], `form ${i}: ${JSON.stringify(documents[i])}`));
  });
}

test('different documents have different hashes; names, not indices, make them', () => {
  const documents = [
    simple, { ...simple, qty: 0.6 }, { ...simple, side: 'sell' }, { ...simple, venue: 'kraken' }, { ...simple, symbol: 'BTC-USD' },
    { ...simple, price: 2500 }, { ...simple, urgency: 'high' }, { ...simple, notional: 100, qty: null }, { ...simple, metadata: 1 },
    hedge, bracket, { ...hedge, auto_groups: false }, { ...hedge, risk: { runtime: { max_loss_usd: 1 } } },
  ];
  const hashes = documents.map((document) => accepted(document).bodyHash);
  assert.equal(new Set(hashes).size, documents.length);
  const { graph } = accepted(simple);
  const renamed = { ...universe, instruments: universe.instruments.map((row) => (row.id === 1 ? { ...row, symbol: 'X' } : row)) };
  assert.notEqual(bodyHash(graph, renamed), hashes[0]);
});

test('what the client truncated is what it meant', () => {
  for (const price of [16384.29, 61234.57, 0.07 * 1e6, 2999.99, 1234.56]) {
    const truncated = { ...simple, qty: null, qty_1e8: Math.trunc(0.29 * 1e8), price: null, price_1e9: Math.trunc(price * 1e9) };
    const { graph } = accepted(truncated);
    assert.equal(graph.nodes[0]?.limitTicks, Math.round(price * 100));
    assert.deepEqual(graph.nodes[0]?.quantity, { kind: 'fixed', lots: 29_000 });
  }
});

test('a price on the tick of one venue is enough; the coarsest lot is the trade lot', () => {
  // Kraken's BTC tick is ten times the others', Binance's lot is ten times the others'.
  assert.equal(accepted(order({ price: 61234.57 })).graph.nodes[0]?.limitTicks, 6_123_457);
  assert.equal(read(order({ price: 61234.57, venue: 'kraken' })).ok, false);
  assert.ok(read(order({ qty: 0.100001, venue: 'coinbase' })).ok);
  assert.equal(read(order({ qty: 0.100001 })).ok, false);
});

test('integers beyond 2^53 are read exactly', () => {
  const text = '{"symbol":"ETH-USD","side":"buy","qty_1e8":90071992547410000,"price_1e9":2500000000000}';
  assert.deepEqual(accepted(text).graph.nodes[0]?.quantity, { kind: 'fixed', lots: 90_071_992_547_410 });
  const odd = '{"symbol":"ETH-USD","side":"buy","qty_1e8":90071992547405003,"price_1e9":2500000000000}';
  assert.equal(read(odd).ok, false);
  const digits = accepted(JSON.stringify(hedge).replace('"edges"', '"risk":{"runtime":{"max_loss_usd":123456789.123456789}},"edges"'));
  assert.equal(digits.graph.risk.runtime.maxLossUsd1e9, '123456789123456789');
});

test('horizons: none for a resting limit, capped at the interval of a pacing', () => {
  const policyOf = (document: unknown) => accepted(document).graph.nodes[0]?.policy;
  assert.deepEqual(policyOf(order({})), { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 0 });
  assert.deepEqual(policyOf(order({ horizon_ms: 700 })), { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 7e8 });
  assert.deepEqual(policyOf(order({ tif: 'ioc' })), { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 1e10 });
  const paced = copy(node({ execution: { policy: 'passive_limit', pacing: { uniform: { num_slices: 2, interval_ms: 500 } } } }));
  assert.deepEqual(policyOf(paced), { kind: 'passive_limit', horizonNs: 5e8 });
  // A cap makes no horizon where there is none: the last slice of a paced exit rests.
  const slices = (execution: object) => node({ price: 61234.5, execution: { ...execution, pacing: { uniform: { num_slices: 2, interval_ms: 500 } } } });
  const sor = { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8 } as const;
  assert.deepEqual(policyOf(slices({})), { ...sor, horizonNs: 0 });
  assert.deepEqual(policyOf(slices({ horizon_ms: 300 })), { ...sor, horizonNs: 3e8 });
  assert.deepEqual(policyOf(slices({ horizon_ms: 700 })), { ...sor, horizonNs: 5e8 });
  assert.equal(read(order({ policy: 'sor', horizon_ms: 5 })).ok, true);
  const twice = node({ price: 61234.5, execution: { horizon_ms: 5, policy: { sor: { horizon_ms: 6 } } } });
  assert.equal(read(twice).ok, false);
});

test('algos: venue, labels and configuration', () => {
  const mesh = node({ execution: { policy: { mesh_algo: { algo: 'maker', venues: ['kraken', 'binance'], labels: ['k', 'b'], config: { x: 1 } } } } });
  assert.deepEqual(accepted(mesh).graph.nodes[0]?.policy, {
    kind: 'mesh_algo', algo: 'maker', venues: [2, 0], labels: ['k', 'b'], configJson: '{"x":1}',
  });
  const wasm = node({ instrument: { symbol: 'BTC-USD', venue: 'kraken' }, execution: { policy: 'wasm_algo', params: { algo: 'peg' } } });
  assert.deepEqual(accepted(wasm).graph.nodes[0]?.policy, { kind: 'wasm_algo', algo: 'peg', venues: [2], labels: ['kraken'], configJson: '{}' });
});
