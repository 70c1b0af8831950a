import { decay } from './ewma.js';

/** Half-life of both averages. */
export const TRADE_HALF_LIFE_NS = 10_000_000_000;

/**
 * Trade-sign imbalance = Σ side·qty / Σ qty of decaying volumes, ×10⁶ (Lee and Ready 1991 for signed volume; venues
 * tell the sign, so nothing is inferred), and arrival rate in prints a second ×10³: decaying count · ln 2 / half-life,
 * the exponential kernel estimate of a Poisson rate. Half-life 10 s.
 */
export class TradeFlow {
  #signed = 0;
  #volume = 0;
  #count = 0;
  #atNs = 0;

  onTrade(qtyLots: number, side: 1 | -1, tNs: number): void {
    this.advance(tNs);
    this.#signed += side * qtyLots;
    this.#volume += qtyLots;
    this.#count += 1;
  }

  advance(tNs: number): void {
    const weight = decay(tNs - this.#atNs, TRADE_HALF_LIFE_NS);
    if (weight === 1) return;
    this.#signed *= weight;
    this.#volume *= weight;
    this.#count *= weight;
    this.#atNs = tNs;
  }

  get signImbalance1e6(): number {
    return this.#volume < 1e-9 ? 0 : Math.round((1e6 * this.#signed) / this.#volume);
  }

  get arrivalRate1e3(): number {
    return Math.min(0xffff_ffff, Math.round((this.#count * Math.LN2 * 1e12) / TRADE_HALF_LIFE_NS));
  }
}
