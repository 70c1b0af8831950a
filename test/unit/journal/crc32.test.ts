import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { Prng } from '../../../src/base/prng.js';
import { crc32, crc32Bytes, crc32Sliced, wordBuffer } from '../../../src/journal/crc32.js';

test('the check value of CRC-32 is cbf43926 for "123456789"', () => {
  const bytes = new TextEncoder().encode('123456789');
  assert.equal(crc32Bytes(bytes, 0, 9) >>> 0, 0xcbf43926);
});

test('words, bytes and zlib agree at every length, short and long (seed 11)', () => {
  const random = new Prng(11);
  const buffer = wordBuffer(8192);
  for (let i = 0; i < buffer.words.length; i++) buffer.words[i] = random.uint32();
  for (const length of [0, 4, 8, 12, 20, 24, 100, 512, 1020, 1024, 1028, 4096, 8000]) {
    const expected = crc32Bytes(buffer.bytes, 64, 64 + length);
    assert.equal(crc32Sliced(buffer.words, 16, 16 + length / 4), expected, `sliced, ${length} bytes`);
    assert.equal(crc32(buffer, 64, 64 + length), expected, `chosen, ${length} bytes`);
    if (typeof zlib.crc32 === 'function') assert.equal(zlib.crc32(buffer.bytes.subarray(64, 64 + length)) | 0, expected);
  }
});

test('a crc goes on from the one before', () => {
  const bytes = new TextEncoder().encode('a journal is append-only');
  const first = crc32Bytes(bytes, 0, 7);
  assert.equal(crc32Bytes(bytes, 7, bytes.length, first), crc32Bytes(bytes, 0, bytes.length));
});
