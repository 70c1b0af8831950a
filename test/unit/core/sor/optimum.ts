/** The exact optimum of small routing problems by trying every split: most lots first, then least all-in cost. */
import type { PlanRequest } from '../../../../src/core/sor/plan-types.js';

interface Option {
  readonly lots: number;
  readonly cost: number;
}

/** All-in cost of so many lots at one venue, best levels first; null when it has not so many within the limit. */
export function costAt(request: PlanRequest, listing: number, lots: number): number | null {
  const row = request.universe.listings[listing];
  const candidate = request.candidates.find((entry) => entry.listing === listing);
  const book = request.depth.find((entry) => entry.listing === listing);
  const quote = request.quotes.find((entry) => entry.listing === listing);
  if (row === undefined || candidate === undefined || book === undefined || quote === undefined) return null;
  if (candidate.excluded !== null || lots > candidate.maxLots) return null;
  const side = request.side === 1 ? book.asks : book.bids;
  const factor = 1 + (request.side * (row.takerFeeE6 + quote.penaltyE6)) / 1e6;
  let left = lots;
  let cost = 0;
  for (let i = 0; i < side.count && left > 0; i++) {
    const ticks = side.pairs[2 * i] ?? 0;
    if (request.side === 1 ? ticks > request.limitTicks : ticks < request.limitTicks) break;
    let size = side.pairs[2 * i + 1] ?? 0;
    for (let o = 0; o < candidate.ownResting.length; o += 2) {
      if (candidate.ownResting[o] === ticks) size -= candidate.ownResting[o + 1] ?? 0;
    }
    const take = Math.min(left, Math.max(0, size));
    cost += request.side * take * ticks * factor;
    left -= take;
  }
  return left > 0 ? null : cost;
}

export function optimum(request: PlanRequest): Option {
  let best: (Option | null)[] = Array.from({ length: request.lots + 1 }, (_, lots) => (lots === 0 ? { lots: 0, cost: 0 } : null));
  for (const { listing } of request.candidates) {
    const row = request.universe.listings[listing];
    if (row === undefined) continue;
    const next = [...best];
    for (let lots = row.minLots; lots <= request.lots; lots += row.lotMultiple) {
      const cost = costAt(request, listing, lots);
      if (cost === null) continue;
      for (let before = 0; before + lots <= request.lots; before++) {
        const base = best[before];
        const present = next[before + lots];
        if (base === null || base === undefined) continue;
        if (present === null || present === undefined || base.cost + cost < present.cost) {
          next[before + lots] = { lots: before + lots, cost: base.cost + cost };
        }
      }
    }
    best = next;
  }
  for (let lots = request.lots; lots > 0; lots--) {
    const option = best[lots];
    if (option !== null && option !== undefined) return option;
  }
  return { lots: 0, cost: 0 };
}

export function costOf(request: PlanRequest, legs: readonly { readonly listing: number; readonly lots: number }[]): number {
  let cost = 0;
  for (const leg of legs) cost += costAt(request, leg.listing, leg.lots) ?? NaN;
  return cost;
}
