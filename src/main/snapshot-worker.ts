/**
 * Thread that makes a snapshot from the journal alone: previous snapshot, records after it up to a sequence that is
 * already written, then the history and the state's bytes. The engine goes on meanwhile and never stands still for it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, must } from '../base/assert.js';
import { apply, createState } from '../core/apply.js';
import { encodeState } from '../core/codec.js';
import type { CoreState } from '../core/state.js';
import { EventReader } from '../journal/event-reader.js';
import { JournalCursor } from '../journal/journal-cursor.js';
import { realFs } from '../journal/journal-fs.js';
import { publishSnapshot } from '../journal/publish-snapshot.js';
import { listSnapshots, loadSnapshot, MAX_CHUNK_BYTES, SnapshotWriter } from '../journal/snapshot.js';
import type { Effect } from '../protocol/effects.js';
import { History, recordHistory } from '../scheduler/history.js';
import { loadedState } from './loaded-state.js';
import { pruneHistories, readHistory, writeHistory } from './history-file.js';

export interface SnapshotRequest {
  /** The journal's. */
  readonly directory: string;
  /** Last sequence that the snapshot covers; written before this is asked. */
  readonly upTo: number;
  readonly runId: Uint8Array;
  readonly nowMs: number;
  /** Lines of graphs' lives belong into the history. */
  readonly tracing: boolean;
  readonly keepBytes: number;
}

/** The newest snapshot whose state can be used; from the first record without one. */
function newest(directory: string): { readonly sequence: number; readonly state: CoreState } {
  for (const sequence of listSnapshots(realFs, directory)) {
    const loaded = loadSnapshot(realFs, directory, sequence);
    const state = typeof loaded === 'string' ? loaded : loadedState(loaded);
    if (typeof state !== 'string') return { sequence, state };
  }
  return { sequence: 0, state: createState() };
}

/** @throws JournalFailure, JournalCorruption, InvariantError */
function makeSnapshot({ directory, upTo, runId, nowMs, tracing, keepBytes }: SnapshotRequest): void {
  const { sequence: from, state } = newest(directory);
  if (from >= upTo) return;
  const cursor = new JournalCursor(realFs, directory, from + 1);
  const reader = new EventReader(cursor);
  const history = new History(0);
  // A missing one was told at the start of the engine: what is written then begins later.
  if (from > 0) readHistory(directory, runId, from, history);
  state.tracing = tracing;
  let tNs = state.tNs;
  const out = { push: (effect: Effect): void => recordHistory(history, effect, tNs) };
  for (let event = reader.next(); event !== null; event = reader.next()) {
    tNs = event.tNs;
    apply(state, event, out);
    if (reader.sequence >= upTo) break;
  }
  assert(reader.sequence === upTo, `the journal has an event ${upTo}, found ${reader.sequence}`);
  assert(reader.endsRecord, `event ${upTo} ends its record`);
  state.tracing = false;
  writeHistory(directory, runId, upTo, history);
  const head = { runId, sequence: upTo, epoch: cursor.epoch, recordCrc: cursor.crc, createdMs: nowMs };
  const writer = new SnapshotWriter(realFs, directory, head);
  const bytes = encodeState(state);
  for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + MAX_CHUNK_BYTES);
    writer.write(chunk, chunk.length);
  }
  writer.finish();
  publishSnapshot(realFs, directory, upTo, keepBytes);
  pruneHistories(directory);
}

const port = must(parentPort, 'snapshot-worker runs as a worker thread');
try {
  makeSnapshot(workerData as SnapshotRequest);
  port.postMessage('');
} catch (cause) {
  port.postMessage(cause instanceof Error ? cause.message : String(cause));
}
