/** An account's limits as its modules see them and as the host holds them to: by instance, before the core judges the account. */
import type { RiskView } from '../../algo/host/state-writer.js';
import { runLimits } from '../../algo/limits.js';
import type { AccountLimits } from '../../protocol/commands.js';
import type { BookAccess } from '../../protocol/engine-port.js';
import type { Instrument } from '../../protocol/universe.js';
import type { Unit } from './units.js';

/**
 * Money limits become lots at the mid of now; without a price there is no position limit here, and the core's holds.
 * @param limits null = none known
 */
export function accountRisk(limits: AccountLimits | null, instrument: Instrument, unit: Unit, books: BookAccess): RiskView {
  const number = (text: string | null | undefined): number => (text === null || text === undefined ? 0 : Number(text));
  const maxPositionUsd = number(limits?.maxPositionUsd1e9);
  const lot = (instrument.lot1e8 * unit.lot) / 1e8;
  const mid1e9 = midTicks(books, instrument) * instrument.tick1e9;
  const positionLots = maxPositionUsd > 0 && mid1e9 > 0 ? Math.max(1, Math.floor(maxPositionUsd / mid1e9 / lot)) : 0;
  const rate = limits?.maxOrderRate ?? runLimits.ordersPerSecond;
  return {
    maxPositionLots: positionLots, maxDailyLoss1e9: number(limits?.maxDailyLossUsd1e9),
    maxOrderNotional1e9: number(limits?.maxOrderNotionalUsd1e9), maxOrderRate: Math.min(rate, runLimits.ordersPerSecond),
    reduceOnly: limits?.reduceOnly ?? false,
  };
}

function midTicks(books: BookAccess, instrument: Instrument): number {
  for (const { fresh, bids, asks } of books.books(instrument.id, 1)) {
    const bid = bids[0] ?? 0;
    const ask = asks[0] ?? 0;
    if (fresh && bid > 0 && ask > 0) return (bid + ask) / 2;
  }
  return 0;
}
