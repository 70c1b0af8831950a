/**
 * Set of 64-bit ids as two 32-bit halves: open addressing, no deletion. Grows up to a limit; a full set says so and
 * the caller refuses. Allocates: when it grows.
 */
export class IdSet {
  #slots: Uint32Array;
  #mask: number;
  #count = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#slots = new Uint32Array(2 * 64);
    this.#mask = 63;
  }

  get size(): number {
    return this.#count;
  }

  /** The id must not be 0. `added`, `known`, or `full` when the limit is reached. */
  add(high: number, low: number): 'added' | 'known' | 'full' {
    let i = this.#hash(high, low);
    for (;;) {
      const lowHere = this.#slots[2 * i] ?? 0;
      const highHere = this.#slots[2 * i + 1] ?? 0;
      if (lowHere === 0 && highHere === 0) break;
      if (lowHere === low && highHere === high) return 'known';
      i = (i + 1) & this.#mask;
    }
    if (this.#count >= this.#limit) return 'full';
    this.#slots[2 * i] = low;
    this.#slots[2 * i + 1] = high;
    if (++this.#count * 2 > this.#mask) this.#grow();
    return 'added';
  }

  #hash(high: number, low: number): number {
    let h = Math.imul(low ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1);
    h ^= h >>> 15;
    return h & this.#mask;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#slots.length / 2 - 1;
    for (let k = 0; k < old.length; k += 2) {
      const low = old[k] ?? 0;
      const high = old[k + 1] ?? 0;
      if (low === 0 && high === 0) continue;
      let i = this.#hash(high, low);
      while ((this.#slots[2 * i] ?? 0) !== 0 || (this.#slots[2 * i + 1] ?? 0) !== 0) i = (i + 1) & this.#mask;
      this.#slots[2 * i] = low;
      this.#slots[2 * i + 1] = high;
    }
  }
}
