/** Ring of records of any length: the reader's end. The promise and the proof are in message-ring-writer.ts. */
import {
  MESSAGE_DATA, MESSAGE_HEAD, MESSAGE_HEADER_BYTES, MESSAGE_PADDING, MESSAGE_TAIL, messageRecordBytes, messageRingBytes,
  type MessageRing,
} from './message-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, plainReadInt32, publishInt32 } from './words.js';

const TAIL = MESSAGE_TAIL >> 2;
const HEAD = MESSAGE_HEAD >> 2;

export class MessageRingReader {
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  /** For DataView codecs; its byte 0 is the region's. */
  readonly view: DataView;
  /** Of the record that peek() found. */
  type = 0;
  /** Payload bytes of the record that peek() found. */
  length = 0;
  readonly #mask: number;
  #head: number;
  #released: number;
  #tailSeen: number;

  constructor(ring: MessageRing) {
    requireRegion(ring.region, messageRingBytes(ring.capacityBytes), 'message ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.view = new DataView(ring.region.buffer, ring.region.offset, ring.region.bytes);
    this.#mask = ring.capacityBytes - 1;
    this.#head = observeInt32(this.int32, HEAD);
    this.#released = this.#head;
    this.#tailSeen = this.#head;
  }

  /** Byte index of the oldest unread record's payload within the views, or -1; sets `type` and `length`. */
  peek(): number {
    if (this.#head === this.#tailSeen) {
      this.#tailSeen = observeInt32(this.int32, TAIL);
      if (this.#head === this.#tailSeen) return -1;
    }
    let at = this.#head & this.#mask;
    if (plainReadInt32(this.int32, (MESSAGE_DATA + at + 4) >> 2) === MESSAGE_PADDING) {
      const filler = plainReadInt32(this.int32, (MESSAGE_DATA + at) >> 2) + MESSAGE_HEADER_BYTES;
      this.#head = (this.#head + filler) | 0; // a filler is published with the record after it, never alone
      at = 0;
    }
    this.length = plainReadInt32(this.int32, (MESSAGE_DATA + at) >> 2);
    this.type = plainReadInt32(this.int32, (MESSAGE_DATA + at + 4) >> 2);
    return MESSAGE_DATA + at + MESSAGE_HEADER_BYTES;
  }

  /** Goes past the record that peek() found; its bytes are the writer's again after release(). */
  advance(): void {
    this.#head = (this.#head + messageRecordBytes(this.length)) | 0;
  }

  /** Gives everything read so far back to the writer. */
  release(): void {
    if (this.#released === this.#head) return;
    this.#released = this.#head;
    publishInt32(this.int32, HEAD, this.#head);
  }

  /** True when peek() would find a record. */
  hasNext(): boolean {
    if (this.#head !== this.#tailSeen) return true;
    this.#tailSeen = observeInt32(this.int32, TAIL);
    return this.#head !== this.#tailSeen;
  }
}
