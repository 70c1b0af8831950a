import type { JournalFs } from './journal-fs.js';

/**
 * Who puts written bytes on the platter for durability `power`: in line, or a thread of its own. The writer
 * asks after each group and learns by `synced` how far it got.
 */
export interface Syncer {
  /** Everything written to `file` so far, up to record `sequence`, shall be synced. */
  request(file: number, sequence: number): void;
  /** Highest sequence that is on the platter. @throws the system's error once a sync has failed */
  synced(): number;
  /** Every request has been answered: files may be closed. */
  idle(): boolean;
  close(): void;
}

/** Syncs before `request` returns. */
export class InlineSyncer implements Syncer {
  readonly #fs: JournalFs;
  #synced = 0;

  constructor(fs: JournalFs) {
    this.#fs = fs;
  }

  request(file: number, sequence: number): void {
    this.#fs.dataSync(file);
    this.#synced = sequence;
  }

  synced(): number {
    return this.#synced;
  }

  idle(): boolean {
    return true;
  }

  close(): void {}
}
