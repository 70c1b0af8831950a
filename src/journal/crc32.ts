/**
 * CRC-32 of zlib, PNG and Ethernet (reflected polynomial 0xEDB88320; ISO 3309), over whole 32-bit words,
 * eight bytes a step with eight tables ("slicing-by-8", M. Kounavis and F. Berry, 2005).
 *
 * node:zlib's crc32 is faster from about 1 KiB on, but costs 180 ns a call and a view object, and Node
 * before 20.15 lacks it. Journal records are about 100 bytes.
 */
import * as zlib from 'node:zlib';

const POLYNOMIAL = 0xedb88320;
/** From this many bytes on the call into zlib pays. */
const NATIVE_FROM_BYTES = 1024;

const tables = new Int32Array(8 * 256);
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  tables[i] = crc;
}
for (let i = 256; i < 2048; i++) {
  const before = at(tables, i - 256);
  tables[i] = (before >>> 8) ^ at(tables, before & 0xff);
}

const native: ((data: Uint8Array, value?: number) => number) | undefined = zlib.crc32;

/** Typed arrays have no holes; the index is the caller's promise. */
function at(array: Int32Array, index: number): number {
  return array[index] as number;
}

/** The bytes of a buffer as bytes and as 32-bit words; words need a little-endian machine. */
export interface WordBuffer {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
}

/** A zeroed buffer of at least `bytes` bytes, a multiple of 8. */
export function wordBuffer(bytes: number): WordBuffer {
  const memory = new ArrayBuffer((bytes + 7) & ~7);
  return { bytes: new Uint8Array(memory), words: new Int32Array(memory), view: new DataView(memory) };
}

/** CRC-32 as a signed 32-bit integer of bytes from..to-1 of the buffer; both multiples of 4. */
export function crc32(buffer: WordBuffer, from: number, to: number): number {
  if (to - from >= NATIVE_FROM_BYTES && native !== undefined) return native(buffer.bytes.subarray(from, to)) | 0;
  return crc32Sliced(buffer.words, from >> 2, to >> 2);
}

/** The same without zlib; exported for the test that compares the two. */
export function crc32Sliced(words: Int32Array, fromWord: number, toWord: number): number {
  let crc = -1;
  let i = fromWord;
  for (; i + 1 < toWord; i += 2) {
    const low = at(words, i) ^ crc;
    const high = at(words, i + 1);
    crc =
      at(tables, 1792 + (low & 0xff)) ^
      at(tables, 1536 + ((low >>> 8) & 0xff)) ^
      at(tables, 1280 + ((low >>> 16) & 0xff)) ^
      at(tables, 1024 + (low >>> 24)) ^
      at(tables, 768 + (high & 0xff)) ^
      at(tables, 512 + ((high >>> 8) & 0xff)) ^
      at(tables, 256 + ((high >>> 16) & 0xff)) ^
      at(tables, high >>> 24);
  }
  if (i < toWord) {
    const last = at(words, i) ^ crc;
    crc =
      at(tables, 768 + (last & 0xff)) ^
      at(tables, 512 + ((last >>> 8) & 0xff)) ^
      at(tables, 256 + ((last >>> 16) & 0xff)) ^
      at(tables, last >>> 24);
  }
  return crc ^ -1;
}

/** CRC-32 of any bytes, one table; for format 1 and snapshots' short ends. */
export function crc32Bytes(bytes: Uint8Array, from: number, to: number, before = 0): number {
  if (to - from >= NATIVE_FROM_BYTES && native !== undefined) return native(bytes.subarray(from, to), before >>> 0) | 0;
  let crc = before ^ -1;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ at(tables, (crc ^ (bytes[i] as number)) & 0xff);
  return crc ^ -1;
}
