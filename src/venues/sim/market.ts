/**
 * The simulated venues of a default start: tapes from the recordings that ship with the project, and one venue
 * object each. Which recording feeds which listing, and how it is changed on the way, is the table below.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../base/assert.js';
import { Prng } from '../../base/prng.js';
import { BinanceFrameParser } from '../../market/recording-parser.js';
import { makeTape, type Tape } from '../../market/recording-tape.js';
import { readRecording } from '../../market/recording.js';
import { TapeSource } from '../../market/replay-tape.js';
import { Arena } from '../../memory/arena.js';
import { bookBytes, DEFAULT_BOOK_SHAPE } from '../../market/book-layout.js';
import { LadderBook } from '../../market/ladder-book.js';
import { MarketModule, SCRATCH_BYTES } from '../../market/market-module.js';
import { PreparedSource } from '../../market/prepared-source.js';
import type { RecordedBook } from '../../market/recorded-book.js';
import type { MarketSource } from '../../market/replay-source.js';
import type { AccountId, AssetId, ListingId, Universe } from '../../protocol/universe.js';
import type { FeedSink, VenueSink } from '../venue.js';
import type { FaultConfig } from './faults.js';
import { GeneratorSource } from './generator.js';
import type { SimAudit } from './sim-order.js';
import { SimVenue } from './sim-venue.js';
import type { LatencyShape } from './wire.js';

/** One parsed recording per instrument symbol. */
export type Tapes = ReadonlyMap<string, Tape>;

const recordings = [
  { symbol: 'BTC-USD', file: 'binance-spot-btcusdt-20240808.gz', rule: 'spot' },
  { symbol: 'ETH-USD', file: 'binance-spot-ethusdt-20240808.gz', rule: 'spot' },
  { symbol: 'BTC-USD-PERP', file: 'binance-usdm-btcusdt-20240808.gz', rule: 'futures' },
  { symbol: 'ETH-USD-PERP', file: 'binance-usdm-ethusdt-20240808.gz', rule: 'futures' },
] as const;

interface Character {
  readonly shiftMs: number;
  readonly keepE6: number;
  readonly dropE6: number;
  readonly repriceTicksMax: number;
  /** Least and most, in µs. */
  readonly entryUs: readonly [number, number];
  readonly reportUs: readonly [number, number];
}

/** How each venue differs from the recorded one. */
const characters: Readonly<Record<string, Character>> = {
  binance: {
    shiftMs: 0, keepE6: 1_000_000, dropE6: 0, repriceTicksMax: 0,
    entryUs: [900, 2_500], reportUs: [700, 2_000],
  },
  coinbase: {
    shiftMs: 35, keepE6: 550_000, dropE6: 150_000, repriceTicksMax: 40,
    entryUs: [1_500, 4_000], reportUs: [1_000, 3_500],
  },
  kraken: {
    shiftMs: 60, keepE6: 400_000, dropE6: 250_000, repriceTicksMax: 5,
    entryUs: [2_500, 7_000], reportUs: [2_000, 6_000],
  },
  hyperliquid: {
    shiftMs: 90, keepE6: 500_000, dropE6: 200_000, repriceTicksMax: 2,
    entryUs: [3_000, 9_000], reportUs: [2_000, 8_000],
  },
};

const plain: Character = must(characters['binance'], 'the recorded venue');

/** Reads and parses the recordings (about a second); do it once and share the result. */
export function loadTapes(folder: string, universe: Universe): Tapes {
  const tapes = new Map<string, Tape>();
  for (const { symbol, file, rule } of recordings) {
    const instrument = universe.instruments.find((row) => row.symbol === symbol);
    if (instrument === undefined) continue;
    const recording = readRecording(readFileSync(join(folder, file)));
    tapes.set(symbol, makeTape(recording, new BinanceFrameParser(instrument), rule));
  }
  return tapes;
}

export interface SimulatedVenuesOptions {
  readonly universe: Universe;
  readonly seed: number;
  /** Engine time at which the recordings start. */
  readonly startNs: number;
  readonly accounts: readonly AccountId[];
  /** What each account has per venue, 1e-8 of each asset; default: `simulatedBalances`. */
  readonly initial?: ReadonlyMap<AssetId, bigint>;
  readonly faults?: FaultConfig;
  readonly endedKept?: number;
  readonly audit?: SimAudit;
  readonly linkedAtStart?: boolean;
  /** Messages to venues and back take no time: for measuring what the engine takes. */
  readonly isInstant?: boolean;
  /** Listings that have a market; all if not given. The others' markets stay empty, these are the same either way. */
  readonly listings?: ReadonlySet<ListingId>;
  readonly sink: VenueSink;
  readonly feed: FeedSink;
}

/** About 1 KB each: four venues stay below 80 MB. */
const endedKeptDefault = 20_000;

/** Per venue: 5,000,000 USD, 50 BTC, 500 ETH. */
export function simulatedBalances(universe: Universe): ReadonlyMap<AssetId, bigint> {
  const amounts: Readonly<Record<string, bigint>> = { USD: 5_000_000n, BTC: 50n, ETH: 500n };
  return new Map(universe.assets.map((asset) => [asset.id, (amounts[asset.code] ?? 0n) * 100_000_000n]));
}

