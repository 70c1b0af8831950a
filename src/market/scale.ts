/** How decimal text becomes an instrument's ticks and lots: unit = multiple × 10^-decimals. */
import { assert } from '../base/assert.js';
import { decimalToBigInt } from '../base/decimal.js';

export interface Scale {
  /** Digits after the point, 0..18; above 8 only the general parser reads the text. */
  readonly decimals: number;
  /** Units of 10^-decimals in one tick or lot, a safe integer from 1. */
  readonly multiple: number;
}

/**
 * The scale of a tick (or lot) given at a power-of-ten wire scale: (10_000_000, 9) is 0.01: 2 decimals, multiple 1.
 * @param wireUnits the tick's size at 10^-wireDecimals, a safe integer from 1
 */
export function scaleOf(wireUnits: number, wireDecimals: number): Scale {
  assert(Number.isSafeInteger(wireUnits) && wireUnits > 0, `a tick or lot must be a positive integer, got ${wireUnits}`);
  let decimals = wireDecimals;
  let multiple = wireUnits;
  while (decimals > 0 && multiple % 10 === 0) {
    multiple /= 10;
    decimals--;
  }
  return { decimals, multiple };
}

/** Text as an exact count of ticks; -1 when it isn't one, is negative or beyond 2^53 - 1. */
export function ticksOf(text: unknown, scale: Scale): number {
  if (typeof text !== 'string') return -1;
  const units = decimalToBigInt(text, scale.decimals);
  if (typeof units !== 'bigint' || units < 0n) return -1;
  const multiple = BigInt(scale.multiple);
  return units % multiple === 0n ? safeCount(units / multiple) : -1;
}

/**
 * Text as whole lots, cut down: books hold orders older than the listing's lot (Binance spot BTCUSDT, 2024-08: 93.756587
 * with a lot of 0.00001). -1 when it isn't a decimal, is negative or beyond 2^53 - 1.
 */
export function lotsOf(text: unknown, scale: Scale): number {
  if (typeof text !== 'string') return -1;
  const fine = decimalToBigInt(text, FINEST);
  if (typeof fine !== 'bigint' || fine < 0n) return -1;
  return safeCount(fine / (BigInt(scale.multiple) * 10n ** BigInt(FINEST - scale.decimals)));
}

const FINEST = 24;

function safeCount(count: bigint): number {
  return count <= 9_007_199_254_740_991n ? Number(count) : -1;
}
