/**
 * An engine's directory: its journal replayed into a state, then appended to. One process per directory.
 *
 * Start: lock → newest good snapshot → records after it through the core → writing begins under the next epoch.
 * What recovery had to leave out or cut is in `notes` and must be shown.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { apply, createState } from '../core/apply.js';
import { encodeState, STATE_VERSION } from '../core/codec.js';
import { stateHash } from '../core/state-hash.js';
import type { CoreState } from '../core/state.js';
import { EngineJournal } from '../journal/engine-journal.js';
import { refuseEmpty } from '../journal/verify.js';
import { EventReader } from '../journal/event-reader.js';
import { segmentNameSequence } from '../journal/format.js';
import { JournalCursor } from '../journal/journal-cursor.js';
import { realFs } from '../journal/journal-fs.js';
import { listSnapshots, loadSnapshot, MAX_CHUNK_BYTES } from '../journal/snapshot.js';
import type { Effect } from '../protocol/effects.js';
import type { EngineEvent } from '../protocol/events.js';
import type { Universe } from '../protocol/universe.js';
import { type History, recordHistory } from '../scheduler/history.js';
import { SnapshottingLog } from './background-snapshots.js';
import { loadedState, stateVersionOf } from './loaded-state.js';
import { pruneHistories, readHistory, writeHistory } from './history-file.js';

/** Told every effect of a replay, with the time of its event (history, traces). */
export type EffectListener = (effect: Effect, tNs: number) => void;

export interface OpenedDirectory {
  readonly log: SnapshottingLog;
  /** Null on the first start. */
  readonly recovered: { readonly state: CoreState; readonly lastNs: number } | null;
  readonly epoch: number;
  readonly events: number;
  readonly notes: readonly string[];
  /** Writes a snapshot of the state, so that the next start is quick, and lets the directory go. */
  close(state: CoreState): Promise<void>;
  /** Lets the directory go without a snapshot: the next start replays. */
  leave(): Promise<void>;
}

/** Records between background snapshots: replaying as many takes about a second. */
const SNAPSHOT_EVERY_RECORDS = 250_000;

/** Days of a quiet engine, hours of a busy one. */
const KEEP_BYTES = 2 * 1024 * 1024 * 1024;

/** Where the journal lies in an engine's directory. */
export function journalPath(directory: string): string {
  return `${directory}/journal`;
}

/** What a journal's meaning depends on besides its events. */
export function configHashOf(universe: Universe, accounts: readonly string[]): Uint8Array {
  return createHash('sha256').update(JSON.stringify({ universe, accounts })).digest();
}

