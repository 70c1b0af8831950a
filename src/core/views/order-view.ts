/** A node as an order of the wire, and its child orders (wire.md: "Order object"). */
import type { ReportEvent } from '../../protocol/events.js';
import type { AssetId } from '../../protocol/universe.js';
import type { Child, CoreState, Node } from '../state.js';
import { average1e9, instrumentOf, narrow, price1e9, qty1e8, type WireInt, venueName } from './wire.js';

/** A wire object under construction. */
export type WireObject = Record<string, unknown>;

/** Engine time as ns since the Unix epoch; null for a time that never came (-1). */
export function absoluteNs(state: CoreState, atNs: number): WireInt | null {
  if (atNs < 0) return null;
  if (baseText !== state.baseNs) {
    baseText = state.baseNs;
    baseValue = BigInt(baseText);
  }
  return narrow(baseValue + BigInt(atNs));
}

/** The base parsed last: it changes once in 60 days. */
let baseText = '0';
let baseValue = 0n;

export function sideName(side: 1 | -1): 'buy' | 'sell' {
  return side === 1 ? 'buy' : 'sell';
}

/** `<graph_id>:<node_id>:<n>`; n is raised only when a late fill re-opens the node. */
export function nodeOrderId(node: Node): string {
  return `${node.graph.graphId}:${node.nodeId}:${node.reopened + 1}`;
}

export function orderStatus(node: Node): string {
  switch (node.status) {
    case 'waiting':
    case 'pending':
      return node.filled > 0 ? 'PARTIAL' : 'NEW';
    case 'working':
    case 'paused':
      if (node.filled > 0) return 'PARTIAL';
      // A kill switch pauses and leaves what is live at its venue.
      return node.status === 'working' || (node.run !== null && node.run.live > 0) ? 'WORKING' : 'NEW';
    case 'skipped':
      return 'CANCELLED';
    case 'filled':
      return 'FILLED';
    case 'cancelled':
      return 'CANCELLED';
    case 'expired':
      return 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
  }
}

export function childView(state: CoreState, child: Child): WireObject {
  const instrument = instrumentOf(state.universe, child.node.spec.instrument);
  return {
    client_order_id: child.clientOrderId,
    venue: venueName(state.universe, child.venue),
    side: sideName(child.side),
    status: child.state,
    tif: child.tif,
    reduce_only: child.reduceOnly,
    qty_1e8: qty1e8(instrument, child.lots),
    filled_qty_1e8: qty1e8(instrument, child.filled),
    price_1e9: price1e9(instrument, child.limitTicks),
    sent_ns: absoluteNs(state, child.sentAtNs),
    acked_ns: absoluteNs(state, child.ackedAtNs),
    done_ns: absoluteNs(state, child.doneAtNs),
  };
}

/** What a node may do in total: its ceiling, else what its edges released so far; a money target: what it has in hand. */
export function targetLots(node: Node): number {
  if (Number.isFinite(node.ceiling)) return node.ceiling;
  return Number.isFinite(node.released) ? node.released : node.filled + (node.run?.live ?? 0);
}

export function orderView(state: CoreState, node: Node): WireObject {
  const instrument = instrumentOf(state.universe, node.spec.instrument);
  const run = node.run;
  const view: WireObject = {
    node_order_id: nodeOrderId(node),
    graph_id: node.graph.graphId,
    node_id: node.nodeId,
    symbol: instrument.symbol,
    side: sideName(node.spec.side),
    order_type: node.spec.orderType,
    status: orderStatus(node),
    qty_1e8: qty1e8(instrument, targetLots(node)),
    filled_qty_1e8: qty1e8(instrument, node.filled),
    avg_price_1e9: run === null ? 0 : average1e9(instrument, run.value, node.filled),
    venue_orders: run === null ? [] : run.children.map((child) => childView(state, child)),
    created_ns: absoluteNs(state, node.graph.createdAtNs),
    updated_ns: absoluteNs(state, run === null ? node.graph.updatedAtNs : run.updatedAtNs),
    is_sandbox: node.graph.spec.isSandbox,
  };
  if (node.spec.orderType === 'limit') view['price_1e9'] = price1e9(instrument, node.limitTicks);
  if (node.reason !== '') view['failure_reason'] = node.reason;
  if (node.status === 'paused') view['paused'] = true;
  return view;
}

/**
 * A fee in USD 1e-9: of a coin at the fill's price, rounded up against the user (a rebate toward zero).
 * @param fee1e8 in 1e-8 of the asset; negative = rebate
 */
export function feeUsd1e9(state: CoreState, child: Child, ticks: number, asset: AssetId, fee1e8: number): number {
  const instrument = instrumentOf(state.universe, child.node.spec.instrument);
  if (asset !== instrument.base) return fee1e8 * 10;
  const exact = BigInt(fee1e8) * BigInt(ticks) * BigInt(instrument.tick1e9);
  const unit = 100_000_000n;
  return Number(exact >= 0n ? (exact + unit - 1n) / unit : exact / unit);
}

/** A fill of the wire (wire.md: "Fill object"). `fillNo` numbers the fills of its child order from 1. */
export function fillView(
  state: CoreState, child: Child, event: ReportEvent, ticks: number, lots: number, feeUsd: number, seq: number,
  fillNo: number,
): WireObject {
  const { node } = child;
  const instrument = instrumentOf(state.universe, node.spec.instrument);
  return {
    fill_id: `${child.clientOrderId}-${fillNo}`,
    node_order_id: nodeOrderId(node),
    graph_id: node.graph.graphId,
    node_id: node.nodeId,
    symbol: instrument.symbol,
    side: sideName(child.side),
    venue: venueName(state.universe, child.venue),
    qty_1e8: qty1e8(instrument, lots),
    price_1e9: price1e9(instrument, ticks),
    fee_usd_1e9: feeUsd,
    liquidity: event.maker === 1 ? 'maker' : 'taker',
    fee_asset: state.universe.assets[event.feeAsset]?.code ?? null,
    fee_qty_1e8: event.fee1e8,
    venue_ts_ns: absoluteNs(state, event.venueTsNs),
    ts_ns: absoluteNs(state, state.tNs),
    seq,
    is_sandbox: node.graph.spec.isSandbox,
  };
}
