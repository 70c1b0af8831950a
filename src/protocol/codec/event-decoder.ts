import {
  EventType, type DepthSide, type EngineEvent, type ListingDepth, type ListingQuote, type ReportEvent,
  type ReportKind, type SampleEvent, type TimerEvent, type VenueReason,
} from '../events.js';
import type { CodecMemory } from './codec-memory.js';
import { QuoteBits, ReportBits } from './event-encoder.js';
import { eventFromJson } from './event-json.js';
import { CodecError, Encoding, encodingOf, eventTypeOf } from './record-type.js';
import { Unpacker } from './unpacker.js';

/**
 * Journal records to engine events. Samples, reports and timers come in objects that the next call of the same
 * kind reuses; the core keeps none (see events.ts), others must copy.
 */
export class EventDecoder {
  readonly #unpacker = new Unpacker();
  readonly #samples = new SampleReader();
  readonly #timer: TimerEvent = { type: EventType.timer, tNs: 0 };
  readonly #report: ReportEvent = emptyReport();

  /**
   * @param recordType as the journal gives it back
   * @param view the same bytes as `bytes`
   * @throws CodecError for a type or layout that this build doesn't know, and for bytes that don't fit
   */
  decode(recordType: number, bytes: Uint8Array, view: DataView, at: number, length: number): EngineEvent {
    const type = eventTypeOf(recordType);
    const encoding = encodingOf(recordType);
    if (encoding === Encoding.json) return eventFromJson(type, bytes.subarray(at, at + length));
    if (encoding !== Encoding.binary1) throw unknown(recordType);
    const unpacker = this.#unpacker;
    unpacker.begin(bytes, view, at, length);
    const event = this.#compact(type, recordType);
    unpacker.end();
    return event;
  }

  #compact(type: number, recordType: number): EngineEvent {
    if (type === EventType.sample) {
      const tNs = this.#unpacker.time();
      return this.#samples.read(this.#unpacker, tNs, null);
    }
    if (type === EventType.report) return this.#readReport();
    if (type !== EventType.timer) throw unknown(recordType);
    this.#timer.tNs = this.#unpacker.time();
    return this.#timer;
  }

  #readReport(): ReportEvent {
    const event = this.#report;
    const unpacker = this.#unpacker;
    event.tNs = unpacker.time();
    event.venue = unpacker.integer();
    event.kind = unpacker.byte() as ReportKind; // written from one
    event.reason = unpacker.byte() as VenueReason; // written from one
    const bits = unpacker.byte();
    event.maker = bits & ReportBits.maker ? 1 : 0;
    event.clientOrderId = unpacker.text();
    event.venueOrderId = unpacker.text();
    event.execId = unpacker.text();
    event.text = unpacker.text();
    readFigures(unpacker, event);
    event.venueTsNs = bits & ReportBits.venueTime ? event.tNs - unpacker.integer() : -1;
    return event;
  }
}

/** Reads samples into one object. */
export class SampleReader {
  readonly #sample: SampleEvent = {
    type: EventType.sample, tNs: 0, instrument: 0, reason: 0, quotes: [], depthCount: 0, depth: [], medianSpreadTicks: 0,
  };
  readonly #quotes: ListingQuote[] = [];

  /** @param memory where prices are told by those of the sample before; null where they are not */
  read(unpacker: Unpacker, tNs: number, memory: CodecMemory | null): SampleEvent {
    const event = this.#sample;
    event.tNs = tNs;
    event.instrument = unpacker.integer();
    event.reason = unpacker.integer();
    event.medianSpreadTicks = unpacker.integer();
    const quotes = unpacker.integer();
    if (event.quotes.length > quotes) event.quotes.length = quotes;
    unpacker.lastPrice = memory === null ? 0 : memory.price(event.instrument);
    for (let i = 0; i < quotes; i++) {
      const quote = (this.#quotes[i] ??= emptyQuote());
      readQuote(unpacker, quote);
      event.quotes[i] = quote;
    }
    if (memory !== null) memory.setPrice(event.instrument, unpacker.lastPrice);
    event.depthCount = unpacker.integer();
    for (let i = 0; i < event.depthCount; i++) {
      const depth = (event.depth[i] ??= emptyDepth());
      depth.listing = unpacker.integer();
      readSide(unpacker, depth.bids);
      readSide(unpacker, depth.asks);
    }
    return event;
  }
}

/** What a report in full says in numbers, in the order of `packFigures`. */
export function readFigures(unpacker: Unpacker, event: ReportEvent): void {
  event.lastTicks = unpacker.integer();
  event.lastLots = unpacker.integer();
  event.cumLots = unpacker.integer();
  event.openLots = unpacker.integer();
  event.priceTicks = unpacker.integer();
  event.totalLots = unpacker.integer();
  event.feeAsset = unpacker.integer();
  event.fee1e8 = unpacker.integer();
}

export function emptyReport(): ReportEvent {
  return {
    type: EventType.report, tNs: 0, venue: 0, kind: 1, clientOrderId: '', venueOrderId: '', execId: '', lastTicks: 0,
    lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0,
    venueTsNs: -1, reason: 0, text: '',
  };
}

function readQuote(unpacker: Unpacker, quote: ListingQuote): void {
  const bits = unpacker.byte();
  quote.fresh = (bits & QuoteBits.fresh) !== 0 ? 1 : 0;
  quote.listing = unpacker.integer();
  quote.venue = unpacker.integer();
  quote.bidTicks = bits & QuoteBits.bid ? unpacker.price() : 0;
  quote.bidLots = bits & QuoteBits.bid ? unpacker.integer() : 0;
  quote.askTicks = bits & QuoteBits.ask ? unpacker.price() : 0;
  quote.askLots = bits & QuoteBits.ask ? unpacker.integer() : 0;
  quote.markTicks = bits & QuoteBits.mark ? unpacker.price() : 0;
  quote.lastHighTicks = bits & QuoteBits.prints ? unpacker.price() : 0;
  quote.lastLowTicks = bits & QuoteBits.prints ? unpacker.price() : 0;
  quote.lastTicks = bits & QuoteBits.last ? unpacker.price() : 0;
  quote.lastAgeNs = bits & QuoteBits.last ? unpacker.integer() : 0;
  quote.penaltyE6 = bits & QuoteBits.penalty ? unpacker.integer() : 0;
}

function readSide(unpacker: Unpacker, side: DepthSide): void {
  side.count = unpacker.integer();
  if (side.pairs.length < 2 * side.count) side.pairs = new Float64Array(2 * side.count);
  for (let i = 0; i < 2 * side.count; i += 2) {
    side.pairs[i] = unpacker.price();
    side.pairs[i + 1] = unpacker.integer();
  }
}

function emptyQuote(): ListingQuote {
  return {
    listing: 0, venue: 0, fresh: 0, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0, markTicks: 0, lastHighTicks: 0,
    lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: 0,
  };
}

function emptyDepth(): ListingDepth {
  const side = (): DepthSide => ({ count: 0, pairs: new Float64Array(0) });
  return { listing: 0, bids: side(), asks: side() };
}

function unknown(recordType: number): CodecError {
  const what = `event type ${eventTypeOf(recordType)} in encoding ${encodingOf(recordType)}`;
  return new CodecError(`record type ${recordType} (${what}) is not known here: use the build that wrote it`);
}
