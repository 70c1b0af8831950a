/** Names of a document to what the universe knows. Built once per universe. */
import { must } from '../../base/assert.js';
import type { Instrument, Listing, Universe, Venue } from '../universe.js';

export class Resolver {
  readonly universe: Universe;
  readonly #instruments = new Map<string, Instrument>();
  readonly #venues = new Map<string, Venue>();

  constructor(universe: Universe) {
    this.universe = universe;
    for (const venue of universe.venues) this.#venues.set(venue.name, venue);
    for (const instrument of universe.instruments) this.#instruments.set(instrument.symbol, instrument);
    // "ETH-PERP" is the perp of ETH: the one quoted in USD where there are several.
    for (const instrument of universe.instruments) {
      if (instrument.kind !== 'perp') continue;
      const base = must(universe.assets[instrument.base], 'base asset').code;
      const quote = must(universe.assets[instrument.quote], 'quote asset').code;
      const short = `${base}-PERP`;
      if (quote === 'USD' || !this.#instruments.has(short)) this.#instruments.set(short, instrument);
    }
  }

  /** `{"symbol":"ETH-USD","type":"perp"}` is ETH-USD-PERP; a -PERP symbol wins over the type. */
  instrument(symbol: string, type: string | undefined): Instrument | undefined {
    const perp = type !== undefined && type.toLowerCase() === 'perp' && !symbol.endsWith('-PERP');
    return this.#instruments.get(perp ? `${symbol}-PERP` : symbol);
  }

  venue(name: string): Venue | undefined {
    return this.#venues.get(name);
  }

  /** Listings of an instrument, in venue order. */
  listings(instrument: Instrument): Listing[] {
    return instrument.listings.map((id) => must(this.universe.listings[id], `listing ${id}`));
  }

  symbols(): string[] {
    return this.universe.instruments.map((instrument) => instrument.symbol);
  }

  venueNames(): string[] {
    return this.universe.venues.map((venue) => venue.name);
  }
}

/** "known: a, b, c" for messages, at most ten. */
export function knownList(names: readonly string[]): string {
  const first = names.slice(0, 10).join(', ');
  return `known: ${first}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}
