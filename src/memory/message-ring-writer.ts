/**
 * Ring of records of any length from one writer to one reader: the writer's end.
 *
 *   byte   0  tail     writer publishes, reader observes     (own cache lines)
 *   byte 128  head     reader publishes, writer observes
 *   byte 256  records  [length i32][type i32][payload … pad to 8], plain, handed over by tail, back by head
 *
 * A record never wraps: what is left of the lap becomes a filler, published together with the record after it.
 *
 * Why it is right: as the ring of fixed cells (spsc-ring-writer.ts), with positions in bytes.
 *   W1 write filler, header, payload (plain)   W2 publish tail   |   R1 observe tail   R2 read (plain)
 *
 * Full: claim() returns -1, the caller counts it. Reader gone: tail - head stays, its heartbeat ages.
 * Allocates: never after construction.   Race table: test/race/message-ring.race.ts
 */
import {
  MESSAGE_DATA, MESSAGE_HEAD, MESSAGE_HEADER_BYTES, MESSAGE_PADDING, MESSAGE_TAIL, maxMessageBytes, messageRecordBytes,
  messageRingBytes, recordTooLong, type MessageRing,
} from './message-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, plainWriteInt32, publishInt32 } from './words.js';

const TAIL = MESSAGE_TAIL >> 2;
const HEAD = MESSAGE_HEAD >> 2;

export class MessageRingWriter {
  /** Views of the whole region: payloads are written through them with plainWrite, `uint8.set` included. */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  /** For DataView codecs; its byte 0 is the region's. */
  readonly view: DataView;
  readonly maxLength: number;
  readonly #capacity: number;
  readonly #mask: number;
  #tail: number;
  #claimedEnd: number;
  #published: number;
  #headSeen: number;

  constructor(ring: MessageRing) {
    requireRegion(ring.region, messageRingBytes(ring.capacityBytes), 'message ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.view = new DataView(ring.region.buffer, ring.region.offset, ring.region.bytes);
    this.maxLength = maxMessageBytes(ring.capacityBytes);
    this.#capacity = ring.capacityBytes;
    this.#mask = ring.capacityBytes - 1;
    this.#tail = observeInt32(this.int32, TAIL);
    this.#claimedEnd = this.#tail;
    this.#published = this.#tail;
    this.#headSeen = observeInt32(this.int32, HEAD);
  }

  /**
   * Room for a record: byte index of its payload within the views (a multiple of 8), or -1 when the ring is full.
   * @param type 0 or more   @param length payload bytes, at most maxLength
   */
  claim(type: number, length: number): number {
    if (!(length >= 0 && length <= this.maxLength)) throw recordTooLong(length, this.maxLength);
    const bytes = messageRecordBytes(length);
    const at = this.#tail & this.#mask;
    const toEnd = this.#capacity - at;
    const filler = bytes > toEnd ? toEnd : 0;
    if (!this.#hasRoom(filler + bytes)) return -1;
    if (filler > 0) this.#writeHeader(at, filler - MESSAGE_HEADER_BYTES, MESSAGE_PADDING);
    const start = (at + filler) & this.#mask;
    this.#writeHeader(start, length, type);
    this.#claimedEnd = (this.#tail + filler + bytes) | 0;
    return MESSAGE_DATA + start + MESSAGE_HEADER_BYTES;
  }

  /** The claimed record is written; the reader sees it after the next publish(). */
  commit(): void {
    this.#tail = this.#claimedEnd;
  }

  /** Hands every committed record to the reader at once. */
  publish(): void {
    if (this.#published === this.#tail) return;
    this.#published = this.#tail;
    publishInt32(this.int32, TAIL, this.#tail);
  }

  /** Copies a whole record in and publishes it; false when full. */
  offer(type: number, payload: Uint8Array, length: number = payload.length): boolean {
    const at = this.claim(type, length);
    if (at < 0) return false;
    if (length === payload.length) this.uint8.set(payload, at);
    else for (let i = 0; i < length; i++) this.uint8[at + i] = payload[i] as number; // i < length <= payload.length
    this.commit();
    this.publish();
    return true;
  }

  /** Bytes the reader has not released yet. */
  backlog(): number {
    this.#headSeen = observeInt32(this.int32, HEAD);
    return (this.#tail - this.#headSeen) | 0;
  }

  #hasRoom(bytes: number): boolean {
    if (((this.#tail - this.#headSeen) | 0) + bytes <= this.#capacity) return true;
    this.#headSeen = observeInt32(this.int32, HEAD);
    return ((this.#tail - this.#headSeen) | 0) + bytes <= this.#capacity;
  }

  #writeHeader(at: number, length: number, type: number): void {
    plainWriteInt32(this.int32, (MESSAGE_DATA + at) >> 2, length);
    plainWriteInt32(this.int32, (MESSAGE_DATA + at + 4) >> 2, type);
  }
}
