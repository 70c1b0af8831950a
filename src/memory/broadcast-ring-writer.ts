/**
 * Broadcast ring: one writer that never waits, readers that may be overtaken and know it.
 *
 *   byte   0  intent  writer publishes before it overwrites, readers observe after they copied
 *   byte 128  tail    writer publishes after a record is whole, readers observe before they read
 *   byte 132  latest  start of the last whole record: where an overtaken reader goes on
 *   byte 256  records [length i32][type i32][sequence f64][payload … pad to 16], plain
 *
 * Why it is right
 *   W1 publish intent, store fence     R1 observe tail
 *   W2 write the record (plain)        R2 copy the record (plain), load fence
 *   W3 publish tail, then latest       R3 observe intent: no more than a lap ahead of the record's start
 *   R1 sees W3 ⇒ R2 sees W2. If R2 saw bytes of a later lap, their W1 came before, so R3 sees it and says so.
 *   Latest after tail: a reader that goes on at latest must never be ahead of tail, or it takes a record twice.
 *   A reader asleep for 2^32 units is caught by the sequence, which never repeats.
 *
 * Full: never; the oldest record is overwritten. Writer gone: its heartbeat ages.
 * Allocates: never after construction.   Race table: test/race/broadcast-ring.race.ts
 */
import { recordTooLong } from './message-ring-layout.js';
import {
  BROADCAST_DATA, BROADCAST_HEADER_BYTES, BROADCAST_INTENT, BROADCAST_LATEST, BROADCAST_PADDING, BROADCAST_TAIL, BROADCAST_UNIT,
  broadcastRecordUnits, broadcastRingBytes, maxBroadcastBytes, type BroadcastRing,
} from './broadcast-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, plainWriteFloat64, plainWriteInt32, publishInt32, storeFence } from './words.js';

export class BroadcastRingWriter {
  /** Views of the whole region: payloads are written through them between begin() and end(). */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly view: DataView;
  readonly maxLength: number;
  /** Records written. */
  sequence = 0;
  readonly #units: number;
  #tail: number;
  #start = 0;
  #end = 0;

  constructor(ring: BroadcastRing) {
    requireRegion(ring.region, broadcastRingBytes(ring.capacityBytes), 'broadcast ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.view = new DataView(ring.region.buffer, ring.region.offset, ring.region.bytes);
    this.maxLength = maxBroadcastBytes(ring.capacityBytes);
    this.#units = ring.capacityBytes / BROADCAST_UNIT;
    this.#tail = observeInt32(this.int32, BROADCAST_TAIL >> 2);
  }

  /** Announces a record: byte index of its payload within the views (a multiple of 16). @param type 0 or more */
  begin(type: number, length: number): number {
    if (!(length >= 0 && length <= this.maxLength)) throw recordTooLong(length, this.maxLength);
    const units = broadcastRecordUnits(length);
    const at = this.#tail & (this.#units - 1);
    const filler = units > this.#units - at ? this.#units - at : 0;
    this.#start = (this.#tail + filler) | 0;
    this.#end = (this.#start + units) | 0;
    publishInt32(this.int32, BROADCAST_INTENT >> 2, this.#end);
    storeFence();
    if (filler > 0) this.#header(at, filler * BROADCAST_UNIT - BROADCAST_HEADER_BYTES, BROADCAST_PADDING);
    const from = this.#start & (this.#units - 1);
    this.#header(from, length, type);
    return BROADCAST_DATA + from * BROADCAST_UNIT + BROADCAST_HEADER_BYTES;
  }

  /** The record that begin() announced is whole. */
  end(): void {
    this.sequence++;
    this.#tail = this.#end;
    publishInt32(this.int32, BROADCAST_TAIL >> 2, this.#tail);
    publishInt32(this.int32, BROADCAST_LATEST >> 2, this.#start);
  }

  /** Copies a whole record in. */
  transmit(type: number, payload: Uint8Array): void {
    this.uint8.set(payload, this.begin(type, payload.length));
    this.end();
  }

  #header(unit: number, length: number, type: number): void {
    const at = BROADCAST_DATA + unit * BROADCAST_UNIT;
    plainWriteInt32(this.int32, at >> 2, length);
    plainWriteInt32(this.int32, (at + 4) >> 2, type);
    plainWriteFloat64(this.float64, (at + 8) >> 3, this.sequence);
  }
}
