import { GroupEncoder } from '../protocol/codec/group-encoder.js';
import { groupType } from '../protocol/codec/record-type.js';
import type { EngineEvent } from '../protocol/events.js';
import type { JournalWriter } from './journal-writer.js';

/** The journal as the scheduler's event log: events in, a record a commit out. */
export class EventJournal {
  readonly writer: JournalWriter;
  readonly #group = new GroupEncoder();
  /** Of the group's bytes. */
  #words = new Int32Array(0);

  constructor(writer: JournalWriter) {
    this.writer = writer;
  }

  /** Last sequence appended, committed or not. */
  get sequence(): number {
    return this.writer.sequence + this.#group.count;
  }

  /** Last sequence as durable as the class promises. */
  get acknowledged(): number {
    return this.writer.acknowledged;
  }

  /** Copies the event into the open group. @returns its sequence @throws JournalFailure, CodecError */
  append(event: EngineEvent): number {
    if (this.writer.failure !== undefined) throw this.writer.failure;
    if (this.#group.full) this.#close();
    this.#group.append(event);
    return this.writer.sequence + this.#group.count;
  }

  /** As JournalWriter.commit: with a syncing thread the group is durable once `acknowledged` covers it. */
  commit(): void {
    this.#close();
    this.writer.commit();
  }

  /** A snapshot shall hold what was appended so far: what comes after it can be read without what was before. */
  snapshotFollows(): void {
    this.#close();
    this.#group.forget();
  }

  /** As JournalWriter.close. */
  close(): void {
    try {
      if (this.writer.failure === undefined) this.#close();
    } finally {
      this.writer.close();
    }
  }

  #close(): void {
    const group = this.#group;
    if (group.count === 0) return;
    if (this.#words.buffer !== group.bytes.buffer) this.#words = new Int32Array(group.bytes.buffer);
    this.writer.appendWords(groupType(group.count), this.#words, group.length);
    group.close();
  }
}
