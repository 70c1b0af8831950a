import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../../src/memory/arena.js';
import { createBroadcastRing } from '../../../src/memory/broadcast-ring-layout.js';
import { BroadcastRingReader, LAPPED, NOTHING, RECEIVED } from '../../../src/memory/broadcast-ring-reader.js';
import { BroadcastRingWriter } from '../../../src/memory/broadcast-ring-writer.js';
import { createMessageRing } from '../../../src/memory/message-ring-layout.js';
import { MessageRingReader } from '../../../src/memory/message-ring-reader.js';
import { MessageRingWriter } from '../../../src/memory/message-ring-writer.js';
import { int32View } from '../../../src/memory/region.js';
import { createSpscRing, ringStride, spscRingBytes } from '../../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../../src/memory/spsc-ring-writer.js';

test('spsc ring: full is a value, and counters may wrap around 2^32', () => {
  const ring = createSpscRing(4, 8);
  int32View(ring.region).fill(-2, 0, 1); // head two short of wrapping
  const writer = new SpscRingWriter(ring);
  const reader = new SpscRingReader(ring);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 4; n++) {
      const at = writer.claim();
      assert.notEqual(at, -1);
      writer.float64[at >> 3] = round * 10 + n;
      writer.commit();
    }
    assert.equal(writer.claim(), -1);
    assert.equal(reader.peek(), -1, 'nothing is visible before publish');
    writer.publish();
    assert.equal(reader.available(), 4);
    for (let n = 0; n < 4; n++) {
      assert.equal(reader.float64[reader.peek() >> 3], round * 10 + n);
      reader.advance();
    }
    assert.equal(writer.claim(), -1, 'cells are the reader\'s until release');
    assert.equal(writer.backlog(), 4);
    reader.release();
    assert.equal(writer.backlog(), 0);
  }
});

test('spsc ring: a writer that comes anew goes on behind what is unread', () => {
  const ring = createSpscRing(4, 8);
  const reader = new SpscRingReader(ring);
  const send = (writer: SpscRingWriter, value: number): void => {
    writer.float64[writer.claim() >> 3] = value;
    writer.commit();
    writer.publish();
  };
  const first = new SpscRingWriter(ring);
  for (const value of [1, 2, 3]) send(first, value);
  reader.advance();
  reader.release();
  const second = new SpscRingWriter(ring);
  assert.equal(second.backlog(), 2);
  for (const value of [4, 5]) send(second, value);
  assert.equal(second.claim(), -1);
  for (const value of [2, 3, 4, 5]) {
    assert.equal(reader.float64[reader.peek() >> 3], value);
    reader.advance();
  }
  assert.equal(reader.peek(), -1);
});

test('spsc ring: a cell of up to 56 bytes lies within one cache line', () => {
  assert.deepEqual([8, 16, 24, 56, 64, 96, 128].map(ringStride), [16, 32, 32, 64, 128, 128, 192]);
});

test('spsc ring: refuses shapes that it cannot address', () => {
  for (const [capacity, cellBytes] of [[3, 8], [0, 8], [1, 8], [2 ** 25, 8], [4, 12], [4, 0]] as const) {
    assert.throws(() => spscRingBytes({ capacity, cellBytes }), /must be/);
  }
});

test('message ring: every length, across laps, until full', () => {
  const ring = createMessageRing(1024);
  const writer = new MessageRingWriter(ring);
  const reader = new MessageRingReader(ring);
  assert.throws(() => writer.claim(1, writer.maxLength + 1), /at most 120 fit/);
  let sent = 0;
  let got = 0;
  for (let round = 0; round < 500; round++) {
    const payload = new Uint8Array((round * 13) % (writer.maxLength + 1)).fill(round & 0xff);
    while (!writer.offer(round & 0x7f, payload)) {
      assert.notEqual(reader.peek(), -1, 'full means that something is there');
      check(got++);
    }
    sent++;
  }
  while (reader.peek() >= 0) check(got++);
  assert.equal(got, sent);
  assert.equal(reader.hasNext(), false);

  function check(round: number): void {
    const at = reader.peek();
    assert.equal(reader.type, round & 0x7f);
    assert.equal(reader.length, (round * 13) % (writer.maxLength + 1));
    assert.ok(reader.uint8.subarray(at, at + reader.length).every((byte) => byte === (round & 0xff)));
    reader.advance();
    reader.release();
  }
});

test('broadcast ring: readers go each at their own pace; one that is overtaken knows what it lost', () => {
  const ring = createBroadcastRing(1024);
  const writer = new BroadcastRingWriter(ring);
  const quick = new BroadcastRingReader(ring);
  const slow = new BroadcastRingReader(ring);
  const payload = new Uint8Array(40);
  for (let n = 0; n < 1_000; n++) {
    payload[0] = n & 0xff;
    writer.transmit(2, payload);
    assert.equal(quick.receive(), RECEIVED);
    assert.equal(quick.payload[0], n & 0xff);
    assert.equal(quick.sequence, n);
    if (n === 0) assert.equal(slow.receive(), RECEIVED);
  }
  assert.equal(quick.receive(), NOTHING);
  assert.equal(quick.lost, 0);
  assert.equal(slow.receive(), LAPPED);
  assert.equal(slow.receive(), RECEIVED);
  assert.equal(slow.sequence, 999);
  assert.equal(slow.lost, 998);
  assert.equal(slow.laps, 1);
  assert.equal(slow.receive(), NOTHING);
  const late = new BroadcastRingReader(ring);
  assert.equal(late.receive(), NOTHING, 'a reader starts at what is written next');
});

test('arena: regions are aligned, zeroed, apart, and end with the memory', () => {
  const arena = new Arena(100_000);
  const one = arena.carve('one', 100);
  const two = arena.carve('two', 1);
  assert.equal(one.offset % 128, 0);
  assert.equal(two.offset, one.offset + 128);
  assert.ok(one.offset >= 65_536, 'page 0 holds no structure');
  assert.equal(arena.buffer, arena.memory.buffer);
  assert.throws(() => arena.carve('three', 200_000), /arena is full: "three"/);
  assert.throws(() => new Arena(2 ** 33), /4 GiB/);
});
