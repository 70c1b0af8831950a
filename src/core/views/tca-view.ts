/** Transaction cost of one node (wire.md, TCA fields). Doubles: figures to look at, nothing decides by them. */
import { assert } from '../../base/assert.js';
import { Wide } from '../../base/wide.js';
import type { Side } from '../../protocol/graph-spec.js';
import type { Instrument } from '../../protocol/universe.js';
import type { CoreState, Node } from '../state.js';
import { orderId } from './order-view.js';
import type { Facts, OfNode, WireObject } from './told.js';
import { average1e9, instrumentOf, quarterPrice1e9, usd1e9 } from './wire.js';

/** What a node's cost is reckoned from, at its end. */
export class TcaFacts implements Facts {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly orderNo: number;
  readonly filled: number;
  readonly arrivalMidQ: number;
  /** Of the node's market at its end: mid in quarter ticks, spread in ticks. */
  readonly midQ: number;
  readonly spreadTicks: number;
  /** Σ ticks·lots; fees in USD 1e-9. */
  readonly value: Wide;
  readonly fees: number;

  constructor(state: CoreState, node: Node) {
    const { run } = node;
    const market = state.markets[node.spec.instrument];
    this.instrument = instrumentOf(state.universe, node.spec.instrument);
    this.side = node.spec.side;
    this.orderNo = node.reopened + 1;
    this.filled = node.filled;
    this.arrivalMidQ = run === null ? 0 : run.arrivalMidQ;
    this.midQ = market === undefined ? 0 : market.midQ;
    this.spreadTicks = market === undefined ? 0 : market.medianSpreadTicks;
    this.value = new Wide();
    if (run !== null) this.value.copyFrom(run.value);
    this.fees = run === null ? 0 : run.fees.toNumber();
    assert(this.filled >= 0 && this.value.sign() >= 0, 'what is filled and its worth are never negative');
  }

  view(of: OfNode): WireObject {
    const { instrument, side, midQ } = this;
    const arrival = this.arrivalMidQ === 0 ? 0 : Number(quarterPrice1e9(instrument, this.arrivalMidQ));
    assert(arrival >= 0 && midQ >= 0, 'a price is never negative');
    const average = average1e9(instrument, this.value, this.filled);
    const spent = Number(usd1e9(instrument, this.value.toBigInt()));
    const feesBps = spent === 0 ? 0 : round2((this.fees / spent) * 1e4);
    const slip = arrival === 0 || average === 0 ? 0 : round2((side * (average - arrival) * 1e4) / arrival);
    assert(this.spreadTicks >= 0 && this.orderNo >= 1, 'a spread is a distance');
    const spread = midQ === 0 ? 0 : round2((this.spreadTicks * 2 * 1e4) / midQ);
    return {
      symbol: instrument.symbol,
      side: side === 1 ? 'buy' : 'sell',
      implementation_shortfall_bps: round2(slip + feesBps),
      spread_cost_bps: Math.min(Math.max(slip, 0), spread),
      market_impact_bps: round2(slip - Math.min(Math.max(slip, 0), spread)),
      fees_bps: feesBps,
      achieved_vwap_1e9: average,
      arrival_mid_1e9: arrival,
      benchmark_vwap_1e9: arrival,
      savings_vs_benchmark_bps: round2(-slip),
      graph_id: of.graphId,
      node_order_id: orderId(of, this.orderNo),
    };
  }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
