/** The newest trades of an instrument, kept flat: a print makes no object. Allocates: what print() hands out. */
import { plainReadFloat64, plainWriteFloat64 } from '../memory/words.js';
import type { VenueId } from '../protocol/universe.js';

const WORDS = 4;

export interface Print {
  readonly tsNs: number;
  readonly ticks: number;
  readonly lots: number;
  readonly venue: VenueId;
}

export class PrintTape {
  readonly #words: Float64Array;
  readonly #kept: number;
  #count = 0;

  /** @param kept the newest so many */
  constructor(kept: number) {
    this.#kept = kept;
    this.#words = new Float64Array(kept * WORDS);
  }

  add(tsNs: number, ticks: number, lots: number, venue: VenueId): void {
    const at = (this.#count++ % this.#kept) * WORDS;
    plainWriteFloat64(this.#words, at, tsNs);
    plainWriteFloat64(this.#words, at + 1, ticks);
    plainWriteFloat64(this.#words, at + 2, lots);
    plainWriteFloat64(this.#words, at + 3, venue);
  }

  /** The last `limit` of those from `sinceNs` on, in the order they came. */
  since(sinceNs: number, limit: number): Print[] {
    const found: Print[] = [];
    const oldest = Math.max(0, this.#count - this.#kept);
    for (let i = this.#count - 1; i >= oldest && found.length < limit; i--) {
      const at = (i % this.#kept) * WORDS;
      const tsNs = plainReadFloat64(this.#words, at);
      if (tsNs < sinceNs) continue;
      const [ticks, lots, venue] = [plainReadFloat64(this.#words, at + 1), plainReadFloat64(this.#words, at + 2), plainReadFloat64(this.#words, at + 3)];
      found.push({ tsNs, ticks, lots, venue });
    }
    return found.reverse();
  }
}
