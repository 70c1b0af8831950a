import { segmentNameSequence, segmentName } from './format.js';
import { JournalFailure } from './journal-error.js';
import type { JournalFs } from './journal-fs.js';
import { listSnapshots, loadSnapshot, SNAPSHOT_TEMP_NAME, snapshotName } from './snapshot.js';

/**
 * Makes a finished snapshot count: syncs the journal's records up to it (a snapshot must never be newer than
 * its journal), syncs the file, names it, then prunes. Works by path, takes milliseconds: run it on a thread that
 * may wait (src/journal/publish-worker.ts).
 * @param keepBytes see prune
 * @throws JournalFailure
 */
export function publishSnapshot(fs: JournalFs, directory: string, sequence: number, keepBytes = 0): void {
  const path = `${directory}/${SNAPSHOT_TEMP_NAME}`;
  try {
    for (const first of segmentsOf(fs, directory).slice(-2)) syncFile(fs, `${directory}/${segmentName(first)}`);
    syncFile(fs, path);
    fs.rename(path, `${directory}/${snapshotName(sequence)}`);
    fs.syncDirectory(directory);
    prune(fs, directory, keepBytes);
  } catch (cause) {
    throw new JournalFailure(path, 'publishing a snapshot', cause);
  }
}

/**
 * Keeps the two newest good snapshots, and every segment with records after the older of the two: if the newest
 * can't be read one day, the other and its tail are there. Damaged ones are left for people to see.
 * @param keepBytes segments behind that go, all of them, once they have more bytes than this: until then the journal can
 * be replayed from its first record
 */
export function prune(fs: JournalFs, directory: string, keepBytes: number): void {
  const good: number[] = [];
  for (const sequence of listSnapshots(fs, directory)) {
    if (good.length === 2) {
      fs.unlink(`${directory}/${snapshotName(sequence)}`);
    } else if (typeof loadSnapshot(fs, directory, sequence) !== 'string') {
      good.push(sequence);
    }
  }
  const older = good[1];
  if (older === undefined) return;
  const segments = segmentsOf(fs, directory);
  const behind = segments.filter((_, i) => (segments[i + 1] ?? Infinity) <= older + 1).map((first) => `${directory}/${segmentName(first)}`);
  if (keepBytes > 0 && behind.reduce((sum, path) => sum + sizeOf(fs, path), 0) <= keepBytes) return;
  for (const path of behind) {
    // Oldest first: whatever a crash leaves has no hole.
    fs.unlink(path);
    fs.syncDirectory(directory);
  }
}

function sizeOf(fs: JournalFs, path: string): number {
  const file = fs.open(path, 'read');
  try {
    return fs.size(file);
  } finally {
    fs.close(file);
  }
}

function segmentsOf(fs: JournalFs, directory: string): number[] {
  const found = fs.list(directory).map(segmentNameSequence);
  return found.filter((first) => first !== undefined).sort((a, b) => a - b);
}

function syncFile(fs: JournalFs, path: string): void {
  const file = fs.open(path, 'write');
  try {
    fs.dataSync(file);
  } finally {
    fs.close(file);
  }
}
