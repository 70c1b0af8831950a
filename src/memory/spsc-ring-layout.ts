/** Bytes of the ring of fixed cells; the promise is in spsc-ring-writer.ts. */
import { assert } from '../base/assert.js';
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, isPowerOfTwo, roundUp, type Region } from './region.js';

export const RING_HEAD = 0;
export const RING_CELLS = LINE_BYTES;
/** Each cell begins with its number and the count of cells that were published with it; the payload follows. */
export const RING_CELL_HEADER_BYTES = 8;

export interface SpscRingShape {
  /** Cells, a power of two, 2..2^24. */
  readonly capacity: number;
  /** Bytes of one cell's payload, a multiple of 8; 56 of them share a cache line with the cell's number. */
  readonly cellBytes: number;
}

/** A ring's place and shape, for both ends. */
export interface SpscRing extends SpscRingShape {
  readonly region: Region;
}

/** From one cell to the next: no cell of up to 56 bytes lies across two lines. */
export function ringStride(cellBytes: number): number {
  const bytes = cellBytes + RING_CELL_HEADER_BYTES;
  if (bytes > 64) return roundUp(bytes, 64);
  return bytes > 32 ? 64 : bytes > 16 ? 32 : 16;
}

export function spscRingBytes(shape: SpscRingShape): number {
  assert(isPowerOfTwo(shape.capacity) && shape.capacity >= 2, `ring capacity must be a power of two, got ${shape.capacity}`);
  assert(shape.capacity <= 2 ** 24, `ring capacity must be at most 2^24, got ${shape.capacity}`);
  assert(shape.cellBytes > 0 && shape.cellBytes % 8 === 0, `cell bytes must be a multiple of 8, got ${shape.cellBytes}`);
  return RING_CELLS + shape.capacity * ringStride(shape.cellBytes);
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
  size: '128 + capacity × stride; stride = cellBytes + 8, rounded up to 16, 32, 64 or a multiple of 64',
  limits: 'Full: `claim()` returns −1 and the caller counts it. Reader dead: the ring stays full, its heartbeat ages.',
  fields: [
    { at: RING_HEAD, bytes: 4, name: 'head', order: 'publish', note: 'cells released, modulo 2^32; by the reader' },
    { at: RING_CELLS, bytes: 4, name: 'number', order: 'publish', note: 'of each cell: 1 + its position since the start, modulo 2^32, once it is written; by the writer' },
    { at: RING_CELLS + 4, bytes: 4, name: 'count', order: 'plain', note: 'of each cell: cells from here on that its number hands over; by the writer' },
    { at: RING_CELLS + RING_CELL_HEADER_BYTES, bytes: 'cellBytes', name: 'payload', order: 'plain', note: 'of each cell: handed over by its number, back by head' },
  ],
};
