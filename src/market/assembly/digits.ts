/**
 * Decimal text to integers, eight digits at a time (SWAR: "Faster integer parsing", Ivan Zavadskyi / Johnny Lee's
 * idea: three multiplications fold eight bytes). Reads up to 8 bytes past the text: the frame is zero padded.
 */

/** Of the number or integer read last: where its text ended; 0 = not one that this scanner takes. */
export let end: usize = 0;

/** Bits of the digits before and behind the point of the decimal read last; 0 behind = it had no point. */
export let wholeBits: u64 = 0;
export let partBits: u64 = 0;

export function endAt(p: usize): void { end = p; }

export const ZEROS: u64 = 0x3030303030303030;

/** Eight digit values, first in the lowest byte, as one number. */
@inline
export function fold(digits: u64): u64 {
  const v = digits * 10 + (digits >> 8);
  return ((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
}

/** High bit set in each byte of t (text ^ '0'…) that is no digit value. */
@inline
export function strangers(t: u64): u64 {
  return (((t & 0x7f7f7f7f7f7f7f7f) + 0x7676767676767676) | t) & 0x8080808080808080;
}

/**
 * A decimal between quotes, `p` at its first digit, as a multiple of 10^-decimals; sets `end` behind the closing quote.
 * Takes 1..8 digits before the point and 0 or 1..8 after it. Else end = 0.
 * @param decimals 0..8
 * @param cut digits past `decimals` are dropped; without it they must be zero
 */
export function decimal(p: usize, decimals: i32, scale: u64, cut: bool): u64 {
  const t = load<u64>(p) ^ ZEROS;
  const s = strangers(t);
  end = 0;
  const whole = s == 0 ? 8 : <i32>(ctz(s) >> 3);
  if (whole == 0) return 0;
  let value = fold(t << (<u64>(64 - (whole << 3)))) * scale;
  p += <usize>whole;
  let fraction = 0;
  let c = load<u8>(p);
  if (c == 46) {
    const f = load<u64>(p, 1) ^ ZEROS;
    const q = strangers(f);
    const part = q == 0 ? 8 : <i32>(ctz(q) >> 3);
    if (part == 0) return 0;
    const kept = part == 8 ? f : f & (((1 as u64) << (<u64>(part << 3))) - 1);
    if (!cut && decimals != 8 && (kept >> (<u64>(decimals << 3))) != 0) return 0;
    if (decimals != 0) value += fold(kept << (<u64>(64 - (decimals << 3))));
    fraction = part;
    p += <usize>(part + 1);
    c = load<u8>(p);
  }
  if (c != 34) return 0;
  wholeBits = <u64>(whole << 3);
  partBits = <u64>(fraction << 3);
  end = p + 1;
  return value;
}

/** A JSON integer of 1..15 digits without leading zero; `end` at the byte behind it, 0 when it isn't one. */
export function integer(p: usize): u64 {
  end = 0;
  const first = load<u8>(p);
  let value: u64 = 0;
  let c = <u32>first - 48;
  const from = p;
  while (c < 10) {
    value = value * 10 + <u64>c;
    p++;
    c = <u32>load<u8>(p) - 48;
  }
  const digits = <i32>(p - from);
  if (digits == 0 || digits > 15 || (first == 48 && digits > 1)) return 0;
  end = p;
  return value;
}
