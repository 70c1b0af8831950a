/** Thread of ThreadSyncer: fdatasync as long as something newer is wanted, then sleep until a message comes. */
import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../base/assert.js';
import { observeInt32, plainReadInt32, publishInt32 } from '../memory/words.js';
import { int32View, type Region } from '../memory/region.js';
import { SyncWord } from './sync-words.js';

const port = must(parentPort, 'sync-worker runs as a worker thread');
const words = int32View((workerData as { readonly region: Region }).region);
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

function untilNothingIsWanted(): void {
  do {
    publishInt32(words, SyncWord.asleep, 0);
    if (!syncWhatIsWanted()) return;
    publishInt32(words, SyncWord.asleep, 1);
  } while (observeInt32(words, SyncWord.wanted) !== plainReadInt32(words, SyncWord.done));
}

port.on('message', untilNothingIsWanted);
untilNothingIsWanted();
