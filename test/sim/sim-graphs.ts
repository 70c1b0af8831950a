/** Graphs of the simulation: the random language of the model tests, plus pacing, ladders, drips, limits and risk. */
import type { Prng } from '../../src/base/prng.js';
import type { GraphSpec, NodeSpec, PolicySpec, RiskSpec } from '../../src/protocol/graph-spec.js';
import { randomGraph } from '../model/random-graph.js';
import { MS, SECOND, graphOf, noRisk, perp, plainNode, spot, startTicks } from '../model/world.js';

function moneyOrNull(prng: Prng, low: number, high: number): string | null {
  return prng.chance(1, 4) ? `${prng.between(low, high)}000000000` : null;
}

function riskOf(prng: Prng): RiskSpec {
  if (prng.chance(1, 2)) return noRisk;
  return {
    admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
    preTrade: { maxSlippageBps: prng.pick([null, 20, 50]), requireBalanceCheck: prng.chance(1, 2) },
    runtime: {
      maxUnhedgedQty1e8: prng.chance(1, 5) ? `${prng.between(5, 50) * 1_000_000}` : null,
      maxLossUsd1e9: moneyOrNull(prng, 1, 60),
      maxDrawdownUsd1e9: moneyOrNull(prng, 1, 60),
    },
    failure: {
      onRuntimeBreach: prng.pick(['cancel_all_open', 'cancel_all', 'pause_graph', 'flatten']),
      onDisconnect: prng.pick(['pause_graph', 'cancel_all_open', 'continue']),
      onNodeFailure: prng.pick([null, 'continue', 'stop_parent', 'cancel_all_open', 'flatten']),
      hedgeFailNs: 5 * SECOND,
      flattenBuyback: prng.chance(1, 2),
    },
  };
}

function bracket(prng: Prng): GraphSpec {
  const lots = prng.between(5, 40) * 2;
  const instrument = prng.pick([spot, spot, perp]);
  const entry: NodeSpec = prng.chance(1, 2)
    ? { ...plainNode, nodeId: 'n0', instrument, quantity: { kind: 'fixed', lots } }
    : { ...plainNode, nodeId: 'n0', instrument, quantity: { kind: 'fixed', lots }, orderType: 'limit', limitTicks: startTicks + prng.between(-30, 30) };
  const exit: NodeSpec = { ...plainNode, instrument, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots } };
  const tp: NodeSpec = { ...exit, nodeId: 'n1', orderType: 'limit', limitTicks: startTicks + prng.between(5, 60), tif: 'gtc' };
  const sl: NodeSpec = { ...exit, nodeId: 'n2', urgency: 'high' };
  const edge = { sizing: { kind: 'none' }, keepParent: false } as const;
  // Told by the user, with a way out of a doubt, or made by the engine of themselves.
  const groups: GraphSpec['groups'] = prng.chance(1, 2)
    ? [{ type: 'ouo', nodes: [1, 2], stuck: prng.pick(['wait', 'send']), stuckNs: prng.between(1, 4) * 500 * MS }]
    : [];
  return graphOf(
    [entry, tp, sl],
    [
      { ...edge, edgeId: 'e0', from: 0, to: 1, trigger: { kind: prng.pick(['on_full_fill', 'on_first_fill']) } },
      {
        ...edge, edgeId: 'e1', from: 0, to: 2,
        trigger: {
          kind: 'on_price', instrument, direction: 'below', source: 'mid', confirmNs: 0, allowImmediate: false,
          level: { kind: 'graph_entry_price', offsetPpm: -prng.between(1, 12) * 100 },
        },
      },
    ],
    groups,
  );
}

function hedged(prng: Prng): GraphSpec {
  const lots = prng.between(10, 40) * 4;
  const resting = { orderType: 'limit', limitTicks: startTicks + prng.between(-10, 10) } as const;
  // A parent that takes its time is there to be stopped when its hedge fails.
  const slow = { pacing: { slices: prng.between(4, 8), intervalNs: prng.between(2, 6) * 500 * MS, carry: 'next' } } as const;
  const leg: NodeSpec = { ...plainNode, nodeId: 'n0', quantity: { kind: 'fixed', lots }, ...prng.pick([{}, resting, slow]) };
  const hedge: NodeSpec = {
    ...plainNode, nodeId: 'n1', instrument: perp, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots },
    // Tied to one venue it has nowhere to go when that one refuses.
    venues: prng.pick([null, [0], [1]]),
    policy: { kind: 'aggressive_chase', chaseIntervalNs: 250 * MS, widenBps: 2, horizonNs: 30 * SECOND },
  };
  const streaming = prng.chance(2, 3);
  return graphOf(
    [leg, hedge],
    [{
      edgeId: 'e0', from: 0, to: 1, keepParent: false,
      trigger: streaming ? { kind: 'on_fill' } : { kind: 'on_fill_ratio', ratioE8: 50_000_000 },
      sizing: streaming ? { kind: 'linear_hedge', factorE8: -100_000_000, net: prng.chance(1, 3) } : { kind: 'none' },
    }],
  );
}

/** A streaming hedge that follows the position, and an exit that closes it: the hedge buys back. */
function netHedged(prng: Prng): GraphSpec {
  const lots = prng.between(10, 40) * 2;
  const leg: NodeSpec = { ...plainNode, nodeId: 'n0', quantity: { kind: 'fixed', lots } };
  const hedge: NodeSpec = {
    ...plainNode, nodeId: 'n1', instrument: perp, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots },
  };
  const exit: NodeSpec = { ...plainNode, nodeId: 'n2', side: -1, activation: 'wait', quantity: { kind: 'fixed', lots } };
  const edge = { keepParent: false, from: 0 } as const;
  return graphOf(
    [leg, hedge, exit],
    [
      { ...edge, edgeId: 'e0', to: 1, trigger: { kind: 'on_fill' }, sizing: { kind: 'linear_hedge', factorE8: -100_000_000, net: true } },
      { ...edge, edgeId: 'e1', to: 2, trigger: { kind: 'on_timeout', afterNs: prng.between(1, 12) * 500 * MS }, sizing: { kind: 'none' } },
    ],
  );
}

