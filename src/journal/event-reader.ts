import { RecordDecoder } from '../protocol/codec/group-decoder.js';
import type { EngineEvent } from '../protocol/events.js';
import type { JournalCursor } from './journal-cursor.js';

/**
 * A journal's events one by one, whatever formats its records have. Begins where the cursor does, which must be the first
 * record or the one behind a snapshot.
 */
export class EventReader {
  /** Of the event given last. */
  sequence: number;
  readonly #cursor: JournalCursor;
  readonly #decoder = new RecordDecoder();

  constructor(cursor: JournalCursor) {
    this.#cursor = cursor;
    this.sequence = cursor.sequence;
  }

  /** The event given last is its record's last one: what a snapshot can stand on. */
  get endsRecord(): boolean {
    return this.sequence === this.#cursor.sequence;
  }

  /** The next event, null at the end; hot ones are used again. @throws JournalCorruption, CodecError */
  next(): EngineEvent | null {
    let event = this.#decoder.next();
    if (event !== null) {
      this.sequence++;
      return event;
    }
    const cursor = this.#cursor;
    if (!cursor.next()) return null;
    this.#decoder.begin(cursor.type, cursor.bytes, cursor.view, cursor.payloadAt, cursor.payloadBytes);
    event = this.#decoder.next();
    this.sequence = cursor.first;
    return event;
  }
}
