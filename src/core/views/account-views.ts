/** Limits, kill switch and a graph's review (wire.md). Positions: positions-view.ts. */
import { must } from '../../base/assert.js';
import type { CoreState } from '../state.js';
import { absoluteNs, nodeOrderId } from './order-view.js';
import { tcaView } from './tca-view.js';
import { narrow, venueName } from './wire.js';

export function killSwitchView(state: CoreState, accountId: number): Record<string, unknown> {
  const mine = state.kills.filter(({ scope }) => {
    if (scope.kind === 'global') return true;
    if (scope.kind === 'graph') return state.graphs.get(scope.graphId)?.accountId === accountId;
    return scope.accountId === accountId;
  });
  return {
    active: mine.length > 0,
    switches: mine.map((kill) => ({
      scope: scopeText(state, kill.scope), reason: kill.reason, allow_exits: kill.allowExits, since_ns: absoluteNs(state, kill.sinceNs),
    })),
  };
}

function scopeText(state: CoreState, scope: CoreState['kills'][number]['scope']): string {
  if (scope.kind === 'venue') return `venue:${venueName(state.universe, scope.venue)}`;
  return scope.kind === 'graph' ? `graph:${scope.graphId}` : scope.kind;
}

export function limitsView(state: CoreState, accountId: number): Record<string, unknown> {
  const account = must(state.accounts[accountId], 'account');
  const { limits } = account;
  const digits = (text: string | null): number | bigint | null => (text === null ? null : narrow(BigInt(text)));
  return {
    max_order_notional_usd_1e9: digits(limits.maxOrderNotionalUsd1e9),
    max_order_qty_1e8: digits(limits.maxOrderQty1e8),
    max_position_usd_1e9: digits(limits.maxPositionUsd1e9),
    max_daily_loss_usd_1e9: digits(limits.maxDailyLossUsd1e9),
    max_order_rate: limits.maxOrderRate,
    reduce_only: limits.reduceOnly,
    daily_loss_state: account.lossState === 0 ? 'normal' : account.lossState === 1 ? 'reducing_only' : 'halted',
  };
}

/** What a graph cost, node by node. */
export function reviewView(state: CoreState, accountId: number, graphId: string): Record<string, unknown> | null {
  const graph = state.graphs.get(graphId);
  if (graph === undefined || graph.accountId !== accountId) return null;
  const nodes = graph.nodes.filter((node) => node.run !== null).map((node) => ({
    node_order_id: nodeOrderId(node), node_id: node.nodeId, status: node.status, ...tcaView(state, node),
  }));
  return { graph_id: graphId, status: graph.status, nodes };
}
