/**
 * A snapshot of the state after one record, the state's bytes being the caller's.
 *
 *   snapshot-<sequence>.lws
 *   byte  0  "LEGWORKS"           40  sequence     u64          64  chunks, then the end
 *         8  version      u32     48  epoch        u32              chunk: length u32, crc u32, bytes
 *        12  header bytes u32     52  record crc   u32              end:   0xffffffff, crc u32, total bytes u64
 *        16  run id       16      56  zeros
 *        32  created ms   u64     60  crc of 0..59 u32
 *
 * A chunk's crc goes on from the crc of the chunk before it (zlib's second argument), the first from the
 * header's; the end's crc goes on over its total. Written beside, synced, renamed: a snapshot under its name is whole.
 */
import { assert } from '../base/assert.js';
import { crc32Bytes } from './crc32.js';
import { RUN_ID_BYTES } from './format.js';
import { JournalFailure } from './journal-error.js';
import { isDirectoryError, type JournalFs, readFully, writeFully } from './journal-fs.js';
import { getUint53, hex, setUint53 } from './segment-header.js';

const MAGIC = 'LEGWORKS';
const VERSION = 1;
const HEADER_BYTES = 64;
const END_MARK = 0xffff_ffff;
export const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const SNAPSHOT_NAME = /^snapshot-(\d{16})\.lws$/;
export const SNAPSHOT_TEMP_NAME = 'snapshot-next.tmp';

export interface SnapshotHead {
  readonly runId: Uint8Array;
  /** The last record that the state has applied. */
  readonly sequence: number;
  readonly epoch: number;
  /** Crc of that record: ties the snapshot to its journal's chain. */
  readonly recordCrc: number;
  readonly createdMs: number;
}

/**
 * Streams a state to a temporary file, a chunk per call, so that the caller can go on with its work in between.
 * A chunk of 64 KiB costs about 30 µs. `finish` closes the file; publishSnapshot (by path, on any thread) syncs
 * and names it.
 */
export class SnapshotWriter {
  readonly head: SnapshotHead;
  readonly #fs: JournalFs;
  readonly #path: string;
  readonly #prefix = new DataView(new ArrayBuffer(16));
  readonly #file: number;
  #position = HEADER_BYTES;
  #crc: number;
  #total = 0;

