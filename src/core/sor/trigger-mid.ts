/**
 * The price that triggers and protection prices are measured by: the median over the fresh venues of each one's own
 * mid, so that neither one venue's wick nor its drop-out moves it far (semantics: "Numbers, time, prices").
 */
import { assert } from '../../base/assert.js';
import type { ListingQuote } from '../../protocol/events.js';
import type { PriceSource } from '../../protocol/graph-spec.js';
import type { VenueId } from '../../protocol/universe.js';

/** Scratch for the median: as many as an instrument may have listings, and more. */
const values = new Float64Array(64);

/**
 * Median mid in quarter ticks, 0 without a fresh venue.
 * @param venue a pinned node's venue: that venue's own mid; null = all
 */
export function triggerMidQuarterTicks(quotes: readonly ListingQuote[], venue: VenueId | null): number {
  return triggerPriceQuarterTicks(quotes, 'mid', venue);
}

/**
 * Median of a source in quarter ticks, 0 where no fresh venue gives it. For `last` this is the median of the latest
 * prints, for display: whether prints fire a trigger is decided by a majority of venues, not by this.
 */
export function triggerPriceQuarterTicks(
  quotes: readonly ListingQuote[],
  source: PriceSource,
  venue: VenueId | null,
): number {
  let count = 0;
  for (const quote of quotes) {
    if (quote.fresh !== 1 || (venue !== null && quote.venue !== venue) || count === values.length) continue;
    const value = quarterTicksOf(quote, source);
    if (value <= 0) continue;
    // Insertion keeps them ascending: there are a handful.
    let at = count++;
    while (at > 0 && (values[at - 1] ?? 0) > value) {
      values[at] = values[at - 1] ?? 0;
      at--;
    }
    values[at] = value;
  }
  if (count === 0) return 0;
  assert(count <= values.length, 'no more prices than fit');
  const upper = values[count >> 1] ?? 0;
  assert(upper > 0, 'a median is one of the prices, which are above 0');
  if (count % 2 === 1) return upper;
  // Mids are even numbers of quarter ticks, so the mean of two is whole; so is that of other prices (multiples of 4).
  return ((values[(count >> 1) - 1] ?? 0) + upper) / 2;
}

function quarterTicksOf(quote: ListingQuote, source: PriceSource): number {
  switch (source) {
    case 'mid':
      return quote.bidTicks > 0 && quote.askTicks > 0 ? 2 * (quote.bidTicks + quote.askTicks) : 0;
    case 'bid':
      return 4 * quote.bidTicks;
    case 'ask':
      return 4 * quote.askTicks;
    case 'mark':
      return 4 * quote.markTicks;
    case 'last':
      return 4 * quote.lastTicks;
  }
}
