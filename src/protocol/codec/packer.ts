/**
 * Writes integers and short text into somebody else's bytes, compactly.
 *
 *   integer   first byte: bit 0 sign, bits 1-6 the magnitude's low bits, bit 7 more; then 7 bits a byte, bit 7 more
 *   text      length as integer, then that many ASCII bytes
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
  #bytes: Uint8Array = noBytes;
  #price = 0;

  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.at = at;
    this.exact = true;
    this.#price = 0;
  }

  byte(value: number): void {
    if (value !== (value & 0xff)) this.exact = false;
    this.#bytes[this.at++] = value;
  }

  /** Any safe integer: 1 byte up to 63, 2 up to 8,191, 8 up to 2^53. */
  integer(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.exact = false;
      return;
    }
    const negative = value < 0 ? 1 : 0;
    let magnitude = negative ? -value : value;
    const bytes = this.#bytes;
    let at = this.at;
    if (magnitude < 64) {
      bytes[at] = negative | (magnitude << 1);
      this.at = at + 1;
      return;
    }
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

  /** A price as the difference from the one before it in this record. */
  price(ticks: number): void {
    this.integer(ticks - this.#price);
    this.#price = ticks;
    if (!Number.isSafeInteger(ticks)) this.exact = false;
  }

  text(value: string): void {
    const { length } = value;
    this.integer(length);
    const bytes = this.#bytes;
    let at = this.at;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      all |= code;
      bytes[at++] = code;
    }
    if (all > 127) this.exact = false;
    this.at = at;
  }
}
