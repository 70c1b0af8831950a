/** Bytes of the ring of records of any length; the promise is in message-ring-writer.ts. */
import { InvariantError, assert } from '../base/assert.js';
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, isPowerOfTwo, type Region } from './region.js';

export const MESSAGE_TAIL = 0;
export const MESSAGE_HEAD = LINE_BYTES;
export const MESSAGE_DATA = 2 * LINE_BYTES;
/** int32 length of the payload, int32 type; the payload follows, padded to 8 bytes. */
export const MESSAGE_HEADER_BYTES = 8;
/** Type of the filler that ends a lap too short for the next record. Types of records are 0 or more. */
export const MESSAGE_PADDING = -1;

/** A ring's place and size, for both ends. */
export interface MessageRing {
  readonly region: Region;
  /** Data bytes, a power of two, 64..2^30. */
  readonly capacityBytes: number;
}

export function messageRingBytes(capacityBytes: number): number {
  assert(
    isPowerOfTwo(capacityBytes) && capacityBytes >= 64,
    `message ring capacity must be a power of two of at least 64 bytes, got ${capacityBytes}`,
  );
  return MESSAGE_DATA + capacityBytes;
}

/** Bytes of the ring that a record of `length` payload bytes takes. */
export function messageRecordBytes(length: number): number {
  return (length + MESSAGE_HEADER_BYTES + 7) & ~7;
}

/** The longest payload: an eighth of the ring, so that padding never starves it. */
export function maxMessageBytes(capacityBytes: number): number {
  return (capacityBytes >> 3) - MESSAGE_HEADER_BYTES;
}

/** For hot paths: an assert would build its message on every call. */
export function recordTooLong(length: number, max: number): InvariantError {
  return new InvariantError(`record of ${length} bytes: at most ${max} fit this ring`);
}

/** A ring with a buffer of its own. */
export function createMessageRing(capacityBytes: number): MessageRing {
  return { capacityBytes, region: allocateRegion(messageRingBytes(capacityBytes)) };
}

export const messageRingLayout: LayoutDescription = {
  name: 'Ring of records of any length',
  file: 'src/memory/message-ring-layout.ts',
  purpose: 'Commands and reports from one thread to another, in order, none lost.',
  writer: 'one thread',
  reader: 'one thread',
  size: '256 + capacityBytes',
  limits: 'Full: `claim()` returns −1 and the caller counts it. A record is at most an eighth of the ring.',
  fields: [
    { at: MESSAGE_TAIL, bytes: 4, name: 'tail', order: 'publish', note: 'bytes published, modulo 2^32; by the writer' },
    { at: MESSAGE_HEAD, bytes: 4, name: 'head', order: 'publish', note: 'bytes released, modulo 2^32; by the reader' },
    {
      at: MESSAGE_DATA, bytes: 'capacityBytes', name: 'records', order: 'plain',
      note: 'int32 length, int32 type (−1 = filler to the end of the lap), payload, padded to 8',
    },
  ],
};
