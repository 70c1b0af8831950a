/** The universe of the core's tests: three spot venues, two perp venues, two bases; round lots so that cases read well. */
import type { Listing, Universe } from '../../../src/protocol/universe.js';

export const USD = 0;
export const BTC = 1;
export const ETH = 2;
export const BINANCE = 0;
export const COINBASE = 1;
export const KRAKEN = 2;
export const HYPERLIQUID = 3;
export const BTC_USD = 0;
export const ETH_USD = 1;
export const BTC_PERP = 2;
export const ETH_PERP = 3;

/** Instrument lot 0.001 BTC (1e5) and tick 1 USD (1e9), so that 100 lots are 0.1 BTC. */
export const LOT = 100_000;

interface ListingOptions {
  lotMultiple?: number;
  minLots?: number;
  feeAsset?: 'quote' | 'base';
  takerFeeE6?: number;
  makerFeeE6?: number;
}

export function makeUniverse(options: Partial<Record<string, ListingOptions>> = {}, nativeAmend = false): Universe {
  const venues = ['binance', 'coinbase', 'kraken', 'hyperliquid'].map((name, id) => ({
    id, name, abiId: 200 + id, simulated: true, nativeAmend, reduceOnly: id === 0 || id === 3, selfTradePrevention: true,
  }));
  const symbols = [
    { symbol: 'BTC-USD', kind: 'spot', base: BTC, on: [0, 1, 2] },
    { symbol: 'ETH-USD', kind: 'spot', base: ETH, on: [0, 1, 2] },
    { symbol: 'BTC-USD-PERP', kind: 'perp', base: BTC, on: [0, 3] },
    { symbol: 'ETH-USD-PERP', kind: 'perp', base: ETH, on: [0, 3] },
  ] as const;
  const listings: Listing[] = [];
  const instruments = symbols.map((entry, id) => {
    const ids = entry.on.map((venue) => {
      const name = `${entry.symbol}@${venues[venue]?.name ?? ''}`;
      const own = { ...options[entry.symbol], ...options[name] };
      const listing: Listing = {
        id: listings.length, venue, instrument: id, quote: USD, tickMultiple: 1, lotMultiple: own.lotMultiple ?? 1,
        minLots: own.minLots ?? 1, minNotional1e9: 0, makerFeeE6: own.makerFeeE6 ?? 0, takerFeeE6: own.takerFeeE6 ?? 0,
        feeAsset: own.feeAsset ?? 'quote',
      };
      listings.push(listing);
      return listing.id;
    });
    return { id, symbol: entry.symbol, kind: entry.kind, base: entry.base, quote: USD, tick1e9: 1_000_000_000, lot1e8: LOT, listings: ids };
  });
  return {
    assets: [
      { id: USD, code: 'USD', kind: 'fiat' },
      { id: BTC, code: 'BTC', kind: 'crypto' },
      { id: ETH, code: 'ETH', kind: 'crypto' },
    ],
    instruments, venues, listings,
  };
}
