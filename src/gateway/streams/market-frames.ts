/** What `prices:<symbol>` and `book:<symbol>` say of an instrument's books. Prices and sizes are decimals. */
import type { BookView } from '../../protocol/engine-port.js';
import type { Instrument } from '../../protocol/universe.js';
import { lotsToNumber, quarterTicksTo1e9, ticksToNumber } from '../../protocol/wire-numbers.js';
import { mergedBook, touchOf } from '../market-data.js';

/** Levels a side of a book frame. */
export const bookLevelsMax = 100;

/**
 * Median of the fresh venues' own mids in quarter ticks (even count: mean of the middle two); 0 when no venue is
 * fresh. Source: "Trigger mid" of the graph semantics, without the hold-back after a venue drops out.
 */
export function triggerMid(books: readonly BookView[]): number {
  const mids: number[] = [];
  for (const book of books) {
    const bid = book.bids[0] ?? 0;
    const ask = book.asks[0] ?? 0;
    if (book.fresh && bid > 0 && ask > bid) mids.push(2 * (bid + ask));
  }
  if (mids.length === 0) return 0;
  mids.sort((a, b) => a - b);
  const upper = mids[mids.length >> 1] ?? 0;
  return mids.length % 2 === 1 ? upper : ((mids[(mids.length >> 1) - 1] ?? 0) + upper) / 2;
}

/** The members of a prices frame but its time; null stands for a side without a fresh venue. */
export function pricesData(instrument: Instrument, books: readonly BookView[]): Record<string, unknown> {
  const { bidTicks, askTicks } = touchOf(books);
  const both = bidTicks > 0 && askTicks > 0;
  const trigger = triggerMid(books);
  let bidLots = 0;
  let askLots = 0;
  for (const book of books) {
    if (!book.fresh) continue;
    if (bidTicks > 0 && book.bids[0] === bidTicks) bidLots += book.bids[1] ?? 0;
    if (askTicks > 0 && book.asks[0] === askTicks) askLots += book.asks[1] ?? 0;
  }
  return {
    bid: bidTicks === 0 ? null : ticksToNumber(instrument, bidTicks),
    ask: askTicks === 0 ? null : ticksToNumber(instrument, askTicks),
    mid: both ? quarterTicks(instrument, 2 * (bidTicks + askTicks)) : null,
    trigger_mid: trigger === 0 ? null : quarterTicks(instrument, trigger),
    spread_bps: both ? ((askTicks - bidTicks) * 20_000) / (askTicks + bidTicks) : null,
    bid_sz: lotsToNumber(instrument, bidLots),
    ask_sz: lotsToNumber(instrument, askLots),
  };
}

export function bookData(instrument: Instrument, books: readonly BookView[]): Record<string, unknown> {
  return mergedBook(instrument, books, bookLevelsMax) as Record<string, unknown>;
}

function quarterTicks(instrument: Instrument, value: number): number {
  return Number(quarterTicksTo1e9(instrument, value)) / 1e9;
}
