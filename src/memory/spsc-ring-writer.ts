/**
 * Ring of fixed cells from one writer to one reader: the writer's end.
 *
 *   byte   0  tail   writer publishes, reader observes     (own cache lines)
 *   byte 128  head   reader publishes, writer observes
 *   byte 256  cells  plain; the writer's until tail passes them, the reader's until head does
 *
 * Why it is right
 *   W1 write the cell (plain)          R1 observe tail
 *   W2 publish tail                    R2 read the cell (plain)
 *   R1 sees W2 ⇒ R2 sees W1.           The same pair backwards, through head, frees the cell.
 *   The writer looks at head only when its copy of it says full; an old copy can only be too careful.
 *
 * Full: claim() returns -1, the caller counts it. Reader gone: tail - head stays, its heartbeat ages.
 * Allocates: never after construction.   Race table: test/race/spsc-ring.race.ts
 */
import { RING_CELLS, RING_HEAD, RING_TAIL, spscRingBytes, type SpscRing } from './spsc-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, publishInt32 } from './words.js';

const TAIL = RING_TAIL >> 2;
const HEAD = RING_HEAD >> 2;

export class SpscRingWriter {
  /** Views of the whole region: cells are written through them with plainWrite. */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly capacity: number;
  readonly #mask: number;
  readonly #cellBytes: number;
  #tail: number;
  #published: number;
  #headSeen: number;

  constructor(ring: SpscRing) {
    requireRegion(ring.region, spscRingBytes(ring), 'ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.capacity = ring.capacity;
    this.#mask = ring.capacity - 1;
    this.#cellBytes = ring.cellBytes;
    this.#tail = observeInt32(this.int32, TAIL);
    this.#published = this.#tail;
    this.#headSeen = observeInt32(this.int32, HEAD);
  }

  /** Byte index of the next free cell within the views, or -1 when full. Claiming again without commit returns the same cell. */
  claim(): number {
    if (((this.#tail - this.#headSeen) | 0) >= this.capacity) {
      this.#headSeen = observeInt32(this.int32, HEAD);
      if (((this.#tail - this.#headSeen) | 0) >= this.capacity) return -1;
    }
    return RING_CELLS + (this.#tail & this.#mask) * this.#cellBytes;
  }

  /** The claimed cell is written; the reader sees it after the next publish(). */
  commit(): void {
    this.#tail = (this.#tail + 1) | 0;
  }

  /** Hands every committed cell to the reader at once. Cheap when there is none. */
  publish(): void {
    if (this.#published === this.#tail) return;
    this.#published = this.#tail;
    publishInt32(this.int32, TAIL, this.#tail);
  }

  /** Cells the reader has not released yet, 0..capacity; ages by the reader's progress. */
  backlog(): number {
    this.#headSeen = observeInt32(this.int32, HEAD);
    return (this.#tail - this.#headSeen) | 0;
  }
}
