/**
 * Words between the writer (engine thread) and the thread that syncs for it.
 *
 *   word  0  wanted  writer publishes, syncer observes: low 32 bits of the last sequence written
 *   word  1  file    plain; the writer's before it publishes wanted
 *   word 32  done    syncer publishes, writer observes: low 32 bits of the last sequence on the platter
 *   word 33  asleep  syncer publishes 1 before its last look at wanted; the writer clears it and wakes it
 *   word 34  failed  syncer publishes the errno of a failed sync, 0 before
 *
 * Why it is right
 *   W1 write the records (kernel)        R1 observe wanted
 *   W2 write file, publish wanted        R2 fdatasync(file), publish done
 *   R1 sees W2 ⇒ the records of W1 are in the kernel before R2.
 *   A file changes only after the writer has synced the old one itself: whichever the syncer reads, `done` is true.
 *   Asleep: syncer publishes it, then looks at wanted; writer publishes wanted, then looks at it: one sees the other.
 */
export const SyncWord = { wanted: 0, file: 1, done: 32, asleep: 33, failed: 34 } as const;
export const SYNC_WORDS_BYTES = 256;
