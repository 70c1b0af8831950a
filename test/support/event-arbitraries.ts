/** Any events of the hot kinds and some of the rare ones, for property tests of codecs. */
import fc from 'fast-check';
import { EventType, type EngineEvent, type ReportEvent, type SampleEvent } from '../../src/protocol/events.js';

/** Only what counts: the first depthCount depths and 2 * count values. */
export function significant(event: EngineEvent): unknown {
  if (event.type !== EventType.sample) return structuredClone(event);
  const side = (s: { count: number; pairs: Float64Array }): number[] => Array.from(s.pairs.subarray(0, 2 * s.count));
  const depth = event.depth.slice(0, event.depthCount);
  return structuredClone({ ...event, depth: depth.map((d) => [d.listing, side(d.bids), side(d.asks)]) });
}

const integer = fc.oneof(
  fc.constantFrom(0, 1, -1, 63, 64, -64, 8191, 8192, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1)),
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
);
const price = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10_000_000 }), fc.maxSafeNat());
const quote = fc.record({
  listing: fc.nat(5000), venue: fc.nat(60), fresh: fc.constantFrom(0 as const, 1 as const), bidTicks: price,
  bidLots: price, askTicks: price, askLots: price, markTicks: price, lastHighTicks: price, lastLowTicks: price,
  lastTicks: price, lastAgeNs: price, penaltyE6: integer,
});
const side = fc.array(fc.tuple(price, price), { maxLength: 30 }).map((levels) => ({
  count: levels.length, pairs: Float64Array.from(levels.flat()),
}));
export const sample: fc.Arbitrary<SampleEvent> = fc.record({
  type: fc.constant(EventType.sample), tNs: fc.maxSafeNat(), instrument: fc.nat(1000), reason: fc.nat(7),
  quotes: fc.array(quote, { maxLength: 12 }), depthCount: fc.constant(0),
  depth: fc.array(fc.record({ listing: fc.nat(5000), bids: side, asks: side }), { maxLength: 4 }),
  medianSpreadTicks: fc.oneof(integer, fc.constant(1.5)),
}).map((event) => ({ ...event, depthCount: event.depth.length }));
const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 20 }));
export const report: fc.Arbitrary<ReportEvent> = fc.record({
  type: fc.constant(EventType.report), tNs: fc.maxSafeNat(), venue: fc.nat(254),
  kind: fc.constantFrom(1 as const, 3 as const, 11 as const), clientOrderId: text, venueOrderId: text, execId: text,
  lastTicks: integer, lastLots: integer, cumLots: integer, openLots: integer, priceTicks: integer, totalLots: integer,
  feeAsset: fc.nat(100), fee1e8: integer, maker: fc.constantFrom(0 as const, 1 as const), venueTsNs: integer,
  reason: fc.constantFrom(0 as const, 4 as const, 99 as const), text,
});
export const rare: fc.Arbitrary<EngineEvent> = fc.oneof(
  fc.record({ type: fc.constant(EventType.timer), tNs: fc.maxSafeNat() }),
  fc.record({
    type: fc.constant(EventType.balance), tNs: fc.maxSafeNat(), accountId: fc.nat(), venue: fc.nat(60), asset: fc.nat(),
    total1e8: fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String), asOfNs: fc.maxSafeNat(),
  }),
  fc.record({
    type: fc.constant(EventType.command), tNs: fc.maxSafeNat(), accountId: fc.nat(), commandId: fc.nat(),
    command: fc.record({
      kind: fc.constant('amend_node' as const), graphId: text, nodeId: text,
      lots: fc.option(fc.maxSafeNat(), { nil: null }), limitTicks: fc.option(fc.maxSafeNat(), { nil: null }),
    }),
  }),
);
