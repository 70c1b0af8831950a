/**
 * Random damage to valid documents: nothing throws, nothing senseless is accepted. The oracle of form is ajv with the
 * schemas that we publish; the oracle of meaning is `assertSound`, written from docs/SEMANTICS.md.
 *
 * MUTATIONS=200000 in the environment runs a longer campaign, SEED another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { Prng } from '../../../../src/base/prng.js';
import { normaliseOrder, parseOrderBody } from '../../../../src/protocol/document/order-body.js';
import { topologicalOrder } from '../../../../src/protocol/document/roles.js';
import { graphSchema, simpleOrderSchema } from '../../../../src/protocol/document/schemas/graph.js';
import type { GraphSpec } from '../../../../src/protocol/graph-spec.js';
import { parseJson } from '../../../../src/protocol/json/parse.js';
import { isJsonObject } from '../../../../src/protocol/json/values.js';
import { bracket, context, copy, hedge, riskExample, simple, twap, universe } from './fixture.js';

type Json = Record<string, unknown>;

const wide = {
  nodes: [
    { node_id: 'a', instrument: { symbol: 'BTC-USD' }, side: 'buy', qty: 1, limit_price: 60000.5, execution: { tif: 'gtd', expire_at_ns: 5000 } },
    { node_id: 'b', instrument: { symbol: 'BTC-PERP' }, side: 'sell', quantity: { from_edge: {} }, execution: { policy: { passive_ladder: { repeg_ms: 200 } } } },
    { node_id: 'c', instrument: { symbol: 'BTC-USD' }, side: 'sell', qty: 1, price: 70000 },
    { node_id: 'd', instrument: { symbol: 'BTC-USD' }, side: 'sell', qty: 1, join: 'all' },
    { node_id: 'e', instrument: { symbol: 'ETH-USD' }, side: 'buy', quantity: { notional: { usd: 5000 } } },
  ],
  edges: [
    { from_node: 'a', to_node: 'b', trigger: 'on_fill', sizing: { linear_hedge: { factor: -1.0 } } },
    { from_node: 'a', to_node: 'c', trigger: 'on_full_fill', sizing: 'parent_filled_qty' },
    { from_node: 'a', to_node: 'd', trigger: { on_timeout: { ms: 100 } }, keep_parent: false },
    { edge_id: 'p', from_node: 'a', to_node: 'd', trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', price: 55000 } }, keep_parent: true },
    { from_node: 'c', to_node: 'e', trigger: 'fill_pct', value: 0.25 },
  ],
  groups: [{ type: 'ouo', nodes: ['c', 'd'] }],
  risk: riskExample,
  metadata: { any: ['thing'] },
};

/** Small ones, so that most damage meets a rule of meaning alone. */
const small: readonly unknown[] = [
  { symbol: 'BTC-USD', side: 'buy', qty: 0.1, limit_price: 60000.5, tif: 'gtd', expire_at_ns: 5000 },
  { symbol: 'BTC-USD', side: 'buy', qty: 0.1, limit_price: 60000.5, tif: 'post_only', policy: 'sor' },
  {
    nodes: [
      { node_id: 'a', instrument: { symbol: 'BTC-USD' }, side: 'buy', qty: 1 },
      { node_id: 'b', instrument: { symbol: 'BTC-USD' }, side: 'buy', quantity: { from_edge: {} } },
    ],
    edges: [{ from_node: 'a', to_node: 'b', trigger: 'on_cancel', sizing: 'residual' }],
  },
  {
    nodes: [
      { node_id: 'a', instrument: { symbol: 'ETH-USD' }, side: 'buy', qty: 1 },
      { node_id: 'b', instrument: { symbol: 'ETH-PERP' }, side: 'sell', quantity: { from_edge: {} } },
    ],
    edges: [{ from_node: 'a', to_node: 'b', trigger: 'on_fill', sizing: { linear_hedge: { factor: -1 } } }],
  },
];

