/**
 * The venues' rules for joining a snapshot and the deltas around it, and for telling a gap.
 *
 * Spot: drop what ends at or before the snapshot's id; the first delta must start at or before id + 1; then each
 * starts at the last id + 1. Futures: the first delta must span the snapshot's id; then each one's `pu` is the last
 * id before it. Source: Binance API documentation, "How to manage a local order book correctly".
 */
export const Verdict = {
  /** Apply it. */
  apply: 1,
  /** Older than the book: drop it. */
  old: 2,
  /** Messages are missing: the book is stale until the next snapshot. */
  gap: 3,
  /** No snapshot yet: keep it for when one comes. */
  early: 4,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export class SequenceGate {
  readonly #rule: 'spot' | 'futures';
  #lastId = -1;
  /** True until the first delta after a snapshot was taken. */
  #joining = false;
  gaps = 0;

  constructor(rule: 'spot' | 'futures') {
    this.#rule = rule;
  }

  get synced(): boolean {
    return this.#lastId >= 0;
  }

  snapshot(lastId: number): void {
    this.#lastId = lastId;
    this.#joining = true;
  }

  /** The book can't be trusted any more, for a reason of the caller's. */
  lose(): void {
    this.#lastId = -1;
  }

  depth(firstId: number, lastId: number, prevId: number): Verdict {
    if (this.#lastId < 0) return Verdict.early;
    if (this.#joining) {
      if (this.#rule === 'spot' ? lastId <= this.#lastId : lastId < this.#lastId) return Verdict.old;
      const limit = this.#rule === 'spot' ? this.#lastId + 1 : this.#lastId;
      if (firstId > limit) return this.#gap();
    } else {
      if (lastId <= this.#lastId) return Verdict.old;
      const follows = this.#rule === 'spot' ? firstId === this.#lastId + 1 : prevId === this.#lastId;
      if (!follows) return this.#gap();
    }
    this.#joining = false;
    this.#lastId = lastId;
    return Verdict.apply;
  }

  #gap(): Verdict {
    this.gaps++;
    this.#lastId = -1;
    return Verdict.gap;
  }
}
