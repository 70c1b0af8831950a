import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordBuffer } from '../../../../src/journal/crc32.js';
import { EventDecoder } from '../../../../src/protocol/codec/event-decoder.js';
import { EventEncoder } from '../../../../src/protocol/codec/event-encoder.js';
import { CodecError, Encoding, encodingOf, type RecordSink } from '../../../../src/protocol/codec/record-type.js';
import { EventType, type EngineEvent, type SampleEvent } from '../../../../src/protocol/events.js';
import { rare, report, sample, significant } from '../../../support/event-arbitraries.js';

/** Keeps one record. The claimed end is guarded: writing beyond it shows. */
class OneRecord implements RecordSink {
  readonly #buffer = wordBuffer(1 << 20);
  readonly bytes = this.#buffer.bytes;
  readonly view = this.#buffer.view;
  type = 0;
  length = 0;
  claimed = 0;

  claim(maxBytes: number): number {
    assert.ok(maxBytes + 8 < this.bytes.length);
    this.claimed = maxBytes;
    this.bytes.fill(0xee, 4 + maxBytes, 12 + maxBytes);
    return 4;
  }

  finish(type: number, length: number): number {
    assert.ok(length <= this.claimed, `${length} bytes in a claim of ${this.claimed}`);
    assert.ok(this.bytes.subarray(4 + this.claimed, 12 + this.claimed).every((byte) => byte === 0xee));
    this.type = type;
    this.length = length;
    return 1;
  }
}

const encoder = new EventEncoder();
const decoder = new EventDecoder();

function roundTrip(event: EngineEvent): { back: EngineEvent; encoding: number; bytes: Uint8Array } {
  const sink = new OneRecord();
  encoder.append(event, sink);
  const back = decoder.decode(sink.type, sink.bytes, sink.view, 4, sink.length);
  return { back, encoding: encodingOf(sink.type), bytes: sink.bytes.slice(4, 4 + sink.length) };
}

const SEED = 77;

test(`every event comes back as it was (seed ${SEED})`, () => {
  const property = fc.property(fc.oneof(sample, report, rare), (event) => {
    assert.deepEqual(significant(roundTrip(event).back), significant(event));
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});

const SAMPLE: SampleEvent = {
  type: EventType.sample, tNs: 1_234_567_890_123, instrument: 3, reason: 1, depthCount: 0, depth: [],
  medianSpreadTicks: 2,
  quotes: [
    { listing: 7, venue: 2, fresh: 1, bidTicks: 6_412_350, bidLots: 120, askTicks: 6_412_351, askLots: 77, markTicks: 0,
      lastHighTicks: 0, lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: 0 },
  ],
};

test('the bytes of a sample are those in docs/JOURNAL.md', () => {
  const { bytes, encoding } = roundTrip(SAMPLE);
  assert.equal(encoding, Encoding.binary1);
  assert.equal(Buffer.from(bytes).toString('hex'), '00b04cb01ff7714206020402070e04fce08e06f001029a0100');
});

test('what the compact layout cannot hold goes as JSON text', () => {
  assert.equal(roundTrip({ ...SAMPLE, medianSpreadTicks: 1.5 }).encoding, Encoding.json);
  const odd = { listing: 1, venue: 1, fresh: 1, bidTicks: 0.5 } as const;
  const quotes = SAMPLE.quotes.map((one) => ({ ...one, ...odd }));
  assert.deepEqual(significant(roundTrip({ ...SAMPLE, quotes }).back), significant({ ...SAMPLE, quotes }));
});

test('unknown types, short bytes and bytes left over are refused', () => {
  const sink = new OneRecord();
  encoder.append(SAMPLE, sink);
  const decode = (type: number, length: number): unknown => decoder.decode(type, sink.bytes, sink.view, 4, length);
  assert.throws(() => decode(0x0204, sink.length), CodecError);
  assert.throws(() => decode(0x01f0, sink.length), CodecError);
  assert.throws(() => decode(sink.type, sink.length - 1), CodecError);
  assert.throws(() => decode(sink.type, sink.length + 1), CodecError);
  assert.throws(() => encoder.append({ type: EventType.timeBase, tNs: NaN, baseNs: '0', epoch: 1, seed: 1 }, sink), CodecError);
});
