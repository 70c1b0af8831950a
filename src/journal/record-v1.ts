/**
 * Records of format 1, which this build reads and no longer writes: not chained, no claim about what was
 * acknowledged, segments not preallocated.
 *
 *   byte  0  payload bytes  u32     8  sequence  u64     20  type  u16     24  payload
 *         4  crc of 8..end  u32    16  epoch     u32     22  0     u16      …  zeros to a multiple of 8
 */
import { crc32Bytes, type WordBuffer } from './crc32.js';
import { MAX_PAYLOAD_BYTES } from './format.js';
import type { RecordVerdict, RecordView } from './record.js';
import { getUint53 } from './segment-header.js';

const HEADER_BYTES = 24;

/** As readRecord of format 2; the sequence is stored whole, so there is no hint. */
export function readRecordV1(buffer: WordBuffer, at: number, limit: number, out: RecordView): RecordVerdict {
  if (at + HEADER_BYTES > limit) return at >= limit ? 'none' : 'bad';
  const { view, bytes } = buffer;
  const payloadBytes = view.getUint32(at, true);
  const crc = view.getInt32(at + 4, true);
  const sequence = getUint53(view, at + 8);
  if (payloadBytes === 0 && crc === 0 && sequence === 0) return 'none';
  const payloadEnd = at + HEADER_BYTES + payloadBytes;
  if (payloadBytes > MAX_PAYLOAD_BYTES || payloadEnd > limit) return 'bad';
  if (crc32Bytes(bytes, at + 8, payloadEnd) !== crc) return 'bad';
  out.type = view.getUint16(at + 20, true);
  out.sequence = sequence;
  out.epoch = view.getUint32(at + 16, true);
  out.crc = crc;
  out.acknowledged = -1;
  out.payloadAt = at + HEADER_BYTES;
  out.payloadBytes = payloadBytes;
  out.end = Math.min((payloadEnd + 7) & ~7, limit);
  return 'good';
}
