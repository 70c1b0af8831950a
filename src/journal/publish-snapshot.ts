import { segmentNameSequence, segmentName } from './format.js';
import { JournalFailure } from './journal-error.js';
import type { JournalFs } from './journal-fs.js';
import { listSnapshots, loadSnapshot, SNAPSHOT_TEMP_NAME, snapshotName } from './snapshot.js';

/**
 * Makes a finished snapshot count: syncs the journal's records up to it (a snapshot must never be newer than
 * its journal), syncs the file, names it, then prunes. Works by path, takes milliseconds: run it on a thread that
 * may wait (src/journal/publish-thread.ts).
 * @throws JournalFailure
 */
export function publishSnapshot(fs: JournalFs, directory: string, sequence: number): void {
  const path = `${directory}/${SNAPSHOT_TEMP_NAME}`;
  try {
    for (const first of segmentsOf(fs, directory).slice(-2)) syncFile(fs, `${directory}/${segmentName(first)}`);
    syncFile(fs, path);
    fs.rename(path, `${directory}/${snapshotName(sequence)}`);
    fs.syncDirectory(directory);
    prune(fs, directory);
  } catch (cause) {
    throw new JournalFailure(path, 'publishing a snapshot', cause);
  }
}

/**
 * Keeps the two newest good snapshots, and every segment with records after the older of the two: if the newest
 * can't be read one day, the other and its tail are there. Damaged ones are left for people to see.
 */
export function prune(fs: JournalFs, directory: string): void {
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
  for (let i = 0; i + 1 < segments.length; i++) {
    const [first, next] = [segments[i], segments[i + 1]];
    if (first === undefined || next === undefined || next > older + 1) break;
    // Oldest first: whatever a crash leaves has no hole.
    fs.unlink(`${directory}/${segmentName(first)}`);
    fs.syncDirectory(directory);
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
