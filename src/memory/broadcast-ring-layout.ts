/** Bytes of the broadcast ring; the promise is in broadcast-ring-writer.ts. */
import { assert } from '../base/assert.js';
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, isPowerOfTwo, type Region } from './region.js';

export const BROADCAST_INTENT = 0;
export const BROADCAST_TAIL = LINE_BYTES;
export const BROADCAST_LATEST = LINE_BYTES + 4;
export const BROADCAST_DATA = 2 * LINE_BYTES;
/** int32 length, int32 type, float64 sequence; the payload follows, padded to BROADCAST_UNIT. */
export const BROADCAST_HEADER_BYTES = 16;
/** Positions count units of 16 bytes, so that a filler always has room for its header. */
export const BROADCAST_UNIT = 16;
export const BROADCAST_PADDING = -1;

export interface BroadcastRing {
  readonly region: Region;
  /** Data bytes, a power of two, 256..2^30. */
  readonly capacityBytes: number;
}

export function broadcastRingBytes(capacityBytes: number): number {
  assert(
    isPowerOfTwo(capacityBytes) && capacityBytes >= 256,
    `broadcast ring capacity must be a power of two of at least 256 bytes, got ${capacityBytes}`,
  );
  return BROADCAST_DATA + capacityBytes;
}

/** The longest payload: an eighth of the ring. */
export function maxBroadcastBytes(capacityBytes: number): number {
  return (capacityBytes >> 3) - BROADCAST_HEADER_BYTES;
}

export function broadcastRecordUnits(length: number): number {
  return (length + BROADCAST_HEADER_BYTES + BROADCAST_UNIT - 1) >> 4;
}

/** A ring with a buffer of its own. */
export function createBroadcastRing(capacityBytes: number): BroadcastRing {
  return { capacityBytes, region: allocateRegion(broadcastRingBytes(capacityBytes)) };
}

export const broadcastRingLayout: LayoutDescription = {
  name: 'Broadcast ring',
  file: 'src/memory/broadcast-ring-layout.ts',
  purpose: 'Records from one thread to any number of readers that the writer doesn’t know.',
  writer: 'one thread, never waits',
  reader: 'any number; each has its own cursor in its own memory',
  size: '256 + capacityBytes',
  limits: 'A reader that is overtaken knows, counts what it lost and goes on at the latest record. Nobody blocks the writer.',
  fields: [
    { at: BROADCAST_INTENT, bytes: 4, name: 'intent', order: 'publish', note: 'where the record being written will end, in units of 16 bytes modulo 2^32' },
    { at: BROADCAST_TAIL, bytes: 4, name: 'tail', order: 'publish', note: 'end of the last whole record, likewise' },
    { at: BROADCAST_LATEST, bytes: 4, name: 'latest', order: 'publish', note: 'start of the last whole record, likewise' },
    { at: BROADCAST_DATA, bytes: 'capacityBytes', name: 'records', order: 'plain', note: 'int32 length, int32 type (−1 = filler), float64 sequence, payload, padded to 16' },
  ],
};
