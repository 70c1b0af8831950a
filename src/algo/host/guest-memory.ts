/**
 * Writes and reads of one guest's memory in the ABI's units, with plain numbers.
 *
 * Writer: this host, between callbacks.   The guest runs only inside calls, so nothing races.
 * A growing memory detaches its buffer: `refresh` after each call takes new views when that happened.
 * Allocates: only in `refresh` after a growth.
 */
const LOW = 2 ** 32;
const PER_LOW = 1 / LOW;
const SAFE = 2 ** 53;

export class GuestMemory {
  readonly wasm: WebAssembly.Memory;
  u8: Uint8Array;
  u32: Uint32Array;
  #u16: Uint16Array;
  f64: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    this.wasm = memory;
    const { buffer } = memory;
    this.u8 = new Uint8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  get bytes(): number {
    return this.u8.length;
  }

  /** A buffer that its memory grew out of is detached: its views have no length any more. @returns true: it grew */
  refresh(): boolean {
    if (this.u8.length !== 0) return false;
    const { buffer } = this.wasm;
    this.u8 = new Uint8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
    return true;
  }

  set8(at: number, value: number): void {
    this.u8[at] = value;
  }

  set16(at: number, value: number): void {
    this.#u16[at >> 1] = value;
  }

  set32(at: number, value: number): void {
    this.u32[at >> 2] = value;
  }

  /** A u64 or i64 from a safe integer of either sign. */
  set64(at: number, value: number): void {
    const i = at >> 2;
    this.u32[i] = value;
    this.u32[i + 1] = Math.floor(value * PER_LOW);
  }

  /** value * scale to the nearest integer, exactly also beyond 2^53; what passes the signed 64 bits is clipped to them. */
  setScaled(at: number, value: number, scale: number): void {
    const product = Math.round(value * scale);
    if (product < SAFE && product > -SAFE) this.set64(at, product);
    else this.#setWide(at, value, scale);
  }

  /** base + t for a u64 of nanoseconds since the Unix epoch. */
  setTime(at: number, base: TimeBase, tNs: number): void {
    const high = Math.floor(tNs * PER_LOW);
    const low = base.low + (tNs - high * LOW);
    const i = at >> 2;
    this.u32[i] = low;
    this.u32[i + 1] = base.high + high + (low >= LOW ? 1 : 0);
  }

  get32(at: number): number {
    return this.u32[at >> 2] ?? 0;
  }

  zero(at: number, bytes: number): void {
    this.u8.fill(0, at, at + bytes);
  }

  /** Beyond 2^53 only: prices above 9 million, sizes above 90 million units. Rare enough for BigInt. */
  #setWide(at: number, value: number, scale: number): void {
    const negative = value < 0 !== scale < 0;
    const a = Math.abs(value);
    const b = Math.abs(scale);
    const big = BigInt(Math.round(a)) * BigInt(b);
    const most = 0x7fff_ffff_ffff_ffffn;
    const clipped = big > most ? most : big;
    const signed = BigInt.asUintN(64, negative ? -clipped : clipped);
    this.u32[at >> 2] = Number(signed & 0xffff_ffffn);
    this.u32[(at >> 2) + 1] = Number(signed >> 32n);
  }
}

/** Nanoseconds since the Unix epoch at engine time 0, as two halves. */
export class TimeBase {
  readonly low: number;
  readonly high: number;

  constructor(ns: bigint) {
    this.low = Number(ns & 0xffff_ffffn);
    this.high = Number(ns >> 32n);
  }
}
