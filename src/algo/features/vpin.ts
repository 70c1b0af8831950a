const NS_PER_SECOND = 1_000_000_000;
/** Buckets that the average runs over, and how many of the volume of an hour fill one. */
export const VPIN_BUCKETS = 50;
export const VPIN_CALIBRATION_NS = 60 * NS_PER_SECOND;

/**
 * Volume-synchronised probability of informed trading (Easley, López de Prado, O'Hara 2012, "Flow toxicity and
 * liquidity in a high-frequency world"): volume is cut into buckets of equal size V; VPIN = Σ |buy − sell| / (n·V)
 * over the last n = 50 buckets, ×10⁴. Prints carry their sign, so no bulk classification. V is the volume of the
 * first 60 seconds / 50, at least 1 lot, then fixed; valid from 50 full buckets on. A print larger than what is left
 * in a bucket is split over several.
 */
export class Vpin {
  value1e4 = 0;
  valid = false;
  readonly #imbalances = new Float64Array(VPIN_BUCKETS);
  #bucketLots = 0;
  #firstNs = -1;
  #seenLots = 0;
  #filled = 0;
  #signed = 0;
  #buckets = 0;
  #sum = 0;

  onTrade(qtyLots: number, side: 1 | -1, tNs: number): void {
    if (this.#firstNs < 0) this.#firstNs = tNs;
    if (this.#bucketLots === 0) {
      this.#seenLots += qtyLots;
      if (tNs - this.#firstNs < VPIN_CALIBRATION_NS) return;
      this.#bucketLots = Math.max(1, Math.round(this.#seenLots / VPIN_BUCKETS));
      return;
    }
    let rest = qtyLots;
    // More than n buckets of one sign fill the window completely: nothing beyond that changes the answer.
    const most = this.#bucketLots * (VPIN_BUCKETS + 1);
    if (rest > most) rest = most + (rest % this.#bucketLots);
    while (rest > 0) {
      const part = Math.min(rest, this.#bucketLots - this.#filled);
      this.#filled += part;
      this.#signed += side * part;
      rest -= part;
      if (this.#filled === this.#bucketLots) this.#closeBucket();
    }
  }

  #closeBucket(): void {
    const slot = this.#buckets % VPIN_BUCKETS;
    const imbalance = Math.abs(this.#signed);
    this.#sum += imbalance - (this.#imbalances[slot] ?? 0);
    this.#imbalances[slot] = imbalance;
    this.#buckets++;
    this.#filled = 0;
    this.#signed = 0;
    this.valid = this.#buckets >= VPIN_BUCKETS;
    if (this.valid) this.value1e4 = Math.round((10_000 * this.#sum) / (VPIN_BUCKETS * this.#bucketLots));
  }
}
