/**
 * One side of a replayed book: levels sorted from worst to best, so that changes near the touch move little.
 * For simulation and replay; live readers use the shared ladder.
 *
 * Allocates: only when it grows.
 */
export class SideBook {
  /** +1 for bids (higher is better), -1 for asks. */
  readonly sign: 1 | -1;
  /** Sorted by `sign * ticks` ascending; the best level is at `count - 1`. */
  ticks = new Float64Array(1_024);
  lots = new Float64Array(1_024);
  count = 0;

  constructor(sign: 1 | -1) {
    this.sign = sign;
  }

  clear(): void {
    this.count = 0;
  }

  /** Best price, 0 when the side is empty. */
  bestTicks(): number {
    return this.count === 0 ? 0 : (this.ticks[this.count - 1] ?? 0);
  }

  /** Price and quantity of the n-th best level, 0 beyond the last. */
  ticksAt(depth: number): number {
    return depth < this.count ? (this.ticks[this.count - 1 - depth] ?? 0) : 0;
  }

  lotsAt(depth: number): number {
    return depth < this.count ? (this.lots[this.count - 1 - depth] ?? 0) : 0;
  }

  /** Quantity at a price, 0 when there is no such level. */
  lotsOn(ticks: number): number {
    const at = this.lowerBound(ticks);
    return at < this.count && this.ticks[at] === ticks ? (this.lots[at] ?? 0) : 0;
  }

  /** The next worse price that has a level, 0 when there is none. */
  worseThan(ticks: number): number {
    const at = this.lowerBound(ticks) - 1;
    return at < 0 ? 0 : (this.ticks[at] ?? 0);
  }

  /** Every level as flat pairs ticks, lots, best first. */
  pairs(): Float64Array {
    const pairs = new Float64Array(2 * this.count);
    for (let i = 0; i < this.count; i++) {
      pairs[2 * i] = this.ticksAt(i);
      pairs[2 * i + 1] = this.lotsAt(i);
    }
    return pairs;
  }

  /** Sets a level; 0 lots removes it. */
  set(ticks: number, lots: number): void {
    const at = this.lowerBound(ticks);
    const there = at < this.count && this.ticks[at] === ticks;
    if (lots === 0) {
      if (!there) return;
      this.ticks.copyWithin(at, at + 1, this.count);
      this.lots.copyWithin(at, at + 1, this.count);
      this.count--;
      return;
    }
    if (!there) {
      if (this.count === this.ticks.length) this.#grow();
      this.ticks.copyWithin(at + 1, at, this.count);
      this.lots.copyWithin(at + 1, at, this.count);
      this.ticks[at] = ticks;
      this.count++;
    }
    this.lots[at] = lots;
  }

  /** Index of the first level that is not worse than the price. */
  lowerBound(ticks: number): number {
    const key = ticks * this.sign;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ticks[middle] ?? 0) * this.sign < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const ticks = new Float64Array(this.ticks.length * 2);
    const lots = new Float64Array(this.lots.length * 2);
    ticks.set(this.ticks);
    lots.set(this.lots);
    this.ticks = ticks;
    this.lots = lots;
  }
}
