/** Names of the wire to the universe's indices. */
import type { Asset, Instrument, Listing, Universe, Venue } from '../protocol/universe.js';
import { ApiError } from './server/api-error.js';

export class Names {
  readonly universe: Universe;
  readonly #instruments: ReadonlyMap<string, Instrument>;
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #simulatedOnly: boolean;

  constructor(universe: Universe) {
    this.universe = universe;
    this.#simulatedOnly = universe.venues.every((venue) => venue.simulated);
    this.#instruments = new Map(universe.instruments.map((item) => [item.symbol, item]));
    this.#venues = new Map(universe.venues.map((item) => [item.name, item]));
    this.#assets = new Map(universe.assets.map((item) => [item.code, item]));
  }

  /** By symbol in any case; `ETH-PERP` is `ETH-USD-PERP`. */
  findInstrument(symbol: string): Instrument | undefined {
    const upper = symbol.toUpperCase();
    const direct = this.#instruments.get(upper);
    if (direct !== undefined || !/^[A-Z0-9]+-PERP$/.test(upper)) return direct;
    return this.#instruments.get(upper.replace(/-PERP$/, '-USD-PERP'));
  }

  findVenue(name: string): Venue | undefined {
    return this.#venues.get(name.toLowerCase());
  }

  findAsset(code: string): Asset | undefined {
    return this.#assets.get(code.toUpperCase());
  }

  /** @throws ApiError NOT_FOUND */
  instrument(symbol: string): Instrument {
    const found = this.findInstrument(symbol);
    if (found === undefined) {
      throw new ApiError('NOT_FOUND', `no instrument "${symbol.slice(0, 64)}"; GET /v1/symbols lists them`);
    }
    return found;
  }

  /** @throws ApiError NOT_FOUND */
  venue(name: string): Venue {
    const found = this.findVenue(name);
    if (found === undefined) {
      throw new ApiError('NOT_FOUND', `no venue "${name.slice(0, 64)}"; GET /v1/venues lists them`);
    }
    return found;
  }

  listings(instrument: Instrument): Listing[] {
    return instrument.listings.map((id) => this.universe.listings[id]).filter((item) => item !== undefined);
  }

  venueName(id: number): string {
    return this.universe.venues[id]?.name ?? `venue ${id}`;
  }

  assetCode(id: number): string {
    return this.universe.assets[id]?.code ?? `asset ${id}`;
  }

  symbol(id: number): string {
    return this.universe.instruments[id]?.symbol ?? `instrument ${id}`;
  }

  simulatedOnly(): boolean {
    return this.#simulatedOnly;
  }
}
