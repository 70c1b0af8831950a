import { InvariantError } from './assert.js';

/**
 * Exact signed accumulator of products of two safe integers, wider than 2^53 and without BigInt.
 *
 * Value = hi * 2^48 + lo, 0 <= lo < 2^48, |hi| < 2^53: room for 2^101. A product of two factors below
 * 2^53 is 106 bits; the limits on notional keep every one below 2^95.
 *
 * Allocates: never after construction.
 */
const LOW = 2 ** 48;
const HALF = 2 ** 24;

export class Wide {
  // Written by the constructor, not defined as fields, and with no private method: many are made, engines are slow at both.
  declare hi: number;
  declare lo: number;

  constructor() {
    this.hi = 0;
    this.lo = 0;
  }

  clear(): void {
    this.hi = 0;
    this.lo = 0;
  }

  copyFrom(other: Wide): void {
    this.hi = other.hi;
    this.lo = other.lo;
  }

  /** Adds a safe integer. */
  add(value: number): void {
    const high = Math.floor(value / LOW);
    setSum(this, this.hi + high, this.lo + (value - high * LOW));
  }

  addWide(other: Wide): void {
    setSum(this, this.hi + other.hi, this.lo + other.lo);
  }

  subWide(other: Wide): void {
    setSum(this, this.hi - other.hi, this.lo - other.lo);
  }

  /** Adds a * b exactly; both are safe integers of either sign. */
  addProduct(a: number, b: number): void {
    const negative = a < 0 !== b < 0;
    const x = Math.abs(a);
    const y = Math.abs(b);
    // 24-bit digits: every partial product is below 2^48, each column sums at most three of them.
    const x2 = Math.floor(x / LOW);
    const x1 = Math.floor(x / HALF) % HALF;
    const x0 = x % HALF;
    const y2 = Math.floor(y / LOW);
    const y1 = Math.floor(y / HALF) % HALF;
    const y0 = y % HALF;
    const middle = x1 * y0 + x0 * y1;
    const middleHigh = Math.floor(middle / HALF);
    let low = x0 * y0 + (middle - middleHigh * HALF) * HALF;
    const top = x2 * y1 + x1 * y2;
    let high = middleHigh + x1 * y1 + x2 * y0 + x0 * y2 + top * HALF + x2 * y2 * LOW;
    const carry = Math.floor(low / LOW);
    low -= carry * LOW;
    high += carry;
    if (negative) setSum(this, this.hi - high, this.lo - low);
    else setSum(this, this.hi + high, this.lo + low);
  }

  sign(): number {
    if (this.hi !== 0) return Math.sign(this.hi);
    return this.lo === 0 ? 0 : 1;
  }

  /** -1, 0 or 1 as this is below, equal to or above the other. */
  compare(other: Wide): number {
    if (this.hi !== other.hi) return this.hi < other.hi ? -1 : 1;
    return this.lo === other.lo ? 0 : this.lo < other.lo ? -1 : 1;
  }

  /** Nearest double; exact below 2^53. For ratios and display, not for money that goes on. */
  toNumber(): number {
    return this.hi * LOW + this.lo;
  }

  toBigInt(): bigint {
    return BigInt(this.hi) * 281474976710656n + BigInt(this.lo);
  }

  setBigInt(value: bigint): void {
    const high = value >> 48n;
    this.hi = Number(high);
    this.lo = Number(value - (high << 48n));
  }
}

/** What a sum comes to, its low part brought back into range. */
function setSum(wide: Wide, hi: number, lo: number): void {
  const over = Math.floor(lo / LOW);
  if (!Number.isSafeInteger(hi + over)) throw new InvariantError('a wide sum stays below 2^101');
  wide.hi = hi + over;
  wide.lo = lo - over * LOW;
}
