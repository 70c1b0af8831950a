/** Transaction cost of one node (wire.md, TCA fields). Doubles: figures to look at, nothing decides by them. */
import type { CoreState, Node } from '../state.js';
import { average1e9, instrumentOf, quarterPrice1e9, usd1e9 } from './wire.js';

export function tcaView(state: CoreState, node: Node): Record<string, unknown> {
  const instrument = instrumentOf(state.universe, node.spec.instrument);
  const { run } = node;
  const arrival = run === null || run.arrivalMidQ === 0 ? 0 : Number(quarterPrice1e9(instrument, run.arrivalMidQ));
  const average = run === null ? 0 : average1e9(instrument, run.value, node.filled);
  const spent = run === null ? 0 : Number(usd1e9(instrument, run.value.toBigInt()));
  const fees = run === null ? 0 : run.fees.toNumber();
  const feesBps = spent === 0 ? 0 : round2((fees / spent) * 1e4);
  const slip = arrival === 0 || average === 0 ? 0 : round2((node.spec.side * (average - arrival) * 1e4) / arrival);
  const market = state.markets[node.spec.instrument];
  const spread = market === undefined || market.midQ === 0 ? 0 : round2((market.medianSpreadTicks * 2 * 1e4) / market.midQ);
  return {
    symbol: instrument.symbol,
    side: node.spec.side === 1 ? 'buy' : 'sell',
    implementation_shortfall_bps: round2(slip + feesBps),
    spread_cost_bps: Math.min(Math.max(slip, 0), spread),
    market_impact_bps: round2(slip - Math.min(Math.max(slip, 0), spread)),
    fees_bps: feesBps,
    achieved_vwap_1e9: average,
    arrival_mid_1e9: arrival,
    benchmark_vwap_1e9: arrival,
    savings_vs_benchmark_bps: round2(-slip),
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
