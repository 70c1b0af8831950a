/**
 * What the engine thread tells the main thread, in batches: one record holds the answers and events of a round, since
 * starting a serialiser costs more than most of what it writes.
 */
import type { RecordSender } from './record-sender.js';
import { readValue, sendValue } from './value-codec.js';

/** Values of one record, at most: the reader takes whole records. */
const BATCH_MAX = 128;
const BATCH = 0x2000;

export class Outbox {
  readonly #sender: RecordSender;
  /** Flat pairs: type, value. */
  readonly #batch: unknown[] = [];

  constructor(sender: RecordSender) {
    this.#sender = sender;
  }

  /** Batches that wait for room. */
  get waiting(): number {
    return this.#sender.waiting;
  }

  /** @param value not changed before the next flush() */
  put(type: number, value: unknown): void {
    this.#batch.push(type, value);
    if (this.#batch.length >= 2 * BATCH_MAX) this.#send();
  }

  /** At the end of a round. Returns how much was handed over of what had to wait. */
  flush(): number {
    const done = this.#sender.flush();
    this.#send();
    return done;
  }

  #send(): void {
    if (this.#batch.length === 0) return;
    sendValue(this.#sender, BATCH, this.#batch);
    this.#batch.length = 0;
  }
}

/** Each value of a record that an Outbox sent, in order. */
export function readBatch(bytes: Uint8Array, at: number, length: number, take: (type: number, value: unknown) => void): void {
  const batch = readValue(bytes, at, length) as unknown[]; // flat pairs
  for (let i = 0; i + 1 < batch.length; i += 2) take(batch[i] as number, batch[i + 1]);
}
