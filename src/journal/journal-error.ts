import { JOURNAL_FAILURE_EXIT_CODE } from './format.js';

/**
 * A write or sync that failed. The writer is dead from then on: no acknowledgement, no second try on the same
 * file (a failed fsync may have thrown the pages away). The caller cancels what opens exposure where it can
 * and ends the process with `exitCode`.
 */
export class JournalFailure extends Error {
  override readonly name = 'JournalFailure';
  readonly exitCode = JOURNAL_FAILURE_EXIT_CODE;
  /** The system's code such as EIO or ENOSPC; SHORT_WRITE when fewer bytes were taken than given. */
  readonly errno: string;
  readonly file: string;

  constructor(file: string, step: string, cause: unknown) {
    const errno = errnoOf(cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `journal ${file}: ${step} failed with ${errno} (${reason}). Acknowledgements stopped; nothing is retried on ` +
        'this file. Check the disk (space, dmesg), then start again: recovery reads what was acknowledged.',
      { cause },
    );
    this.errno = errno;
    this.file = file;
  }
}

function errnoOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'UNKNOWN';
}

/** What makes a journal unusable until somebody has looked. */
export type JournalProblem =
  | 'damaged_record'
  | 'truncated_segment'
  | 'missing_segment'
  | 'wrong_order'
  | 'damaged_header'
  | 'newer_format'
  | 'other_run'
  | 'missing_history'
  | 'not_a_journal';

/** Where a journal is wrong; `sequence` is the first one that can't be trusted. */
export interface JournalPlace {
  readonly file: string;
  readonly offset: number;
  readonly sequence: number;
}

/** The journal says something impossible: the engine doesn't start, and nothing was changed. */
export class JournalCorruption extends Error {
  override readonly name = 'JournalCorruption';
  readonly problem: JournalProblem;
  readonly place: JournalPlace;

  constructor(problem: JournalProblem, place: JournalPlace, what: string) {
    super(
      `journal ${problem}: ${place.file} offset ${place.offset} sequence ${place.sequence}: ${what}. ` +
        `Nothing was changed. ${wayOut(problem, place)}`,
    );
    this.problem = problem;
    this.place = place;
  }
}

function wayOut(problem: JournalProblem, place: JournalPlace): string {
  const folder = place.file.includes('/') ? place.file.slice(0, place.file.lastIndexOf('/')) : '.';
  if (problem === 'newer_format') return 'Use the build that wrote it, or a newer one.';
  if (problem === 'other_run' || problem === 'not_a_journal') return 'Use the directory that belongs to this engine.';
  const look = `Look with "legwork journal verify ${folder}"`;
  if (problem === 'missing_segment' || problem === 'missing_history') {
    return `${look}; put the missing file back from a backup.`;
  }
  const repair = `legwork journal repair --truncate-at ${place.sequence} ${folder}`;
  return `${look}; to go on without sequence ${place.sequence} and what follows, on a copy: "${repair}".`;
}

/** The directory belongs to another process that lives. */
export class JournalLocked extends Error {
  override readonly name = 'JournalLocked';
}
