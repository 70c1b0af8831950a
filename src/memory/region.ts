/**
 * Where a shared structure lives: a range of a SharedArrayBuffer. A plain object, so that it can be handed to
 * a worker as it is.
 */
import { assert } from '../base/assert.js';

/** Two cache lines: adjacent-line prefetch makes 64 bytes too few between words of different writers. */
export const LINE_BYTES = 128;

export interface Region {
  readonly buffer: SharedArrayBuffer;
  /** First byte, a multiple of LINE_BYTES. */
  readonly offset: number;
  readonly bytes: number;
}

export function int32View(region: Region): Int32Array {
  return new Int32Array(region.buffer, region.offset, region.bytes >> 2);
}

export function uint32View(region: Region): Uint32Array {
  return new Uint32Array(region.buffer, region.offset, region.bytes >> 2);
}

export function float64View(region: Region): Float64Array {
  return new Float64Array(region.buffer, region.offset, region.bytes >> 3);
}

export function uint8View(region: Region): Uint8Array {
  return new Uint8Array(region.buffer, region.offset, region.bytes);
}

/** A region with a buffer of its own, zeroed. @param bytes rounded up to LINE_BYTES */
export function allocateRegion(bytes: number): Region {
  const rounded = roundUp(bytes, LINE_BYTES);
  return { buffer: new SharedArrayBuffer(rounded), offset: 0, bytes: rounded };
}

/** The smallest multiple of `step` (a power of two) that is at least `bytes`; both below 2^32. */
export function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}

export function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value <= 2 ** 30 && (value & (value - 1)) === 0;
}

/** Asserts that a region can hold a structure. */
export function requireRegion(region: Region, bytes: number, what: string): void {
  assert(region.offset % LINE_BYTES === 0, `${what}: region must start at a multiple of ${LINE_BYTES}, got ${region.offset}`);
  assert(region.bytes >= bytes, `${what}: region must hold ${bytes} bytes, got ${region.bytes}; carve a larger one`);
}
