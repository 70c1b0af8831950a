import type { EventType } from '../events.js';

/**
 * A journal record's type: the event's kind in the low byte, how it is encoded in the high one. A kind's binary
 * layout never changes under its number; a new layout takes the next, and the old stays readable. A group of events
 * has their number in the low byte.
 */
export const Encoding = { json: 0, binary1: 1, group: 2 } as const;
export type Encoding = (typeof Encoding)[keyof typeof Encoding];

export function recordTypeOf(event: EventType, encoding: Encoding): number {
  return event | (encoding << 8);
}

export function eventTypeOf(recordType: number): number {
  return recordType & 0xff;
}

export function encodingOf(recordType: number): number {
  return recordType >>> 8;
}

export function groupType(events: number): number {
  return events | (Encoding.group << 8);
}

export function isGroup(recordType: number): boolean {
  return recordType >>> 8 === Encoding.group;
}

/** Events, and so sequences, that a record of this type holds. */
export function eventsOf(recordType: number): number {
  return isGroup(recordType) ? recordType & 0xff : 1;
}

/** Where an encoder puts a record: the journal's writer is one. See JournalWriter for the contract. */
export interface RecordSink {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  claim(maxBytes: number): number;
  finish(type: number, length: number): number;
}

/** Bytes that are no event of this build: a record of a newer one, or an encoder's mistake. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}
