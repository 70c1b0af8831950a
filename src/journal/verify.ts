import { JournalCorruption, type JournalPlace, type JournalProblem } from './journal-error.js';
import type { JournalFs } from './journal-fs.js';
import { JournalCursor, type JournalNote, readHeaders } from './journal-cursor.js';
import { listSnapshots, loadSnapshot } from './snapshot.js';

/** What a look at every byte of a journal found. */
export interface Verdict {
  readonly segments: number;
  readonly records: number;
  readonly payloadBytes: number;
  readonly firstSequence: number;
  /** Last good record; what comes after it can't be trusted if there is a problem. */
  readonly lastSequence: number;
  readonly snapshots: readonly { readonly sequence: number; readonly problem: string }[];
  readonly notes: readonly JournalNote[];
  readonly problem: { readonly kind: JournalProblem; readonly place: JournalPlace; readonly message: string } | undefined;
}

/** Reads everything, changes nothing. @throws only when the directory can't be read at all */
export function verifyJournal(fs: JournalFs, directory: string): Verdict {
  const snapshots = listSnapshots(fs, directory).map((sequence) => {
    const loaded = loadSnapshot(fs, directory, sequence);
    return { sequence, problem: typeof loaded === 'string' ? loaded : '' };
  });
  let cursor: JournalCursor | undefined;
  let [records, payloadBytes, firstSequence, segments] = [0, 0, 0, 0];
  let problem: Verdict['problem'];
  try {
    const headers = readHeaders(fs, directory);
    refuseEmpty(headers.length, directory);
    segments = headers.length;
    firstSequence = headers[0]?.header.firstSequence ?? 1;
    cursor = new JournalCursor(fs, directory, firstSequence);
    while (cursor.next()) {
      records++;
      payloadBytes += cursor.payloadBytes;
    }
    checkSnapshotsBelong(snapshots.filter(({ problem: wrong }) => wrong === ''), cursor.sequence, directory);
  } catch (cause) {
    if (!(cause instanceof JournalCorruption)) throw cause;
    problem = { kind: cause.problem, place: cause.place, message: cause.message };
  }
  const lastSequence = cursor?.sequence ?? 0;
  return {
    segments, records, payloadBytes, firstSequence, lastSequence, snapshots, notes: cursor?.notes ?? [], problem,
  };
}

/** @throws JournalCorruption where there is nothing to look at */
export function refuseEmpty(segments: number, directory: string): void {
  if (segments > 0) return;
  const place = { file: `${directory}/`, offset: 0, sequence: 1 };
  throw new JournalCorruption('missing_segment', place, 'no segments here, so this is no journal, or it has lost them');
}

function checkSnapshotsBelong(
  snapshots: readonly { readonly sequence: number }[], last: number, directory: string,
): void {
  const newest = snapshots[0];
  if (newest === undefined || newest.sequence <= last) return;
  const place = { file: `${directory}/`, offset: 0, sequence: last + 1 };
  const what = `the journal ends with ${last}, a snapshot has ${newest.sequence}`;
  throw new JournalCorruption('missing_segment', place, what);
}
