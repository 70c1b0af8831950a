import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBroadcastRing } from '../../../src/memory/broadcast-ring-layout.js';
import { BroadcastRingReader } from '../../../src/memory/broadcast-ring-reader.js';
import { BroadcastRingWriter } from '../../../src/memory/broadcast-ring-writer.js';
import { createMessageRing } from '../../../src/memory/message-ring-layout.js';
import { MessageRingReader } from '../../../src/memory/message-ring-reader.js';
import { MessageRingWriter } from '../../../src/memory/message-ring-writer.js';
import { createSeqlockRecord } from '../../../src/memory/seqlock-layout.js';
import { SeqlockReader } from '../../../src/memory/seqlock-reader.js';
import { SeqlockWriter } from '../../../src/memory/seqlock-writer.js';
import { createSpscRing } from '../../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../../src/memory/spsc-ring-writer.js';
import { recordStores } from './store-order.js';

const ringName = (byte: number): string => (byte === 0 ? 'tail' : byte === 128 ? 'head' : `cell+${byte - 256}`);
const cellNames: Readonly<Record<number, string>> = {
  0: 'head', 128: 'number 0', 132: 'count 0', 136: 'payload 0', 144: 'number 1', 148: 'count 1', 152: 'payload 1',
};

test('spsc ring: payloads, later numbers, the count, then the first number; payloads are read after that number, before head', () => {
  const ring = createSpscRing(2, 8);
  const written = recordStores((byte) => cellNames[byte] ?? String(byte), (start) => {
    const writer = new SpscRingWriter(ring);
    start();
    for (let n = 0; n < 2; n++) {
      writer.float64[writer.claim() >> 3] = n;
      writer.commit();
    }
    writer.publish();
    writer.publish();
    assert.equal(writer.claim(), -1);
  });
  assert.deepEqual(written, [
    'write payload 0', 'write payload 1', 'write number 1', 'write count 1', 'write count 0', 'publish number 0', 'observe head',
  ]);
  const taken = recordStores((byte) => cellNames[byte] ?? String(byte), (start) => {
    const reader = new SpscRingReader(ring);
    start();
    for (let n = 0; n < 2; n++) {
      assert.equal(reader.float64[reader.peek() >> 3], n);
      reader.advance();
    }
    reader.release();
    assert.equal(reader.peek(), -1);
  });
  assert.deepEqual(taken, [
    'observe number 0', 'read count 0', 'read payload 0', 'read payload 1', 'publish head', 'observe number 0',
  ]);
});

test('message ring: filler and header before the payload, all before tail', () => {
  const ring = createMessageRing(128);
  const first = new MessageRingWriter(ring);
  for (let n = 0; n < 7; n++) assert.ok(first.offer(1, new Uint8Array(8)));
  const emptied = new MessageRingReader(ring);
  for (let n = 0; n < 7; n++) {
    emptied.peek();
    emptied.advance();
  }
  emptied.release();
  assert.ok(first.offer(1, new Uint8Array(0)));
  const log = recordStores(ringName, (start) => {
    const writer = new MessageRingWriter(ring);
    start();
    const at = writer.claim(5, 8);
    writer.float64[at >> 3] = 1;
    writer.commit();
    writer.publish();
  });
  assert.deepEqual(log, [
    'write cell+120', 'write cell+124', 'write cell+0', 'write cell+4', 'write cell+8', 'publish tail',
  ]);
});

test('broadcast ring: intent before the record, tail, then latest after it; the reader looks at intent last', () => {
  const names: Readonly<Record<number, string>> = { 0: 'intent', 128: 'tail', 132: 'latest' };
  const name = (byte: number): string => names[byte] ?? `record+${byte - 256}`;
  const ring = createBroadcastRing(256);
  let reader: BroadcastRingReader | undefined;
  const read = recordStores(name, (start) => {
    reader = new BroadcastRingReader(ring);
    const writer = new BroadcastRingWriter(ring);
    start();
    writer.float64[writer.begin(3, 8) >> 3] = 42;
    writer.end();
  });
  assert.deepEqual(read, [
    'publish intent', 'write record+0', 'write record+4', 'write record+8', 'write record+16', 'publish tail', 'publish latest',
  ]);
  const taken = recordStores(name, (start) => {
    const late = new BroadcastRingReader(ring);
    new BroadcastRingWriter(ring).transmit(3, new Uint8Array(8));
    start();
    assert.equal(late.receive(), 1);
  });
  assert.equal(taken[0], 'observe tail');
  assert.equal(taken.at(-1), 'observe intent');
  assert.ok(taken.slice(1, -1).every((step) => !step.startsWith('publish')), 'a reader publishes nothing');
  assert.ok(reader);
});

test('sequence lock: odd, record, even; the reader looks twice', () => {
  const name = (byte: number): string => (byte === 0 ? 'lock' : `word${(byte - 128) / 8}`);
  const record = createSeqlockRecord(2);
  const written = recordStores(name, (start) => {
    const writer = new SeqlockWriter(record);
    start();
    writer.begin();
    writer.set(0, 1);
    writer.set(1, 2);
    writer.end();
  });
  assert.deepEqual(written, ['publish lock', 'write word0', 'write word1', 'publish lock']);
  const out = [0, 0] as unknown as Float64Array;
  const taken = recordStores(name, (start) => {
    const reader = new SeqlockReader(record);
    start();
    assert.ok(reader.read(out));
  });
  assert.deepEqual(taken, ['observe lock', 'read word0', 'read word1', 'observe lock']);
  assert.deepEqual([...out], [1, 2]);
});
