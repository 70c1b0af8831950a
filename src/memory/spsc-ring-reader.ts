/** Ring of fixed cells: the reader's end. The promise and the proof are in spsc-ring-writer.ts. */
import { RING_CELL_HEADER_BYTES, RING_CELLS, RING_HEAD, ringStride, spscRingBytes, type SpscRing } from './spsc-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, plainReadInt32, publishInt32 } from './words.js';

const HEAD = RING_HEAD >> 2;

export class SpscRingReader {
  /** Views of the whole region: payloads are read through them with plainRead. */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly capacity: number;
  readonly #mask: number;
  readonly #stride: number;
  #head: number;
  #released: number;
  /** Cells before this one are known to be written. */
  #seen: number;

  constructor(ring: SpscRing) {
    requireRegion(ring.region, spscRingBytes(ring), 'ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.capacity = ring.capacity;
    this.#mask = ring.capacity - 1;
    this.#stride = ringStride(ring.cellBytes);
    this.#head = observeInt32(this.int32, HEAD);
    this.#released = this.#head;
    this.#seen = this.#head;
  }

  /** Byte index of the oldest unread payload within the views, or -1 when there is none. */
  peek(): number {
    const head = this.#head;
    const at = RING_CELLS + (head & this.#mask) * this.#stride;
    if (((this.#seen - head) | 0) <= 0) {
      if (observeInt32(this.int32, at >> 2) !== ((head + 1) | 0)) return -1;
      this.#seen = (head + plainReadInt32(this.int32, (at >> 2) + 1)) | 0;
    }
    return at + RING_CELL_HEADER_BYTES;
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

  /** Cells published and not read, 0..capacity: counts them. */
  available(): number {
    let count = 0;
    let position = this.#head;
    while (count < this.capacity) {
      const at = RING_CELLS + (position & this.#mask) * this.#stride;
      position = (position + 1) | 0;
      if (observeInt32(this.int32, at >> 2) !== position) break;
      count++;
    }
    return count;
  }
}
