import { crc32Bytes } from './crc32.js';
import {
  CONFIG_HASH_BYTES, FORMAT_VERSION, HEADER_AT, OLDEST_FORMAT_READ, RUN_ID_BYTES, SEGMENT_HEADER_BYTES,
  SEGMENT_MAGIC, segmentName,
} from './format.js';
import { JournalCorruption } from './journal-error.js';

export interface SegmentHeader {
  readonly version: number;
  /** Names the journal's life: set when the directory is first used, kept over restarts. */
  readonly runId: Uint8Array;
  readonly configHash: Uint8Array;
  readonly firstSequence: number;
  /** Crc of the last record before this segment, 0 at the start of a journal. */
  readonly crcBefore: number;
  /** Grows by one with every start of a writer on the directory. */
  readonly epoch: number;
  /** Size of the file while it is the last segment; earlier ones are cut to what they use. */
  readonly segmentBytes: number;
  readonly createdMs: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(SEGMENT_MAGIC));
  view.setUint32(HEADER_AT.version, header.version, true);
  view.setUint32(HEADER_AT.headerBytes, SEGMENT_HEADER_BYTES, true);
  bytes.set(header.runId.subarray(0, RUN_ID_BYTES), HEADER_AT.runId);
  bytes.set(header.configHash.subarray(0, CONFIG_HASH_BYTES), HEADER_AT.configHash);
  setUint53(view, HEADER_AT.firstSequence, header.firstSequence);
  view.setInt32(HEADER_AT.crcBefore, header.crcBefore, true);
  view.setUint32(HEADER_AT.epoch, header.epoch, true);
  setUint53(view, HEADER_AT.segmentBytes, header.segmentBytes);
  setUint53(view, HEADER_AT.createdMs, header.createdMs);
  view.setInt32(HEADER_AT.crc, crc32Bytes(bytes, 0, HEADER_AT.crc), true);
  return bytes;
}

/** The header in the file's first bytes. @throws JournalCorruption for anything that this build doesn't read */
export function decodeSegmentHeader(bytes: Uint8Array, length: number, file: string, named: number): SegmentHeader {
  const refuse = (problem: 'damaged_header' | 'newer_format' | 'not_a_journal' | 'wrong_order', what: string): never => {
    throw new JournalCorruption(problem, { file, offset: 0, sequence: named }, what);
  };
  if (length < SEGMENT_HEADER_BYTES) refuse('damaged_header', `${length} bytes, a header has ${SEGMENT_HEADER_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  const magicOk = new TextDecoder().decode(bytes.subarray(0, 8)) === SEGMENT_MAGIC;
  const crcOk = view.getInt32(HEADER_AT.crc, true) === crc32Bytes(bytes, 0, HEADER_AT.crc);
  const version = view.getUint32(HEADER_AT.version, true);
  if (!magicOk) refuse('damaged_header', `the file doesn't begin with ${SEGMENT_MAGIC}`);
  // Crc before version: a flipped bit must not read as "newer". A newer format keeps magic, version and crc here.
  if (!crcOk) refuse('damaged_header', "the header's crc doesn't match");
  if (version > FORMAT_VERSION) refuse('newer_format', `format ${version}, this build reads up to ${FORMAT_VERSION}`);
  if (version < OLDEST_FORMAT_READ) refuse('not_a_journal', `format ${version} was never released`);
  const header = {
    version,
    runId: bytes.slice(HEADER_AT.runId, HEADER_AT.runId + RUN_ID_BYTES),
    configHash: bytes.slice(HEADER_AT.configHash, HEADER_AT.configHash + CONFIG_HASH_BYTES),
    firstSequence: getUint53(view, HEADER_AT.firstSequence),
    crcBefore: view.getInt32(HEADER_AT.crcBefore, true),
    epoch: view.getUint32(HEADER_AT.epoch, true),
    segmentBytes: getUint53(view, HEADER_AT.segmentBytes),
    createdMs: getUint53(view, HEADER_AT.createdMs),
  };
  if (header.firstSequence !== named) {
    refuse('wrong_order', `named ${segmentName(named)}, but begins with sequence ${header.firstSequence}`);
  }
  return header;
}

export function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/** Values above 2^53-1 come back inexact; the callers compare them with exact ones and refuse. */
export function getUint53(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
