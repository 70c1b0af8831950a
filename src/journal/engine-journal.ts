import { randomBytes } from 'node:crypto';
import type { EngineEvent } from '../protocol/events.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { EventJournal } from './event-journal.js';
import { EventReader } from './event-reader.js';
import { DEFAULT_SEGMENT_BYTES, RUN_ID_BYTES } from './format.js';
import { realFs } from './journal-fs.js';
import { OpenedJournal } from './open-journal.js';
import { type LoadedSnapshot, SnapshotWriter } from './snapshot.js';
import { SnapshotPublisher } from './snapshot-publisher.js';
import { ThreadSyncer } from './thread-syncer.js';

export interface EngineJournalOptions {
  readonly directory: string;
  readonly durability: 'process' | 'power';
  /** 32 bytes: which configuration wrote a segment. */
  readonly configHash: Uint8Array;
  readonly nowMs: number;
  /** Bytes of a segment, a multiple of 4096; 64 MiB if not given. */
  readonly segmentBytes?: number;
  /** `power` only. `thread`: the engine goes on while the disk works, acknowledgements come by `poll`. */
  readonly syncing?: 'inline' | 'thread';
  /** Bytes of segments that stay though snapshots don't need them: see prune in publish-snapshot.ts. None if not given. */
  readonly keepBytes?: number;
  /** Read from the first record on, whatever snapshots there are: the state in them can't be used. */
  readonly ignoreSnapshots?: boolean;
  /** Ignore a lock whose holder can't be seen from here (another host or container). */
  readonly takeOver?: boolean;
}

/**
 * All that an engine needs of its journal, on the real file system. In this order: open, restore `snapshot`, `replay`,
 * say `notes`, `start`; then append and commit by what `start` gave, snapshots now and then, `close`.
 */
export class EngineJournal {
  readonly #options: EngineJournalOptions;
  readonly #lock: DirectoryLock;
  readonly #opened: OpenedJournal;
  #log: EventJournal | undefined;
  #publisher: SnapshotPublisher | undefined;

  /** @throws JournalLocked, JournalCorruption; nothing has been changed then */
  constructor(options: EngineJournalOptions) {
    this.#options = options;
    realFs.makeDirectory(options.directory);
    this.#lock = lockDirectory(options.directory, options.takeOver);
    try {
      this.#opened = new OpenedJournal({
        fs: realFs, directory: options.directory, durability: options.durability, configHash: options.configHash,
        segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES, newRunId: randomBytes(RUN_ID_BYTES),
        nowMs: options.nowMs, ignoreSnapshots: options.ignoreSnapshots === true,
      });
    } catch (cause) {
      this.#lock.release();
      throw cause;
    }
  }

  /** Newest good one, if any: the state to begin the replay with. */
  get snapshot(): LoadedSnapshot | undefined {
    return this.#opened.snapshot;
  }

  /** Names this journal's life in all its files. */
  get runId(): Uint8Array {
    return this.#opened.runId;
  }

  /** What was cut or passed over; complete after `replay`. */
  get notes(): readonly string[] {
    return this.#opened.notes;
  }

  /**
   * Gives every event after the snapshot, in order. Hot events are reused: `visit` keeps none of them.
   * @returns how many @throws JournalCorruption, CodecError
   */
  replay(visit: (event: EngineEvent, sequence: number) => void): number {
    const reader = new EventReader(this.#opened.cursor);
    let events = 0;
    for (let event = reader.next(); event !== null; event = reader.next()) {
      visit(event, reader.sequence);
      events++;
    }
    return events;
  }

  /** Begins the epoch of this start. @throws JournalFailure, JournalCorruption */
  start(): EventJournal {
    const thread = this.#options.durability === 'power' && this.#options.syncing === 'thread';
    const writer = this.#opened.startWriting(thread ? (sequence) => new ThreadSyncer(sequence) : undefined);
    this.#log = new EventJournal(writer);
    return this.#log;
  }

  /**
   * A snapshot of the state after the last event appended: write its bytes in pieces, then `publish`. The state
   * written must be that of this moment, however long the writing takes.
   * @returns undefined while the one before is still being published
   */
  beginSnapshot(): SnapshotWriter | undefined {
    if (this.#log === undefined || this.#publisher?.busy === true) return undefined;
    this.#log.snapshotFollows();
    const { sequence, epoch, crc } = this.#log.writer;
    const head = { runId: this.#opened.runId, sequence, epoch, recordCrc: crc, createdMs: this.#options.nowMs };
    return new SnapshotWriter(realFs, this.#options.directory, head);
  }

  /** Commits what the snapshot rests on, then syncs and names it on a thread. @throws JournalFailure */
  publish(snapshot: SnapshotWriter): Promise<void> {
    this.#log?.commit();
    snapshot.finish();
    this.#publisher ??= new SnapshotPublisher(this.#options.directory, this.#options.keepBytes);
    return this.#publisher.publish(snapshot.head.sequence);
  }

  /** Commits, closes and gives the directory free. */
  async close(): Promise<void> {
    await this.#publisher?.close();
    try {
      this.#log?.close();
    } finally {
      this.#lock.release();
    }
  }
}
