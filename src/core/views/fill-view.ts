/** Fills of the wire (wire.md: "Fill object"). */
import { assert } from '../../base/assert.js';
import type { ReportEvent } from '../../protocol/events.js';
import type { Side } from '../../protocol/graph-spec.js';
import type { AssetId, Instrument } from '../../protocol/universe.js';
import type { Child, CoreState } from '../state.js';
import { orderId, sideName } from './order-view.js';
import type { Facts, OfNode, WireObject } from './told.js';
import { absoluteNs, instrumentOf, price1e9, qty1e8, venueName } from './wire.js';

/**
 * A fee in USD 1e-9: of a coin at the fill's price, rounded up against the user (a rebate toward zero).
 * @param fee1e8 in 1e-8 of the asset; negative = rebate
 */
export function feeUsd1e9(state: CoreState, child: Child, ticks: number, asset: AssetId, fee1e8: number): number {
  const instrument = instrumentOf(state.universe, child.node.spec.instrument);
  assert(ticks > 0 && Number.isSafeInteger(fee1e8), 'a fee is of a fill at a price, in whole parts');
  if (asset !== instrument.base) return fee1e8 * 10;
  assert(instrument.tick1e9 > 0, 'a tick is worth something');
  const exact = BigInt(fee1e8) * BigInt(ticks) * BigInt(instrument.tick1e9);
  const unit = 100_000_000n;
  return Number(exact >= 0n ? (exact + unit - 1n) / unit : exact / unit);
}

/** One fill of a child order. `fillNo` numbers the fills of its child order from 1. */
export class FillFacts implements Facts {
  readonly clientOrderId: string;
  readonly fillNo: number;
  readonly orderNo: number;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly venue: string;
  readonly lots: number;
  readonly ticks: number;
  readonly feeUsd1e9: number;
  readonly isMaker: boolean;
  readonly feeAsset: string | null;
  readonly fee1e8: number;
  readonly venueNs: number;
  readonly atNs: number;
  readonly seq: number;
  readonly isSandbox: boolean;
  readonly baseNs: string;

  constructor(state: CoreState, child: Child, event: ReportEvent, ticks: number, lots: number, feeUsd1e9: number, seq: number) {
    assert(lots > 0 && ticks > 0, 'a fill has a quantity and a price');
    assert(lots <= child.filled && seq > 0, 'a fill is booked and numbered before it is told');
    this.clientOrderId = child.clientOrderId;
    this.fillNo = child.execIds === null ? 1 : child.execIds.length;
    this.orderNo = child.node.reopened + 1;
    this.instrument = instrumentOf(state.universe, child.node.spec.instrument);
    this.side = child.side;
    this.venue = venueName(state.universe, child.venue);
    this.lots = lots;
    this.ticks = ticks;
    this.feeUsd1e9 = feeUsd1e9;
    this.isMaker = event.maker === 1;
    this.feeAsset = state.universe.assets[event.feeAsset]?.code ?? null;
    this.fee1e8 = event.fee1e8;
    this.venueNs = event.venueTsNs;
    this.atNs = state.tNs;
    this.seq = seq;
    this.isSandbox = child.node.graph.spec.isSandbox;
    this.baseNs = state.baseNs;
  }

  view(of: OfNode): WireObject {
    const { instrument, baseNs } = this;
    assert(this.fillNo >= 1 && this.orderNo >= 1, 'fills and orders are numbered from 1');
    return {
      fill_id: `${this.clientOrderId}-${this.fillNo}`,
      node_order_id: orderId(of, this.orderNo),
      graph_id: of.graphId,
      node_id: of.nodeId,
      symbol: instrument.symbol,
      side: sideName(this.side),
      venue: this.venue,
      qty_1e8: qty1e8(instrument, this.lots),
      price_1e9: price1e9(instrument, this.ticks),
      fee_usd_1e9: this.feeUsd1e9,
      liquidity: this.isMaker ? 'maker' : 'taker',
      fee_asset: this.feeAsset,
      fee_qty_1e8: this.fee1e8,
      venue_ts_ns: absoluteNs(baseNs, this.venueNs),
      ts_ns: absoluteNs(baseNs, this.atNs),
      seq: this.seq,
      is_sandbox: this.isSandbox,
    };
  }
}