const seeds: readonly unknown[] = [...small, simple, { symbol: 'BTC-USD', side: 'sell', notional: 900.5, price: 61000 }, twap, hedge, bracket, wide];
const oddValues: readonly unknown[] = [
  null, true, false, '', 'graph', 'BUY', 'a', 'b', 'x.1', -1, 0, 1, 0.5, 1e-9, 2 ** 53, 2 ** 63, 1e300, '1', [], {}, [[]],
  { fixed: { qty_1e8: 1 } }, { constructor: 1 }, 'on_fill', 'residual', 'market', 'limit', 'gtd', 'post_only', 'sell', 'buy', 'ETH-USD', 'perp', 'kraken', 'x'.repeat(70), 100_000_000, 12_345,
];

interface Spot {
  readonly holder: Json | unknown[];
  readonly key: string | number;
}

function spots(value: unknown, found: Spot[] = []): Spot[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    const at = Array.isArray(value) ? Number(key) : key;
    found.push({ holder: value as Json, key: at });
    spots((value as Json)[key], found);
  }
  return found;
}

function mutate(document: Json, prng: Prng): void {
  const all = spots(document);
  if (all.length === 0) return;
  const { holder, key } = prng.pick(all);
  const slots = holder as Json;
  switch (prng.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete slots[key];
      break;
    case 1:
      slots[key] = copy(prng.pick(oddValues));
      break;
    case 2: {
      const other = prng.pick(all);
      slots[key] = copy((other.holder as Json)[other.key]) ?? null;
      break;
    }
    case 3:
      if (Array.isArray(holder)) holder.push(copy(holder[Number(key)]));
      else slots[prng.pick(['node_id', 'qty', 'price', 'venue', 'sizing', 'extra', '__proto', 'tif'])] = copy(slots[key]) ?? null;
      break;
    case 4:
      if (typeof slots[key] === 'number') slots[key] = (slots[key] as number) * prng.pick([-1, 10, 0.1, 1e8, 1.0000001, 0]);
      break;
    default:
      if (typeof slots[key] === 'string') slots[key] = prng.pick([(slots[key] as string).toUpperCase(), `${slots[key] as string}x`, prng.pick(['a', 'b', 'c', 'spot', 'hedge'])]);
  }
}

/** What every accepted graph must satisfy. */
function assertSound(spec: GraphSpec): void {
  assert.ok(spec.nodes.length >= 1 && spec.nodes.length <= 256);
  assert.equal(new Set(spec.nodes.map((node) => node.nodeId)).size, spec.nodes.length);
  assert.equal(new Set(spec.edges.map((edge) => edge.edgeId)).size, spec.edges.length);
  assert.notEqual(spec.graphId, 'graph');
  assert.equal(topologicalOrder(spec.nodes.length, spec.edges).length, spec.nodes.length);
  spec.nodes.forEach((node, i) => {
    assert.match(node.nodeId, /^[A-Za-z0-9_.-]{1,64}$/);
    const instrument = universe.instruments[node.instrument];
    assert.ok(instrument !== undefined && (node.side === 1 || node.side === -1));
    assert.equal(node.activation === 'wait', spec.edges.some((edge) => edge.to === i));
    assert.equal(node.orderType === 'limit', node.limitTicks !== null);
    const listings = universe.listings.filter((row) => row.instrument === node.instrument && (node.venues?.includes(row.venue) ?? true));
    assert.ok(listings.length > 0);
    if (node.limitTicks !== null) {
      assert.ok(Number.isSafeInteger(node.limitTicks) && node.limitTicks > 0);
      assert.ok(listings.some((row) => (node.limitTicks ?? 0) % row.tickMultiple === 0));
    }
    if (node.quantity.kind === 'fixed') {
      const lot = Math.max(...listings.map((row) => row.lotMultiple));
      assert.ok(Number.isSafeInteger(node.quantity.lots) && node.quantity.lots > 0 && node.quantity.lots % lot === 0);
      assert.ok(node.quantity.lots >= Math.min(...listings.map((row) => row.minLots)));
    } else if (node.quantity.kind === 'notional') assert.ok(BigInt(node.quantity.usd1e9) > 0n);
    else assert.ok(spec.edges.filter((edge) => edge.to === i).every((edge) => edge.sizing.kind !== 'none'));
    assert.equal(node.tif === 'gtd', node.expireAtNs !== null);
    if (node.orderType === 'market') assert.ok(node.tif !== 'gtd' && node.tif !== 'post_only');
    if ('horizonNs' in node.policy) assert.ok(Number.isSafeInteger(node.policy.horizonNs) && node.policy.horizonNs >= 0);
    if (node.pacing !== null) assert.ok(node.pacing.slices >= 1 && node.pacing.intervalNs >= 1e6);
  });
  for (const edge of spec.edges) {
    const [from, to] = [spec.nodes[edge.from], spec.nodes[edge.to]];
    assert.ok(from !== undefined && to !== undefined && from !== to);
    const { trigger, sizing } = edge;
    if (trigger.kind === 'on_fill_ratio') assert.ok(trigger.ratioE8 >= 1 && trigger.ratioE8 <= 1e8);
    if (trigger.kind === 'on_timeout') assert.ok(Number.isSafeInteger(trigger.afterNs) && trigger.afterNs > 0);
    if (trigger.kind === 'on_price' && trigger.level.kind === 'absolute') {
      assert.ok(Number.isSafeInteger(trigger.level.quarterTicks) && trigger.level.quarterTicks >= 0);
    }
    if (trigger.kind === 'on_fill') assert.notEqual(sizing.kind, 'none');
    if (sizing.kind === 'residual') assert.ok(from.side === to.side && from.instrument === to.instrument);
    if (sizing.kind === 'linear_hedge') assert.equal(sizing.factorE8 < 0, from.side !== to.side);
  }
}

