import { NEXT_SEGMENT_NAME } from './format.js';
import { JournalCorruption, JournalFailure } from './journal-error.js';
import { type JournalFs, readFully, type ReadFs } from './journal-fs.js';
import { JournalCursor, readHeaders, type Segment } from './journal-cursor.js';
import { JournalWriter } from './journal-writer.js';
import { listSnapshots, type LoadedSnapshot, loadSnapshot, sameRun, SNAPSHOT_TEMP_NAME } from './snapshot.js';
import type { Syncer } from './syncer.js';

export interface OpenJournalOptions {
  readonly fs: JournalFs;
  readonly directory: string;
  readonly durability: 'process' | 'power';
  readonly segmentBytes: number;
  readonly configHash: Uint8Array;
  /** Used only if the directory holds no journal yet; 16 random bytes. */
  readonly newRunId: Uint8Array;
  readonly nowMs: number;
  /** Read from the first record on, whatever snapshots there are: the state in them can't be used. */
  readonly ignoreSnapshots?: boolean;
}

/**
 * A journal found on disk, to be read before it is written: take `snapshot`, apply the records of `cursor` until
 * it ends, then `startWriting`. The caller holds the directory's lock (lockDirectory) all the time.
 */
export class OpenedJournal {
  readonly snapshot: LoadedSnapshot | undefined;
  readonly cursor: JournalCursor;
  /** Set by the first start on the directory. */
  readonly runId: Uint8Array;
  readonly #options: OpenJournalOptions;
  readonly #notes: string[] = [];

  /** @throws JournalCorruption when the journal can't be trusted; nothing has been changed then */
  constructor(options: OpenJournalOptions) {
    this.#options = options;
    const { fs, directory } = options;
    const segments = readHeaders(fs, directory);
    this.runId = segments[0]?.header.runId ?? options.newRunId;
    this.snapshot = options.ignoreSnapshots === true ? undefined : this.#newestGood(segments.length > 0);
    this.cursor = new JournalCursor(fs, directory, (this.snapshot?.sequence ?? 0) + 1);
    checkLinks(fs, directory, segments, this.snapshot?.sequence ?? 0);
  }

  /** What was left out, cut or passed over: to be said at start. Complete once the cursor has ended. */
  get notes(): readonly string[] {
    return [...this.#notes, ...this.cursor.notes.map((note) => `${note.file} offset ${note.offset}: ${note.what}`)];
  }

  /**
   * Begins a new segment behind the last record, under the next epoch. What was read is synced first, whatever
   * the class: the engine is about to act on it.
   * @param syncerFrom for class `power`: makes the syncer, told the last sequence that is synced; in line if not given
   * @throws JournalFailure, JournalCorruption (the snapshot doesn't belong to this chain)
   */
  startWriting(syncerFrom?: (sequence: number) => Syncer): JournalWriter {
    const { fs, directory, durability, segmentBytes, configHash, nowMs } = this.#options;
    const { cursor } = this;
    while (cursor.next()) throw new Error(`the cursor stands on ${cursor.sequence}: read the journal to its end first`);
    this.#checkSnapshotLink();
    const last = cursor.segments.at(-1);
    try {
      if (last !== undefined) syncByPath(fs, last.path);
      for (const name of fs.list(directory)) {
        if (name === NEXT_SEGMENT_NAME || name === SNAPSHOT_TEMP_NAME) fs.unlink(`${directory}/${name}`);
      }
    } catch (cause) {
      throw new JournalFailure(directory, 'preparing to write', cause);
    }
    const writer = new JournalWriter({
      fs, directory, durability, segmentBytes, runId: this.runId, configHash, createdMs: nowMs,
      epoch: (last?.header.epoch ?? 0) + 1, firstSequence: cursor.sequence + 1, crcBefore: cursor.crc,
      ...(syncerFrom === undefined ? {} : { syncer: syncerFrom(cursor.sequence) }),
    });
    // The new segment may have replaced an empty one of the same name; another is cut to what it uses.
    if (last !== undefined && last.header.firstSequence <= cursor.sequence && last.header.version > 1) {
      this.#cutUnused(last.path);
    }
    return writer;
  }

  /** Unused zeros go; a torn write's bytes stay as evidence, the new segment's header says that they don't count. */
  #cutUnused(path: string): void {
    const { fs } = this.#options;
    try {
      const file = fs.open(path, 'write');
      try {
        fs.truncate(file, this.cursor.usedBytes);
      } finally {
        fs.close(file);
      }
    } catch (cause) {
      throw new JournalFailure(path, 'cutting unused space', cause);
    }
  }

