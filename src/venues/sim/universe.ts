/**
 * The universe of the simulated venues: what `npm start` trades when nothing else is configured.
 *
 * The venues are simulated from recordings of one exchange (see NOTICE); USDT is taken as USD in all of them.
 * Fees, ticks, lots and minimums follow the real venues' published figures for accounts of some volume.
 */
import { assert, must } from '../../base/assert.js';
import type { Asset, Instrument, Listing, Universe, Venue } from '../../protocol/universe.js';

/** Shown wherever the simulated venues are listed. */
export const simulatedNote =
  'simulated from recordings (Binance, 2024-08-08): one recording feeds several venues, shifted in time, thinned ' +
  'and re-priced by a few ticks under a fixed seed; USDT is taken as USD';

export interface InstrumentSpec {
  readonly symbol: string;
  readonly kind: 'spot' | 'perp';
  readonly base: string;
  readonly tick1e9: number;
  readonly lot1e8: number;
}

export interface ListingSpec {
  readonly symbol: string;
  readonly tickMultiple: number;
  readonly lotMultiple: number;
  readonly minLots: number;
  readonly minNotional1e9: number;
  readonly makerFeeE6: number;
  readonly takerFeeE6: number;
  readonly feeAsset: 'quote' | 'base';
}

export interface VenueSpec {
  readonly name: string;
  readonly abiId: number;
  readonly nativeAmend: boolean;
  readonly reduceOnly: boolean;
  readonly listings: readonly ListingSpec[];
}

export const simulatedInstruments: readonly InstrumentSpec[] = [
  { symbol: 'BTC-USD', kind: 'spot', base: 'BTC', tick1e9: 10_000_000, lot1e8: 100 },
  { symbol: 'ETH-USD', kind: 'spot', base: 'ETH', tick1e9: 10_000_000, lot1e8: 1_000 },
  { symbol: 'BTC-USD-PERP', kind: 'perp', base: 'BTC', tick1e9: 100_000_000, lot1e8: 1_000 },
  { symbol: 'ETH-USD-PERP', kind: 'perp', base: 'ETH', tick1e9: 10_000_000, lot1e8: 10_000 },
];

const usd = 1_000_000_000;

export const simulatedVenues: readonly VenueSpec[] = [
  {
    name: 'binance', abiId: 200, nativeAmend: false, reduceOnly: true,
    listings: [
      listing('BTC-USD', 1, 10, 10, 5 * usd, 900, 1_000, 'base'),
      listing('ETH-USD', 1, 10, 10, 5 * usd, 900, 1_000, 'base'),
      listing('BTC-USD-PERP', 1, 100, 100, 5 * usd, 200, 500, 'quote'),
      listing('ETH-USD-PERP', 1, 10, 10, 5 * usd, 200, 500, 'quote'),
    ],
  },
  {
    name: 'coinbase', abiId: 201, nativeAmend: true, reduceOnly: false,
    listings: [
      listing('BTC-USD', 1, 1, 10, usd, 600, 1_200, 'quote'),
      listing('ETH-USD', 1, 1, 10, usd, 600, 1_200, 'quote'),
    ],
  },
  {
    name: 'kraken', abiId: 202, nativeAmend: true, reduceOnly: false,
    listings: [
      listing('BTC-USD', 10, 1, 50, usd / 2, 400, 1_000, 'quote'),
      listing('ETH-USD', 1, 1, 100, usd / 2, 400, 1_000, 'quote'),
    ],
  },
  {
    name: 'hyperliquid', abiId: 203, nativeAmend: true, reduceOnly: true,
    listings: [
      listing('BTC-USD-PERP', 10, 1, 10, 10 * usd, 150, 450, 'quote'),
      listing('ETH-USD-PERP', 10, 1, 10, 10 * usd, 150, 450, 'quote'),
    ],
  },
];

function listing(
  symbol: string, tickMultiple: number, lotMultiple: number, minLots: number, minNotional1e9: number,
  makerFeeE6: number, takerFeeE6: number, feeAsset: 'quote' | 'base',
): ListingSpec {
  return { symbol, tickMultiple, lotMultiple, minLots, minNotional1e9, makerFeeE6, takerFeeE6, feeAsset };
}

/** Dense ids from the specs: USD first, then bases; listings in venue order. Broken specs stop the start. */
export function buildUniverse(
  instrumentSpecs: readonly InstrumentSpec[] = simulatedInstruments,
  venueSpecs: readonly VenueSpec[] = simulatedVenues,
): Universe {
  const codes = ['USD', ...new Set(instrumentSpecs.map((spec) => spec.base))];
  const assets = codes.map((code, id): Asset => ({ id, code, kind: code === 'USD' ? 'fiat' : 'crypto' }));
  const listings: Listing[] = [];
  const venues = venueSpecs.map((spec, id): Venue => {
    for (const row of spec.listings) listings.push(makeListing(row, listings.length, id, instrumentSpecs));
    return {
      id, name: spec.name, abiId: spec.abiId, simulated: true, nativeAmend: spec.nativeAmend,
      reduceOnly: spec.reduceOnly, selfTradePrevention: true,
    };
  });
  const instruments = instrumentSpecs.map((spec, id): Instrument => ({
    id,
    symbol: spec.symbol,
    kind: spec.kind,
    base: codes.indexOf(spec.base),
    quote: 0,
    tick1e9: spec.tick1e9,
    lot1e8: spec.lot1e8,
    listings: listings.filter((row) => row.instrument === id).map((row) => row.id),
  }));
  for (const instrument of instruments) {
    const unit = (instrument.tick1e9 * instrument.lot1e8) / 1e9;
    assert(Number.isInteger(unit) && unit > 0, `${instrument.symbol}: tick times lot must be whole at 1e-8 of quote`);
  }
  return { assets, instruments, venues, listings };
}

function makeListing(row: ListingSpec, id: number, venue: number, specs: readonly InstrumentSpec[]): Listing {
  const instrument = specs.findIndex((spec) => spec.symbol === row.symbol);
  must(specs[instrument], `instrument ${row.symbol} of a listing`);
  assert(row.minLots % row.lotMultiple === 0, `${row.symbol}: minLots must be a multiple of lotMultiple`);
  return {
    id, venue, instrument, quote: 0, tickMultiple: row.tickMultiple, lotMultiple: row.lotMultiple,
    minLots: row.minLots, minNotional1e9: row.minNotional1e9, makerFeeE6: row.makerFeeE6,
    takerFeeE6: row.takerFeeE6, feeAsset: row.feeAsset,
  };
}
