import { assert, InvariantError } from '../base/assert.js';
import { wordBuffer, type WordBuffer } from './crc32.js';
import {
  type Durability, FORMAT_VERSION, MAX_PAYLOAD_BYTES, MAX_RECORD_TYPE, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES,
  RECORD_HEADER_BYTES, recordBytes, SEGMENT_HEADER_BYTES, segmentName,
} from './format.js';
import { JournalFailure } from './journal-error.js';
import { type JournalFs, writeFully } from './journal-fs.js';
import { NextSegment } from './next-segment.js';
import { eventsOf } from '../protocol/codec/record-type.js';
import { sealRecord } from './record.js';
import { InlineSyncer, type Syncer } from './syncer.js';

export interface JournalWriterOptions {
  readonly fs: JournalFs;
  readonly directory: string;
  readonly durability: Durability;
  readonly segmentBytes: number;
  readonly runId: Uint8Array;
  readonly configHash: Uint8Array;
  readonly epoch: number;
  /** Sequence of the first record that will be appended. */
  readonly firstSequence: number;
  /** Crc of the record before it, 0 for none. */
  readonly crcBefore: number;
  readonly createdMs: number;
  /** For `power`; in line when not given. */
  readonly syncer?: Syncer;
}

/** Of the next segment, at most: what a commit takes stays below a millisecond. A large group brings as much as it needs. */
const ZEROS_A_COMMIT_BYTES = 256 * 1024;
/** Of a start's first segment, but for class `power`. */
const FIRST_ZEROS_BYTES = 64 * 1024;
/** So many are kept before its records; all at once would only be more for the first sync. */
const ZEROS_AHEAD_BYTES = 4 * 1024 * 1024;
/** Fewer are copied one by one. */
const WORDS_BY_HAND = 256;
const FIRST_BUFFER_BYTES = 1024 * 1024;

/**
 * The journal's one writer. Records gather in memory; `commit` hands them over as one group, as durable as the
 * class promises, and `acknowledged` moves. Nobody may act on a record above it.
 *
 * Any failing call ends it: everything throws the same JournalFailure from then on.
 * Allocates: nothing per record or commit; buffers grow for records above 1 MiB.
 */
export class JournalWriter {
  readonly durability: Durability;
  readonly epoch: number;
  readonly #options: JournalWriterOptions;
  readonly #fs: JournalFs;
  readonly #syncer: Syncer;
  readonly #next: NextSegment;
  #buffer: WordBuffer = wordBuffer(FIRST_BUFFER_BYTES);
  #file = -1;
  #path = '';
  /** Where in the file the buffer's first byte goes. */
  #position = SEGMENT_HEADER_BYTES;
  #used = 0;
  /** Up to here the segment was filled with zeros before its records. */
  #filled = 0;
  #sequence: number;
  #written: number;
  #acknowledged: number;
  #crc: number;
  #claimed = 0;
  #recordedBytes = 0;
  #failure: JournalFailure | undefined;
  readonly #retired: number[] = [];

  /** Creates the segment of the first record. @throws JournalFailure */
  constructor(options: JournalWriterOptions) {
    const { segmentBytes, firstSequence } = options;
    assert(segmentBytes >= MIN_SEGMENT_BYTES && segmentBytes <= MAX_SEGMENT_BYTES && segmentBytes % 4096 === 0,
      `segmentBytes is a multiple of 4096 in ${MIN_SEGMENT_BYTES}..${MAX_SEGMENT_BYTES}, not ${segmentBytes}`);
    assert(Number.isSafeInteger(firstSequence) && firstSequence >= 1, `first sequence ${firstSequence} is 1 or more`);
    this.#options = options;
    this.durability = options.durability;
    this.epoch = options.epoch;
    this.#fs = options.fs;
    this.#syncer = options.syncer ?? new InlineSyncer(options.fs);
    this.#next = new NextSegment(options.fs, options.directory, segmentBytes, options.durability === 'power');
    this.#sequence = firstSequence - 1;
    this.#written = this.#sequence;
    this.#acknowledged = this.#sequence;
    this.#crc = options.crcBefore;
    if (this.durability === 'memory') return;
    // Written zeros are what `power` needs to sync without metadata; others get them by and by, and start at once.
    this.#filled = this.durability === 'power' ? segmentBytes : Math.min(FIRST_ZEROS_BYTES, segmentBytes);
    this.#guard('creating a segment', () => this.#openSegment());
  }

  /** Last sequence appended. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Crc of the last record appended: a snapshot of the state after it carries it. */
  get crc(): number {
    return this.#crc;
  }

