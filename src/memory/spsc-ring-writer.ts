/**
 * Ring of fixed cells from one writer to one reader: the writer's end.
 *
 *   byte   0  head   reader publishes, writer observes     (own cache line)
 *   byte 128  cells  [number i32][count i32][payload]; the writer's until their number says so, the reader's until head does
 *
 * The number lies in the cell's own cache line: handing a cell over moves one line from core to core, not two, and the
 * reader that waits looks at the line that will bring the payload.
 *
 * Why it is right (cells a..b committed since the last publish)
 *   W1 write payloads a..b (plain)                          R1 observe number of a: a + 1
 *   W2 write numbers of a+1..b, count 1 each (plain)        R2 read count of a: b - a + 1 (plain)
 *   W3 write count of a (plain), publish number of a        R3 read payloads a..b (plain)
 *   R1 sees W3 ⇒ R2 sees its count, R3 sees W1: one ordered store and one ordered load a batch. A reader that begins
 *   within a batch (another took its first cells) finds the number and a count of 1 in each cell that is left.
 *   A number of an earlier lap differs from the one waited for: it is smaller by a multiple of the capacity.
 *   Backwards: the reader publishes head when it is done; the writer looks at it only when its copy says full, and an
 *   old copy can only be too careful.
 *
 * Full: claim() returns -1, the caller counts it. Reader gone: the backlog stays, its heartbeat ages.
 * Allocates: never after construction.   Race table: test/race/spsc-ring.race.ts
 */
import { RING_CELL_HEADER_BYTES, RING_CELLS, RING_HEAD, ringStride, spscRingBytes, type SpscRing } from './spsc-ring-layout.js';
import { float64View, int32View, requireRegion, uint8View } from './region.js';
import { observeInt32, plainWriteInt32, publishInt32 } from './words.js';

const HEAD = RING_HEAD >> 2;

export class SpscRingWriter {
  /** Views of the whole region: payloads are written through them with plainWrite. */
  readonly int32: Int32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly capacity: number;
  readonly #mask: number;
  readonly #stride: number;
  #tail: number;
  #published: number;
  #headSeen: number;

  /** Goes on behind what is there: cells published and not yet read stay the reader's. */
  constructor(ring: SpscRing) {
    requireRegion(ring.region, spscRingBytes(ring), 'ring');
    this.int32 = int32View(ring.region);
    this.float64 = float64View(ring.region);
    this.uint8 = uint8View(ring.region);
    this.capacity = ring.capacity;
    this.#mask = ring.capacity - 1;
    this.#stride = ringStride(ring.cellBytes);
    this.#headSeen = observeInt32(this.int32, HEAD);
    this.#tail = this.#headSeen;
    for (let unread = 0; unread < ring.capacity && this.#isWritten(this.#tail); unread++) this.#tail = (this.#tail + 1) | 0;
    this.#published = this.#tail;
  }

  /** Byte index of the next free payload within the views, or -1 when full. Claiming again without commit returns the same. */
  claim(): number {
    if (((this.#tail - this.#headSeen) | 0) >= this.capacity) {
      this.#headSeen = observeInt32(this.int32, HEAD);
      if (((this.#tail - this.#headSeen) | 0) >= this.capacity) return -1;
    }
    return this.#cell(this.#tail) + RING_CELL_HEADER_BYTES;
  }

  /** The claimed cell is written; the reader sees it after the next publish(). */
  commit(): void {
    const tail = this.#tail;
    this.#tail = (tail + 1) | 0;
    // The first of a batch keeps its old number until publish(): nothing behind it is looked at before.
    if (tail === this.#published) return;
    const at = this.#cell(tail) >> 2;
    plainWriteInt32(this.int32, at, this.#tail);
    plainWriteInt32(this.int32, at + 1, 1);
  }

  /** Hands every committed cell to the reader at once. Cheap when there is none. */
  publish(): void {
    const first = this.#published;
    if (first === this.#tail) return;
    this.#published = this.#tail;
    const at = this.#cell(first) >> 2;
    plainWriteInt32(this.int32, at + 1, (this.#tail - first) | 0);
    publishInt32(this.int32, at, (first + 1) | 0);
  }

  /** Cells the reader has not released yet, 0..capacity; ages by the reader's progress. */
  backlog(): number {
    this.#headSeen = observeInt32(this.int32, HEAD);
    return (this.#tail - this.#headSeen) | 0;
  }

  #isWritten(position: number): boolean {
    return observeInt32(this.int32, this.#cell(position) >> 2) === ((position + 1) | 0);
  }

  #cell(position: number): number {
    return RING_CELLS + (position & this.#mask) * this.#stride;
  }
}
