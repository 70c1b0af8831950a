/**
 * Ticks and lots of an instrument as the wire's integers, exactly. The only way out; the way in is
 * `document/quantities.ts`.
 */
import { bigIntToDecimal } from '../base/decimal.js';
import type { Instrument } from './universe.js';

type Scales = Pick<Instrument, 'tick1e9' | 'lot1e8'>;

/** Price in 1e-9 of the quote currency. */
export function ticksTo1e9(instrument: Scales, ticks: number): bigint {
  return BigInt(ticks) * BigInt(instrument.tick1e9);
}

/** Quantity in 1e-8 of the base. */
export function lotsTo1e8(instrument: Scales, lots: number): bigint {
  return BigInt(lots) * BigInt(instrument.lot1e8);
}

/** A trigger level or mid in quarter ticks as 1e-9, rounded to nearest (half away from zero). */
export function quarterTicksTo1e9(instrument: Scales, quarterTicks: number): bigint {
  return divideRounded(BigInt(quarterTicks) * BigInt(instrument.tick1e9), 4n);
}

/** Σ ticks·lots, an exact integer, as money in 1e-9; rounded down in size (exact for one fill on most listings). */
export function notionalTo1e9(instrument: Scales, tickLots: bigint): bigint {
  return (tickLots * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8)) / 100_000_000n;
}

/** Average price in 1e-9 of Σ ticks·lots over lots, rounded to nearest; 0 without lots. */
export function averageTo1e9(instrument: Scales, tickLots: bigint, lots: number): bigint {
  return lots === 0 ? 0n : divideRounded(tickLots * BigInt(instrument.tick1e9), BigInt(lots));
}

/** Price as a JSON number for quotes ("61234.5"): the double nearest to the exact decimal. */
export function ticksToNumber(instrument: Scales, ticks: number): number {
  return Number(bigIntToDecimal(ticksTo1e9(instrument, ticks), 9));
}

/** Quantity as a JSON number for quotes. */
export function lotsToNumber(instrument: Scales, lots: number): number {
  return Number(bigIntToDecimal(lotsTo1e8(instrument, lots), 8));
}

/** Quotient rounded to nearest, halves away from zero; divisor above 0. */
export function divideRounded(value: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return value >= 0n ? (value + half) / divisor : -((-value + half) / divisor);
}
