import type { WordBuffer } from './crc32.js';
import { RECORD_HEADER_BYTES, SECTOR_BYTES } from './format.js';
import { claimedBytesAt, headerChecks, readRecord, RecordView } from './record.js';
import { readRecordV1 } from './record-v1.js';

/**
 * What stands after the last good record of the last segment.
 * `clean`: zeros. `torn`: what a crash leaves of a write that was never acknowledged. `damaged`: anything else.
 */
export type Tail =
  | { readonly kind: 'clean' }
  | { readonly kind: 'torn'; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly what: string };

/**
 * Judges the bytes at..limit-1, where no record that continues the chain begins at `at`.
 *
 * Torn needs two things. No good record further on says that `expected` had been acknowledged when it was
 * written (records carry that), and the record at `at` must lack a sector: an unsynced write leaves each
 * sector as it was (zeros: segments are never reused) or as written, never half right. A flipped bit in a
 * record that is all there is therefore damage, even in the very last one.
 * @param expected the sequence that should stand at `at`
 * @param filled at or below `limit`; only zeros from there on
 */
export function judgeTail(buffer: WordBuffer, at: number, limit: number, expected: number, filled: number): Tail {
  const used = endOfNonZero(buffer, at, filled);
  if (used <= at) return { kind: 'clean' };
  const later = laterWitness(buffer, at, used, limit, expected);
  if (later !== undefined) return { kind: 'damaged', what: later };
  if (!isIncomplete(buffer, at, used, limit)) {
    const what = headerChecks(buffer, at) ? "its crc doesn't match although all of it is there" : 'no record header';
    return { kind: 'damaged', what };
  }
  return { kind: 'torn', bytes: used - at };
}

/** Format 1 knew neither claims nor preallocation: bad and last is torn, bad and followed is damaged. */
export function judgeTailV1(buffer: WordBuffer, at: number, limit: number, expected: number, filled: number): Tail {
  const used = endOfNonZero(buffer, at, filled);
  if (used <= at) return { kind: 'clean' };
  const record = new RecordView();
  for (let next = at + 8; next < used; next += 8) {
    if (readRecordV1(buffer, next, limit, record) !== 'good') continue;
    if (record.sequence > expected) return { kind: 'damaged', what: followed(record.sequence, next) };
  }
  return { kind: 'torn', bytes: used - at };
}

/** One past the last byte in at..limit-1 that isn't zero, rounded up to 4; `at` if all are. */
export function endOfNonZero(buffer: WordBuffer, at: number, limit: number): number {
  const first = at >> 2;
  let word = Math.max(first, (limit + 3) >> 2);
  while (word > first && buffer.words[word - 1] === 0) word--;
  return word << 2;
}

function followed(sequence: number, at: number): string {
  return `bad, yet followed by the good record ${sequence} at offset ${at}`;
}

/** A good record behind the bad place which shows that the place had been acknowledged, or that order is lost. */
function laterWitness(
  buffer: WordBuffer, at: number, used: number, limit: number, expected: number,
): string | undefined {
  const record = new RecordView();
  let next = at + 4;
  while (next < used) {
    if (!headerChecks(buffer, next) || readRecord(buffer, next, limit, expected, record) !== 'good') {
      next += 4;
      continue;
    }
    if (record.acknowledged >= expected) {
      return `${followed(record.sequence, next)}, which says that ${record.acknowledged} had been acknowledged`;
    }
    if (record.sequence <= expected) return `followed by record ${record.sequence} at offset ${next}, out of order`;
    next = record.end;
  }
  return undefined;
}

/**
 * Whether the record at `at` misses a sector's share, or its end: the crc that closes a record is zero once in
 * 2^32 records, so a record whose last word is zero, or behind whose header nothing stands, was never whole.
 * @param used one past the last byte that isn't zero
 */
function isIncomplete(buffer: WordBuffer, at: number, used: number, limit: number): boolean {
  if (used <= at + RECORD_HEADER_BYTES) return true;
  const end = at + (headerChecks(buffer, at) ? claimedBytesAt(buffer, at) : RECORD_HEADER_BYTES);
  if (end > limit) return false;
  if (buffer.words[(end >> 2) - 1] === 0) return true;
  for (let from = at; from < end; ) {
    const to = Math.min((Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES, end);
    if (endOfNonZero(buffer, from, to) === from) return true;
    from = to;
  }
  return false;
}
