import { Worker } from 'node:worker_threads';
import { JournalFailure } from './journal-error.js';

interface Answer {
  readonly sequence: number;
  readonly failure: string;
}

/**
 * Publishes finished snapshots on a thread of its own: syncing tens of megabytes takes longer than the engine may
 * stand still (5 ms). One snapshot at a time.
 */
export class SnapshotPublisher {
  readonly #worker = new Worker(new URL('./publish-worker.js', import.meta.url));
  readonly #directory: string;
  readonly #keepBytes: number;
  #busy = false;

  /** @param keepBytes see prune in publish-snapshot.ts */
  constructor(directory: string, keepBytes = 0) {
    this.#directory = directory;
    this.#keepBytes = keepBytes;
    this.#worker.unref();
  }

  /** True from publish until it has been answered: the temporary file is in use. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Resolves once the snapshot counts. @throws JournalFailure */
  publish(sequence: number): Promise<void> {
    if (this.#busy) throw new Error(`snapshot ${sequence} asked while another is being published: wait for it`);
    this.#busy = true;
    return new Promise((resolve, reject) => {
      const settle = (failure: string): void => {
        this.#worker.removeListener('message', onAnswer);
        this.#worker.removeListener('error', onError);
        this.#worker.unref();
        this.#busy = false;
        if (failure === '') resolve();
        else reject(new JournalFailure(this.#directory, `publishing snapshot ${sequence}`, new Error(failure)));
      };
      const onAnswer = (answer: Answer): void => settle(answer.failure);
      const onError = (error: Error): void => settle(error.message);
      this.#worker.on('message', onAnswer);
      this.#worker.on('error', onError);
      this.#worker.ref();
      this.#worker.postMessage({ directory: this.#directory, sequence, keepBytes: this.#keepBytes });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
