/**
 * What can go wrong with a venue, and a seed's selection of it. Swarm testing: each seed has some kinds of fault and
 * none of others, so that a frequent one does not hide what happens without it.
 */
import type { Prng } from '../../src/base/prng.js';

export const faultKinds = [
  'ACK_LOST_LIVE', 'ACK_LOST_NEVER_ARRIVED', 'ACK_LOST_FILLED', 'ACK_DUPLICATED', 'FILL_DUPLICATED', 'REORDERED',
  'FILL_BEFORE_ACK', 'FILL_AFTER_CANCEL', 'CANCEL_REFUSED', 'CANCEL_SLOW', 'PARTIAL_THEN_REJECT', 'VENUE_CANCELS',
  'OVERFILL', 'CUM_GOES_BACK', 'PRICE_MISSING', 'VENUE_FORGETS', 'ACCEPTED_TWICE', 'DISCONNECT', 'CLOCK_BACK',
  'TWO_FILLS_AT_ONCE', 'BALANCE_OLD', 'REFUSES_ALL', 'FEED_SILENT', 'FEED_CROSSED', 'WICK', 'AMEND_RACES_FILL',
  'FILL_A_DAY_LATE', 'QUERY_UNANSWERED', 'POSITION_TAKEN', 'BOOK_GONE', 'ENGINE_RESTARTS', 'ENGINE_SUSPENDED',
  'SUBMIT_ANSWER_LOST', 'MODULE_TRAPS',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export class Faults {
  readonly counts = new Map<FaultKind, number>();
  readonly #prng: Prng;
  readonly #enabled = new Set<FaultKind>();
  /** Off in the healing phase. */
  on = true;

  /** @param prng its own generator: other draws must not shift when faults are drawn */
  constructor(prng: Prng) {
    this.#prng = prng;
    const share = prng.pick([0, 1, 2, 3, 4]);
    for (const kind of faultKinds) if (prng.chance(share, 4)) this.#enabled.add(kind);
  }

  /** Whether the fault strikes now: `perMille` out of 1,000, if the seed has this kind at all. */
  strikes(kind: FaultKind, perMille: number): boolean {
    if (!this.on || !this.#enabled.has(kind) || !this.#prng.chance(perMille, 1_000)) return false;
    this.happened(kind);
    return true;
  }

  happened(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