  /** Last sequence that is as durable as the class promises. A syncing thread moves it: see `poll`. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Bytes of all records appended, frames and padding included. */
  get recordedBytes(): number {
    return this.#recordedBytes;
  }

  get failure(): JournalFailure | undefined {
    return this.#failure;
  }

  /** Where a claimed payload is to be encoded: valid from `claim` to `finish`. */
  get bytes(): Uint8Array {
    return this.#buffer.bytes;
  }

  /** The same bytes as `bytes`. */
  get view(): DataView {
    return this.#buffer.view;
  }

  /**
   * Appends one record. Buffered: nothing is durable before `commit`.
   * @param type 1..65535, the caller's
   * @param length payload bytes, 0..8 MiB
   * @returns the record's sequence
   * @throws JournalFailure when the buffer has to be written early and that fails
   */
  append(type: number, payload: Uint8Array, length: number): number {
    const at = this.claim(length);
    const { bytes } = this.#buffer;
    if (length > 128) bytes.set(payload.length === length ? payload : payload.subarray(0, length), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = payload[i] as number;
    return this.finish(type, length);
  }

  /**
   * As append, with the payload in whole words: quicker for short ones than a view and a copy of bytes.
   * @param length payload bytes; those behind them in the last word don't matter
   */
  appendWords(type: number, payload: Int32Array, length: number): number {
    const at = this.claim(length) >> 2;
    const { words } = this.#buffer;
    const count = (length + 3) >> 2;
    if (count > WORDS_BY_HAND) words.set(payload.subarray(0, count), at);
    else for (let i = 0; i < count; i++) words[at + i] = payload[i] as number;
    return this.finish(type, length);
  }

  /**
   * Room for a payload of at most `maxBytes` in `bytes`/`view`; encode there and call `finish`, without
   * anything in between. Not finishing leaves no trace.
   * @returns offset of the payload's first byte
   */
  claim(maxBytes: number): number {
    if (this.#failure !== undefined) throw this.#failure;
    // No messages and no closures on this path: both would be made before they are needed.
    if (!(maxBytes >= 0 && maxBytes <= MAX_PAYLOAD_BYTES)) refusePayload(maxBytes);
    const room = recordBytes(maxBytes);
    if (this.#used + room > this.#buffer.bytes.length) this.#makeRoom(room);
    if (this.#position + this.#used + room > this.#options.segmentBytes) this.#segmentIsFull(room);
    this.#claimed = maxBytes;
    return this.#used + RECORD_HEADER_BYTES;
  }

  /**
   * Closes the claimed record.
   * @param type a group's takes as many sequences as it has events
   * @param length payload bytes that were encoded, at most those claimed
   * @returns sequence of its last event
   */
  finish(type: number, length: number): number {
    const events = eventsOf(type);
    const isType = type >= 1 && type <= MAX_RECORD_TYPE && events > 0;
    if (length > this.#claimed || !isType) refuseRecord(type, length, this.#claimed);
    const first = this.#sequence + 1;
    this.#sequence += events;
    this.#crc = sealRecord(
      this.#buffer, this.#used, type, first, this.#acknowledged, this.epoch, this.#crc, length,
    );
    this.#used += recordBytes(length);
    this.#recordedBytes += recordBytes(length);
    this.#claimed = -1;
    return this.#sequence;
  }

  /**
   * Ends the group: `memory` forgets it, `process` has handed it to the OS when this returns, `power` has
   * synced it or, with a syncing thread, will.
   * @throws JournalFailure
   */
  commit(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.durability === 'memory') {
      this.#used = 0;
      this.#acknowledged = this.#sequence;
      return;
    }
    // First, so that its failure can't follow the acknowledgement of this very group.
    this.#prepareNext();
    if (this.#used > 0) this.#flush();
    if (this.durability === 'process') this.#acknowledged = this.#written;
    else if (this.#written > this.#acknowledged) this.#requestSync();
  }

  /** Learns from the syncing thread; call it in each duty cycle. @throws JournalFailure */
  poll(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.durability !== 'power') return;
    try {
      const synced = this.#syncer.synced();
      if (synced > this.#acknowledged) this.#acknowledged = synced;
      if (this.#retired.length > 0 && this.#syncer.idle()) this.#closeRetired();
    } catch (cause) {
      this.#fail('syncing', cause);
    }
  }

  /** Commits, waits for nothing, and closes the files. After a failure it only closes. */
  close(): void {
    if (this.durability === 'memory') return;
    try {
      if (this.#failure === undefined) {
        this.commit();
        this.#guard('syncing before closing', () => this.#fs.dataSync(this.#file));
        this.#acknowledged = this.#written;
        this.#guard('discarding the next segment', () => this.#next.discard());
      }
    } finally {
      this.#syncer.close();
      if (this.#file >= 0) this.#fs.close(this.#file);
      this.#file = -1;
      this.#closeRetired();
    }
  }

  #flush(): void {
    try {
      writeFully(this.#fs, this.#file, this.#buffer.bytes, this.#used, this.#position);
    } catch (cause) {
      this.#fail('writing', cause);
    }
    this.#position += this.#used;
    this.#used = 0;
    this.#written = this.#sequence;
  }

  #requestSync(): void {
    try {
      this.#syncer.request(this.#file, this.#written);
      const synced = this.#syncer.synced();
      if (synced > this.#acknowledged) this.#acknowledged = synced;
    } catch (cause) {
      this.#fail('syncing', cause);
    }
  }

  /** The next segment has half as much again as this one has records, a little late at most, so that it is whole in time. */
  #prepareNext(): void {
    const end = this.#position + this.#used;
    try {
      const isShort = this.#filled < this.#options.segmentBytes && this.#filled < end + ZEROS_AHEAD_BYTES;
      if (isShort) this.#filled = this.#next.fill(this.#file, Math.max(this.#filled, end));
      this.#next.growTo(Math.floor((end - SEGMENT_HEADER_BYTES) * 1.5), Math.max(ZEROS_A_COMMIT_BYTES, 2 * this.#used));
    } catch (cause) {
      this.#fail('preparing the next segment', cause);
    }
  }

  #segmentIsFull(room: number): void {
    if (this.durability === 'memory') return;
    assert(SEGMENT_HEADER_BYTES + room <= this.#options.segmentBytes,
      `a record of ${room} bytes doesn't fit a segment of ${this.#options.segmentBytes}: raise segmentBytes`);
    this.#guard('changing the segment', () => this.#changeSegment());
  }

  #makeRoom(room: number): void {
    if (this.durability === 'memory') this.#used = 0;
    else if (this.#used > 0) this.#flush();
    if (room > this.#buffer.bytes.length) this.#buffer = wordBuffer(room);
  }

  #openSegment(): void {
    const { runId, configHash, segmentBytes, createdMs, directory } = this.#options;
    const firstSequence = this.#sequence + 1;
    this.#path = `${directory}/${segmentName(firstSequence)}`;
    this.#file = this.#next.publish({
      version: FORMAT_VERSION, runId, configHash, firstSequence, crcBefore: this.#crc, epoch: this.epoch,
      segmentBytes, createdMs,
    }, this.#filled);
    this.#position = SEGMENT_HEADER_BYTES;
  }

  /**
   * The records so far go to their segment, synced whatever the class: a later segment must never survive an
   * earlier one's tail. Then the new segment, then the old one is cut to what it uses.
   */
  #changeSegment(): void {
    if (this.#used > 0) this.#flush();
    const old = this.#file;
    this.#fs.dataSync(old);
    const end = this.#position;
    this.#filled = this.#options.segmentBytes;
    this.#openSegment();
    this.#fs.truncate(old, end);
    this.#retired.push(old);
    if (this.durability === 'power') this.#acknowledged = this.#written;
    if (this.#syncer.idle()) this.#closeRetired();
  }

  #closeRetired(): void {
    for (const file of this.#retired) this.#fs.close(file);
    this.#retired.length = 0;
  }

  #guard(step: string, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#fail(step, cause);
    }
  }

  #fail(step: string, cause: unknown): never {
    if (cause instanceof JournalFailure) {
      this.#failure = cause;
      throw cause;
    }
    const failure = new JournalFailure(this.#path || this.#options.directory, step, cause);
    this.#failure = failure;
    throw failure;
  }
}

function refusePayload(bytes: number): never {
  throw new InvariantError(`a payload has 0..${MAX_PAYLOAD_BYTES} bytes, not ${bytes}`);
}

function refuseRecord(type: number, length: number, claimed: number): never {
  const rules = `a record has a type of 1..${MAX_RECORD_TYPE} and at most the bytes claimed`;
  throw new InvariantError(`${rules}; type ${type} with ${length} bytes in a claim of ${claimed}`);
}

/** A writer of class `memory`, for benchmarks and simulations: encodes as the others do and keeps nothing. */
export function memoryWriter(fs: JournalFs, firstSequence = 1): JournalWriter {
  return new JournalWriter({
    fs, directory: '', durability: 'memory', segmentBytes: MIN_SEGMENT_BYTES, runId: new Uint8Array(16),
    configHash: new Uint8Array(32), epoch: 1, firstSequence, crcBefore: 0, createdMs: 0,
  });
}
