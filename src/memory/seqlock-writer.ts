/**
 * A small record of doubles that readers get whole or not at all: the writer's end.
 *
 *   byte   0  lock    odd while the record changes
 *   byte 128  record  plain
 *
 * Why it is right
 *   W1 publish lock odd, store fence   R1 observe lock, even
 *   W2 write the record (plain)        R2 read the record (plain), load fence
 *   W3 publish lock even               R3 observe lock: as at R1, else again
 *   R3 = R1 ⇒ no W2 lies between them ⇒ what R2 read belongs together.
 *
 * Full: never, the latest wins. Writer gone between W1 and W3: readers give up after 64 tries.
 * Allocates: never after construction.   Race table: test/race/seqlock.race.ts
 */
import { int32View, float64View, requireRegion } from './region.js';
import { SEQLOCK_LOCK, SEQLOCK_WORDS, seqlockBytes, type SeqlockRecord } from './seqlock-layout.js';
import { observeInt32, plainWriteFloat64, publishInt32, storeFence } from './words.js';

export class SeqlockWriter {
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  #lock: number;

  constructor(record: SeqlockRecord) {
    requireRegion(record.region, seqlockBytes(record.words), 'seqlock record');
    this.#int32 = int32View(record.region);
    this.#float64 = float64View(record.region);
    this.#lock = observeInt32(this.#int32, SEQLOCK_LOCK >> 2);
  }

  begin(): void {
    this.#lock = (this.#lock + 1) | 0;
    publishInt32(this.#int32, SEQLOCK_LOCK >> 2, this.#lock);
    storeFence();
  }

  /** Only between begin() and end(). */
  set(word: number, value: number): void {
    plainWriteFloat64(this.#float64, (SEQLOCK_WORDS >> 3) + word, value);
  }

  end(): void {
    this.#lock = (this.#lock + 1) | 0;
    publishInt32(this.#int32, SEQLOCK_LOCK >> 2, this.#lock);
  }
}
