/** Steps over a ladder's bitmaps as readers take them: 32 bits at a time, the summary has one bit per 64. */
import { plainReadFloat64, plainReadUint32 } from '../memory/words.js';

/** Highest set index below i, or -1. `bits` and `summary` are word indices of the view. */
export function nextBelow(words: Uint32Array, bits: number, summary: number, i: number): number {
  const low = i >>> 5;
  const inWord = plainReadUint32(words, bits + low) & ((1 << (i & 31)) - 1);
  if (inWord !== 0) return (low << 5) + 31 - Math.clz32(inWord);
  if ((low & 1) === 1) {
    const half = plainReadUint32(words, bits + low - 1);
    if (half !== 0) return ((low - 1) << 5) + 31 - Math.clz32(half);
  }
  const pair = low >>> 1;
  let s = pair >>> 5;
  let marks = plainReadUint32(words, summary + s) & ((1 << (pair & 31)) - 1);
  while (marks === 0) {
    if (--s < 0) return -1;
    marks = plainReadUint32(words, summary + s);
  }
  const found = (s << 5) + 31 - Math.clz32(marks);
  const upper = plainReadUint32(words, bits + 2 * found + 1);
  if (upper !== 0) return (found << 6) + 63 - Math.clz32(upper);
  const lower = plainReadUint32(words, bits + 2 * found);
  // A torn read may find a marked word empty: go on below it, the walk stays bounded.
  return lower !== 0 ? (found << 6) + 31 - Math.clz32(lower) : found === 0 ? -1 : nextBelow(words, bits, summary, found << 6);
}

/** Lowest set index above i, or `window`. */
export function nextAbove(words: Uint32Array, bits: number, summary: number, i: number, window: number): number {
  const low = i >>> 5;
  const shift = i & 31;
  const inWord = shift === 31 ? 0 : plainReadUint32(words, bits + low) & (-2 << shift);
  if (inWord !== 0) return (low << 5) + lowestBit(inWord);
  if ((low & 1) === 0) {
    const half = plainReadUint32(words, bits + low + 1);
    if (half !== 0) return ((low + 1) << 5) + lowestBit(half);
  }
  const pair = low >>> 1;
  let s = pair >>> 5;
  const end = window >>> 11 === 0 ? 1 : window >>> 11;
  const pairShift = pair & 31;
  let marks = pairShift === 31 ? 0 : plainReadUint32(words, summary + s) & (-2 << pairShift);
  while (marks === 0) {
    if (++s >= end) return window;
    marks = plainReadUint32(words, summary + s);
  }
  const found = (s << 5) + lowestBit(marks);
  const lower = plainReadUint32(words, bits + 2 * found);
  if (lower !== 0) return (found << 6) + lowestBit(lower);
  const upper = plainReadUint32(words, bits + 2 * found + 1);
  if (upper !== 0) return (found << 6) + 32 + lowestBit(upper);
  return (found << 6) + 63 >= window - 1 ? window : nextAbove(words, bits, summary, (found << 6) + 63, window);
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Sparse levels with from <= tick < to as flat pairs in the side's order. The rare case: allocates. */
export function farLevels(
  words: Float64Array, table: number, cells: number, from: number, to: number, descending: boolean,
): Float64Array {
  const found: [number, number][] = [];
  for (let i = 0; i < cells; i++) {
    const tick = plainReadFloat64(words, table + 2 * i);
    if (tick !== 0 && tick >= from && tick < to) found.push([tick, plainReadFloat64(words, table + 2 * i + 1)]);
  }
  found.sort((a, b) => (descending ? b[0] - a[0] : a[0] - b[0]));
  return Float64Array.from(found.flat());
}

/** Lots of one sparse level, 0 when there is none: the cell that ladder.ts's home() would look in first, then the next. */
export function farLotsOn(words: Float64Array, table: number, cells: number, tick: number): number {
  const mask = cells - 1;
  let i = home(tick) & mask;
  for (let tries = 0; tries < cells; tries++) {
    const there = plainReadFloat64(words, table + 2 * i);
    if (there === tick) return plainReadFloat64(words, table + 2 * i + 1);
    if (there === 0) return 0;
    i = (i + 1) & mask;
  }
  return 0;
}

const GOLDEN_HIGH = 0x9e37_79b9;
const GOLDEN_LOW = 0x7f4a_7c15;

/** Bits 40 and up of tick × 0x9e3779b97f4a7c15 modulo 2^64, with 32-bit pieces. */
function home(tick: number): number {
  const low = tick >>> 0;
  const high = Math.floor(tick / 2 ** 32);
  const sum = mulHigh(low, GOLDEN_LOW) + Math.imul(low, GOLDEN_HIGH) + Math.imul(high, GOLDEN_LOW);
  return (sum >>> 0) >>> 8;
}

/** The upper 32 bits of a product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65_536);
  const other = aLow * bHigh + (middle % 65_536);
  return aHigh * bHigh + Math.floor(middle / 65_536) + Math.floor(other / 65_536);
}
