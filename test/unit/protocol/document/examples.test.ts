/** The four graphs of the product text and the simple order, as sent, and what they become. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoGroupsOf, rolesOf } from '../../../../src/protocol/document/roles.js';
import { expandedCounts } from '../../../../src/protocol/document/slices.js';
import { accepted, bracket, hedge, riskExample, simple, twap, universe } from './fixture.js';

test('a simple order is one root node called order, routed by sor', () => {
  const { graph, namedByClient } = accepted(simple);
  assert.equal(namedByClient, false);
  assert.equal(graph.graphId, 'g_1');
  assert.equal(graph.nodes.length, 1);
  const node = graph.nodes[0];
  assert.deepEqual(node, {
    nodeId: 'order', instrument: 1, side: 1, orderType: 'market', limitTicks: null,
    quantity: { kind: 'fixed', lots: 50_000 }, venues: null, pinned: false,
    policy: { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 1e10 },
    urgency: 'medium', maxSlippageBps: null, tif: 'gtc', expireAtNs: null, reduceOnly: false, pacing: null,
    join: 'any', activation: 'root',
  });
});

test('the TWAP expands to 11 nodes and 10 edges', () => {
  const { graph } = accepted(twap);
  assert.deepEqual(expandedCounts(graph), { nodes: 11, edges: 10 });
  assert.deepEqual(graph.nodes[0]?.pacing, { slices: 10, intervalNs: 3e10, carry: 'next' });
});

test('the hedge: ratio trigger, pinned perp, OVER_HEDGE', () => {
  const { graph } = accepted(hedge);
  assert.deepEqual(graph.edges[0]?.trigger, { kind: 'on_fill_ratio', ratioE8: 50_000_000 });
  assert.equal(graph.nodes[1]?.pinned, true);
  assert.equal(graph.nodes[1]?.policy.kind, 'aggressive_chase');
  assert.deepEqual(rolesOf(graph, universe).map((role) => [role.role, role.parents]), [['opening', []], ['hedge', [0]]]);
  assert.deepEqual(graph.warnings.map((warning) => warning.code), ['OVER_HEDGE']);
});

test('the bracket as the Python client sends it: two exits in one automatic group, no warnings', () => {
  const { graph } = accepted(bracket);
  assert.equal(graph.nodes[1]?.limitTicks, 8_000_000);
  assert.deepEqual(graph.edges[1]?.trigger, {
    kind: 'on_price', instrument: 0, direction: 'below', level: { kind: 'graph_entry_price', offsetPpm: -50_000 },
    source: 'mid', confirmNs: 0, allowImmediate: false,
  });
  const roles = rolesOf(graph, universe);
  assert.deepEqual(roles.map((role) => role.role), ['opening', 'exit', 'exit']);
  assert.deepEqual(autoGroupsOf(graph, roles), [[1, 2]]);
  assert.deepEqual(graph.warnings, []);
});

test('the risk example', () => {
  const { graph } = accepted({ ...hedge, risk: riskExample });
  assert.deepEqual(graph.risk, {
    admission: { maxNotionalUsd1e9: '500000000000000', maxLeverageE8: 200_000_000, requiredVenues: [0, 1] },
    preTrade: { maxSlippageBps: 50, requireBalanceCheck: true },
    runtime: {
      maxUnhedgedQty1e8: '500000000', maxLossUsd1e9: '10000000000000', maxDrawdownUsd1e9: '5000000000000',
    },
    failure: {
      onRuntimeBreach: 'cancel_all_open', onDisconnect: 'pause_graph', onNodeFailure: null, hedgeFailNs: 5e9,
      flattenBuyback: false,
    },
  });
  assert.deepEqual(graph.warnings.map((warning) => warning.code), ['OVER_HEDGE', 'DRAWDOWN_BELOW_LOSS']);
});
