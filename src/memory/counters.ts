/**
 * Counters of one writer, readable by all.
 *
 * Writer: one thread a region, plain adds.   Readers: anybody, plain loads: an aligned double is one machine word, so
 * they get an older or the newest count, never half of each. Nothing else is concluded from a count.
 * Allocates: never after construction.
 */
import { must } from '../base/assert.js';
import { countersBytes, type CounterSet } from './counters-layout.js';
import { float64View, requireRegion } from './region.js';
import { plainReadFloat64, plainWriteFloat64 } from './words.js';

export class CounterWriter {
  readonly #words: Float64Array;

  constructor(set: CounterSet) {
    requireRegion(set.region, countersBytes(set.names.length), 'counters');
    this.#words = float64View(set.region);
  }

  /** @param index of the name in the set */
  add(index: number, amount = 1): void {
    plainWriteFloat64(this.#words, index, plainReadFloat64(this.#words, index) + amount);
  }

  /** For gauges. */
  set(index: number, value: number): void {
    plainWriteFloat64(this.#words, index, value);
  }
}

export class CounterReader {
  readonly names: readonly string[];
  readonly #words: Float64Array;

  constructor(set: CounterSet) {
    requireRegion(set.region, countersBytes(set.names.length), 'counters');
    this.names = set.names;
    this.#words = float64View(set.region);
  }

  get(index: number): number {
    must(this.names[index], `counter ${index}`);
    return plainReadFloat64(this.#words, index);
  }
}
