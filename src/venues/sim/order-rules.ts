/** What a simulated venue checks of an order by itself, before balances and books. */
import type { VenueOrder } from '../../protocol/effects.js';
import { VenueReason } from '../../protocol/events.js';
import type { Instrument, Listing } from '../../protocol/universe.js';
import { unitOf } from './accounts.js';

export interface Refusal {
  readonly reason: VenueReason;
  readonly text: string;
}

/** Largest value of one order in 1e-8 of the quote: 80 million, so that value and fee stay exact. */
const valueMax = 8_000_000_000_000_000;

/** Prices further than this many times the mid are mistakes. */
const priceFactorMax = 20;

/** The first rule that the order breaks, or null. Prices are checked against `mid` where one is known. */
export function ruleBroken(order: VenueOrder, listing: Listing, instrument: Instrument, mid: number): Refusal | null {
  const { lots, limitTicks } = order;
  if (!Number.isSafeInteger(lots) || lots <= 0) return invalid(`quantity ${lots}: expected a positive integer of lots`);
  if (!Number.isSafeInteger(limitTicks) || limitTicks <= 0) {
    return invalid(`price ${limitTicks}: expected a positive integer of ticks`);
  }
  if (lots % listing.lotMultiple !== 0) {
    return invalid(`quantity ${lots}: expected a multiple of ${listing.lotMultiple}`);
  }
  if (limitTicks % listing.tickMultiple !== 0) {
    return invalid(`price ${limitTicks}: expected a multiple of ${listing.tickMultiple}`);
  }
  if (lots < listing.minLots) return below(`quantity ${lots}: expected at least ${listing.minLots}`);
  const value = lots * limitTicks * unitOf(instrument);
  if (value > valueMax) return invalid('order value above 80 million');
  if (value * 10 < listing.minNotional1e9) return below('order value below the minimum');
  if (mid > 0 && limitTicks > mid * priceFactorMax) return invalid(`price ${limitTicks}: too far from the market`);
  if (order.reduceOnly && instrument.kind === 'spot' && order.side === 1) {
    return { reason: VenueReason.reduceOnly, text: 'a spot buy reduces nothing' };
  }
  return null;
}

/** Rules for the new total and limit of a live order. */
export function amendBroken(
  lots: number, limitTicks: number, cumLots: number, listing: Listing, instrument: Instrument,
): Refusal | null {
  const whole = Number.isSafeInteger(lots) && Number.isSafeInteger(limitTicks) && limitTicks > 0;
  if (!whole || lots % listing.lotMultiple !== 0 || limitTicks % listing.tickMultiple !== 0) {
    return invalid('amend: expected multiples of the listing’s tick and lot');
  }
  if (lots <= cumLots) return { reason: VenueReason.tooLate, text: `amend to ${lots}: ${cumLots} are filled` };
  const value = lots * limitTicks * unitOf(instrument);
  if (lots < listing.minLots || value * 10 < listing.minNotional1e9) return below('amend below the minimum');
  return value > valueMax ? invalid('order value above 80 million') : null;
}

function invalid(text: string): Refusal {
  return { reason: VenueReason.invalidParams, text };
}

function below(text: string): Refusal {
  return { reason: VenueReason.minimum, text };
}