/** Every venue of the universe, fed by tapes. Broken universes (a listing without tape) stop the start. */
export function replayedVenues(tapes: Tapes, options: SimulatedVenuesOptions): SimVenue[] {
  const seeds = new Prng(options.seed);
  const bookOf = ladders(options.universe);
  return options.universe.venues.map((venue) => {
    const character = characters[venue.name] ?? plain;
    const sources = sourcesOf(options.universe, venue.id, options.listings, (listing, symbol) => new PreparedSource(new TapeSource(
      must(tapes.get(symbol), `recording of ${symbol}`),
      {
        startNs: options.startNs, shiftNs: character.shiftMs * 1_000_000, keepE6: character.keepE6,
        dropE6: character.dropE6, repriceTicksMax: character.repriceTicksMax, repriceEveryNs: 3_000_000_000,
        tickMultiple: listing.tickMultiple, lotMultiple: listing.lotMultiple, seed: seeds.uint32(),
      },
    )));
    return venueOf(options, venue.id, seeds.uint32(), sources, latencyOf(character), bookOf);
  });
}

/** Recorded markets are deep and lively: each listing's lies on a ladder, all in one memory. */
function ladders(universe: Universe): (listing: ListingId) => RecordedBook {
  const shape = DEFAULT_BOOK_SHAPE;
  const arena = new Arena(SCRATCH_BYTES + 128 + universe.listings.length * (bookBytes(shape) + 128));
  const module = MarketModule.inArena(arena, 'simulated venues');
  return (listing) => new LadderBook(module, { ...shape, region: arena.carve(`recorded ${listing}`, bookBytes(shape)) });
}

/** Mids that generated markets start at, in USD. */
const generatedPrices: Readonly<Record<string, number>> = { BTC: 61_800, ETH: 2_680 };

/** Every venue of the universe, fed by seeded random walks: cheap, for simulation tests. */
export function generatedVenues(options: SimulatedVenuesOptions): {
  readonly venues: SimVenue[];
  readonly sources: ReadonlyMap<ListingId, GeneratorSource>;
} {
  const seeds = new Prng(options.seed);
  const all = new Map<ListingId, GeneratorSource>();
  const { universe } = options;
  const venues = universe.venues.map((venue) => {
    const sources = sourcesOf(universe, venue.id, undefined, (listing) => {
      const instrument = must(universe.instruments[listing.instrument], 'instrument');
      const base = must(universe.assets[instrument.base], 'base asset').code;
      const tick = instrument.tick1e9 * listing.tickMultiple;
      const spread = Math.max(1, Math.floor(10_000_000 / tick));
      const source = new GeneratorSource({
        seed: seeds.uint32(), startNs: options.startNs, intervalNs: 100_000_000,
        startTicks: Math.round(((generatedPrices[base] ?? 100) * 1e9) / instrument.tick1e9),
        tickMultiple: listing.tickMultiple, lotMultiple: listing.lotMultiple, levels: 20,
        levelLots: Math.floor(50_000_000 / instrument.lot1e8), spread, stepMax: 3, tradesE3: 300,
      });
      all.set(listing.id, source);
      return source;
    });
    return venueOf(options, venue.id, seeds.uint32(), sources, latencyOf(characters[venue.name] ?? plain));
  });
  return { venues, sources: all };
}

/** Each is made, so that seeds fall to the same listings; only the wanted ones are handed on. */
function sourcesOf(
  universe: Universe, venue: number, wanted: ReadonlySet<ListingId> | undefined,
  make: (listing: Universe['listings'][number], symbol: string) => MarketSource,
): ReadonlyMap<ListingId, MarketSource> {
  const own = universe.listings.filter((listing) => listing.venue === venue);
  const made = own.map((listing): readonly [ListingId, MarketSource] => {
    const { symbol } = must(universe.instruments[listing.instrument], `instrument ${listing.instrument}`);
    return [listing.id, make(listing, symbol)];
  });
  return new Map(made.filter(([id]) => wanted === undefined || wanted.has(id)));
}

function latencyOf(character: Character): LatencyShape {
  const ns = (range: readonly [number, number]): readonly [number, number] => [range[0] * 1_000, range[1] * 1_000];
  return { entryNs: ns(character.entryUs), reportNs: ns(character.reportUs) };
}

const instant: LatencyShape = { entryNs: [0, 0], reportNs: [0, 0] };

function venueOf(
  options: SimulatedVenuesOptions, venue: number, seed: number, sources: ReadonlyMap<ListingId, MarketSource>,
  latency: LatencyShape, bookOf?: (listing: ListingId) => RecordedBook,
): SimVenue {
  const { universe, accounts, sink, feed, faults, audit, linkedAtStart, isInstant = false } = options;
  return new SimVenue({
    universe, venue, seed, sources, accounts, initial: options.initial ?? simulatedBalances(universe),
    latency: isInstant ? instant : latency,
    ...(faults === undefined ? {} : { faults: { ...faults, seed: faults.seed * 16 + venue } }),
    ...(bookOf === undefined ? {} : { bookOf }),
    ...(audit === undefined ? {} : { audit }),
    ...(linkedAtStart === undefined ? {} : { linkedAtStart }),
    endedKept: options.endedKept ?? endedKeptDefault, sink, feed,
  });
}
