/** Two coins on three spot venues, their perps on two. */
import type { Instrument, Listing, Universe, Venue } from '../../src/protocol/universe.js';

const venueNames = ['binance', 'coinbase', 'kraken', 'hyperliquid'];
const venues = venueNames.map(
  (name, id): Venue => ({
    id, name, abiId: 200 + id, simulated: true, nativeAmend: id === 0, reduceOnly: true, selfTradePrevention: true,
  }),
);

const shapes = [
  { symbol: 'BTC-USD', kind: 'spot', base: 1, tick1e9: 10_000_000, lot1e8: 1_000, on: [0, 1, 2] },
  { symbol: 'ETH-USD', kind: 'spot', base: 2, tick1e9: 10_000_000, lot1e8: 10_000, on: [0, 1, 2] },
  { symbol: 'BTC-USD-PERP', kind: 'perp', base: 1, tick1e9: 100_000_000, lot1e8: 1_000, on: [0, 3] },
  { symbol: 'ETH-USD-PERP', kind: 'perp', base: 2, tick1e9: 10_000_000, lot1e8: 10_000, on: [0, 3] },
] as const;

export function fakeUniverse(): Universe {
  const listings: Listing[] = [];
  const instruments = shapes.map((shape, id): Instrument => {
    const own = shape.on.map((venue): number => {
      listings.push({
        id: listings.length, venue, instrument: id, quote: 0, tickMultiple: 1, lotMultiple: 1, minLots: 1,
        minNotional1e9: 0, makerFeeE6: 200, takerFeeE6: 600, feeAsset: 'quote',
      });
      return listings.length - 1;
    });
    const { symbol, kind, base, tick1e9, lot1e8 } = shape;
    return { id, symbol, kind, base, quote: 0, tick1e9, lot1e8, listings: own };
  });
  return {
    assets: [
      { id: 0, code: 'USD', kind: 'fiat' },
      { id: 1, code: 'BTC', kind: 'crypto' },
      { id: 2, code: 'ETH', kind: 'crypto' },
    ],
    instruments,
    venues,
    listings,
  };
}
