/**
 * Prices and quantities of a document to ticks and lots, exactly (semantics: "Numbers, time, prices").
 *
 * Clients truncate (`int(16384.29*1e9)` ends in …279999999): what lies within 2 wire units of a multiple is that
 * multiple. Where the grid itself is finer than 5 wire units the tolerance is a quarter of a unit for values that
 * have digits below the wire's scale, so that no digit a client meant is dropped.
 */
import { limits } from '../../base/limits.js';
import { scaledInteger, type ExactDecimal } from '../json/values.js';
import type { Instrument, Listing } from '../universe.js';

/** Digits kept while snapping: float noise such as 0.30000000000000004 must stay visible. */
const FINE_SCALE = 30;

/** Nearest multiple's factor if the value lies within tolerance of one, else null. Both in wire units. */
function snap(fine: bigint, step: number, wireScale: number): bigint | null {
  const unit = 10n ** BigInt(FINE_SCALE - wireScale);
  const stepFine = BigInt(step) * unit;
  const factor = (fine + stepFine / 2n) / stepFine;
  const distance = fine - factor * stepFine;
  const tight = step < 5 && fine % unit !== 0n;
  const tolerance = tight ? unit / 4n : 2n * unit;
  return (distance < 0n ? -distance : distance) <= tolerance ? factor : null;
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The value in wire units as a safe integer where doubles do it exactly, else null: then BigInt does. */
function wireUnits(value: number | bigint | ExactDecimal, scale: number, wireScale: number): number | null {
  if (typeof value !== 'number') return null;
  if (scale === wireScale) return Number.isSafeInteger(value) ? value : null;
  const text = String(value);
  const dot = text.indexOf('.');
  const digits = dot < 0 ? 0 : text.length - dot - 1;
  if (digits > wireScale || text.includes('e')) return null;
  const whole = dot < 0 ? value : Number(text.slice(0, dot));
  const fraction = dot < 0 ? 0 : Number(text.slice(dot + 1)) * (POWERS[wireScale - digits] ?? 0);
  const units = whole * (POWERS[wireScale] ?? 0) + fraction;
  return value > 0 && Number.isSafeInteger(units) ? units : null;
}

/** `snap` for whole wire units. */
function snapUnits(units: number, step: number): number | null {
  const factor = Math.round(units / step);
  return Math.abs(units - factor * step) <= 2 ? factor : null;
}

export type ConversionProblem = 'OFF_GRID' | 'RANGE' | 'ZERO';

function toInteger(factor: bigint, multiple: number, most: number): number | ConversionProblem {
  if (factor <= 0n) return 'ZERO';
  const value = factor * BigInt(multiple);
  return value > BigInt(most) ? 'RANGE' : Number(value);
}

/** Coarsest lot of the venues that may be used, in instrument lots. Slices, releases and exits are multiples of it. */
export function tradeLotOf(listings: readonly Listing[]): number {
  let lot = 1;
  for (const listing of listings) lot = Math.max(lot, listing.lotMultiple);
  return lot;
}

/**
 * A quantity to instrument lots, a multiple of the trade lot.
 * @param value at 10^-scale: 8 for `qty_1e8` fields, 0 for decimals
 */
export function toLots(
  value: number | bigint | ExactDecimal,
  scale: 0 | 8,
  instrument: Instrument,
  tradeLot: number,
): number | ConversionProblem {
  const units = wireUnits(value, scale, 8);
  if (units !== null && units > 0) {
    const whole = snapUnits(units, instrument.lot1e8 * tradeLot);
    if (whole === null) return 'OFF_GRID';
    if (whole * tradeLot <= limits.lotsMax) return whole > 0 ? whole * tradeLot : 'ZERO';
  }
  const fine = scaledInteger(value, FINE_SCALE - scale);
  if (fine === null) return 'OFF_GRID';
  if (fine <= 0n) return 'ZERO';
  const factor = snap(fine, instrument.lot1e8 * tradeLot, 8);
  return factor === null ? 'OFF_GRID' : toInteger(factor, tradeLot, limits.lotsMax);
}

/**
 * A limit price to instrument ticks: on the tick of at least one of the listings, the nearest where several fit.
 * @param value at 10^-scale: 9 for `price_1e9` fields, 0 for decimals
 */
export function toTicks(
  value: number | bigint | ExactDecimal,
  scale: 0 | 9,
  instrument: Instrument,
  listings: readonly Listing[],
): number | ConversionProblem {
  const units = wireUnits(value, scale, 9);
  if (units !== null && units > 0) return unitsToTicks(units, instrument, listings);
  const fine = scaledInteger(value, FINE_SCALE - scale);
  if (fine === null) return 'OFF_GRID';
  if (fine <= 0n) return 'ZERO';
  let best: bigint | null = null;
  let bestDistance = 0n;
  const tickFine = BigInt(instrument.tick1e9) * 10n ** BigInt(FINE_SCALE - 9);
  for (const listing of listings) {
    const factor = snap(fine, instrument.tick1e9 * listing.tickMultiple, 9);
    if (factor === null) continue;
    const ticks = factor * BigInt(listing.tickMultiple);
    const away = fine - ticks * tickFine;
    const distance = away < 0n ? -away : away;
    if (best === null || distance < bestDistance) {
      best = ticks;
      bestDistance = distance;
    }
  }
  return best === null ? 'OFF_GRID' : toInteger(best, 1, limits.ticksMax);
}

/** `toTicks` for whole wire units. */
function unitsToTicks(
  units: number,
  instrument: Instrument,
  listings: readonly Listing[],
): number | ConversionProblem {
  let best = -1;
  let bestDistance = Infinity;
  for (const listing of listings) {
    const factor = snapUnits(units, instrument.tick1e9 * listing.tickMultiple);
    if (factor === null) continue;
    const ticks = factor * listing.tickMultiple;
    const distance = Math.abs(units - ticks * instrument.tick1e9);
    if (distance >= bestDistance) continue;
    best = ticks;
    bestDistance = distance;
  }
  if (best < 0) return 'OFF_GRID';
  if (best === 0) return 'ZERO';
  return best <= limits.ticksMax ? best : 'RANGE';
}

/**
 * A trigger level to quarter ticks. Mids are whole quarter ticks, so a level between two of them is exactly the
 * next one in its direction: `above` rounds up, `below` down. Values within 2 wire units of a tick are that tick.
 */
export function toQuarterTicks(
  value: number | bigint | ExactDecimal,
  scale: 0 | 9,
  instrument: Instrument,
  direction: 'above' | 'below',
): number | ConversionProblem {
  const fine = scaledInteger(value, FINE_SCALE - scale);
  if (fine === null) return 'OFF_GRID';
  if (fine <= 0n) return 'ZERO';
  const ticks = snap(fine, instrument.tick1e9, 9);
  const quarter = BigInt(instrument.tick1e9) * 10n ** BigInt(FINE_SCALE - 9);
  const scaled = fine * 4n;
  const down = scaled / quarter;
  const between = direction === 'above' && down * quarter !== scaled ? down + 1n : down;
  return toInteger(ticks === null || ticks === 0n ? between : ticks * 4n, 1, limits.ticksMax * 4);
}

/** Smallest order that at least one of the listings takes at this price, in instrument lots; price 0 = unknown. */
export function smallestOrderLots(listings: readonly Listing[], instrument: Instrument, priceTicks: number): number {
  let least = Infinity;
  for (const listing of listings) {
    let lots = Math.max(listing.minLots, listing.lotMultiple);
    if (priceTicks > 0 && listing.minNotional1e9 > 0) {
      const perLot = BigInt(priceTicks) * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8);
      const wanted = (BigInt(listing.minNotional1e9) * 100_000_000n + perLot - 1n) / perLot;
      const multiple = BigInt(listing.lotMultiple);
      lots = Math.max(lots, Number(((wanted + multiple - 1n) / multiple) * multiple));
    }
    least = Math.min(least, lots);
  }
  return least;
}
