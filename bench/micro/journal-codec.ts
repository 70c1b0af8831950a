/** Encoding and decoding the journal's hot events: a sample of four listings, a fill, a timer. One thread. */
import { wordBuffer } from '../../src/journal/crc32.js';
import { EventDecoder } from '../../src/protocol/codec/event-decoder.js';
import { EventEncoder } from '../../src/protocol/codec/event-encoder.js';
import type { RecordSink } from '../../src/protocol/codec/record-type.js';
import { EventType, type EngineEvent, type ListingQuote, type ReportEvent, type SampleEvent } from '../../src/protocol/events.js';

export interface CodecBenchRow {
  readonly name: string;
  readonly operations: number;
  /** Payload bytes of one record. */
  readonly bytes: number;
  readonly nsPerOperation: number;
  /** Bytes of all records, so that nothing can be left out. */
  readonly checksum: number;
}

class OneRecord implements RecordSink {
  readonly #buffer = wordBuffer(4096);
  readonly bytes = this.#buffer.bytes;
  readonly view = this.#buffer.view;
  type = 0;
  length = 0;

  claim(): number {
    return 0;
  }

  finish(type: number, length: number): number {
    this.type = type;
    this.length = length;
    return length;
  }
}

export function codecBench(operations: number): CodecBenchRow[] {
  const encoder = new EventEncoder();
  const decoder = new EventDecoder();
  const timer: EngineEvent = { type: EventType.timer, tNs: 1_234_567_890_123 };
  const events = [['sample of 4', benchSample()], ['fill', benchReport()], ['timer', timer]] as const;
  return events.flatMap(([name, event]) => {
    const sink = new OneRecord();
    const encode = measure(`encode ${name}`, operations, () => encoder.append(event, sink));
    const decode = measure(`decode ${name}`, operations, () => {
      const back = decoder.decode(sink.type, sink.bytes, sink.view, 0, sink.length);
      return back.tNs === event.tNs ? sink.length : 0;
    });
    return [encode, decode];
  });
}

/** Encodes an event, decodes it, says its length; for whoever measures both at once. */
export function codecPair(): (event: EngineEvent) => number {
  const encoder = new EventEncoder();
  const decoder = new EventDecoder();
  const sink = new OneRecord();
  return (event) => {
    encoder.append(event, sink);
    return decoder.decode(sink.type, sink.bytes, sink.view, 0, sink.length).tNs === event.tNs ? sink.length : 0;
  };
}

export function benchSample(): SampleEvent {
  const quote = (listing: number): ListingQuote => ({
    listing, venue: listing, fresh: 1, bidTicks: 6_412_350 + listing, bidLots: 120, askTicks: 6_412_351 + listing,
    askLots: 77, markTicks: 0, lastHighTicks: 6_412_351, lastLowTicks: 6_412_350, lastTicks: 6_412_351,
    lastAgeNs: 120_000_000, penaltyE6: 120,
  });
  return {
    type: EventType.sample, tNs: 1_234_567_890_123, instrument: 3, reason: 1, depthCount: 0, depth: [],
    medianSpreadTicks: 2, quotes: [quote(0), quote(1), quote(2), quote(3)],
  };
}

export function benchReport(): ReportEvent {
  return {
    type: EventType.report, tNs: 1_234_567_890_123, venue: 2, kind: 3, clientOrderId: 'lw-0001-abcdef0123456789-01',
    venueOrderId: '8712345678', execId: '871234', lastTicks: 6_412_350, lastLots: 100, cumLots: 200, openLots: 0,
    priceTicks: -1, totalLots: -1, feeAsset: 2, fee1e8: 1_234_567, maker: 1, venueTsNs: 1_234_567_800_000, reason: 0,
    text: '',
  };
}

function measure(name: string, operations: number, work: () => number): CodecBenchRow {
  for (let i = 0; i < Math.min(operations, 50_000); i++) work();
  const started = performance.now();
  let checksum = 0;
  for (let i = 0; i < operations; i++) checksum += work();
  const nsPerOperation = Math.round(((performance.now() - started) * 1e6) / operations);
  return { name, operations, bytes: Math.round(checksum / operations), nsPerOperation, checksum };
}
