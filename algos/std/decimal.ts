// Integer prices and quantities: rounding to ticks and lots, and products that don't overflow.

/** Down to a multiple of `step`; 0 = unknown: unchanged. */
@inline export function floorTo(value: u64, step: u64): u64 {
  return step == 0 ? value : value - value % step;
}

/** Up to a multiple of `step`. */
@inline export function ceilTo(value: u64, step: u64): u64 {
  if (step == 0) return value;
  const over = value % step;
  return over == 0 ? value : value + (step - over);
}

/** value moved by bps / 10,000 of itself; never below 0. */
export function shiftBps(value: u64, bps: i64): u64 {
  const moved = <i64>(value / 10000) * bps + <i64>(value % 10000) * bps / 10000;
  const result = <i64>value + moved;
  return result < 0 ? 0 : <u64>result;
}

/** a * b / c rounded down, c > 0, right whenever the result fits, by 128-bit multiplication and long division. */
export function mulDiv(a: u64, b: u64, c: u64): u64 {
  const aLow = a & 0xffffffff, aHigh = a >> 32;
  const bLow = b & 0xffffffff, bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const middle2 = aLow * bHigh + (middle & 0xffffffff);
  let high = aHigh * bHigh + (middle >> 32) + (middle2 >> 32);
  let rest = (middle2 << 32) | (low & 0xffffffff);
  if (high == 0) return rest / c;
  let quotient: u64 = 0;
  high %= c;
  for (let i = 0; i < 64; i++) {
    const carry = high >> 63;
    high = (high << 1) | (rest >> 63);
    rest <<= 1;
    quotient <<= 1;
    if (carry != 0 || high >= c) {
      high -= c;
      quotient |= 1;
    }
  }
  return quotient;
}

@inline export function min64(a: i64, b: i64): i64 {
  return a < b ? a : b;
}
@inline export function max64(a: i64, b: i64): i64 {
  return a > b ? a : b;
}
