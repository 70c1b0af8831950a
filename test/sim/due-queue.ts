/** What is to happen at a venue, by due time and then in the order it was said. */
import { must } from '../../src/base/assert.js';

interface Due {
  readonly atNs: number;
  readonly run: () => void;
}

export class DueQueue {
  readonly #due: Due[] = [];

  nextNs(): number {
    return this.#due[0]?.atNs ?? Infinity;
  }

  /** Takes what is due at `nowNs`, or null. */
  take(nowNs: number): Due | null {
    const next = this.#due[0];
    if (next === undefined || next.atNs > nowNs) return null;
    this.#due.shift();
    return next;
  }

  at(atNs: number, run: () => void): void {
    let i = this.#due.length;
    while (i > 0 && must(this.#due[i - 1], 'queue').atNs > atNs) i--;
    this.#due.splice(i, 0, { atNs, run });
  }
}
