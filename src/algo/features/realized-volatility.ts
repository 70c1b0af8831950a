const NS_PER_SECOND = 1_000_000_000;
const WINDOW = 3_600;

/**
 * Realised volatility over the last n seconds, in bps of price (not annualised): √Σ r², r the simple returns of the
 * mid on a 1-second grid, previous-tick sampled (Andersen, Bollerslev, Diebold, Labys 2003). Sums over 60, 300 and
 * 3,600 s are kept running: one addition and one subtraction a second. Squares are integers of 10⁻¹⁶ (hundredths of
 * a millionth), so that the running sums never drift.
 */
export class RealizedVolatility {
  /** Ring of squared returns in units of 1e-16, by second. */
  readonly #squares = new Float64Array(WINDOW);
  readonly #sums = new Map<number, number>([[60, 0], [300, 0], [WINDOW, 0]]);
  #second = -1;
  /** Twice the mid at the last second's end, and the latest. */
  #sampled2 = 0;
  #mid2 = 0;

  onMid(mid2: number, tNs: number): void {
    const second = Math.floor(tNs / NS_PER_SECOND);
    if (this.#second < 0) {
      this.#second = second;
      this.#sampled2 = mid2;
    }
    if (second - this.#second > WINDOW) this.#restart(second);
    while (this.#second < second) this.#close();
    this.#mid2 = mid2;
  }

  /** @param seconds 60, 300 or 3,600 */
  bps(seconds: 60 | 300 | 3_600): number {
    return Math.round(Math.sqrt(this.#sums.get(seconds) ?? 0) / 1e4);
  }

  /** Ends one second of the grid. */
  #close(): void {
    const change = this.#mid2 === 0 ? 0 : (this.#mid2 - this.#sampled2) / this.#sampled2;
    const square = Math.min(Math.round(change * change * 1e16), 1e12);
    const slot = this.#second % WINDOW;
    for (const [window, sum] of this.#sums) {
      const leaving = (this.#second - window + WINDOW) % WINDOW;
      this.#sums.set(window, sum + square - (this.#squares[leaving] ?? 0));
    }
    this.#squares[slot] = square;
    if (this.#mid2 !== 0) this.#sampled2 = this.#mid2;
    this.#second++;
  }

  /** Silence longer than the window: nothing of it is left, the gap's return is one of the new window. */
  #restart(second: number): void {
    this.#squares.fill(0);
    for (const window of this.#sums.keys()) this.#sums.set(window, 0);
    this.#second = second - 1;
  }
}
