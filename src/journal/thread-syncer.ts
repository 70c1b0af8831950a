import { getSystemErrorName } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createDoorbell } from '../memory/doorbell-layout.js';
import { DoorbellRinger } from '../memory/doorbell.js';
import { allocateRegion, int32View } from '../memory/region.js';
import { observeInt32, plainWriteInt32, publishInt32 } from '../memory/words.js';
import { SyncWord, SYNC_WORDS_BYTES, type SyncWorkerData } from './sync-words.js';
import type { Syncer } from './syncer.js';

/**
 * Syncs on a thread of its own, so that the engine goes on while the disk works: one sync covers all groups that
 * were written before it began. A request costs two stores and a look at the thread's doorbell; no message, orders wait for it.
 *
 * Why it is right: sync-words.ts. Allocates: never after construction.
 */
export class ThreadSyncer implements Syncer {
  readonly #words: Int32Array;
  readonly #worker: Worker;
  readonly #bell: DoorbellRinger;
  #wanted: number;

  /** @param sequence what is on the platter already: the last record read at start */
  constructor(sequence: number) {
    const region = allocateRegion(SYNC_WORDS_BYTES);
    this.#words = int32View(region);
    this.#wanted = sequence;
    plainWriteInt32(this.#words, SyncWord.wanted, sequence | 0);
    plainWriteInt32(this.#words, SyncWord.done, sequence | 0);
    const bell = createDoorbell();
    this.#bell = new DoorbellRinger(bell);
    const workerData: SyncWorkerData = { region, bell };
    this.#worker = new Worker(new URL('./sync-worker.js', import.meta.url), { workerData });
    this.#worker.unref();
  }

  request(file: number, sequence: number): void {
    if (sequence === this.#wanted) return;
    plainWriteInt32(this.#words, SyncWord.file, file);
    publishInt32(this.#words, SyncWord.wanted, sequence | 0);
    this.#wanted = sequence;
    this.#bell.ring();
  }

  synced(): number {
    const failed = observeInt32(this.#words, SyncWord.failed);
    if (failed !== 0) {
      const code = getSystemErrorName(failed);
      throw Object.assign(new Error(`fdatasync on the syncing thread: ${code}`), { code });
    }
    // Fewer than 2^31 records are ever between the two, so the low bits tell the whole sequence.
    return this.#wanted - (((this.#wanted | 0) - observeInt32(this.#words, SyncWord.done)) | 0);
  }

  idle(): boolean {
    return observeInt32(this.#words, SyncWord.done) === (this.#wanted | 0);
  }

  close(): void {
    void this.#worker.terminate();
  }
}
