import type { BookTop } from '../host/book-top.js';
import { decay } from './ewma.js';

export const SPREAD_HALF_LIFE_NS = 60_000_000_000;
/** Before so much time has been seen the regime is normal and the z-score 0. */
export const SPREAD_WARM_UP_NS = 10_000_000_000;

/**
 * Spread z-score = (s − μ) / σ, ×10³, of the relative spread s against its time-weighted exponential mean and
 * variance (half-life 60 s; incremental variance after West 1979, the exponential form by Finch 2009), the variance
 * floored at (1/20 of the mean)². Regimes: tight below −1, wide above 2, crisis above 5, else normal; our bounds.
 * Each spread counts for the time it stood.
 */
export class SpreadRegime {
  /** 0 tight, 1 normal, 2 wide, 3 crisis. */
  regime = 1;
  zscore1e3 = 0;
  #mean = 0;
  #variance = 0;
  #spread = -1;
  #atNs = 0;
  #firstNs = 0;

  onBook(top: BookTop, tNs: number): void {
    const spread = (2 * (top.ask(0) - top.bid(0))) / top.mid2;
    if (this.#spread < 0) {
      this.#mean = spread;
      this.#firstNs = tNs;
      this.#atNs = tNs;
    } else {
      const weight = decay(tNs - this.#atNs, SPREAD_HALF_LIFE_NS);
      if (weight !== 1) {
        const gain = 1 - weight;
        const off = this.#spread - this.#mean;
        this.#mean += gain * off;
        this.#variance = weight * (this.#variance + gain * off * off);
        this.#atNs = tNs;
      }
    }
    this.#spread = spread;
    if (tNs - this.#firstNs < SPREAD_WARM_UP_NS) return;
    const floor = Math.abs(this.#mean) / 20;
    const deviation = Math.max(Math.sqrt(this.#variance), floor);
    const z = deviation === 0 ? 0 : (spread - this.#mean) / deviation;
    this.zscore1e3 = Math.max(-32_768, Math.min(32_767, Math.round(z * 1_000)));
    this.regime = z > 5 ? 3 : z > 2 ? 2 : z < -1 ? 0 : 1;
  }
}
