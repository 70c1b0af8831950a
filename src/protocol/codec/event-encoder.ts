import { EventType, type DepthSide, type EngineEvent, type ListingQuote, type ReportEvent, type SampleEvent } from '../events.js';
import { eventToJson } from './event-json.js';
import { Packer } from './packer.js';
import { Encoding, recordTypeOf, type RecordSink } from './record-type.js';

/** Bits of a quote's first byte: fresh, and which parts aren't zero. */
export const QuoteBits = { fresh: 1, bid: 2, ask: 4, mark: 8, prints: 16, last: 32, penalty: 64 } as const;

/** Bits of a report's byte, where it is told in full. */
export const ReportBits = { maker: 1, venueTime: 2 } as const;

const TIME_BYTES = 8;
const INTEGER_BYTES_MAX = 8;
const NOT_SAID = -1;
const QUOTE_BYTES_MAX = 1 + 12 * INTEGER_BYTES_MAX;

/**
 * Engine events to journal records. Samples, reports and timers have compact layouts (docs/JOURNAL.md); everything
 * else is JSON text.
 *
 * Allocates: never for the compact ones.
 */
export class EventEncoder {
  readonly #packer = new Packer();

  /** Appends the event as one record. @returns what the sink's finish returns, the sequence */
  append(event: EngineEvent, sink: RecordSink): number {
    if (event.type === EventType.sample) return this.#sample(event, sink);
    if (event.type === EventType.report) return this.#report(event, sink);
    if (event.type === EventType.timer) {
      const at = sink.claim(8);
      sink.view.setFloat64(at, event.tNs, true);
      return sink.finish(recordTypeOf(EventType.timer, Encoding.binary1), 8);
    }
    return appendJson(event, sink);
  }

  #sample(event: SampleEvent, sink: RecordSink): number {
    const packer = this.#packer;
    const start = sink.claim(sampleBytesMax(event));
    // Here and not in the packer: a double handed to a call may be boxed, a field stored in place isn't.
    sink.view.setFloat64(start, event.tNs, true);
    packer.begin(sink.bytes, start + TIME_BYTES);
    packSample(packer, event, 0);
    if (!packer.exact) return appendJson(event, sink);
    return sink.finish(recordTypeOf(EventType.sample, Encoding.binary1), packer.at - start);
  }

  #report(event: ReportEvent, sink: RecordSink): number {
    const packer = this.#packer;
    const text = event.clientOrderId.length + event.venueOrderId.length + event.execId.length + event.text.length;
    const start = sink.claim(8 + text + 20 * INTEGER_BYTES_MAX);
    // Here and not in the packer: a double handed to a call may be boxed, a field stored in place isn't.
    sink.view.setFloat64(start, event.tNs, true);
    packer.begin(sink.bytes, start + TIME_BYTES);
    packer.integer(event.venue);
    packer.byte(event.kind);
    packer.byte(event.reason);
    const said = event.venueTsNs !== NOT_SAID;
    packer.byte(event.maker | (said ? ReportBits.venueTime : 0));
    packer.text(event.clientOrderId);
    packer.text(event.venueOrderId);
    packer.text(event.execId);
    packer.text(event.text);
    packFigures(packer, event);
    // The age is small where the time is not.
    if (said) packer.integer(event.tNs - event.venueTsNs);
    if (!packer.exact) return appendJson(event, sink);
    return sink.finish(recordTypeOf(EventType.report, Encoding.binary1), packer.at - start);
  }
}

/** What a report in full says in numbers. */
export function packFigures(packer: Packer, event: ReportEvent): void {
  packer.integer(event.lastTicks);
  packer.integer(event.lastLots);
  packer.integer(event.cumLots);
  packer.integer(event.openLots);
  packer.integer(event.priceTicks);
  packer.integer(event.totalLots);
  packer.integer(event.feeAsset);
  packer.integer(event.fee1e8);
}

function appendJson(event: EngineEvent, sink: RecordSink): number {
  const json = eventToJson(event);
  const at = sink.claim(json.length);
  sink.bytes.set(json, at);
  return sink.finish(recordTypeOf(event.type, Encoding.json), json.length);
}

/**
 * A sample but its time.
 * @param price what its first price is told by
 * @returns its last price among the quotes
 */
export function packSample(packer: Packer, event: SampleEvent, price: number): number {
  const { quotes, depthCount, depth } = event;
  packer.integer(event.instrument);
  packer.integer(event.reason);
  packer.integer(event.medianSpreadTicks);
  packer.integer(quotes.length);
  packer.lastPrice = price;
  for (let i = 0; i < quotes.length; i++) packQuote(packer, quotes[i] as ListingQuote);
  const last = packer.lastPrice;
  packer.integer(depthCount);
  for (let i = 0; i < depthCount; i++) {
    const listing = depth[i];
    if (listing === undefined) break;
    packer.integer(listing.listing);
    packSide(packer, listing.bids);
    packSide(packer, listing.asks);
  }
  return last;
}

export function sampleBytesMax(event: SampleEvent): number {
  let bytes = 8 + 5 * INTEGER_BYTES_MAX + event.quotes.length * QUOTE_BYTES_MAX;
  for (let i = 0; i < event.depthCount; i++) {
    const depth = event.depth[i];
    if (depth === undefined) break;
    bytes += (3 + 2 * (depth.bids.count + depth.asks.count)) * INTEGER_BYTES_MAX;
  }
  return bytes;
}

function packQuote(packer: Packer, quote: ListingQuote): void {
  const bid = quote.bidTicks !== 0 || quote.bidLots !== 0;
  const ask = quote.askTicks !== 0 || quote.askLots !== 0;
  const mark = quote.markTicks !== 0;
  const prints = quote.lastHighTicks !== 0 || quote.lastLowTicks !== 0;
  const last = quote.lastTicks !== 0 || quote.lastAgeNs !== 0;
  const penalty = quote.penaltyE6 !== 0;
  packer.byte(
    quote.fresh | (bid ? QuoteBits.bid : 0) | (ask ? QuoteBits.ask : 0) | (mark ? QuoteBits.mark : 0) |
      (prints ? QuoteBits.prints : 0) | (last ? QuoteBits.last : 0) | (penalty ? QuoteBits.penalty : 0),
  );
  packer.integer(quote.listing);
  packer.integer(quote.venue);
  if (bid) {
    packer.price(quote.bidTicks);
    packer.integer(quote.bidLots);
  }
  if (ask) {
    packer.price(quote.askTicks);
    packer.integer(quote.askLots);
  }
  if (mark) packer.price(quote.markTicks);
  if (prints) {
    packer.price(quote.lastHighTicks);
    packer.price(quote.lastLowTicks);
  }
  if (last) {
    packer.price(quote.lastTicks);
    packer.integer(quote.lastAgeNs);
  }
  if (penalty) packer.integer(quote.penaltyE6);
}

function packSide(packer: Packer, side: DepthSide): void {
  packer.integer(side.count);
  for (let i = 0; i < 2 * side.count; i += 2) {
    packer.price(side.pairs[i] as number);
    packer.integer(side.pairs[i + 1] as number);
  }
}
