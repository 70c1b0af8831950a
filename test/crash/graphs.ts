/** Graphs of the load: simple orders, brackets, sliced orders and hedges on the simulated universe. */
import type { Prng } from '../../src/base/prng.js';
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import { graphOf, MS, noRisk, plainNode, SECOND } from '../model/world.js';

/** Instruments of the simulated universe, the generator's first prices in their ticks, a fair size in lots. */
const btc = { instrument: 0, ticks: 6_180_000, lots: 10_000 };
const btcPerp = { instrument: 2, ticks: 618_000, lots: 1_000 };

function base(prng: Prng): NodeSpec {
  return { ...plainNode, instrument: btc.instrument, quantity: { kind: 'fixed', lots: btc.lots * prng.between(1, 5) } };
}

function single(prng: Prng): GraphSpec {
  const node = base(prng);
  if (prng.chance(1, 3)) return graphOf([{ ...node, side: prng.chance(1, 2) ? 1 : -1 }], []);
  const side = prng.chance(1, 2) ? 1 : -1;
  const limitTicks = btc.ticks - side * prng.between(-500, 3_000) * 10;
  return graphOf([{ ...node, side, orderType: 'limit', limitTicks }], []);
}

function bracket(prng: Prng): GraphSpec {
  const entry = base(prng);
  const exit: NodeSpec = { ...entry, side: -1, activation: 'wait' };
  const tp: NodeSpec = {
    ...exit, nodeId: 'tp', orderType: 'limit', limitTicks: btc.ticks + prng.between(10, 300) * 100,
  };
  const sl: NodeSpec = { ...exit, nodeId: 'sl', urgency: 'high' };
  const edge = { sizing: { kind: 'none' }, keepParent: false } as const;
  return graphOf([entry, tp, sl], [
    { ...edge, edgeId: 'to_tp', from: 0, to: 1, trigger: { kind: 'on_full_fill' } },
    {
      ...edge, edgeId: 'to_sl', from: 0, to: 2,
      trigger: {
        kind: 'on_price', instrument: btc.instrument, direction: 'below', source: 'mid', confirmNs: 0,
        allowImmediate: false, level: { kind: 'graph_entry_price', offsetPpm: -prng.between(50, 3_000) },
      },
    },
  ]);
}

function sliced(prng: Prng): GraphSpec {
  const node: NodeSpec = {
    ...base(prng), quantity: { kind: 'fixed', lots: btc.lots * 10 },
    pacing: { slices: prng.between(3, 6), intervalNs: prng.between(50, 300) * MS, carry: 'next' },
  };
  return graphOf([node], []);
}

function hedged(prng: Prng): GraphSpec {
  const leg = base(prng);
  const hedge: NodeSpec = {
    ...plainNode, nodeId: 'hedge', instrument: btcPerp.instrument, side: -1, activation: 'wait',
    quantity: { kind: 'fixed', lots: btcPerp.lots * 5 },
    policy: { kind: 'aggressive_chase', chaseIntervalNs: 200 * MS, widenBps: 2, horizonNs: 30 * SECOND },
  };
  return graphOf([leg, hedge], [{
    edgeId: 'e0', from: 0, to: 1, keepParent: false, trigger: { kind: 'on_fill' },
    sizing: { kind: 'linear_hedge', factorE8: -100_000_000, net: false },
  }]);
}

export function crashGraph(prng: Prng, graphId: string): GraphSpec {
  const roll = prng.below(10);
  const made = roll < 3 ? single(prng) : roll < 6 ? bracket(prng) : roll < 8 ? sliced(prng) : hedged(prng);
  const onDisconnect = prng.chance(1, 2) ? 'pause_graph' : 'continue';
  const risk = { ...noRisk, failure: { ...noRisk.failure, onDisconnect } } as const;
  return { ...made, graphId, risk };
}
