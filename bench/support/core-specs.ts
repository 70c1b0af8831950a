/** The graphs that benches of the core submit, in integers of BTC-USD. */
import type { EdgeSpec, GraphSpec, NodeSpec, Side, SizingSpec, TriggerSpec } from '../../src/protocol/graph-spec.js';
import { BTC_USD } from './core-feeder.js';

export const LOTS = 1_000;
const SOR = { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 10e9 } as const;

/** A market order of a fixed quantity on the first venue. */
export function marketNode(nodeId: string, side: Side, root: boolean): NodeSpec {
  return {
    nodeId, instrument: BTC_USD, side, orderType: 'market', limitTicks: null, quantity: { kind: 'fixed', lots: LOTS }, venues: [0],
    pinned: false, policy: SOR, urgency: 'high', maxSlippageBps: null, tif: 'gtc', expireAtNs: null, reduceOnly: false, pacing: null,
    join: 'any', activation: root ? 'root' : 'wait',
  };
}

export function edgeSpec(from: number, to: number, trigger: TriggerSpec, sizing: SizingSpec = { kind: 'fixed', lots: LOTS }): EdgeSpec {
  return { edgeId: `e${from}.${to}`, from, to, trigger, sizing, keepParent: true };
}

export function above(ticks: number): TriggerSpec {
  return {
    kind: 'on_price', instrument: BTC_USD, direction: 'above', level: { kind: 'absolute', quarterTicks: ticks * 4 }, source: 'mid',
    confirmNs: 0, allowImmediate: false,
  };
}

export function below(ticks: number): TriggerSpec {
  return { ...above(ticks), direction: 'below' } as TriggerSpec;
}

export function graphSpec(graphId: string, nodes: readonly NodeSpec[], edges: readonly EdgeSpec[]): GraphSpec {
  return {
    graphId, accountId: 0, isSandbox: true, nodes, edges, groups: [], autoGroups: false, metadataJson: null, warnings: [],
    risk: {
      admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
      preTrade: { maxSlippageBps: null, requireBalanceCheck: true },
      runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
      failure: { onRuntimeBreach: 'cancel_all_open', onDisconnect: 'pause_graph', onNodeFailure: null, hedgeFailNs: 5e9, flattenBuyback: false },
    },
  };
}

/** A limit order far below the market, good until `expireAtNs` (ns since the Unix epoch). */
export function restingNode(nodeId: string, limitTicks: number, expireAtNs: bigint, root: boolean): NodeSpec {
  return {
    ...marketNode(nodeId, 1, root), orderType: 'limit', limitTicks, tif: 'gtd', expireAtNs: expireAtNs.toString(),
    policy: { ...SOR, horizonNs: 0 }, urgency: 'medium',
  };
}

/** One market order and `waiting` nodes that wait for a price or a time. */
export function waitingGraph(graphId: string, waiting: number, trigger: (index: number) => TriggerSpec): GraphSpec {
  const nodes = [marketNode('entry', 1, true)];
  const edges: EdgeSpec[] = [];
  for (let i = 0; i < waiting; i++) {
    nodes.push(marketNode(`w${i}`, 1, false));
    edges.push(edgeSpec(0, i + 1, trigger(i)));
  }
  return graphSpec(graphId, nodes, edges);
}
