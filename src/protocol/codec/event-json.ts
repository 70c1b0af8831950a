/**
 * Events that are rare or deep (commands with their graphs, the universe) as JSON text in UTF-8. Integers up to
 * 2^53 are exact in JSON numbers; larger ones are digits in our vocabulary. Also the way out for a hot event with
 * something that its binary layout can't hold.
 */
import { EventType, type EngineEvent, type ListingDepth, type SampleEvent } from '../events.js';
import { CodecError } from './record-type.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function eventToJson(event: EngineEvent): Uint8Array {
  const plain = event.type === EventType.sample ? { ...event, depth: usedDepth(event) } : event;
  return encoder.encode(JSON.stringify(plain, refuseInexact));
}

/** @throws CodecError for text that isn't an event of this type */
export function eventFromJson(type: number, bytes: Uint8Array): EngineEvent {
  const event = parse(decoder.decode(bytes));
  if (event.type !== type) throw new CodecError(`a record of event type ${type} holds an event of type ${event.type}`);
  if (event.type === EventType.sample) for (const depth of event.depth) restorePairs(depth);
  return event;
}

function parse(text: string): EngineEvent {
  try {
    // The bytes passed the journal's crc: they are what eventToJson wrote.
    return JSON.parse(text) as EngineEvent;
  } catch (cause) {
    throw new CodecError('an event of JSON text that is no JSON', { cause });
  }
}

/** JSON would write null for these, silently. */
function refuseInexact(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new CodecError(`field "${key}" is ${value}: an event holds finite numbers only`);
  }
  return value;
}

function usedDepth(event: SampleEvent): unknown[] {
  return event.depth.slice(0, event.depthCount).map(({ listing, bids, asks }) => ({
    listing,
    bids: { count: bids.count, pairs: Array.from(bids.pairs.subarray(0, 2 * bids.count)) },
    asks: { count: asks.count, pairs: Array.from(asks.pairs.subarray(0, 2 * asks.count)) },
  }));
}

function restorePairs(depth: ListingDepth): void {
  depth.bids = { count: depth.bids.count, pairs: Float64Array.from(depth.bids.pairs) };
  depth.asks = { count: depth.asks.count, pairs: Float64Array.from(depth.asks.pairs) };
}