  #newestGood(hasSegments: boolean): LoadedSnapshot | undefined {
    const { fs, directory } = this.#options;
    const sequences = listSnapshots(fs, directory);
    const newest = sequences[0];
    if (newest !== undefined && !hasSegments) {
      const place = { file: `${directory}/`, offset: 0, sequence: newest + 1 };
      throw new JournalCorruption('missing_segment', place, `a snapshot of ${newest} without any segment`);
    }
    for (const sequence of sequences) {
      const loaded = loadSnapshot(fs, directory, sequence);
      if (typeof loaded === 'string') {
        this.#notes.push(`${loaded}; the snapshot before it is used`);
      } else if (!sameRun(loaded.runId, this.runId)) {
        const place = { file: loaded.path, offset: 16, sequence };
        throw new JournalCorruption('other_run', place, 'the snapshot belongs to another run than the segments');
      } else {
        return loaded;
      }
    }
    return undefined;
  }

  #checkSnapshotLink(): void {
    const { snapshot, cursor } = this;
    if (snapshot === undefined) return;
    const place = { file: snapshot.path, offset: 0, sequence: cursor.sequence + 1 };
    if (cursor.sequence < snapshot.sequence) {
      const what = `the journal ends with ${cursor.sequence}, its snapshot has ${snapshot.sequence}`;
      throw new JournalCorruption('missing_segment', place, what);
    }
    if (cursor.crcBeforeFirst !== snapshot.recordCrc) {
      throw new JournalCorruption('wrong_order', place, "the snapshot's record has another crc than the journal's");
    }
  }
}

/**
 * Segments that nobody reads at a start, since a snapshot stands behind them, follow one another: each ends with the crc
 * that the next one's header names. Where that is not to be seen (bytes of a torn write, zeros that were not cut) it is read.
 * @param upTo the cursor reads the segment of the record behind it, and all that follow
 */
function checkLinks(fs: JournalFs, directory: string, segments: readonly Segment[], upTo: number): void {
  for (let i = 1; i < segments.length; i++) {
    const [before, here] = [segments[i - 1], segments[i]];
    if (before === undefined || here === undefined || here.header.firstSequence > upTo + 1) return;
    if (before.header.version === 1 || lastWord(fs, before.path) === here.header.crcBefore) continue;
    const names = [before.path, here.path].map((path) => path.slice(path.lastIndexOf('/') + 1));
    const cursor = new JournalCursor(seeing(fs, names), directory, before.header.firstSequence);
    while (cursor.next() && cursor.first < here.header.firstSequence);
  }
}

function seeing(fs: JournalFs, names: string[]): ReadFs {
  return {
    list: () => names, open: (path, mode) => fs.open(path, mode), close: (file) => fs.close(file), size: (file) => fs.size(file),
    read: (file, into, from, length, position) => fs.read(file, into, from, length, position),
  };
}

function lastWord(fs: JournalFs, path: string): number | undefined {
  const bytes = new Uint8Array(4);
  const file = fs.open(path, 'read');
  try {
    const read = readFully(fs, file, bytes, 4, fs.size(file) - 4);
    return read === 4 ? new DataView(bytes.buffer).getInt32(0, true) : undefined;
  } finally {
    fs.close(file);
  }
}

function syncByPath(fs: JournalFs, path: string): void {
  const file = fs.open(path, 'write');
  try {
    fs.dataSync(file);
  } finally {
    fs.close(file);
  }
}