/** Money of the parent's fills into another instrument, up to a cap. */
function byNotional(prng: Prng): GraphSpec {
  const leg: NodeSpec = { ...plainNode, nodeId: 'n0', quantity: { kind: 'fixed', lots: prng.between(10, 40) * 2 } };
  const other: NodeSpec = {
    ...plainNode, nodeId: 'n1', instrument: perp, side: prng.chance(1, 2) ? 1 : -1, activation: 'wait', quantity: { kind: 'from_edge' },
  };
  return graphOf(
    [leg, other],
    [{
      edgeId: 'e0', from: 0, to: 1, keepParent: false, trigger: { kind: prng.pick(['on_fill', 'on_full_fill']) },
      sizing: { kind: 'scaled_notional', factorE8: prng.pick([50_000_000, 100_000_000]), maxUsd1e9: prng.chance(2, 3) ? `${prng.between(4, 15)}000000000000` : null },
    }],
  );
}

/** A module trades a root, or the exit of one. */
function byModule(prng: Prng): GraphSpec {
  const lots = prng.between(10, 60) * 2;
  const policy = { kind: 'wasm_algo', algo: 'wanderer', venues: [], labels: [], configJson: '{}' } as const;
  const side = prng.chance(1, 2) ? 1 : -1;
  const root: NodeSpec = { ...plainNode, nodeId: 'n0', side, instrument: prng.pick([spot, perp]), quantity: { kind: 'fixed', lots } };
  if (prng.chance(1, 2)) return graphOf([{ ...root, policy }], []);
  const exit: NodeSpec = { ...root, nodeId: 'n1', side: side === 1 ? -1 : 1, activation: 'wait', policy };
  return graphOf(
    [root, exit],
    [{ edgeId: 'e0', from: 0, to: 1, keepParent: false, trigger: { kind: prng.pick(['on_fill', 'on_full_fill']) }, sizing: { kind: 'parent_filled_qty' } }],
  );
}

function paced(prng: Prng): GraphSpec {
  const node: NodeSpec = {
    ...plainNode, nodeId: 'n0', quantity: { kind: 'fixed', lots: prng.between(20, 100) * 2 },
    orderType: 'limit', limitTicks: startTicks + prng.between(-5, 40),
    pacing: { slices: prng.between(2, 8), intervalNs: prng.between(1, 6) * 500 * MS, carry: prng.chance(3, 4) ? 'next' : 'none' },
  };
  return graphOf([node], []);
}

function single(prng: Prng, wallNs: bigint): GraphSpec {
  const policies: PolicySpec[] = [
    { kind: 'passive_ladder', repegNs: 200 * MS, horizonNs: 3 * SECOND, stepNs: SECOND },
    { kind: 'time_drip', horizonNs: 10 * SECOND, drips: 5 },
    { kind: 'passive_limit', horizonNs: 8 * SECOND },
    { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 10 * SECOND },
    { kind: 'aggressive_chase', chaseIntervalNs: 250 * MS, widenBps: 2, horizonNs: 5 * SECOND },
    { kind: 'sor', cooldownNs: SECOND, maxAttempts: 3, horizonNs: 4 * SECOND },
  ];
  const policy = prng.pick(policies);
  const limit = policy.kind !== 'aggressive_chase' && prng.chance(1, 2);
  const side = prng.chance(1, 2) ? 1 : -1;
  const sor = policy.kind === 'sor';
  const money = side === 1 && !limit && sor && prng.chance(1, 4);
  const tif = !sor || money ? 'gtc' : limit ? prng.pick(['gtc', 'ioc', 'fok', 'gtd', 'post_only'] as const) : prng.pick(['gtc', 'ioc', 'fok'] as const);
  const node: NodeSpec = {
    ...plainNode, nodeId: 'n0', side, instrument: prng.chance(1, 4) ? perp : spot,
    orderType: limit ? 'limit' : 'market', limitTicks: limit ? startTicks + prng.between(-30, 30) : null, policy, tif,
    expireAtNs: tif === 'gtd' ? (wallNs + BigInt(prng.between(1, 8) * SECOND)).toString() : null,
    urgency: prng.pick(['low', 'medium', 'high']),
    maxSlippageBps: policy.kind === 'aggressive_chase' ? prng.pick([null, 1, 3]) : null,
    quantity: money
      ? { kind: 'notional', usd1e9: `${prng.between(5, 40)}000000000000` }
      : { kind: 'fixed', lots: prng.between(3, 60) * 2 },
  };
  return graphOf([node], []);
}

/** @param wallNs ns since the Unix epoch, for gtd */
export function simGraph(prng: Prng, wallNs: bigint): GraphSpec {
  return { ...kindOf(prng, wallNs), risk: riskOf(prng) };
}

function kindOf(prng: Prng, wallNs: bigint): GraphSpec {
  const roll = prng.below(20);
  if (roll < 6) return randomGraph(prng);
  if (roll < 10) return bracket(prng);
  if (roll < 12) return hedged(prng);
  if (roll < 13) return netHedged(prng);
  if (roll < 14) return byNotional(prng);
  if (roll < 16) return paced(prng);
  if (roll < 17) return byModule(prng);
  return single(prng, wallNs);
}