export interface DirectoryOptions {
  readonly directory: string;
  readonly durability: 'process' | 'power';
  readonly configHash: Uint8Array;
  /** Empty; filled with what accounts were told before. */
  readonly history: History;
  /** Lines of graphs' lives belong into the history; they cost text. */
  readonly tracing?: boolean;
  readonly segmentBytes?: number;
  /** Records between background snapshots. */
  readonly snapshotEvery?: number;
  /** Bytes of segments that stay though snapshots don't need them, for replays from the first record; 2 GiB if not given. */
  readonly keepBytes?: number;
  /** Told why a background snapshot, or the last one, failed. */
  readonly snapshotFailed?: (why: string) => void;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--data expects a directory, or a place where one can be made, got ${directory} (${why}); choose another`, { cause: error });
  }
}

/** @throws JournalLocked, JournalCorruption, JournalFailure; their messages name file, place and way out */
export async function openDataDirectory(options: DirectoryOptions): Promise<OpenedDirectory> {
  const { directory, durability, configHash, history, segmentBytes, tracing = false, keepBytes = KEEP_BYTES } = options;
  makeDirectory(directory);
  const path = journalPath(directory);
  const open = (ignoreSnapshots: boolean): EngineJournal => new EngineJournal({
    directory: path, durability, configHash, nowMs: Date.now(), keepBytes, ignoreSnapshots,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  let journal = open(false);
  try {
    let state = journal.snapshot === undefined ? createState() : loadedState(journal.snapshot);
    const unusable = typeof state === 'string' ? state : '';
    if (typeof state === 'string') {
      // Another build's state: the records tell all of it, as long as the first is still there.
      await journal.close();
      journal = open(true);
      state = createState();
    }
    const { snapshot, runId } = journal;
    const lacking = snapshot === undefined ? '' : readHistory(path, runId, snapshot.sequence, history);
    let tNs = state.tNs;
    const out = { push: (effect: Effect): void => recordHistory(history, effect, tNs) };
    state.tracing = tracing;
    const events = journal.replay((event) => {
      tNs = event.tNs;
      apply(state, event, out);
    });
    const fresh = events === 0 && snapshot === undefined;
    const writing = journal.start();
    const log = new SnapshottingLog(writing, {
      directory: path, runId, everyRecords: options.snapshotEvery ?? SNAPSHOT_EVERY_RECORDS,
      newest: snapshot?.sequence ?? 0, tracing, keepBytes, failed: options.snapshotFailed ?? (() => undefined),
    });
    const lost = lacking === '' ? [] : [`${lacking}; clients that resume from before it are told to resync`];
    if (unusable !== '') lost.push(`${unusable}; replayed from the first record instead`);
    return {
      log,
      recovered: fresh ? null : { state, lastNs: state.tNs },
      epoch: writing.writer.epoch,
      events,
      notes: [...journal.notes, ...lost],
      close: async (last) => {
        await log.settled();
        await closeDirectory(journal, path, last, history, options.snapshotFailed ?? (() => undefined));
      },
      leave: async () => {
        await log.settled();
        await journal.close();
      },
    };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Without its last snapshot a journal is whole all the same. */
async function closeDirectory(
  journal: EngineJournal, path: string, state: CoreState, history: History, failed: (why: string) => void,
): Promise<void> {
  try {
    await lastSnapshot(journal, path, state, history);
  } catch (cause) {
    failed(`${cause instanceof Error ? cause.message : String(cause)} It was the last snapshot: the next start replays what is behind the one before`);
  } finally {
    await journal.close();
  }
}

async function lastSnapshot(journal: EngineJournal, path: string, state: CoreState, history: History): Promise<void> {
  const snapshot = journal.beginSnapshot();
  if (snapshot === undefined) return;
  const bytes = encodeState(state);
  for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + MAX_CHUNK_BYTES);
    snapshot.write(chunk, chunk.length);
  }
  writeHistory(path, journal.runId, snapshot.head.sequence, history);
  await journal.publish(snapshot);
  pruneHistories(path);
}

export interface ReplayedDirectory {
  readonly state: CoreState;
  /** Sequence of the snapshot that it began with, 0 for the first record. */
  readonly from: number;
  readonly events: number;
  readonly hash: string;
  readonly notes: readonly string[];
}

/**
 * Replays a directory's journal without writing to it, from its first record where that is still there, else from
 * the oldest good snapshot. Each snapshot passed on the way is compared with the replayed state.
 * @param listen null when nobody is to be told: quicker
 * @param stopAt ends before the first event for which it is true; told the events before it, those of a snapshot at the
 * beginning included, and the state that it will change
 * @throws JournalCorruption; Error when a snapshot's state is not the replayed one
 */
export function replayDirectory(
  directory: string,
  listen: EffectListener | null,
  stopAt: (event: EngineEvent, before: number, state: CoreState) => boolean,
  tracing: boolean,
): ReplayedDirectory {
  const path = journalPath(directory);
  const firsts = realFs.list(path).map(segmentNameSequence).filter((first) => first !== undefined);
  refuseEmpty(firsts.length, path);
  const snapshots = new Map<number, CoreState>();
  const older = new Set<number>();
  const notes: string[] = [];
  for (const sequence of listSnapshots(realFs, path)) {
    const loaded = loadSnapshot(realFs, path, sequence);
    const taken = typeof loaded === 'string' ? loaded : loadedState(loaded);
    if (typeof taken === 'string') notes.push(`${taken}; not compared`);
    else snapshots.set(sequence, taken);
    // Its core may have told or decided otherwise: what it held is not what this one replays.
    if (typeof loaded !== 'string' && stateVersionOf(loaded) < STATE_VERSION) older.add(sequence);
  }
  // Segments before the older of two snapshots are pruned: then that snapshot is where the story begins.
  const isWhole = Math.min(...firsts) === 1 || snapshots.size === 0;
  const start = isWhole ? 0 : Math.min(...snapshots.keys());
  const state = snapshots.get(start) ?? createState();
  if (start > 0) notes.push(`what is there of the journal begins with the snapshot at ${start}`);
  const cursor = new JournalCursor(realFs, path, start + 1);
  const reader = new EventReader(cursor);
  let tNs = state.tNs;
  let events = 0;
  const out = { push: (effect: Effect): void => listen?.(effect, tNs) };
  state.tracing = tracing;
  state.muted = listen === null;
  for (let event = reader.next(); event !== null; event = reader.next()) {
    if (stopAt(event, reader.sequence - 1, state)) break;
    tNs = event.tNs;
    apply(state, event, out);
    events++;
    const taken = reader.sequence === start ? undefined : snapshots.get(reader.sequence);
    if (taken === undefined) continue;
    const isOlder = older.has(reader.sequence);
    notes.push(isOlder ? `snapshot at ${reader.sequence}: an older build's state; not compared` : compared(reader.sequence, taken, state));
  }
  state.tracing = state.muted = false;
  const said = cursor.notes.map((note) => `${note.file} offset ${note.offset}: ${note.what}`);
  return { state, from: start, events, hash: stateHash(state), notes: [...notes, ...said] };
}

function compared(sequence: number, snapshot: CoreState, replayed: CoreState): string {
  const wanted = stateHash(snapshot);
  const found = stateHash(replayed);
  if (wanted === found) return `snapshot at ${sequence}: state hash ${found} is the replayed one`;
  throw new Error(`snapshot at ${sequence}: its state hash is ${wanted}, the replayed one ${found}`);
}
