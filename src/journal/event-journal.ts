import { EventEncoder } from '../protocol/codec/event-encoder.js';
import type { EngineEvent } from '../protocol/events.js';
import type { JournalWriter } from './journal-writer.js';

/** The journal as the scheduler's event log: events in, records out. */
export class EventJournal {
  readonly writer: JournalWriter;
  readonly #encoder = new EventEncoder();

  constructor(writer: JournalWriter) {
    this.writer = writer;
  }

  /** Copies the event into the open group. @returns its sequence @throws JournalFailure */
  append(event: EngineEvent): number {
    return this.#encoder.append(event, this.writer);
  }

  /** As JournalWriter.commit: with a syncing thread the group is durable once `acknowledged` covers it. */
  commit(): void {
    this.writer.commit();
  }

  /** Last sequence as durable as the class promises. */
  get acknowledged(): number {
    return this.writer.acknowledged;
  }
}
