/** What an engine still does when it can't go on. */
import type { CoreState } from '../core/state.js';
import { JournalFailure } from '../journal/journal-error.js';
import type { AccountId, VenueId } from '../protocol/universe.js';

/** sysexits' EX_SOFTWARE: a broken invariant or another fault of ours. */
export const FAULT_EXIT_CODE = 70;

/** 74 (EX_IOERR) when the journal failed, 70 otherwise. */
export function exitCodeOf(error: unknown): number {
  return error instanceof JournalFailure ? error.exitCode : FAULT_EXIT_CODE;
}

/**
 * Asks venues to cancel live orders of opening nodes, past the journal: a cancel loses nothing, and recovery learns of
 * it by reconciling. Exits and hedges stay. Returns how many were asked.
 */
export function cancelOpening(
  state: CoreState, cancel: (venue: VenueId, accountId: AccountId, clientOrderId: string) => void,
): number {
  let asked = 0;
  for (const venue of state.venues) {
    for (const child of venue.live) {
      if (child.node.role !== 'opening') continue;
      cancel(child.venue, child.node.graph.accountId, child.clientOrderId);
      asked++;
    }
  }
  return asked;
}
