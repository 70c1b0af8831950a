/** Quotes, merged books and bars from the engine's books, as the wire shows them. */
import type { BookView } from '../protocol/engine-port.js';
import type { Instrument } from '../protocol/universe.js';
import { lotsTo1e8, lotsToNumber, quarterTicksTo1e9, ticksTo1e9, ticksToNumber } from '../protocol/wire-numbers.js';
import type { GatewayContext } from './context.js';

export interface Touch {
  readonly bidTicks: number;
  readonly askTicks: number;
}

/** Best bid and offer over fresh venues; 0 = none. */
export function touchOf(books: readonly BookView[]): Touch {
  let bidTicks = 0;
  let askTicks = 0;
  for (const book of books) {
    if (!book.fresh) continue;
    const bid = book.bids[0] ?? 0;
    const ask = book.asks[0] ?? 0;
    if (bid > bidTicks) bidTicks = bid;
    if (ask > 0 && (askTicks === 0 || ask < askTicks)) askTicks = ask;
  }
  return { bidTicks, askTicks };
}

/** Levels of all fresh venues by price, best first, `depth` of them: flat pairs ticks, lots. */
export function mergeSide(sides: readonly (readonly number[])[], best: 'high' | 'low', depth: number): number[] {
  const lots = new Map<number, number>();
  for (const side of sides) {
    for (let i = 0; i + 1 < side.length; i += 2) {
      const ticks = side[i] ?? 0;
      lots.set(ticks, (lots.get(ticks) ?? 0) + (side[i + 1] ?? 0));
    }
  }
  const sorted = [...lots.keys()].sort((a, b) => (best === 'high' ? b - a : a - b)).slice(0, depth);
  return sorted.flatMap((ticks) => [ticks, lots.get(ticks) ?? 0]);
}

function pairs(instrument: Instrument, side: readonly number[]): [number, number][] {
  const rows: [number, number][] = [];
  for (let i = 0; i + 1 < side.length; i += 2) {
    rows.push([ticksToNumber(instrument, side[i] ?? 0), lotsToNumber(instrument, side[i + 1] ?? 0)]);
  }
  return rows;
}

/** `{bids: [[px, sz]], asks}` over fresh venues. */
export function mergedBook(instrument: Instrument, books: readonly BookView[], depth: number): unknown {
  const fresh = books.filter((book) => book.fresh);
  return {
    bids: pairs(instrument, mergeSide(fresh.map((book) => book.bids), 'high', depth)),
    asks: pairs(instrument, mergeSide(fresh.map((book) => book.asks), 'low', depth)),
  };
}

/** The answer of `/v1/quotes/{symbol}`. Prices are decimals; mid = (bid + ask) / 2. */
export function quote(gateway: GatewayContext, instrument: Instrument, depth: number): unknown {
  const books = gateway.port.books.books(instrument.id, depth);
  const { bidTicks, askTicks } = touchOf(books);
  const bid = bidTicks === 0 ? null : ticksToNumber(instrument, bidTicks);
  const ask = askTicks === 0 ? null : ticksToNumber(instrument, askTicks);
  const both = bidTicks > 0 && askTicks > 0;
  const venues: Record<string, unknown> = {};
  for (const book of books) {
    if ((book.bids[0] ?? 0) === 0 && (book.asks[0] ?? 0) === 0) continue;
    venues[gateway.names.venueName(book.venue)] = venueQuote(instrument, book);
  }
  return {
    symbol: instrument.symbol,
    source: both ? 'edge_nbbo' : 'unavailable',
    nbbo: {
      bid,
      ask,
      mid: both ? Number(quarterTicksTo1e9(instrument, 2 * (bidTicks + askTicks))) / 1e9 : null,
      spread_bps: both ? ((askTicks - bidTicks) * 20_000) / (askTicks + bidTicks) : null,
      ...(both && bidTicks >= askTicks ? { crossed: true } : {}),
    },
    venues,
    book: mergedBook(instrument, books, depth),
  };
}

function venueQuote(instrument: Instrument, book: BookView): unknown {
  const [bid = 0, bidLots = 0] = book.bids;
  const [ask = 0, askLots = 0] = book.asks;
  return {
    bid: bid === 0 ? null : ticksToNumber(instrument, bid),
    ask: ask === 0 ? null : ticksToNumber(instrument, ask),
    bid_size: lotsToNumber(instrument, bidLots),
    ask_size: lotsToNumber(instrument, askLots),
    age_ms: Number.isFinite(book.ageMs) ? book.ageMs : null,
    fresh: book.fresh,
  };
}

/** Seconds back that a named range covers, at most what the tape keeps. */
export const rangeSecs: Readonly<Record<string, number>> = {
  '1h': 3_600, '6h': 21_600, '1d': 86_400, '1w': 604_800, '1m': 2_592_000, '3m': 7_776_000, '6m': 15_552_000,
  '1y': 31_536_000, '2y': 63_072_000, '5y': 157_680_000, max: 1_000_000_000,
};

export interface HistoryRequest {
  readonly sinceNs: number;
  readonly untilNs: number;
  /** 0 = every print. */
  readonly fidelitySecs: number;
  readonly limit: number;
  /** Null: all venues. */
  readonly venue: number | null;
}

/** Prints kept that one answer looks at. */
const PRINTS_MAX = 500_000;

/** Points of the trade tape, oldest first: prints, or the last print of each period. */
export function priceHistory(gateway: GatewayContext, instrument: Instrument, request: HistoryRequest): unknown[] {
  const { port, names } = gateway;
  const base = port.baseNs();
  // Nothing is filtered out or summed up: the newest prints are the answer.
  const whole = request.fidelitySecs === 0 && request.venue === null;
  const trades = port.books
    .trades(instrument.id, request.sinceNs, whole ? request.limit : PRINTS_MAX)
    .filter((trade) => trade.tsNs <= request.untilNs && (request.venue === null || trade.venue === request.venue));
  if (request.fidelitySecs === 0) {
    return trades.slice(-request.limit).map((trade) => ({
      ts_ns: base + BigInt(trade.tsNs),
      price_1e9: ticksTo1e9(instrument, trade.ticks),
      qty_1e8: lotsTo1e8(instrument, trade.lots),
      venue: names.venueName(trade.venue),
    }));
  }
  const periodNs = BigInt(request.fidelitySecs) * 1_000_000_000n;
  const last = new Map<bigint, number>();
  for (const trade of trades) last.set(((base + BigInt(trade.tsNs)) / periodNs) * periodNs, trade.ticks);
  return [...last.entries()]
    .map(([tsNs, ticks]) => ({ ts_ns: tsNs, price_1e9: ticksTo1e9(instrument, ticks) }))
    .slice(-request.limit);
}
