/** Bytes of the ring of fixed cells; the promise is in spsc-ring-writer.ts. */
import { assert } from '../base/assert.js';
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, isPowerOfTwo, type Region } from './region.js';

export const RING_TAIL = 0;
export const RING_HEAD = LINE_BYTES;
export const RING_CELLS = 2 * LINE_BYTES;

export interface SpscRingShape {
  /** Cells, a power of two, 2..2^24. */
  readonly capacity: number;
  /** Bytes of one cell, a multiple of 8. */
  readonly cellBytes: number;
}

/** A ring's place and shape, for both ends. */
export interface SpscRing extends SpscRingShape {
  readonly region: Region;
}

export function spscRingBytes(shape: SpscRingShape): number {
  assert(isPowerOfTwo(shape.capacity) && shape.capacity >= 2, `ring capacity must be a power of two, got ${shape.capacity}`);
  assert(shape.capacity <= 2 ** 24, `ring capacity must be at most 2^24, got ${shape.capacity}`);
  assert(shape.cellBytes > 0 && shape.cellBytes % 8 === 0, `cell bytes must be a multiple of 8, got ${shape.cellBytes}`);
  return RING_CELLS + shape.capacity * shape.cellBytes;
}

/** A ring with a buffer of its own. */
export function createSpscRing(capacity: number, cellBytes: number): SpscRing {
  return { capacity, cellBytes, region: allocateRegion(spscRingBytes({ capacity, cellBytes })) };
}

export const spscRingLayout: LayoutDescription = {
  name: 'Ring of fixed cells',
  file: 'src/memory/spsc-ring-layout.ts',
  purpose: 'Records of one size from one thread to another, in order, none lost.',
  writer: 'one thread',
  reader: 'one thread',
  size: '256 + capacity × cellBytes',
  limits: 'Full: `claim()` returns −1 and the caller counts it. Reader dead: the ring stays full, its heartbeat ages.',
  fields: [
    { at: RING_TAIL, bytes: 4, name: 'tail', order: 'publish', note: 'cells published, modulo 2^32; by the writer' },
    { at: RING_HEAD, bytes: 4, name: 'head', order: 'publish', note: 'cells released, modulo 2^32; by the reader' },
    { at: RING_CELLS, bytes: 'capacity × cellBytes', name: 'cells', order: 'plain', note: 'handed over by tail, back by head' },
  ],
};
