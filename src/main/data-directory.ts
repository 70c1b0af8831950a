/**
 * An engine's directory: opened, its journal replayed into a state, then appended to. One process per directory.
 *
 * Start: lock → newest good snapshot → records after it through the core → writing begins under the next epoch.
 * What recovery had to leave out or cut is in `notes` and must be shown.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { CoreState } from '../core/state.js';
import { createState } from '../core/state.js';
import { decodeState, encodeState } from '../core/codec.js';
import { stateHash } from '../core/state-hash.js';
import { type DirectoryLock, lockDirectory } from '../journal/directory-lock.js';
import { EventJournal } from '../journal/event-journal.js';
import type { JournalCursor } from '../journal/journal-cursor.js';
import { realFs } from '../journal/journal-fs.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import { OpenedJournal } from '../journal/open-journal.js';
import { publishSnapshot } from '../journal/publish-snapshot.js';
import { MAX_CHUNK_BYTES, SnapshotWriter } from '../journal/snapshot.js';
import { EventDecoder } from '../protocol/codec/event-decoder.js';
import type { EngineEvent } from '../protocol/events.js';
import type { Effect } from '../protocol/effects.js';
import type { Universe } from '../protocol/universe.js';
import { replay } from '../scheduler/replay.js';
import { pureCore } from './pure-core.js';

/** 64 MiB: a few segments an hour at most, each read into memory whole when checked. */
const SEGMENT_BYTES = 64 * 1024 * 1024;

export interface OpenedDirectory {
  readonly log: EventJournal;
  /** Null on the first start. */
  readonly recovered: { readonly state: CoreState; readonly lastNs: number } | null;
  readonly baseNs: bigint | null;
  readonly epoch: number;
  readonly events: number;
  readonly notes: readonly string[];
  /** Writes a snapshot of the state, so that the next start is quick, and lets the directory go. */
  close(state: CoreState): void;
}

/** Every record of a journal as an event, in order. The event object is reused by the next one. */
export function* eventsOf(cursor: JournalCursor): Generator<EngineEvent> {
  const decoder = new EventDecoder();
  while (cursor.next()) {
    yield decoder.decode(cursor.type, cursor.bytes, cursor.view, cursor.payloadAt, cursor.payloadBytes);
  }
}

/** What a journal's meaning depends on besides its events: a change of it is refused at start. */
export function configHashOf(universe: Universe, accounts: readonly string[]): Uint8Array {
  return createHash('sha256').update(JSON.stringify({ universe, accounts })).digest();
}

/**
 * @param listen told every effect of the replay (history, traces)
 * @throws JournalLocked, JournalCorruption, JournalFailure; their messages name file, place and way out
 */
export function openDataDirectory(
  directory: string,
  durability: 'process' | 'power',
  universe: Universe,
  accounts: readonly string[],
  listen: (effect: Effect, tNs: number) => void,
): OpenedDirectory {
  const journalPath = `${directory}/journal`;
  mkdirSync(journalPath, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(journalPath);
  try {
    const opened = new OpenedJournal({
      fs: realFs,
      directory: journalPath,
      durability,
      segmentBytes: SEGMENT_BYTES,
      configHash: configHashOf(universe, accounts),
      newRunId: randomBytes(16),
      nowMs: Date.now(),
    });
    const state = opened.snapshot === undefined ? createState() : decodeState(joined(opened.snapshot.chunks));
    const result = replay(pureCore, state, eventsOf(opened.cursor), listen);
    const fresh = result.events === 0 && opened.snapshot === undefined;
    const writer = opened.startWriting();
    return {
      log: new EventJournal(writer),
      recovered: fresh ? null : { state, lastNs: state.tNs },
      baseNs: fresh ? null : BigInt(state.baseNs),
      epoch: writer.epoch,
      events: result.events,
      notes: opened.notes,
      close: (last) => closeDirectory(journalPath, opened.runId, writer, lock, last),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(chunks);
}

function closeDirectory(
  directory: string,
  runId: Uint8Array,
  writer: JournalWriter,
  lock: DirectoryLock,
  state: CoreState,
): void {
  writer.commit();
  const { sequence, epoch, crc } = writer;
  const snapshot = new SnapshotWriter(realFs, directory, {
    runId,
    sequence,
    epoch,
    recordCrc: crc,
    createdMs: Date.now(),
  });
  const bytes = encodeState(state);
  for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + MAX_CHUNK_BYTES);
    snapshot.write(chunk, chunk.length);
  }
  snapshot.finish();
  writer.close();
  publishSnapshot(realFs, directory, sequence);
  lock.release();
}

/** Replays a directory's journal without writing to it. */
export function replayDirectory(
  directory: string,
  listen: (effect: Effect, tNs: number) => void,
  stopAt: (event: EngineEvent, index: number) => boolean,
  tracing: boolean,
): { readonly state: CoreState; readonly events: number; readonly hash: string; readonly notes: readonly string[] } {
  const opened = new OpenedJournal({
    fs: realFs,
    directory: `${directory}/journal`,
    durability: 'process',
    segmentBytes: SEGMENT_BYTES,
    configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16),
    nowMs: 0,
  });
  const state = opened.snapshot === undefined ? createState() : decodeState(joined(opened.snapshot.chunks));
  state.tracing = tracing;
  const { events } = replay(pureCore, state, eventsOf(opened.cursor), listen, stopAt);
  state.tracing = false;
  return { state, events, hash: stateHash(state), notes: opened.notes };
}
