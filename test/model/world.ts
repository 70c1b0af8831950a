/** The small world of the model tests: two spot listings with different lots and fees, two perp listings. */
import { EventType, SampleReason, type EngineEvent, type SampleEvent } from '../../src/protocol/events.js';
import type { GraphSpec, NodeSpec, RiskSpec } from '../../src/protocol/graph-spec.js';
import type { Listing, Universe } from '../../src/protocol/universe.js';

export const SECOND = 1_000_000_000;
export const MS = 1_000_000;
export const spot = 0;
export const perp = 1;
export const startTicks = 60_000;

const listing = (id: number, venue: number, instrument: number, lot: number, min: number, base: boolean): Listing => ({
  id, venue, instrument, quote: 0, tickMultiple: 1, lotMultiple: lot, minLots: min, minNotional1e9: 0,
  makerFeeE6: 0, takerFeeE6: 500, feeAsset: base ? 'base' : 'quote',
});

const venue = (id: number, name: string) => ({
  id, name, abiId: 200 + id, simulated: true, nativeAmend: false, reduceOnly: true, selfTradePrevention: true,
});

export const modelUniverse: Universe = {
  assets: [{ id: 0, code: 'USD', kind: 'fiat' }, { id: 1, code: 'BTC', kind: 'crypto' }],
  instruments: [
    { id: spot, symbol: 'BTC-USD', kind: 'spot', base: 1, quote: 0, tick1e9: 1e9, lot1e8: 1_000_000, listings: [0, 1] },
    { id: perp, symbol: 'BTC-USD-PERP', kind: 'perp', base: 1, quote: 0, tick1e9: 1e9, lot1e8: 1_000_000,
      listings: [2, 3] },
  ],
  venues: [venue(0, 'alpha'), venue(1, 'beta')],
  listings: [
    listing(0, 0, spot, 1, 1, false),
    listing(1, 1, spot, 2, 4, true),
    listing(2, 0, perp, 2, 4, false),
    listing(3, 1, perp, 2, 6, false),
  ],
};

export const noRisk: RiskSpec = {
  admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
  preTrade: { maxSlippageBps: null, requireBalanceCheck: false },
  runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
  failure: {
    onRuntimeBreach: 'cancel_all_open', onDisconnect: 'continue', onNodeFailure: 'continue',
    hedgeFailNs: 5 * SECOND, flattenBuyback: false,
  },
};

export const plainNode: NodeSpec = {
  nodeId: 'n0', instrument: spot, side: 1, orderType: 'market', limitTicks: null,
  quantity: { kind: 'fixed', lots: 100 }, venues: null, pinned: false,
  policy: { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 10 * SECOND },
  urgency: 'medium', maxSlippageBps: null, tif: 'gtc', expireAtNs: null, reduceOnly: false, pacing: null,
  join: 'any', activation: 'root',
};

export function graphOf(nodes: readonly NodeSpec[], edges: GraphSpec['edges'], groups: GraphSpec['groups'] = []): GraphSpec {
  return {
    graphId: 'g', accountId: 0, isSandbox: true, nodes, edges, groups, autoGroups: true, risk: noRisk,
    metadataJson: null, warnings: [],
  };
}

const sides = new Map<number, { readonly count: number; readonly pairs: Float64Array }>();

/** Ten levels from a price outwards; nobody changes what a sample brings, so that equal ones are shared. */
function side(first: number, step: number): { readonly count: number; readonly pairs: Float64Array } {
  const known = sides.get(first * step);
  if (known !== undefined) return known;
  const pairs = new Float64Array(20);
  for (let i = 0; i < 10; i++) {
    pairs[2 * i] = first + i * step;
    pairs[2 * i + 1] = 10_000;
  }
  const levels = { count: 10, pairs };
  sides.set(first * step, levels);
  return levels;
}

/** One deep, fresh book a listing around the mid; depth only where asked for. */
export function sampleOf(instrument: number, midTicks: number, tNs: number, wanted: boolean): SampleEvent {
  const listings = modelUniverse.listings.filter((l) => l.instrument === instrument);
  return {
    type: EventType.sample,
    tNs,
    instrument,
    reason: wanted ? SampleReason.wanted : SampleReason.tick,
    quotes: listings.map((l) => ({
      listing: l.id, venue: l.venue, fresh: 1, bidTicks: midTicks - 1, bidLots: 10_000, askTicks: midTicks + 1,
      askLots: 10_000, markTicks: l.instrument === perp ? midTicks : 0, lastHighTicks: 0, lastLowTicks: 0,
      lastTicks: 0, lastAgeNs: 0, penaltyE6: 0,
    })),
    depthCount: wanted ? listings.length : 0,
    depth: wanted
      ? listings.map((l) => ({ listing: l.id, bids: side(midTicks - 1, -1), asks: side(midTicks + 1, 1) }))
      : [],
    medianSpreadTicks: 2,
  };
}

/** What an engine is told first: this world, its venues connected, balances that are never short. */
export function startEvents(tNs: number, nativeAmend: boolean): EngineEvent[] {
  const universe = { ...modelUniverse, venues: modelUniverse.venues.map((v) => ({ ...v, nativeAmend })) };
  const events: EngineEvent[] = [
    { type: EventType.timeBase, tNs, baseNs: '1700000000000000000', epoch: 1, seed: 1 },
    { type: EventType.universe, tNs, universe, accounts: ['a'] },
  ];
  for (const { id } of modelUniverse.venues) {
    events.push({ type: EventType.venueStatus, tNs, venue: id, connected: 1, reconciled: 1, credentialsValid: 1 });
    for (const asset of modelUniverse.assets) {
      const total1e8 = asset.kind === 'fiat' ? '100000000000000000' : '10000000000000';
      events.push({ type: EventType.balance, tNs, accountId: 0, venue: id, asset: asset.id, total1e8, asOfNs: tNs });
    }
  }
  return events;
}
