/**
 * Broadcast ring: a reader with its own cursor. The promise and the proof are in broadcast-ring-writer.ts.
 * Records are copied out, because the writer may overwrite them at any time. Starts at what is written next.
 */
import {
  BROADCAST_DATA, BROADCAST_HEADER_BYTES, BROADCAST_INTENT, BROADCAST_LATEST, BROADCAST_PADDING, BROADCAST_TAIL, BROADCAST_UNIT,
  broadcastRecordUnits, broadcastRingBytes, maxBroadcastBytes, type BroadcastRing,
} from './broadcast-ring-layout.js';
import { float64View, int32View, requireRegion } from './region.js';
import { loadFence, observeInt32, plainReadFloat64, plainReadInt32, plainWriteFloat64 } from './words.js';

export const NOTHING = 0;
export const RECEIVED = 1;
/** Overtaken: some records are lost, `lost` says how many once the next one is received. */
export const LAPPED = -1;

export class BroadcastRingReader {
  /** The record received last: payload from byte 0, and views of the same bytes. */
  readonly payload: Uint8Array;
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly view: DataView;
  length = 0;
  type = 0;
  /** Number of the record received last, from 0. */
  sequence = -1;
  /** Records never seen since the first one received, and the times the writer was a lap ahead. */
  lost = 0;
  laps = 0;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #units: number;
  readonly #maxLength: number;
  #cursor: number;
  #expected = -1;
  /** Joined or overtaken: the next record's number is taken as it is. */
  #rejoining = true;

  constructor(ring: BroadcastRing) {
    requireRegion(ring.region, broadcastRingBytes(ring.capacityBytes), 'broadcast ring');
    this.#words = int32View(ring.region);
    this.#doubles = float64View(ring.region);
    this.#units = ring.capacityBytes / BROADCAST_UNIT;
    this.#maxLength = maxBroadcastBytes(ring.capacityBytes);
    const own = new ArrayBuffer((this.#maxLength + 15) & ~15);
    this.payload = new Uint8Array(own);
    this.int32 = new Int32Array(own);
    this.float64 = new Float64Array(own);
    this.view = new DataView(own);
    this.#cursor = observeInt32(this.#words, BROADCAST_TAIL >> 2);
  }

  /** Copies the next record: RECEIVED, NOTHING or LAPPED (go on calling; make up for what was lost). */
  receive(): number {
    while (this.#cursor !== observeInt32(this.#words, BROADCAST_TAIL >> 2)) {
      const at = BROADCAST_DATA + (this.#cursor & (this.#units - 1)) * BROADCAST_UNIT;
      const length = plainReadInt32(this.#words, at >> 2);
      const type = plainReadInt32(this.#words, (at + 4) >> 2);
      const sequence = plainReadFloat64(this.#doubles, (at + 8) >> 3);
      if (type !== BROADCAST_PADDING) this.#copy(at + BROADCAST_HEADER_BYTES, length);
      loadFence();
      const ahead = (observeInt32(this.#words, BROADCAST_INTENT >> 2) - this.#cursor) | 0;
      if (ahead > this.#units || ahead <= 0) return this.#lapped();
      if (type !== BROADCAST_PADDING && !this.#rejoining && sequence !== this.#expected) return this.#lapped();
      this.#cursor = (this.#cursor + broadcastRecordUnits(length)) | 0;
      if (type === BROADCAST_PADDING) continue;
      if (this.#rejoining && this.#expected >= 0) this.lost += sequence - this.#expected;
      this.#rejoining = false;
      this.length = length;
      this.type = type;
      this.sequence = sequence;
      this.#expected = sequence + 1;
      return RECEIVED;
    }
    return NOTHING;
  }

  #lapped(): number {
    this.laps++;
    this.#rejoining = true;
    this.#cursor = observeInt32(this.#words, BROADCAST_LATEST >> 2);
    return LAPPED;
  }

  /** Copies by eight bytes; a torn length is clipped, the check after the copy throws the record away. */
  #copy(from: number, length: number): void {
    const bytes = Math.min(length < 0 ? 0 : length, this.#maxLength);
    const words = (bytes + 7) >> 3;
    for (let i = 0; i < words; i++) plainWriteFloat64(this.float64, i, plainReadFloat64(this.#doubles, (from >> 3) + i));
  }
}
