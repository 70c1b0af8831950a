/**
 * Asks for a snapshot every so many records, one at a time, made by a thread from the journal itself. One that fails is
 * told and tried again sooner; the journal stays whole, only the next start takes longer and nothing is pruned.
 */
import { Worker } from 'node:worker_threads';
import type { EventJournal } from '../journal/event-journal.js';
import type { EngineEvent } from '../protocol/events.js';
import type { EventLog } from '../scheduler/event-log.js';
import type { SnapshotRequest } from './snapshot-worker.js';

export interface BackgroundOptions {
  readonly directory: string;
  readonly runId: Uint8Array;
  readonly everyRecords: number;
  /** Bytes of segments that stay though snapshots don't need them. */
  readonly keepBytes: number;
  /** Lines of graphs' lives belong into the history beside it. */
  readonly tracing: boolean;
  /** Sequence of the newest snapshot, 0 without one. */
  readonly newest: number;
  /** Told why each failed one failed. */
  readonly failed: (why: string) => void;
}

/** For health and metrics. */
export interface SnapshotHealth {
  readonly made: number;
  readonly failed: number;
  /** Sequence of the newest one; 0 without one. */
  readonly newest: number;
  /** Why the last one failed; '' = it did not. */
  readonly failure: string;
  /** Record from which on the next is made. */
  readonly next_at: number;
}

/** A failed one is tried again after this share of the usual records. */
const RETRY_SHARE = 10;

let isWarm = false;

/** A process's first worker costs its main thread milliseconds, later ones tenths: the first is made before anybody trades. */
function warmUp(): void {
  if (isWarm) return;
  isWarm = true;
  new Worker('0', { eval: true }).unref();
}

/** The engine's log, which notices after each commit whether a snapshot is due. */
export class SnapshottingLog implements EventLog {
  readonly #journal: EventJournal;
  readonly #options: BackgroundOptions;
  #nextAt: number;
  /** Last sequence of the snapshot that is made once it is acknowledged; 0 without one. */
  #due = 0;
  #newest: number;
  #made = 0;
  #failed = 0;
  #failure = '';
  #running: Promise<void> | null = null;

  constructor(journal: EventJournal, options: BackgroundOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#newest = options.newest;
    warmUp();
    this.#nextAt = options.newest + options.everyRecords;
  }

  get commitIsSlow(): boolean {
    return this.#journal.writer.durability === 'power';
  }

  health(): SnapshotHealth {
    return {
      made: this.#made, failed: this.#failed, newest: this.#newest, failure: this.#failure, next_at: this.#nextAt,
    };
  }

  append(event: EngineEvent): number {
    return this.#journal.append(event);
  }

  commit(): void {
    this.#journal.commit();
    if (this.#due === 0 && this.#running === null && this.#journal.sequence >= this.#nextAt) {
      this.#due = this.#journal.sequence;
      this.#journal.snapshotFollows();
    }
    // A syncing thread acknowledges later.
    if (this.#due === 0 || this.#journal.acknowledged < this.#due) return;
    this.#nextAt = this.#due + this.#options.everyRecords;
    this.#running = this.#make(this.#due);
    this.#due = 0;
  }

  /** Waits for the one being made: its temporary file is in use. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #make(upTo: number): Promise<void> {
    const { directory, runId, tracing, keepBytes } = this.#options;
    const workerData: SnapshotRequest = { directory, runId, upTo, nowMs: Date.now(), tracing, keepBytes };
    return new Promise((resolve) => {
      const worker = new Worker(new URL('./snapshot-worker.js', import.meta.url), { workerData });
      let isOver = false;
      const end = (failure: string): void => {
        if (isOver) return;
        isOver = true;
        this.#running = null;
        this.#ended(upTo, failure);
        resolve();
      };
      worker.once('message', (failure: string) => end(failure));
      worker.once('error', (error: Error) => end(error.message));
      // Out of memory, for one, ends a thread without a word.
      worker.once('exit', (code) => end(`the thread ended with ${code} before it was done`));
    });
  }

  #ended(upTo: number, failure: string): void {
    this.#failure = failure;
    if (failure === '') {
      this.#made++;
      this.#newest = upTo;
      return;
    }
    this.#failed++;
    this.#nextAt = this.#journal.acknowledged + Math.max(1, Math.floor(this.#options.everyRecords / RETRY_SHARE));
    this.#options.failed(`${failure}; tried again at record ${this.#nextAt}`);
  }
}
