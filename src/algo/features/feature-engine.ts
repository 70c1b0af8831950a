import type { BookTop, Scale } from '../host/book-top.js';
import { decay } from './ewma.js';
import { zeroFeatures, type FeatureValues } from './feature-values.js';
import { OrderFlow } from './order-flow.js';
import { RealizedVolatility } from './realized-volatility.js';
import { SpreadRegime } from './spread-regime.js';
import { TradeFlow } from './trade-flow.js';
import { Vpin } from './vpin.js';

/** Half-life of the order-flow average. */
export const OFI_HALF_LIFE_NS = 1_000_000_000;

/**
 * The online features of one book, updated by each book and each print in constant time. Formulas and their sources
 * stand at the parts: order flow, trade flow, spread, volatility, VPIN; here microprice, depth imbalance and EWMA.
 *
 * - microprice = (bid·askSize + ask·bidSize) / (bidSize + askSize): the weighted mid (Gatheral and Oomen 2010,
 *   "Zero-intelligence realized variance estimation"; Stoikov 2018 calls it so and improves on it).
 * - depth imbalance = (B − A) / (B + A) over the best 5 levels a side, ×10⁴ (Cont, Stoikov, Talreja 2010).
 * - OFI EWMA = exponentially weighted average (half-life 1 s) of the level-1 OFI of each book, ×10⁶ units.
 */
export class FeatureEngine {
  readonly values: FeatureValues = zeroFeatures();
  readonly #scale: Scale;
  readonly #flow = new OrderFlow();
  readonly #trades = new TradeFlow();
  readonly #spread = new SpreadRegime();
  readonly #volatility = new RealizedVolatility();
  readonly #vpin = new Vpin();
  #ewma = 0;
  #lastNs = -1;

  constructor(scale: Scale) {
    this.#scale = scale;
  }

  onBook(top: BookTop, tNs: number): void {
    if (!top.usable) return;
    const { values } = this;
    const { tick1e9, lot1e8 } = this.#scale;
    values.microprice1e9 = microprice(top, tick1e9);
    values.depthImbalance1e4 = depthImbalance(top, 5);
    this.#flow.onBook(top, tNs);
    values.ofi1Level1e8 = this.#flow.ofi1 * lot1e8;
    values.ofi5Level1e8 = this.#flow.ofi5 * lot1e8;
    values.mlofi10_1e8 = this.#flow.ofi10 * lot1e8;
    values.cancelRate1e4 = this.#flow.cancelRate1e4(tNs);
    const weight = this.#lastNs < 0 ? 0 : decay(tNs - this.#lastNs, OFI_HALF_LIFE_NS);
    this.#ewma = this.#ewma * weight + this.#flow.ofi1 * (1 - weight);
    values.ofiEwma1e6 = Math.round((this.#ewma * lot1e8) / 100);
    this.#spread.onBook(top, tNs);
    values.spreadRegime = this.#spread.regime;
    values.spreadZscore1e3 = this.#spread.zscore1e3;
    this.#volatility.onMid(top.mid2, tNs);
    values.rv1mBps = this.#volatility.bps(60);
    values.rv5mBps = this.#volatility.bps(300);
    values.rv1hBps = this.#volatility.bps(3_600);
    this.#trades.advance(tNs);
    this.#tradeValues();
    this.#lastNs = tNs;
    values.tsNs = tNs;
  }

  /** @param side of the taker: 1 bought, -1 sold */
  onTrade(_priceTicks: number, qtyLots: number, side: 1 | -1, tNs: number): void {
    this.#trades.onTrade(qtyLots, side, tNs);
    this.#flow.onTrade(qtyLots, tNs);
    this.#vpin.onTrade(qtyLots, side, tNs);
    this.#tradeValues();
    this.values.vpin1e4 = this.#vpin.value1e4;
    this.values.vpinValid = this.#vpin.valid;
    this.values.tsNs = tNs;
  }

  #tradeValues(): void {
    this.values.tradeSignImbalance1e6 = this.#trades.signImbalance1e6;
    this.values.tradeArrivalRate1e3 = this.#trades.arrivalRate1e3;
  }
}

/** The size-weighted mid in 1e-9, rounded; exact to the last digit while prices stay below 2^53. */
export function microprice(top: BookTop, tick1e9: number): number {
  const bidSize = top.bidSize(0);
  const total = bidSize + top.askSize(0);
  if (total <= 0) return 0;
  const spread = (top.ask(0) - top.bid(0)) * tick1e9;
  return top.bid(0) * tick1e9 + Math.round((spread * bidSize) / total);
}

export function depthImbalance(top: BookTop, levels: number): number {
  let bids = 0;
  let asks = 0;
  for (let i = 0; i < levels; i++) {
    if (i < top.bidCount) bids += top.bidSize(i);
    if (i < top.askCount) asks += top.askSize(i);
  }
  return bids + asks === 0 ? 0 : Math.round((10_000 * (bids - asks)) / (bids + asks));
}
