/** Small markets for the planner's tests: one instrument, one lot = one unit, prices in plain ticks. */
import type { ListingDepth, ListingQuote } from '../../../../src/protocol/events.js';
import type { Listing, Universe } from '../../../../src/protocol/universe.js';
import type { PlanCandidate, PlanRequest } from '../../../../src/core/sor/plan-types.js';

export interface MarketVenue {
  readonly bids?: readonly (readonly [number, number])[];
  readonly asks?: readonly (readonly [number, number])[];
  readonly feeE6?: number;
  readonly penaltyE6?: number;
  readonly lot?: number;
  readonly minLots?: number;
  /** In tick·lots of the instrument. */
  readonly minNotional?: number;
  readonly maxLots?: number;
  readonly maxSpend?: number;
  readonly own?: readonly number[];
  readonly excluded?: PlanCandidate['excluded'];
  readonly fresh?: 0 | 1;
}

/** 1 tick = 1e-2 and 1 lot = 1e-2 of their units: one tick·lot is 1e-4 USD. */
const TICK_1E9 = 10_000_000;
const LOT_1E8 = 1_000_000;

export function market(venues: readonly MarketVenue[], request: Partial<PlanRequest>): PlanRequest {
  const listings = venues.map((venue, id): Listing => ({
    id, venue: id, instrument: 0, quote: 0, tickMultiple: 1, lotMultiple: venue.lot ?? 1,
    minLots: venue.minLots ?? venue.lot ?? 1, minNotional1e9: (venue.minNotional ?? 0) * 100_000,
    makerFeeE6: 0, takerFeeE6: venue.feeE6 ?? 0, feeAsset: 'quote',
  }));
  const universe: Universe = {
    assets: [{ id: 0, code: 'USD', kind: 'fiat' }, { id: 1, code: 'X', kind: 'crypto' }],
    instruments: [
      { id: 0, symbol: 'X-USD', kind: 'spot', base: 1, quote: 0, tick1e9: TICK_1E9, lot1e8: LOT_1E8, listings: listings.map((row) => row.id) },
    ],
    venues: venues.map((_, id) => ({
      id, name: `v${id}`, abiId: 200 + id, simulated: true, nativeAmend: true, reduceOnly: true, selfTradePrevention: true,
    })),
    listings,
  };
  return {
    universe, instrument: 0, side: 1, lots: 0, spend: Infinity, whole: false,
    limitTicks: (request.side ?? 1) === 1 ? Number.MAX_SAFE_INTEGER : 1,
    candidates: venues.map((venue, id) => ({
      listing: id, excluded: venue.excluded ?? null, maxLots: venue.maxLots ?? Infinity,
      maxSpend: venue.maxSpend ?? Infinity, ownResting: venue.own ?? [],
    })),
    quotes: venues.map(quoteOf),
    depth: venues.map((venue, id): ListingDepth => ({ listing: id, bids: sideOf(venue.bids), asks: sideOf(venue.asks) })),
    ...request,
  };
}

function sideOf(levels: readonly (readonly [number, number])[] = []): ListingDepth['bids'] {
  return { count: levels.length, pairs: Float64Array.from(levels.flat()) };
}

export function quoteOf(venue: MarketVenue, id: number): ListingQuote {
  return {
    listing: id, venue: id, fresh: venue.fresh ?? 1,
    bidTicks: venue.bids?.[0]?.[0] ?? 0, bidLots: venue.bids?.[0]?.[1] ?? 0,
    askTicks: venue.asks?.[0]?.[0] ?? 0, askLots: venue.asks?.[0]?.[1] ?? 0,
    markTicks: 0, lastHighTicks: 0, lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: venue.penaltyE6 ?? 0,
  };
}
