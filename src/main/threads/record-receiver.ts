/** The reading end of a ring that a RecordSender fills. Allocates: for records that came in parts. */
import type { MessageRing } from '../../memory/message-ring-layout.js';
import { MessageRingReader } from '../../memory/message-ring-reader.js';
import { PART, type RecordWords } from './record-sender.js';

/** Where a record's bytes are; `at` is a multiple of 8 in it. */
export interface RecordBytes extends RecordWords {
  readonly view: DataView;
}

/** Bytes are the ring's own: valid during the call only. */
export type TakeRecord = (type: number, from: RecordBytes, at: number, length: number) => void;

export class RecordReceiver {
  readonly #ring: MessageRingReader;
  readonly #take: TakeRecord;
  #parts: Uint8Array[] = [];

  constructor(ring: MessageRing, take: TakeRecord) {
    this.#ring = new MessageRingReader(ring);
    this.#take = take;
  }

  /** Takes at most so many records; returns how many. */
  receive(max: number): number {
    const ring = this.#ring;
    let done = 0;
    for (; done < max; done++) {
      const at = ring.peek();
      if (at < 0) break;
      if (ring.type === PART) this.#parts.push(ring.uint8.slice(at, at + ring.length));
      else if (this.#parts.length > 0) this.#whole(ring.type, ring.uint8.slice(at, at + ring.length));
      else this.#take(ring.type, ring, at, ring.length);
      ring.advance();
    }
    ring.release();
    return done;
  }

  #whole(type: number, last: Uint8Array): void {
    const { buffer } = new Uint8Array(8 * Math.ceil((last.length + this.#parts.reduce((sum, part) => sum + part.length, 0)) / 8));
    const uint8 = new Uint8Array(buffer);
    let length = 0;
    for (const part of [...this.#parts, last]) {
      uint8.set(part, length);
      length += part.length;
    }
    this.#parts = [];
    this.#take(type, { uint8, int32: new Int32Array(buffer), float64: new Float64Array(buffer), view: new DataView(buffer) }, 0, length);
  }
}
