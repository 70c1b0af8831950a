/**
 * Writes integers and short text into somebody else's bytes, compactly.
 *
 *   integer   first byte: bit 0 sign, bits 1-6 the magnitude's low bits, bit 7 more; then 7 bits a byte, bit 7 more
 *   text      length as integer, then that many ASCII bytes
 *   after     characters shared with another text as integer, then the rest as text
 *
 * What doesn't fit (a fraction, text beyond ASCII) is not an error: `exact` turns false, and the caller encodes
 * the event another way. Allocates: never.
 */
const noBytes = new Uint8Array(0);

export class Packer {
  /** False once something didn't fit. */
  exact = true;
  /** Where the next byte goes. */
  at = 0;
  /** The next price is told by it. */
  lastPrice = 0;
  #bytes: Uint8Array = noBytes;

  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.at = at;
    this.exact = true;
    this.lastPrice = 0;
  }

  byte(value: number): void {
    if (value !== (value & 0xff)) this.exact = false;
    this.#bytes[this.at++] = value;
  }

  /** Any safe integer: 1 byte up to 63, 2 up to 8,191, 8 up to 2^53. */
  integer(value: number): void {
    const whole = value | 0;
    if (whole !== value) return this.#large(value);
    const bytes = this.#bytes;
    let at = this.at;
    let magnitude = (whole < 0 ? -whole : whole) >>> 0;
    const sign = whole >>> 31;
    if (magnitude < 64) {
      bytes[at] = sign | (magnitude << 1);
    } else {
      bytes[at++] = sign | ((magnitude & 63) << 1) | 0x80;
      magnitude >>>= 6;
      while (magnitude > 127) {
        bytes[at++] = (magnitude & 127) | 0x80;
        magnitude >>>= 7;
      }
      bytes[at] = magnitude;
    }
    this.at = at + 1;
  }

  /** Beyond 32 bits, or no integer. */
  #large(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.exact = false;
      return;
    }
    const negative = value < 0 ? 1 : 0;
    let magnitude = negative ? -value : value;
    const bytes = this.#bytes;
    let at = this.at;
    bytes[at++] = negative | ((magnitude % 64) << 1) | 0x80;
    magnitude = Math.floor(magnitude / 64);
    while (magnitude > 0x7fff_ffff) {
      bytes[at++] = (magnitude % 128) | 0x80;
      magnitude = Math.floor(magnitude / 128);
    }
    while (magnitude > 127) {
      bytes[at++] = (magnitude & 127) | 0x80;
      magnitude >>>= 7;
    }
    bytes[at++] = magnitude;
    this.at = at;
  }

  /** A price as the difference from the one before it. */
  price(ticks: number): void {
    this.integer(ticks - this.lastPrice);
    this.lastPrice = ticks;
    this.safe(ticks);
  }

  /** `exact` only for a value that is a safe integer: for one that is told by a difference. */
  safe(value: number): void {
    if (value !== (value | 0) && !Number.isSafeInteger(value)) this.exact = false;
  }

  /** How many characters it shares with the text before, then the rest. */
  textAfter(before: string, value: string): void {
    const most = Math.min(before.length, value.length);
    let shared = 0;
    while (shared < most && before.charCodeAt(shared) === value.charCodeAt(shared)) shared++;
    this.integer(shared);
    this.text(value, shared);
  }

  /** @param from first character that counts */
  text(value: string, from = 0): void {
    const { length } = value;
    this.integer(length - from);
    const bytes = this.#bytes;
    let at = this.at;
    let all = 0;
    for (let i = from; i < length; i++) {
      const code = value.charCodeAt(i);
      all |= code;
      bytes[at++] = code;
    }
    if (all > 127) this.exact = false;
    this.at = at;
  }
}
