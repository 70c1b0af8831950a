/** Terms are shared by what says the same and by nothing else: a field left out of the comparison would mix up orders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edgeTerms, graphTerms, newTermsTable, nodeTerms, type EdgeTerms, type NodeTerms } from '../../../src/core/graph/terms.js';
import type { EdgeSpec, GraphSpec, NodeSpec, RiskSpec, TriggerSpec } from '../../../src/protocol/graph-spec.js';
import { edge, graph, node, NO_RISK, onPrice } from './specs.js';

const nodeSpec = node({ nodeId: 'a', lots: 10, limit: 59_000 });
const others: { readonly [K in keyof NodeTerms]: NodeSpec[K] } = {
  instrument: 1, side: -1, orderType: 'market', quantity: { kind: 'fixed', lots: 266 }, venues: [0], pinned: true, policy: { kind: 'ioc_sweep' },
  urgency: 'low', maxSlippageBps: 5, tif: 'ioc', reduceOnly: true, pacing: { slices: 2, intervalNs: 1e9, carry: 'next' }, join: 'all', activation: 'wait',
};

/** All in one place of the table, so that only the comparison tells them apart. */
function inOnePlace(): ReturnType<typeof newTermsTable> {
  const table = newTermsTable();
  const one: unknown[] = [];
  const everywhere = new Proxy(one, {
    get: (target, key) => (key === 'length' ? Infinity : Reflect.get(target, typeof key === 'string' && /^\d+$/.test(key) ? '0' : key)),
    set: (target, _, value) => Reflect.set(target, '0', value),
  });
  return { ...table, nodes: everywhere, edges: everywhere, graphs: everywhere } as unknown as typeof table;
}

for (const key of Object.keys(others) as (keyof NodeTerms)[]) {
  test(`nodes that differ in ${key} share nothing`, () => {
    const table = inOnePlace();
    const first = nodeTerms(table, nodeSpec);
    assert.equal(nodeTerms(table, { ...structuredClone(nodeSpec), nodeId: 'b', limitTicks: 1, expireAtNs: '5' }), first, 'name, limit and end are of each');
    const second = nodeTerms(table, { ...nodeSpec, [key]: others[key] });
    assert.notEqual(second, first);
    assert.deepEqual(second, { ...first, [key]: others[key] });
  });
}

const edgeSpec = edge(0, 1, onPrice('above', 61_000));
const trigger = edgeSpec.trigger as Extract<TriggerSpec, { kind: 'on_price' }>;
const otherEdges: Record<string, Partial<EdgeSpec>> = {
  instrument: { trigger: { ...trigger, instrument: 1 } }, direction: { trigger: { ...trigger, direction: 'below' } }, source: { trigger: { ...trigger, source: 'bid' } },
  confirm: { trigger: { ...trigger, confirmNs: 1 } }, immediate: { trigger: { ...trigger, allowImmediate: true } },
  level: { trigger: { ...trigger, level: { kind: 'arrival_mid', offsetPpm: 5 } } }, kind: { trigger: { kind: 'on_fill' } },
  ratio: { trigger: { kind: 'on_fill_ratio', ratioE8: 5 } }, timeout: { trigger: { kind: 'on_timeout', afterNs: 5 } },
  sizing: { sizing: { kind: 'fixed', lots: 256 } }, keepParent: { keepParent: true },
} satisfies Record<string, Partial<EdgeTerms> | Partial<EdgeSpec>>;

for (const [what, more] of Object.entries(otherEdges)) {
  test(`edges that differ in ${what} share nothing; those that differ in name, ends and figure do`, () => {
    const table = inOnePlace();
    const first = edgeTerms(table, edgeSpec);
    assert.equal(edgeTerms(table, { ...structuredClone(edgeSpec), edgeId: 'x', from: 3, to: 4, trigger: onPrice('above', 77_000) }), first);
    assert.notEqual(edgeTerms(table, { ...edgeSpec, ...more }), first);
  });
}

test('offsets and ratios are part of the terms', () => {
  const table = inOnePlace();
  const at = (offsetPpm: number): EdgeTerms => edgeTerms(table, { ...edgeSpec, trigger: { ...trigger, level: { kind: 'graph_entry_price', offsetPpm } } });
  assert.notEqual(at(1), at(2));
  const after = (ratioE8: number): EdgeTerms => edgeTerms(table, { ...edgeSpec, trigger: { kind: 'on_fill_ratio', ratioE8 } });
  assert.notEqual(after(1), after(2));
  const waits = (afterNs: number): EdgeTerms => edgeTerms(table, { ...edgeSpec, trigger: { kind: 'on_timeout', afterNs } });
  assert.equal(waits(1), waits(2), 'the wait is the edge\'s figure');
});

const otherRisks: { readonly [K in keyof RiskSpec]: { readonly [F in keyof RiskSpec[K]]: RiskSpec[K][F] } } = {
  admission: { maxNotionalUsd1e9: '1', maxLeverageE8: 1, requiredVenues: [0] },
  preTrade: { maxSlippageBps: 1, requireBalanceCheck: false },
  runtime: { maxUnhedgedQty1e8: '1', maxLossUsd1e9: '1', maxDrawdownUsd1e9: '1' },
  failure: { onRuntimeBreach: 'flatten', onDisconnect: 'continue', onNodeFailure: 'flatten', hedgeFailNs: 1, flattenBuyback: true },
};

test('graphs that differ in any field of risk, in kind or in metadata share nothing', () => {
  const spec = graph({ nodes: [nodeSpec], risk: NO_RISK });
  const different = (more: Partial<GraphSpec>): void => {
    const table = inOnePlace();
    const first = graphTerms(table, spec);
    assert.equal(graphTerms(table, structuredClone({ ...spec, graphId: 'other' })), first);
    assert.notEqual(graphTerms(table, { ...spec, ...more }), first, JSON.stringify(more));
  };
  for (const [part, fields] of Object.entries(otherRisks)) {
    for (const [field, value] of Object.entries(fields)) {
      different({ risk: { ...NO_RISK, [part]: { ...NO_RISK[part as keyof RiskSpec], [field]: value as unknown } } });
    }
  }
  different({ isSandbox: false });
  different({ autoGroups: false });
  different({ metadataJson: '{}' });
});

test('the order of keys is no difference, and leaves no trace', () => {
  const turned = Object.fromEntries(Object.entries(nodeSpec.policy).reverse()) as NodeSpec['policy'];
  const [shared, alone] = [newTermsTable(), newTermsTable()];
  nodeTerms(shared, nodeSpec);
  assert.equal(JSON.stringify(nodeTerms(shared, { ...nodeSpec, policy: turned })), JSON.stringify(nodeTerms(alone, { ...nodeSpec, policy: turned })));
});
