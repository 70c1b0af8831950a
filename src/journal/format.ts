/**
 * The numbers of the journal's format 3: every multi-byte integer is little-endian. docs/JOURNAL.md is the
 * description for readers in other languages, with test vectors; a test compares the two.
 *
 *   segment-<first sequence>.lwj        record (4-byte aligned)
 *   byte    0  header, 4096 bytes       byte  0  length     u32  24 + payload bytes, padding not counted
 *   byte 4096  records, back to back         4  sequence   u32  low 32 bits, of its first event
 *        …     zeros to the end              8  crcBefore  u32  crc of the record before this one
 *                                           12  type       u16  the caller's, 1..65535
 *   header                                  14  lag        u16  sequence − highest acknowledged one
 *   byte  0  "LEGWORKJ"                     16  epoch      u16  low 16 bits
 *         8  format version    u32          18  check      u16  fold of the 18 bytes before it
 *        12  header bytes      u32          20  payload
 *        16  run id            16 bytes      …  zeros to a multiple of 4
 *        32  config hash       32 bytes      …  crc        u32  CRC-32 of all the bytes before it
 *        64  first sequence    u64
 *        72  crcBefore         u32
 *        76  epoch             u32
 *        80  segment bytes     u64
 *        88  created           u64  ms since 1970, for people only
 *      4092  crc               u32  of bytes 0..4091
 */
export const SEGMENT_MAGIC = 'LEGWORKJ';
export const FORMAT_VERSION = 3;
/** From this one on a record may hold several events, each with a sequence of its own. */
export const GROUPS_FROM_FORMAT = 3;
/** The oldest format that this build reads; it writes only FORMAT_VERSION. */
export const OLDEST_FORMAT_READ = 1;

/** One page, so that records never share a sector with the header. */
export const SEGMENT_HEADER_BYTES = 4096;
export const HEADER_AT = {
  version: 8,
  headerBytes: 12,
  runId: 16,
  configHash: 32,
  firstSequence: 64,
  crcBefore: 72,
  epoch: 76,
  segmentBytes: 80,
  createdMs: 88,
  crc: 4092,
} as const;
export const RUN_ID_BYTES = 16;
export const CONFIG_HASH_BYTES = 32;

export const RECORD_HEADER_BYTES = 20;
/** Header and closing crc. */
export const RECORD_OVERHEAD_BYTES = 24;
/** A command with the largest graph document is below 1 MiB; a universe of 10,000 listings below 8. */
export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
export const MAX_RECORD_TYPE = 0xffff;
/** A lag that doesn't fit makes no claim about what was acknowledged. */
export const LAG_UNKNOWN = 0xffff;
/** Spice of the header check, so that 20 equal bytes don't check ("LW"). */
export const CHECK_SALT = 0x4c57;

/** What a disk writes whole: the unit in which an unsynced write may be torn. */
export const SECTOR_BYTES = 512;

export const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;
export const MIN_SEGMENT_BYTES = 16 * 1024;
export const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

/** `memory`: nothing is written. `process`: handed to the OS before the ack. `power`: synced before the ack. */
export type Durability = 'memory' | 'process' | 'power';

/** The process's exit code after a journal failure: 74 is EX_IOERR of BSD's sysexits.h. */
export const JOURNAL_FAILURE_EXIT_CODE = 74;

const SEQUENCE_DIGITS = 16;
const SEGMENT_NAME = /^segment-(\d{16})\.lwj$/;
export const NEXT_SEGMENT_NAME = 'segment-next.tmp';

export function segmentName(firstSequence: number): string {
  return `segment-${String(firstSequence).padStart(SEQUENCE_DIGITS, '0')}.lwj`;
}

/** The first sequence that a segment's name tells, or undefined for another file. */
export function segmentNameSequence(name: string): number | undefined {
  const digits = SEGMENT_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Bytes of a record on disk with its padding. */
export function recordBytes(payloadBytes: number): number {
  return (RECORD_OVERHEAD_BYTES + payloadBytes + 3) & ~3;
}
