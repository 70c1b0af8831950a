/** Ring of fixed cells: the reader's end. The promise and the proof are in spsc-ring-writer.ts. */
import { RING_CELLS, RING_HEAD, RING_TAIL, spscRingBytes, type SpscRing } from './spsc-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, publishInt32 } from './words.js';

const TAIL = RING_TAIL >> 2;
const HEAD = RING_HEAD >> 2;

export class SpscRingReader {
  /** Views of the whole region: cells are read through them with plainRead. */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly capacity: number;
  readonly #mask: number;
  readonly #cellBytes: number;
  #head: number;
  #released: number;
  #tailSeen: number;

  constructor(ring: SpscRing) {
    requireRegion(ring.region, spscRingBytes(ring), 'ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.capacity = ring.capacity;
    this.#mask = ring.capacity - 1;
    this.#cellBytes = ring.cellBytes;
    this.#head = observeInt32(this.int32, HEAD);
    this.#released = this.#head;
    this.#tailSeen = this.#head;
  }

  /** Byte index of the oldest unread cell within the views, or -1 when there is none. */
  peek(): number {
    if (this.#head === this.#tailSeen) {
      this.#tailSeen = observeInt32(this.int32, TAIL);
      if (this.#head === this.#tailSeen) return -1;
    }
    return RING_CELLS + (this.#head & this.#mask) * this.#cellBytes;
  }

  /** Goes to the next cell; the one read is the writer's again after release(). */
  advance(): void {
    this.#head = (this.#head + 1) | 0;
  }

  /** Gives every cell read so far back to the writer. Cheap when there is none. */
  release(): void {
    if (this.#released === this.#head) return;
    this.#released = this.#head;
    publishInt32(this.int32, HEAD, this.#head);
  }

  /** Cells published and not read, 0..capacity. */
  available(): number {
    this.#tailSeen = observeInt32(this.int32, TAIL);
    return (this.#tailSeen - this.#head) | 0;
  }
}
