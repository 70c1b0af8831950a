/**
 * One side of a listing's book on plain typed arrays, best level first. For topologies in which feed and scheduler
 * share a thread; other threads read the shared ladder of `market/`.
 *
 * Keeps the best `capacity` levels of what the feed says; prices and sizes in instrument ticks and lots.
 * Allocates: when it grows, never beyond `capacity`.
 */
export class PlainSide {
  /** Flat pairs ticks, lots, best first. */
  pairs: Float64Array;
  count = 0;
  /** +1: bids (best = highest), -1: asks. */
  readonly #sign: 1 | -1;
  readonly #capacity: number;

  constructor(sign: 1 | -1, capacity: number) {
    this.#sign = sign;
    this.#capacity = capacity;
    this.pairs = new Float64Array(128);
  }

  clear(): void {
    this.count = 0;
  }

  bestTicks(): number {
    return this.count === 0 ? 0 : this.#at(0);
  }

  bestLots(): number {
    return this.count === 0 ? 0 : this.#at(1);
  }

  /** Sets a level; 0 lots removes it. A level worse than all kept when full is dropped. */
  set(ticks: number, lots: number): void {
    const index = this.#find(ticks);
    const here = index < this.count && this.#at(2 * index) === ticks;
    if (here) {
      if (lots > 0) this.pairs[2 * index + 1] = lots;
      else this.#remove(index);
    } else if (lots > 0) {
      this.#insert(index, ticks, lots);
    }
  }

  #at(position: number): number {
    return this.pairs[position] as number;
  }

  /** First index whose price is not better than `ticks`. */
  #find(ticks: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#at(2 * middle) - ticks) * this.#sign > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(index: number, ticks: number, lots: number): void {
    if (this.count === this.#capacity) {
      if (index === this.count) return;
      this.count--;
    } else if (2 * this.count === this.pairs.length) {
      const grown = new Float64Array(this.pairs.length * 2);
      grown.set(this.pairs);
      this.pairs = grown;
    }
    this.pairs.copyWithin(2 * index + 2, 2 * index, 2 * this.count);
    this.pairs[2 * index] = ticks;
    this.pairs[2 * index + 1] = lots;
    this.count++;
  }

  #remove(index: number): void {
    this.pairs.copyWithin(2 * index, 2 * index + 2, 2 * this.count);
    this.count--;
  }
}
