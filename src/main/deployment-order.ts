/** A module's new order as an execution graph of one node. */
import * as abi from '../algo/abi/layouts.generated.js';
import type { GraphSpec, NodeSpec, Tif } from '../protocol/graph-spec.js';
import type { AccountId, InstrumentId, VenueId } from '../protocol/universe.js';

export interface DeploymentOrderParts {
  readonly graphId: string;
  readonly accountId: AccountId;
  /** abi.ORDER_TYPE_*. */
  readonly orderType: number;
  readonly side: 1 | -1;
  readonly lots: number;
  /** Ignored on a market order. */
  readonly limitTicks: number;
  readonly instrument: InstrumentId;
  readonly venue: VenueId;
}

const NS = 1_000_000_000;
/** A market order that finds nothing for so long ends. */
const MARKET_HORIZON_NS = 10 * NS;
const tifs: readonly Tif[] = ['gtc', 'ioc', 'ioc', 'fok', 'post_only'];

export function deploymentOrderGraph(parts: DeploymentOrderParts): GraphSpec {
  const { graphId, accountId, orderType, side, lots, limitTicks, instrument, venue } = parts;
  const market = orderType === abi.ORDER_TYPE_MARKET;
  const node: NodeSpec = {
    nodeId: 'order', instrument, side, orderType: market ? 'market' : 'limit', limitTicks: market ? null : limitTicks,
    quantity: { kind: 'fixed', lots }, venues: [venue], pinned: true,
    policy: { kind: 'sor', cooldownNs: NS, maxAttempts: 1, horizonNs: market ? MARKET_HORIZON_NS : 0 },
    urgency: 'medium', maxSlippageBps: null, tif: tifs[orderType] ?? 'gtc', expireAtNs: null,
    reduceOnly: false, pacing: null, join: 'any', activation: 'root',
  };
  return {
    graphId, accountId, isSandbox: true, nodes: [node], edges: [], groups: [], autoGroups: true, metadataJson: null, warnings: [],
    risk: {
      admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
      preTrade: { maxSlippageBps: null, requireBalanceCheck: true },
      runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
      failure: {
        onRuntimeBreach: 'cancel_all_open', onDisconnect: 'cancel_all_open', onNodeFailure: null, hedgeFailNs: 5 * NS, flattenBuyback: false,
      },
    },
  };
}