  /** @throws JournalFailure */
  constructor(fs: JournalFs, directory: string, head: SnapshotHead) {
    this.head = head;
    this.#fs = fs;
    this.#path = `${directory}/${SNAPSHOT_TEMP_NAME}`;
    try {
      if (fs.list(directory).includes(SNAPSHOT_TEMP_NAME)) fs.unlink(this.#path);
      this.#file = fs.open(this.#path, 'create');
      const header = encodeHead(head);
      this.#crc = new DataView(header.buffer).getInt32(60, true);
      writeFully(fs, this.#file, header, HEADER_BYTES, 0);
    } catch (cause) {
      throw new JournalFailure(this.#path, 'beginning a snapshot', cause);
    }
  }

  /** Adds 1 byte to 4 MiB. @throws JournalFailure */
  write(bytes: Uint8Array, length: number): void {
    assert(length > 0 && length <= MAX_CHUNK_BYTES, `a chunk has 1..${MAX_CHUNK_BYTES} bytes, not ${length}`);
    this.#crc = crc32Bytes(bytes, 0, length, this.#crc);
    this.#total += length;
    this.#prefix.setUint32(0, length, true);
    this.#prefix.setInt32(4, this.#crc, true);
    this.#put(new Uint8Array(this.#prefix.buffer), 8);
    this.#put(bytes, length);
  }

  /** Ends the file, unsynced and unnamed. @throws JournalFailure */
  finish(): void {
    setUint53(this.#prefix, 8, this.#total);
    this.#prefix.setUint32(0, END_MARK, true);
    this.#prefix.setInt32(4, crc32Bytes(new Uint8Array(this.#prefix.buffer), 8, 16, this.#crc), true);
    this.#put(new Uint8Array(this.#prefix.buffer), 16);
    this.#fs.close(this.#file);
  }

  /** Gives the snapshot up, for instance when the journal failed meanwhile. */
  abandon(): void {
    this.#fs.close(this.#file);
    this.#fs.unlink(this.#path);
  }

  #put(bytes: Uint8Array, length: number): void {
    try {
      writeFully(this.#fs, this.#file, bytes, length, this.#position);
    } catch (cause) {
      throw new JournalFailure(this.#path, 'writing a snapshot', cause);
    }
    this.#position += length;
  }
}

/** A whole, checked snapshot. */
export interface LoadedSnapshot extends SnapshotHead {
  readonly path: string;
  /** The state's bytes as they were written, one item a chunk. */
  readonly chunks: readonly Uint8Array[];
}

export function snapshotName(sequence: number): string {
  return `snapshot-${String(sequence).padStart(16, '0')}.lws`;
}

/** Sequences of the snapshots in a directory, newest first. */
export function listSnapshots(fs: JournalFs, directory: string): number[] {
  const found = fs.list(directory).map((name) => SNAPSHOT_NAME.exec(name)?.[1]);
  return found.filter((digits) => digits !== undefined).map(Number).sort((a, b) => b - a);
}

/** The snapshot, or why it isn't one. */
export function loadSnapshot(fs: JournalFs, directory: string, sequence: number): LoadedSnapshot | string {
  const path = `${directory}/${snapshotName(sequence)}`;
  const file = fs.open(path, 'read');
  let bytes: Uint8Array;
  try {
    const size = fs.size(file);
    bytes = new Uint8Array(size);
    if (readFully(fs, file, bytes, size, 0) !== size) return `${path}: shorter than its size`;
  } catch (cause) {
    if (isDirectoryError(cause)) return `${path}: a directory`;
    throw cause;
  } finally {
    fs.close(file);
  }
  const head = decodeHead(bytes);
  if (typeof head === 'string') return `${path}: ${head}`;
  if (head.sequence !== sequence) return `${path}: holds the state after ${head.sequence}`;
  const chunks = readChunks(bytes);
  return typeof chunks === 'string' ? `${path}: ${chunks}` : { ...head, path, chunks };
}

function readChunks(bytes: Uint8Array): Uint8Array[] | string {
  const view = new DataView(bytes.buffer);
  const chunks: Uint8Array[] = [];
  let crc = view.getInt32(60, true);
  let total = 0;
  for (let at = HEADER_BYTES; ; ) {
    if (at + 8 > bytes.length) return `ends at ${at} without its end mark`;
    const length = view.getUint32(at, true);
    const stored = view.getInt32(at + 4, true);
    const last = length === END_MARK;
    const end = at + 8 + (last ? 8 : length);
    if (end > bytes.length) return `chunk at ${at} of ${length} bytes goes beyond the end`;
    crc = crc32Bytes(bytes, at + 8, end, crc);
    if (crc !== stored) return `chunk at ${at}: crc doesn't match`;
    if (last) {
      const whole = end === bytes.length && getUint53(view, at + 8) === total;
      return whole ? chunks : `its end at ${at} doesn't fit ${total} bytes of state`;
    }
    chunks.push(bytes.subarray(at + 8, end));
    total += length;
    at = end;
  }
}

function encodeHead(head: SnapshotHead): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setUint32(12, HEADER_BYTES, true);
  bytes.set(head.runId.subarray(0, RUN_ID_BYTES), 16);
  setUint53(view, 32, head.createdMs);
  setUint53(view, 40, head.sequence);
  view.setUint32(48, head.epoch, true);
  view.setInt32(52, head.recordCrc, true);
  view.setInt32(60, crc32Bytes(bytes, 0, 60), true);
  return bytes;
}

function decodeHead(bytes: Uint8Array): SnapshotHead | string {
  if (bytes.length < HEADER_BYTES) return `${bytes.length} bytes, a header has ${HEADER_BYTES}`;
  const view = new DataView(bytes.buffer);
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== MAGIC) return `doesn't begin with ${MAGIC}`;
  if (view.getInt32(60, true) !== crc32Bytes(bytes, 0, 60)) return "the header's crc doesn't match";
  const version = view.getUint32(8, true);
  if (version !== VERSION) return `snapshot version ${version}, this build reads ${VERSION}`;
  return {
    runId: bytes.slice(16, 16 + RUN_ID_BYTES),
    createdMs: getUint53(view, 32),
    sequence: getUint53(view, 40),
    epoch: view.getUint32(48, true),
    recordCrc: view.getInt32(52, true),
  };
}

export function sameRun(a: Uint8Array, b: Uint8Array): boolean {
  return hex(a) === hex(b);
}
