/** A small record of doubles: the reader's end. The promise and the proof are in seqlock-writer.ts. */
import { float64View, int32View, requireRegion } from './region.js';
import { SEQLOCK_LOCK, SEQLOCK_WORDS, seqlockBytes, type SeqlockRecord } from './seqlock-layout.js';
import { loadFence, observeInt32, plainReadFloat64, plainWriteFloat64 } from './words.js';

/** Copies that met the writer before a read is given up, and looks at a held lock before that. */
const MAX_TRIES = 64;
const MAX_LOOKS = 20_000;

export class SeqlockReader {
  /** Copies that met the writer, and reads given up. */
  retries = 0;
  failures = 0;
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  readonly #words: number;

  constructor(record: SeqlockRecord) {
    requireRegion(record.region, seqlockBytes(record.words), 'seqlock record');
    this.#int32 = int32View(record.region);
    this.#float64 = float64View(record.region);
    this.#words = record.words;
  }

  /** Copies the record; false when the writer never let go: `out` is then not to be used. */
  read(out: Float64Array): boolean {
    for (let looks = 0, tries = 0; looks < MAX_LOOKS && tries < MAX_TRIES; looks++) {
      const before = observeInt32(this.#int32, SEQLOCK_LOCK >> 2);
      if ((before & 1) === 0) {
        for (let i = 0; i < this.#words; i++) {
          plainWriteFloat64(out, i, plainReadFloat64(this.#float64, (SEQLOCK_WORDS >> 3) + i));
        }
        loadFence();
        if (observeInt32(this.#int32, SEQLOCK_LOCK >> 2) === before) return true;
        tries++;
        this.retries++;
      }
    }
    this.failures++;
    return false;
  }

  /** Changes with every write: a cheap "anything new?". */
  version(): number {
    return observeInt32(this.#int32, SEQLOCK_LOCK >> 2);
  }
}
