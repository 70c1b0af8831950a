import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteText } from '../../../src/base/byte-text.js';
import { RunningHash } from '../../../src/base/hash.js';

const texts = ['', 'plain', 'a"b\\c\n\u0001', 'ü', '\u2028 漢字', '😀x', 'x'.repeat(200_000), '\u007f'];

test('quoted text is what JSON writes, in UTF-8', () => {
  const out = new ByteText();
  for (const text of texts) out.quoted(text);
  assert.equal(Buffer.from(out.bytes()).toString('utf8'), texts.map((text) => JSON.stringify(text)).join(''));
});

test('plain text is what the platform writes, lone surrogates included', () => {
  for (const text of [...texts, '\ud800x', 'x\udc00']) {
    const out = new ByteText();
    out.text(text);
    assert.deepEqual(Buffer.from(out.bytes()), Buffer.from(text, 'utf8'));
  }
});

test('bytes hash by words, the rest, their number', () => {
  const [whole, byHand] = [new RunningHash(), new RunningHash()];
  whole.bytes(new Uint8Array([1, 2, 3, 4, 5]).subarray(0));
  byHand.uint32(0x04030201);
  byHand.uint32(5);
  byHand.uint32(5);
  assert.equal(whole.hex(), byHand.hex());
});
