import { refuse } from '../refusal.js';

/** Strict LEB128 and length-checked reads over a module's bytes; every problem is a coded refusal. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    const value = this.bytes[this.at];
    if (this.at >= this.end || value === undefined) {
      return refuse('MALFORMED', `the bytes end at ${this.end} inside an item`, this.at);
    }
    this.at++;
    return value;
  }

  /** Unsigned LEB128 of at most 32 bits; over-long forms are refused. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return refuse('MALFORMED', 'an unsigned LEB128 is longer than 32 bits', this.at);
  }

  /** Skips a signed LEB128 of at most `bits` bits, checking its length and sign extension. */
  skipSigned(bits: 32 | 33 | 64): void {
    const last = Math.ceil(bits / 7) - 1;
    for (let i = 0; i <= last; i++) {
      const byte = this.u8();
      if (i === last) {
        const used = bits - last * 7;
        const high = (byte & 0x7f) >> (used - 1);
        const ones = 0x7f >> (used - 1);
        if (byte < 0x80 && (high === 0 || high === ones)) return;
        break;
      }
      if (byte < 0x80) return;
    }
    refuse('MALFORMED', `a signed LEB128 is longer than ${bits} bits`, this.at);
  }

  /** Signed LEB128 of at most 33 bits. */
  s33(): number {
    const start = this.at;
    this.skipSigned(33);
    let value = 0;
    let scale = 1;
    for (let i = start; i < this.at; i++) {
      value += ((this.bytes[i] ?? 0) & 0x7f) * scale;
      scale *= 128;
    }
    const negative = ((this.bytes[this.at - 1] ?? 0) & 0x40) !== 0;
    return negative ? value - scale : value;
  }

  /** Signed LEB128 of at most 32 bits. */
  s32(): number {
    const start = this.at;
    this.skipSigned(32);
    const ended = this.at;
    this.at = start;
    const value = this.s33();
    this.at = ended;
    return value;
  }

  skip(count: number): void {
    if (count > this.end - this.at) {
      refuse('MALFORMED', `an item of ${count} bytes runs over the end at ${this.end}`, this.at);
    }
    this.at += count;
  }

  /** A count that announces items of at least one byte each: more than the bytes left can't be. */
  count(limit: number, what: string): number {
    const at = this.at;
    const value = this.u32();
    if (value > limit) refuse('LIMIT', `${what}: at most ${limit} are allowed, the module has ${value}`, at);
    if (value > this.end - this.at) refuse('MALFORMED', `${what}: ${value} announced, the bytes end before`, at);
    return value;
  }

  name(limit: number): string {
    const at = this.at;
    const length = this.u32();
    if (length > limit) refuse('LIMIT', `a name has ${length} bytes, at most ${limit} are allowed`, at);
    const start = this.at;
    this.skip(length);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes.subarray(start, this.at));
    } catch {
      return refuse('MALFORMED', 'a name is not UTF-8', at);
    }
  }
}
