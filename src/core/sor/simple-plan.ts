/**
 * Greedy plan over merged levels by all-in price, floored to each listing's lot, legs below a minimum dropped.
 * The reference that the full planner is compared with.
 */
import { must } from '../../base/assert.js';
import type { Listing } from '../../protocol/universe.js';
import type { ExcludedReason, Plan, PlanLeg, PlanRequest } from './plan-types.js';

interface Level {
  listing: Listing;
  ticks: number;
  lots: number;
  allIn: number;
}

export function simplePlan(request: PlanRequest): Plan {
  const excluded: { venue: number; reason: ExcludedReason }[] = [];
  const levels = collect(request, excluded);
  const taken = new Map<Listing, { lots: number; worst: number; notional: number }>();
  const caps = new Map(request.candidates.map((entry) => [entry.listing, entry.maxLots]));
  let left = request.lots;
  for (const level of levels) {
    const entry = taken.get(level.listing) ?? { lots: 0, worst: 0, notional: 0 };
    const cap = must(caps.get(level.listing.id), 'cap') - entry.lots;
    const take = floorLot(Math.min(level.lots, left, cap), level.listing.lotMultiple);
    if (take <= 0) continue;
    entry.lots += take;
    entry.worst = level.ticks;
    entry.notional += take * level.ticks;
    taken.set(level.listing, entry);
    left -= take;
  }
  const legs: PlanLeg[] = [];
  const { tick1e9, lot1e8 } = must(request.universe.instruments[request.instrument], 'instrument');
  for (const [listing, entry] of taken) {
    const value1e9 = (entry.notional * tick1e9 * lot1e8) / 1e8;
    const tooSmall = entry.lots < listing.minLots || value1e9 < listing.minNotional1e9;
    if (tooSmall || (request.whole && entry.lots < request.lots)) {
      left += entry.lots;
      excluded.push({ venue: listing.venue, reason: 'BELOW_MINIMUM' });
      continue;
    }
    const fee = Math.max(0, (entry.notional * listing.takerFeeE6) / 1e6);
    legs.push({ listing: listing.id, venue: listing.venue, lots: entry.lots, worstTicks: entry.worst, notional: entry.notional, fee });
  }
  if (request.whole && legs.length > 1) legs.length = 1;
  return summary(request, legs, excluded);
}

function floorLot(lots: number, lot: number): number {
  return lots <= 0 ? 0 : lots - (lots % lot);
}

function collect(request: PlanRequest, excluded: { venue: number; reason: ExcludedReason }[]): Level[] {
  const levels: Level[] = [];
  for (const candidate of request.candidates) {
    const listing = must(request.universe.listings[candidate.listing], 'listing');
    if (candidate.excluded !== null) {
      excluded.push({ venue: listing.venue, reason: candidate.excluded });
      continue;
    }
    const depth = request.depth.find((entry) => entry.listing === listing.id);
    const quote = request.quotes.find((entry) => entry.listing === listing.id);
    if (depth === undefined || quote === undefined) continue;
    const book = request.side === 1 ? depth.asks : depth.bids;
    let found = 0;
    let own = 0;
    for (let i = 1; i < candidate.ownResting.length; i += 2) own += candidate.ownResting[i] ?? 0;
    for (let i = 0; i < book.count; i++) {
      const ticks = book.pairs[2 * i] ?? 0;
      const lots = (book.pairs[2 * i + 1] ?? 0) - own;
      own = Math.max(0, -lots);
      if ((ticks - request.limitTicks) * request.side > 0) break;
      if (lots <= 0) continue;
      found += 1;
      levels.push({ listing, ticks, lots, allIn: ticks * (1 + (request.side * (listing.takerFeeE6 + quote.penaltyE6)) / 1e6) });
    }
    if (found === 0) excluded.push({ venue: listing.venue, reason: book.count === 0 ? 'NO_DEPTH' : 'BEYOND_LIMIT' });
  }
  levels.sort((a, b) => request.side * (a.allIn - b.allIn) || a.listing.id - b.listing.id || request.side * (a.ticks - b.ticks));
  if (!request.whole) return levels;
  // Whole at one venue: the listing whose levels hold it all at the best average comes first, alone.
  const best = wholeAt(request, levels);
  return levels.filter((level) => level.listing === best);
}

function wholeAt(request: PlanRequest, levels: readonly Level[]): Listing | null {
  let best: Listing | null = null;
  let bestCost = Infinity;
  for (const listing of new Set(levels.map((level) => level.listing))) {
    let left = request.lots;
    let cost = 0;
    for (const level of levels) {
      if (level.listing !== listing || left <= 0) continue;
      const take = Math.min(left, level.lots);
      cost += take * level.allIn * request.side;
      left -= take;
    }
    if (left <= 0 && cost < bestCost) {
      best = listing;
      bestCost = cost;
    }
  }
  return best;
}

function summary(request: PlanRequest, legs: readonly PlanLeg[], excluded: { venue: number; reason: ExcludedReason }[]): Plan {
  let placed = 0;
  let notional = 0;
  let fee = 0;
  for (const leg of legs) {
    placed += leg.lots;
    notional += leg.notional;
    fee += leg.fee;
  }
  const mids = request.quotes.filter((quote) => quote.fresh === 1 && quote.bidTicks > 0 && quote.askTicks > 0).map((quote) => (quote.bidTicks + quote.askTicks) / 2);
  mids.sort((a, b) => a - b);
  const mid = mids.length === 0 ? 0 : ((mids[(mids.length - 1) >> 1] ?? 0) + (mids[mids.length >> 1] ?? 0)) / 2;
  const averageTicks = placed === 0 ? 0 : notional / placed;
  const costBps = placed === 0 || mid === 0 ? 0 : ((request.side * (averageTicks - mid) + fee / placed) / mid) * 1e4;
  return { legs, placedLots: placed, unplacedLots: request.lots - placed, averageTicks, fee, costBps, excluded };
}
