/**
 * Words between the writer (engine thread) and the thread that syncs for it.
 *
 *   word  0  wanted  writer publishes, syncer observes: low 32 bits of the last sequence written
 *   word  1  file    plain; the writer's before it publishes wanted
 *   word 32  done    syncer publishes, writer observes: low 32 bits of the last sequence on the platter
 *   word 33  failed  syncer publishes the errno of a failed sync, 0 before
 *
 * Why it is right
 *   W1 write the records (kernel)        R1 observe wanted
 *   W2 write file, publish wanted        R2 fdatasync(file), publish done
 *   R1 sees W2 ⇒ the records of W1 are in the kernel before R2.
 *   A file changes only after the writer has synced the old one itself: whichever the syncer reads, `done` is true.
 *   Asleep: the syncer's doorbell, rung after W2; its proof is in memory/doorbell.ts.
 */
import type { Region } from '../memory/region.js';

export const SyncWord = { wanted: 0, file: 1, done: 32, failed: 33 } as const;
export const SYNC_WORDS_BYTES = 256;

export interface SyncWorkerData {
  readonly region: Region;
  readonly bell: Region;
}
