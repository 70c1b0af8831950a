/**
 * One instrument over several venues: best bid and ask for routing, and the trigger mid (semantics §1): the median of
 * the fresh venues' own mids, of an even count the mean of the middle two.
 *
 * A mid is a half tick, the mean of two of them a quarter: everything here is an integer of quarter ticks. Pure.
 * Allocates: never; `into` is filled.
 */
import { assert } from '../base/assert.js';

/** One venue's touch as the caller judged it. */
export interface VenueTouch {
  /** Connected, alive, not crossed: BookTop.isFresh() and the connection. */
  fresh: boolean;
  bidTicks: number;
  bidLots: number;
  askTicks: number;
  askLots: number;
}

export interface ConsolidatedView {
  /** Best of the fresh venues; 0 and -1 where nobody quotes. */
  bidTicks: number;
  bidLots: number;
  bidVenue: number;
  askTicks: number;
  askLots: number;
  askVenue: number;
  /** In quarter ticks; 0 when no fresh venue quotes both sides. */
  triggerMidQuarterTicks: number;
  freshCount: number;
  /** Which venues were fresh, bit by index: a change of it delays price edges (semantics §1). */
  freshSet: number;
}

export function emptyView(): ConsolidatedView {
  return {
    bidTicks: 0, bidLots: 0, bidVenue: -1, askTicks: 0, askLots: 0, askVenue: -1, triggerMidQuarterTicks: 0, freshCount: 0,
    freshSet: 0,
  };
}

const VENUES_MAX = 31;
const mids = new Float64Array(VENUES_MAX);

/** @param count venues to look at, the first of the array, at most 31. Of equal prices the larger size, then the first. */
export function consolidate(venues: readonly VenueTouch[], count: number, into: ConsolidatedView): void {
  assert(count <= VENUES_MAX, 'an instrument has at most 31 listings');
  into.bidTicks = 0;
  into.bidLots = 0;
  into.bidVenue = -1;
  into.askTicks = 0;
  into.askLots = 0;
  into.askVenue = -1;
  into.freshSet = 0;
  into.freshCount = 0;
  let quoted = 0;
  for (let v = 0; v < count; v++) {
    const touch = venues[v];
    if (touch === undefined || !touch.fresh) continue;
    into.freshSet |= 1 << v;
    into.freshCount++;
    takeBest(touch, v, into);
    if (touch.bidTicks > 0 && touch.askTicks > 0) insertSorted(touch.bidTicks + touch.askTicks, quoted++);
  }
  into.triggerMidQuarterTicks = quoted === 0 ? 0 : medianQuarters(quoted);
}

function takeBest(touch: VenueTouch, venue: number, into: ConsolidatedView): void {
  const { bidTicks, bidLots, askTicks, askLots } = touch;
  if (bidTicks > 0 && (bidTicks > into.bidTicks || (bidTicks === into.bidTicks && bidLots > into.bidLots))) {
    into.bidTicks = bidTicks;
    into.bidLots = bidLots;
    into.bidVenue = venue;
  }
  const first = into.askTicks === 0;
  if (askTicks > 0 && (first || askTicks < into.askTicks || (askTicks === into.askTicks && askLots > into.askLots))) {
    into.askTicks = askTicks;
    into.askLots = askLots;
    into.askVenue = venue;
  }
}

/** Half ticks, sorted in place: at most 31 of them. */
function insertSorted(halfTicks: number, count: number): void {
  let at = count;
  while (at > 0 && (mids[at - 1] as number) > halfTicks) { // at - 1 < count
    mids[at] = mids[at - 1] as number;
    at--;
  }
  mids[at] = halfTicks;
}

function medianQuarters(count: number): number {
  const upper = mids[count >> 1] as number; // count >= 1
  if ((count & 1) === 1) return 2 * upper;
  return upper + (mids[(count >> 1) - 1] as number);
}
