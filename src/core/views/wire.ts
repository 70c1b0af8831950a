/** Inside integers to wire scales: exact; a number where it is safe, else a bigint. */
import { assert, must } from '../../base/assert.js';
import type { Wide } from '../../base/wide.js';
import type { Instrument, Universe } from '../../protocol/universe.js';

export type WireInt = number | bigint;

export function narrow(value: bigint): WireInt {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** a * b as a number if safe, else exactly as a bigint. Both are safe integers. */
export function product(a: number, b: number): WireInt {
  assert(Number.isInteger(a) && Number.isInteger(b), 'what is told is counted in whole parts');
  const value = a * b;
  return Number.isSafeInteger(value) ? value : BigInt(a) * BigInt(b);
}

export function qty1e8(instrument: Instrument, lots: number): WireInt {
  return product(lots, instrument.lot1e8);
}

export function price1e9(instrument: Instrument, ticks: number): WireInt {
  return product(ticks, instrument.tick1e9);
}

/** Quarter ticks to 1e-9, rounded to the nearest unit (ticks below 4e-9 have no exact quarter). */
export function quarterPrice1e9(instrument: Instrument, quarterTicks: number): WireInt {
  assert(Number.isInteger(quarterTicks) && quarterTicks >= 0, 'a price is told in whole quarter ticks');
  const value = quarterTicks * instrument.tick1e9;
  return Number.isSafeInteger(value) ? Math.round(value / 4) : narrow((BigInt(quarterTicks) * BigInt(instrument.tick1e9)) / 4n);
}

/** Average of Σ ticks·lots over lots, to the nearest 1e-9; 0 without lots. */
export function average1e9(instrument: Instrument, value: Wide, lots: number): number {
  return lots === 0 ? 0 : Math.round((value.toNumber() / lots) * instrument.tick1e9);
}

/** Money of Σ ticks·lots in USD 1e-9, rounded down. */
export function usd1e9(instrument: Instrument, value: bigint): bigint {
  assert(instrument.tick1e9 > 0 && instrument.lot1e8 > 0, 'ticks and lots are worth something');
  const scaled = value * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8);
  const down = scaled / 100_000_000n;
  return scaled < 0n && down * 100_000_000n !== scaled ? down - 1n : down;
}

export function instrumentOf(universe: Universe, id: number): Instrument {
  return must(universe.instruments[id], 'instrument');
}

export function venueName(universe: Universe, id: number): string {
  return must(universe.venues[id], 'venue').name;
}

/** Engine time since `baseNs` (digits) as ns since the Unix epoch; null for a time that never came (-1). */
export function absoluteNs(baseNs: string, atNs: number): WireInt | null {
  if (atNs < 0) return null;
  assert(baseNs !== '' && Number.isInteger(atNs), 'a time is whole ns since a base');
  if (baseText !== baseNs) {
    baseText = baseNs;
    baseValue = BigInt(baseText);
    assert(baseValue >= 0n, 'a base is a time since the epoch');
  }
  assert(baseText === baseNs, 'a time is told in its base');
  return narrow(baseValue + BigInt(atNs));
}

/** The base parsed last: it changes once in 60 days. */
let baseText = '0';
let baseValue = 0n;
