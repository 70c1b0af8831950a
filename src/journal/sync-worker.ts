/** Thread of ThreadSyncer: fdatasync as long as something newer is wanted, then sleep until rung. */
import { fdatasyncSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { DoorbellSleeper } from '../memory/doorbell.js';
import { observeInt32, plainReadInt32, publishInt32 } from '../memory/words.js';
import { int32View } from '../memory/region.js';
import { SyncWord, type SyncWorkerData } from './sync-words.js';

const { region, bell } = workerData as SyncWorkerData; // ThreadSyncer's
const words = int32View(region);
const sleeper = new DoorbellSleeper(bell);
const UNKNOWN_ERRNO = -5; // EIO

/** @returns false once a sync has failed: no other is tried */
function syncWhatIsWanted(): boolean {
  let done = plainReadInt32(words, SyncWord.done);
  for (let wanted = observeInt32(words, SyncWord.wanted); wanted !== done; ) {
    try {
      fdatasyncSync(plainReadInt32(words, SyncWord.file));
    } catch (cause) {
      const errno = cause instanceof Error && 'errno' in cause ? Number(cause.errno) : UNKNOWN_ERRNO;
      publishInt32(words, SyncWord.failed, errno || UNKNOWN_ERRNO);
      return false;
    }
    done = wanted;
    publishInt32(words, SyncWord.done, done);
    wanted = observeInt32(words, SyncWord.wanted);
  }
  return true;
}

while (syncWhatIsWanted()) {
  sleeper.announce();
  if (observeInt32(words, SyncWord.wanted) === plainReadInt32(words, SyncWord.done)) sleeper.sleep(Infinity);
  else sleeper.stayAwake();
}
