/**
 * Engine time for all threads of a process: ns of the machine's monotonic clock since a base that they share.
 * `process.hrtime.bigint()` makes a BigInt a call; `performance.now()` doesn't but has its own origin in each thread, so
 * it is tied to the first once, to within the spread of the tightest of some tries (below 1 µs).
 */
export class MonotonicClock {
  readonly #offsetNs: number;

  /** @param baseNs `process.hrtime.bigint()` of the process's start, the same for every thread */
  constructor(baseNs: bigint) {
    let best = Infinity;
    let offset = 0;
    for (let i = 0; i < 32; i++) {
      const before = Number(process.hrtime.bigint() - baseNs);
      const here = performance.now() * 1e6;
      const after = Number(process.hrtime.bigint() - baseNs);
      if (after - before >= best) continue;
      best = after - before;
      offset = (before + after) / 2 - here;
    }
    this.#offsetNs = offset;
  }

  /** nowNs() into an array: a double that is returned may be boxed. */
  stampInto(words: Float64Array, index: number): void {
    words[index] = Math.floor(performance.now() * 1e6 + this.#offsetNs);
  }

  /** A moment of this thread's `performance.now()`. */
  atNs(performanceMs: number): number {
    return Math.floor(performanceMs * 1e6 + this.#offsetNs);
  }

  nowNs(): number {
    return Math.floor(performance.now() * 1e6 + this.#offsetNs);
  }
}
