/** One venue's side of the book as the planner walks it; reused, so that planning allocates only its plan. */
import { assert, must } from '../../base/assert.js';
import type { ListingDepth, ListingQuote } from '../../protocol/events.js';
import type { Side } from '../../protocol/graph-spec.js';
import type { Listing } from '../../protocol/universe.js';
import type { ExcludedReason, PlanCandidate } from './plan-types.js';

const NO_LEVELS: readonly number[] = [];

export class Cursor {
  listing!: Listing;
  candidate!: PlanCandidate;
  /** Flat ticks, lots pairs, best first; `count` levels. */
  pairs: Float64Array | readonly number[] = [];
  count = 0;
  /** Levels from here on are not used up; lots left of the present one (own resting taken out). */
  level = 0;
  levelLots = 0;
  /** Factor from a price to its all-in price. */
  factor = 1;
  feeRate = 0;
  limitTicks = 0;
  /** Why it takes no part (any more); null = it does. */
  reason: ExcludedReason | null = null;
  /** Used by this walk. */
  open = false;
  lots = 0;
  notional = 0;
  spent = 0;
  worstTicks = 0;
}

/** Points the cursor at its listing's book; `reason` says why it can't take part. */
export function aim(
  cursor: Cursor,
  candidate: PlanCandidate,
  listing: Listing,
  side: Side,
  limitTicks: number,
  quotes: readonly ListingQuote[],
  depth: readonly ListingDepth[],
): void {
  assert(listing.id === candidate.listing, 'a cursor walks the book of its candidate');
  assert(candidate.ownResting.length % 2 === 0, 'own resting orders come as pairs of ticks and lots');
  assert(listing.lotMultiple >= 1, 'a listing has a lot');
  cursor.candidate = candidate;
  cursor.listing = listing;
  cursor.limitTicks = limitTicks;
  cursor.feeRate = listing.takerFeeE6 / 1e6;
  cursor.reason = candidate.excluded;
  cursor.count = 0;
  cursor.pairs = NO_LEVELS;
  for (let i = 0; i < depth.length && cursor.reason === null; i++) {
    const entry = must(depth[i], 'book');
    const book = side === 1 ? entry.asks : entry.bids;
    if (entry.listing !== listing.id || book.count === 0) continue;
    cursor.pairs = book.pairs;
    cursor.count = book.count;
  }
  let penaltyE6 = 0;
  for (let i = 0; i < quotes.length; i++) {
    const quote = must(quotes[i], 'quote');
    if (quote.listing !== listing.id) continue;
    penaltyE6 = quote.penaltyE6;
    const ticks = side === 1 ? quote.askTicks : quote.bidTicks;
    const lots = side === 1 ? quote.askLots : quote.bidLots;
    if (cursor.reason !== null || cursor.count > 0 || ticks <= 0 || lots <= 0) continue;
    // Without its book its touch is all there is.
    cursor.pairs = [ticks, lots];
    cursor.count = 1;
  }
  cursor.factor = 1 + (side * (listing.takerFeeE6 + penaltyE6)) / 1e6;
  if (cursor.reason !== null) return;
  assert(cursor.count >= 0 && cursor.pairs.length >= 2 * cursor.count, 'a book has a price and a size for each level');
  rewind(cursor, side);
  const empty = cursor.level >= cursor.count;
  if (empty) cursor.reason = cursor.count > 0 && beyond(cursor, side, 0) ? 'BEYOND_LIMIT' : 'NO_DEPTH';
  else if (candidate.maxLots < listing.lotMultiple || candidate.maxSpend <= 0) cursor.reason = 'NO_BALANCE';
}

/** Back to the best level, nothing taken. */
export function rewind(cursor: Cursor, side: Side): void {
  cursor.lots = 0;
  cursor.notional = 0;
  cursor.spent = 0;
  cursor.worstTicks = 0;
  assert(cursor.count >= 0, 'levels are counted');
  cursor.level = -1;
  advance(cursor, side);
  assert(cursor.level >= 0 && cursor.level <= cursor.count, 'a cursor stands on a level or at the end');
}

/** To the next level that has at least a lot of others' and lies within the limit; `level === count` at the end. */
export function advance(cursor: Cursor, side: Side): void {
  for (;;) {
    cursor.level++;
    if (cursor.level >= cursor.count || beyond(cursor, side, cursor.level)) {
      cursor.level = cursor.count;
      cursor.levelLots = 0;
      return;
    }
    cursor.levelLots = (cursor.pairs[2 * cursor.level + 1] ?? 0) - ownLots(cursor, ticksAt(cursor));
    if (cursor.levelLots >= cursor.listing.lotMultiple) break;
  }
  assert(ticksAt(cursor) > 0, 'a level that is taken from has a price');
}

export function ticksAt(cursor: Cursor): number {
  return cursor.pairs[2 * cursor.level] ?? 0;
}

function beyond(cursor: Cursor, side: Side, level: number): boolean {
  const ticks = cursor.pairs[2 * level] ?? 0;
  return ticks <= 0 || (side === 1 ? ticks > cursor.limitTicks : ticks < cursor.limitTicks);
}

function ownLots(cursor: Cursor, ticks: number): number {
  const own = cursor.candidate.ownResting;
  assert(ticks > 0, 'own orders rest at a price');
  let lots = 0;
  for (let i = 0; i < own.length; i += 2) if (own[i] === ticks) lots += own[i + 1] ?? 0;
  return lots;
}
