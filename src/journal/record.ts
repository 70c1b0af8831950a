import { crc32, type WordBuffer } from './crc32.js';
import {
  CHECK_SALT, LAG_UNKNOWN, MAX_PAYLOAD_BYTES, RECORD_HEADER_BYTES, RECORD_OVERHEAD_BYTES, recordBytes,
} from './format.js';

/** One record where it lies in a segment's bytes; reused from record to record. */
export class RecordView {
  type = 0;
  sequence = 0;
  epoch = 0;
  crc = 0;
  /** Highest sequence that was acknowledged when the record was written, -1 when it makes no claim. */
  acknowledged = -1;
  payloadAt = 0;
  payloadBytes = 0;
  /** Where the next record begins. */
  end = 0;
}

/** `none`: a zero stands where a record would begin. */
export type RecordVerdict = 'good' | 'none' | 'bad';

/**
 * Closes a record whose payload already lies at `at` + RECORD_HEADER_BYTES.
 * @param at multiple of 4
 * @returns the record's crc
 */
export function sealRecord(
  buffer: WordBuffer, at: number, type: number, sequence: number, acknowledged: number, epoch: number,
  crcBefore: number, payloadBytes: number,
): number {
  const { words, bytes } = buffer;
  const word = at >> 2;
  const length = RECORD_OVERHEAD_BYTES + payloadBytes;
  const end = at + recordBytes(payloadBytes);
  const lag = Math.min(sequence - acknowledged, LAG_UNKNOWN);
  const typeAndLag = type | (lag << 16);
  for (let i = at + RECORD_HEADER_BYTES + payloadBytes; i < end - 4; i++) bytes[i] = 0;
  words[word] = length;
  words[word + 1] = sequence | 0;
  words[word + 2] = crcBefore;
  words[word + 3] = typeAndLag;
  words[word + 4] = (epoch & 0xffff) | (headerCheck(length, sequence | 0, crcBefore, typeAndLag, epoch) << 16);
  const crc = crc32(buffer, at, end - 4);
  words[(end >> 2) - 1] = crc;
  return crc;
}

/**
 * Reads the record at `at`, whatever stands there: it is `good` by its own check and crc, no matter what came
 * before. The chain (sequence, crcBefore) is the caller's to compare; `crcBeforeAt` gives its link.
 * @param near sequence expected about here; the upper bits of the record's come from it
 * @param limit bytes that are filled in the buffer
 */
export function readRecord(buffer: WordBuffer, at: number, limit: number, near: number, out: RecordView): RecordVerdict {
  if (at + RECORD_OVERHEAD_BYTES > limit) return at + 4 > limit || word(buffer, at) === 0 ? 'none' : 'bad';
  const length = word(buffer, at);
  if (length === 0) return 'none';
  if (!headerChecks(buffer, at)) return 'bad';
  const payloadBytes = length - RECORD_OVERHEAD_BYTES;
  const end = at + recordBytes(payloadBytes);
  if (end > limit) return 'bad';
  const crc = word(buffer, end - 4);
  if (crc !== crc32(buffer, at, end - 4)) return 'bad';
  const typeAndLag = word(buffer, at + 12);
  const lag = typeAndLag >>> 16;
  out.type = typeAndLag & 0xffff;
  out.sequence = widenSequence(word(buffer, at + 4), near);
  out.epoch = word(buffer, at + 16) & 0xffff;
  out.crc = crc;
  out.acknowledged = lag === LAG_UNKNOWN ? -1 : out.sequence - lag;
  out.payloadAt = at + RECORD_HEADER_BYTES;
  out.payloadBytes = payloadBytes;
  out.end = end;
  return 'good';
}

/** Whether 20 bytes at `at` are a record's header by their own check, its length included. */
export function headerChecks(buffer: WordBuffer, at: number): boolean {
  const length = word(buffer, at);
  if (length < RECORD_OVERHEAD_BYTES || length > RECORD_OVERHEAD_BYTES + MAX_PAYLOAD_BYTES) return false;
  const epochAndCheck = word(buffer, at + 16);
  const check = headerCheck(
    length, word(buffer, at + 4), word(buffer, at + 8), word(buffer, at + 12), epochAndCheck,
  );
  return epochAndCheck >>> 16 === check;
}

/** The link of the record at `at` to the one before it. */
export function crcBeforeAt(buffer: WordBuffer, at: number): number {
  return word(buffer, at + 8);
}

/** Bytes that the record at `at` claims on disk; its header must check. */
export function claimedBytesAt(buffer: WordBuffer, at: number): number {
  return recordBytes(word(buffer, at) - RECORD_OVERHEAD_BYTES);
}

/** Any single flipped bit of the header changes it: the length can be believed when a payload is torn. */
function headerCheck(length: number, sequence: number, crcBefore: number, typeAndLag: number, epoch: number): number {
  const folded = length ^ sequence ^ crcBefore ^ typeAndLag ^ (epoch & 0xffff) ^ CHECK_SALT;
  return (folded ^ (folded >>> 16)) & 0xffff;
}

/** The sequence with these low 32 bits that is nearest to `near`. */
function widenSequence(low: number, near: number): number {
  return near + ((low - (near | 0)) | 0);
}

/** `at` lies inside the buffer: the callers compare with its limit first. */
function word(buffer: WordBuffer, at: number): number {
  return buffer.words[at >> 2] as number;
}
