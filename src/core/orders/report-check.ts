/**
 * What a venue says is looked at before it is believed: figures that cannot be are told and not booked. An adapter may
 * be broken, a venue hostile; neither may stop the engine, so nothing of theirs reaches an assertion unchecked.
 */
import { assert, must } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import type { ReportEvent } from '../../protocol/events.js';
import type { Listing } from '../../protocol/universe.js';
import type { Child, CoreState } from '../state.js';

/** Worth of one order in 1e-8 of quote (about 1e16 units) and in ticks·lots: beyond any market, far within a wide sum. */
const WORTH_MAX = 2 ** 80;

/** '' = it may be, else what is wrong with it. Figures that were not said (-1) are no problem. */
export function reportProblem(state: CoreState, child: Child, event: ReportEvent): string {
  assert(child.limitTicks > 0 && child.filled >= 0, 'an order was sent at a price');
  if (event.venue !== child.venue) return 'it is not of the venue that has the order';
  if (!isCount(event.cumLots) || !isCount(event.openLots) || !isCount(event.totalLots) || !isCount(event.lastLots)) return 'a quantity is not a whole number';
  if (!isPrice(event.lastTicks) || !isPrice(event.priceTicks)) return 'a price is not a whole number of ticks';
  if (!isFee(event.fee1e8)) return 'a fee is not a whole number';
  if (!Number.isSafeInteger(event.venueTsNs)) return 'a time is not a whole number';
  if (state.universe.assets[event.feeAsset] === undefined) return 'a fee is in an asset that nobody knows';
  const lots = Math.max(event.cumLots, event.totalLots, event.lastLots, event.openLots, child.lots);
  if ((child.node.container ?? child.node).filled + lots > limits.lotsMax) return 'a quantity is beyond what any order may have';
  const ticks = Math.max(event.lastTicks, event.priceTicks, child.limitTicks);
  const listing = must(state.universe.listings[child.listing], 'listing of a child');
  return worthOf(state, listing, ticks * lots) > WORTH_MAX ? 'it is worth more than any market' : '';
}

/** Whether a fill of an order that is not kept any more can be booked. */
export function isBookable(state: CoreState, listing: Listing, event: ReportEvent): boolean {
  if (!isFee(event.fee1e8) || !Number.isSafeInteger(event.venueTsNs) || state.universe.assets[event.feeAsset] === undefined) return false;
  const lots = Math.max(event.lastLots, event.cumLots);
  if (!isCount(event.lastLots) || !isCount(event.cumLots) || lots > limits.lotsMax || !isPrice(event.lastTicks)) return false;
  return worthOf(state, listing, event.lastTicks * lots) <= WORTH_MAX;
}

/** Whether a venue's word on a perp's position can be. */
export function isPosition(lots: number, entryTicks: number): boolean {
  return isCount(lots) && Math.abs(lots) <= limits.lotsMax && isPrice(entryTicks) && Math.abs(entryTicks * lots) <= WORTH_MAX;
}

/** Whole digits that a wide sum holds many of; a venue's word on a balance. */
export function isAmount(digits: string): boolean {
  return /^-?\d{1,24}$/.test(digits);
}

function isFee(fee1e8: number): boolean {
  return Number.isSafeInteger(fee1e8) && Math.abs(fee1e8) <= limits.lotsMax;
}

function isCount(lots: number): boolean {
  return Number.isSafeInteger(lots);
}

function isPrice(ticks: number): boolean {
  return Number.isSafeInteger(ticks) && ticks <= limits.ticksMax;
}

/** In ticks·lots or 1e-8 of quote, whichever counts further. */
function worthOf(state: CoreState, listing: Listing, ticksLots: number): number {
  const { tick1e9, lot1e8 } = must(state.universe.instruments[listing.instrument], 'instrument of a listing');
  assert(tick1e9 > 0 && lot1e8 > 0, 'ticks and lots are worth something');
  return Math.max(1, (tick1e9 * lot1e8) / 1e9) * Math.abs(ticksLots);
}
