/** The reading end of a ring that a RecordSender fills. Allocates: for records that came in parts. */
import type { MessageRing } from '../../memory/message-ring-layout.js';
import { MessageRingReader } from '../../memory/message-ring-reader.js';
import { PART } from './record-sender.js';

/** Bytes are the ring's own: valid during the call only. */
export type TakeRecord = (type: number, bytes: Uint8Array, view: DataView, at: number, length: number) => void;

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
      else this.#take(ring.type, ring.uint8, ring.view, at, ring.length);
      ring.advance();
    }
    ring.release();
    return done;
  }

  #whole(type: number, last: Uint8Array): void {
    const bytes = new Uint8Array(Buffer.concat([...this.#parts, last]));
    this.#parts = [];
    this.#take(type, bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }
}