const ajv = new Ajv({ strict: false, allErrors: false });
const theirGraph = ajv.compile(graphSchema);
const theirSimple = ajv.compile(simpleOrderSchema);

/** Words compare without regard to case here and not in ajv: lower them where the schema has words. */
function lowered(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => lowered(item, key));
  if (isJsonObject(value)) {
    if (key === 'metadata' || key === 'config') return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, lowered(part, name)]));
  }
  const words = ['side', 'order_type', 'policy', 'urgency', 'tif', 'carry', 'activation', 'join', 'trigger', 'direction',
    'reference', 'source', 'sizing', 'type', 'stuck', 'on_runtime_breach', 'on_disconnect', 'on_node_failure'];
  return typeof value === 'string' && words.includes(key) ? value.toLowerCase() : value;
}

const count = Number(process.env['MUTATIONS'] ?? 20_000);
const seed = Number(process.env['SEED'] ?? 11);

test(`${count} mutations of valid documents (seed ${seed})`, () => {
  const prng = new Prng(seed);
  let took = 0;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const document = copy(prng.pick(seeds)) as Json;
    for (let hits = prng.between(1, 3); hits > 0; hits--) mutate(document, prng);
    const text = JSON.stringify(document);
    const parsed = parseJson(text);
    assert.ok(parsed.ok, text);
    const result = normaliseOrder(parsed.value, context);
    const form = document['nodes'] !== undefined || document['edges'] !== undefined ? theirGraph : theirSimple;
    const theirs = form(lowered(document)) as boolean;
    if (result.ok) {
      took++;
      assert.ok(theirs, `accepted what the schema refuses: ${text}`);
      assertSound(result.graph);
      continue;
    }
    refused++;
    assert.ok(result.status === 422 || !isJsonObject(parsed.value), text);
    for (const { field } of result.problems) assert.match(field, /^(\/.*)?$/, text);
    const ofForm = result.problems.some(({ code }) => ['TYPE', 'UNKNOWN_FIELD', 'UNKNOWN_VALUE', 'BAD_ID'].includes(code));
    if (!theirs) continue;
    assert.ok(!ofForm || document['graph_id'] === 'graph', `${text}\n${JSON.stringify(result.problems)}`);
  }
  assert.ok(took > count / 50 && refused > count / 2, `the mutations are one-sided: ${took} accepted, ${refused} refused`);
});

test('damaged text never throws', () => {
  const prng = new Prng(seed + 1);
  for (let i = 0; i < count / 10; i++) {
    const bytes = new TextEncoder().encode(JSON.stringify(prng.pick(seeds)));
    for (let hits = prng.between(1, 4); hits > 0; hits--) bytes[prng.below(bytes.length)] = prng.below(256);
    const result = parseOrderBody(bytes, context);
    if (result.ok) assertSound(result.graph);
  }
});
