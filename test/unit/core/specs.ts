/** Short ways to write graph specs in tests: everything has the document's default unless said. */
import type { EdgeSpec, GraphSpec, GroupSpec, NodeSpec, PolicySpec, RiskSpec, SizingSpec, TriggerSpec } from '../../../src/protocol/graph-spec.js';
import { BTC_USD } from './universe.js';

export const SOR: PolicySpec = { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 10e9 };
export const CHASE: PolicySpec = { kind: 'aggressive_chase', chaseIntervalNs: 250e6, widenBps: 2, horizonNs: 30e9 };

export type NodeInput = Partial<NodeSpec> & { nodeId: string; lots?: number; limit?: number };

/** A node; `lots` makes a fixed quantity, `limit` a limit order. */
export function node(input: NodeInput): NodeSpec {
  const { lots, limit, quantity, ...rest } = input;
  return {
    instrument: BTC_USD, side: 1, orderType: limit === undefined ? 'market' : 'limit', limitTicks: limit ?? null,
    quantity: quantity ?? (lots === undefined ? { kind: 'from_edge' } : { kind: 'fixed', lots }), venues: null, pinned: false, policy: SOR,
    urgency: 'medium', maxSlippageBps: null, tif: 'gtc', expireAtNs: null, reduceOnly: false, pacing: null, join: 'any',
    activation: 'root', ...rest,
  };
}

export function edge(from: number, to: number, trigger: TriggerSpec, sizing: SizingSpec = { kind: 'none' }, keepParent = false): EdgeSpec {
  return { edgeId: `e${from}${to}`, from, to, trigger, sizing, keepParent };
}

/** Price edge on BTC-USD with an absolute level in whole ticks. */
export function onPrice(direction: 'above' | 'below', ticks: number, instrument: number = BTC_USD): TriggerSpec {
  return {
    kind: 'on_price', instrument, direction, level: { kind: 'absolute', quarterTicks: ticks * 4 }, source: 'mid', confirmNs: 0, allowImmediate: false,
  };
}

export function onEntry(direction: 'above' | 'below', offsetPpm: number, instrument: number = BTC_USD): TriggerSpec {
  return {
    kind: 'on_price', instrument, direction, level: { kind: 'graph_entry_price', offsetPpm }, source: 'mid', confirmNs: 0, allowImmediate: false,
  };
}

export const NO_RISK: RiskSpec = {
  admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
  preTrade: { maxSlippageBps: null, requireBalanceCheck: true },
  runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
  failure: { onRuntimeBreach: 'cancel_all_open', onDisconnect: 'pause_graph', onNodeFailure: null, hedgeFailNs: 5e9, flattenBuyback: false },
};

export interface GraphInput {
  graphId?: string;
  nodes: NodeSpec[];
  edges?: EdgeSpec[];
  groups?: GroupSpec[];
  autoGroups?: boolean;
  risk?: RiskSpec;
}

export function graph(input: GraphInput): GraphSpec {
  const edges = input.edges ?? [];
  const waits = new Set(edges.map((entry) => entry.to));
  return {
    graphId: input.graphId ?? 'g1', accountId: 0, isSandbox: true,
    nodes: input.nodes.map((entry, index) => ({ ...entry, activation: waits.has(index) ? 'wait' : 'root' })),
    edges, groups: input.groups ?? [], autoGroups: input.autoGroups ?? true, risk: input.risk ?? NO_RISK, metadataJson: null, warnings: [],
  };
}
