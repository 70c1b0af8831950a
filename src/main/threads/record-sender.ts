/**
 * The writing end of a ring between two threads, for records that must not be lost: what finds the ring full waits here,
 * in order, and goes with a later flush(). The sender never blocks. Who sends bounds what can wait: one answer a
 * question, one report an order, and the venues take no orders while their reports wait.
 *
 * A record longer than the ring takes goes in parts, put together by RecordReceiver.
 * Is an event encoder's sink: the record then begins with 8 bytes for a stamp.
 * Allocates: what waits, and a view a record; nothing for records of a fixed layout.
 */
import type { DoorbellRinger } from '../../memory/doorbell.js';
import type { MessageRing } from '../../memory/message-ring-layout.js';
import { MessageRingWriter } from '../../memory/message-ring-writer.js';
import type { RecordSink } from '../../protocol/codec/record-type.js';

/** Type of all but the last part of a long record. */
export const PART = 0x7fff_fffe;
/** The stamp before an event's bytes. */
export const STAMP_BYTES = 8;

/** Longest record of a fixed layout. */
const FIXED_MAX = 512;

/** Views of the bytes that a record is written to. */
export interface RecordWords {
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly float64: Float64Array;
}

function wordsOf(buffer: ArrayBuffer): RecordWords {
  return { uint8: new Uint8Array(buffer), int32: new Int32Array(buffer), float64: new Float64Array(buffer) };
}

export class RecordSender implements RecordSink {
  bytes = new Uint8Array(4_096);
  view = new DataView(this.bytes.buffer);
  /** Records handed over, and those that had to wait. */
  sent = 0;
  delayed = 0;
  readonly #ring: MessageRingWriter;
  readonly #bell: DoorbellRinger;
  readonly #waiting: { readonly type: number; readonly bytes: Uint8Array }[] = [];
  readonly #scratch = wordsOf(new ArrayBuffer(FIXED_MAX));
  /** Where the record of beginFixed() is written. */
  words: RecordWords = this.#scratch;
  #isDirect = false;
  #fixedType = 0;
  #fixedLength = 0;
  #stampNs = 0;

  /** @param bell of the reader's thread */
  constructor(ring: MessageRing, bell: DoorbellRinger) {
    this.#ring = new MessageRingWriter(ring);
    this.#bell = bell;
  }

  /** Records that wait for room. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The stamp of the events encoded next. */
  stamp(stampNs: number): void {
    this.#stampNs = stampNs;
  }

  claim(maxBytes: number): number {
    this.room(STAMP_BYTES + maxBytes);
    this.view.setFloat64(0, this.#stampNs, true);
    return STAMP_BYTES;
  }

  finish(type: number, length: number): number {
    this.send(type, this.bytes.subarray(0, STAMP_BYTES + length));
    return this.sent;
  }

  /** Makes `bytes` and `view` hold at least so many: write there, then send a part of it. */
  room(length: number): void {
    if (this.bytes.length >= length) return;
    this.bytes = new Uint8Array(2 * length);
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * Room for a record of a fixed layout, straight in the ring where it has room: write through `words` from the index
   * returned on (a multiple of 8), then finishFixed(). No copy is made unless the ring is full.
   */
  beginFixed(type: number, length: number): number {
    this.#fixedType = type;
    this.#fixedLength = length;
    const at = this.#waiting.length === 0 ? this.#ring.claim(type, length) : -1;
    this.#isDirect = at >= 0;
    this.words = this.#isDirect ? this.#ring : this.#scratch;
    return this.#isDirect ? at : 0;
  }

  finishFixed(): void {
    if (this.#isDirect) {
      this.#ring.commit();
      this.#ring.publish();
    } else {
      this.#put(this.#fixedType, this.#scratch.uint8.subarray(0, this.#fixedLength));
    }
    this.sent++;
    this.#bell.ring();
  }

  /** @param bytes copied before the call returns */
  send(type: number, bytes: Uint8Array): void {
    const { maxLength } = this.#ring;
    let at = 0;
    for (; bytes.length - at > maxLength; at += maxLength) this.#put(PART, bytes.subarray(at, at + maxLength));
    this.#put(type, at === 0 ? bytes : bytes.subarray(at));
    this.sent++;
    this.#bell.ring();
  }

  /** Hands over what waited; returns how much. */
  flush(): number {
    let done = 0;
    for (const { type, bytes } of this.#waiting) {
      if (!this.#ring.offer(type, bytes)) break;
      done++;
    }
    if (done === 0) return 0;
    this.#waiting.splice(0, done);
    this.#bell.ring();
    return done;
  }

  #put(type: number, bytes: Uint8Array): void {
    if (this.#waiting.length === 0 && this.#ring.offer(type, bytes)) return;
    this.#waiting.push({ type, bytes: bytes.slice() });
    this.delayed++;
  }
}
