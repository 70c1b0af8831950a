/**
 * The levels of an L2Book, in place in a guest's memory: 40 pairs of doubles (ticks, lots) become 40 pairs of u64
 * (px_1e9, sz_1e8). The host's own code over the guest's memory; the guest runs only inside calls, so nothing races.
 *
 * A double of n + 2^52 has n for its mantissa: the sum rounds to the nearest integer, and without the exponent its bits
 * are that integer. What passes 2^52 keeps bits above them.
 */
const MANTISSA: f64 = 4503599627370496;
const EXPONENT: u64 = 0x4330000000000000;
const LEVELS_BYTES: usize = 40 * 16;

/** @returns 0, or more: a value passed 2^52 and what stands there is wrong */
export function scaleBook(at: usize, tick1e9: f64, lot1e8: f64): i32 {
  let seen: u64 = 0;
  for (let end = at + LEVELS_BYTES; at < end; at += 16) {
    const price = reinterpret<u64>(load<f64>(at) * tick1e9 + MANTISSA) ^ EXPONENT;
    const size = reinterpret<u64>(load<f64>(at, 8) * lot1e8 + MANTISSA) ^ EXPONENT;
    store<u64>(at, price);
    store<u64>(at, size, 8);
    seen |= price | size;
  }
  return <i32>(seen >>> 52);
}
