/** Asks for a snapshot every so many records, one at a time, made by a thread from the journal itself. */
import { Worker } from 'node:worker_threads';
import type { EventJournal } from '../journal/event-journal.js';
import type { EngineEvent } from '../protocol/events.js';
import type { EventLog } from '../scheduler/event-log.js';
import type { SnapshotRequest } from './snapshot-worker.js';

export interface BackgroundOptions {
  readonly directory: string;
  readonly runId: Uint8Array;
  readonly everyRecords: number;
  /** Sequence of the newest snapshot, 0 without one. */
  readonly newest: number;
}

/** The engine's log, which notices after each commit whether a snapshot is due. */
export class SnapshottingLog implements EventLog {
  /** Made since the start, and why the last one failed ('' = it did not); a failed one is tried again later. */
  made = 0;
  failure = '';
  readonly #journal: EventJournal;
  readonly #options: BackgroundOptions;
  #nextAt: number;
  #running: Promise<void> | null = null;

  constructor(journal: EventJournal, options: BackgroundOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#nextAt = options.newest + options.everyRecords;
  }

  append(event: EngineEvent): number {
    return this.#journal.append(event);
  }

  commit(): void {
    this.#journal.commit();
    const upTo = this.#journal.acknowledged;
    if (upTo < this.#nextAt || this.#running !== null) return;
    this.#nextAt = upTo + this.#options.everyRecords;
    this.#running = this.#make(upTo);
  }

  /** Waits for the one being made: its temporary file is in use. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #make(upTo: number): Promise<void> {
    const { directory, runId } = this.#options;
    const workerData: SnapshotRequest = { directory, runId, upTo, nowMs: Date.now() };
    return new Promise((resolve) => {
      const worker = new Worker(new URL('./snapshot-worker.js', import.meta.url), { workerData });
      const end = (failure: string): void => {
        this.failure = failure;
        if (failure === '') this.made++;
        this.#running = null;
        resolve();
      };
      worker.once('message', (failure: string) => end(failure));
      worker.once('error', (error: Error) => end(error.message));
    });
  }
}
