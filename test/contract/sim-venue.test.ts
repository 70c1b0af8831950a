/** The contract, on every simulated venue: replayed from the shipped recordings, and generated. */
import assert from 'node:assert/strict';
import {
  generatedVenues, loadTapes, replayedVenues, type SimulatedVenuesOptions,
} from '../../src/venues/sim/market.js';
import type { SimVenue } from '../../src/venues/sim/sim-venue.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { venueContract } from './venue-contract.js';
import { VenueRig } from './venue-rig.js';

const universe = buildUniverse();
const tapes = loadTapes('recordings', universe);

function options(rig: VenueRig, seed: number): SimulatedVenuesOptions {
  return { universe, seed, startNs: 0, accounts: [0, 1], sink: rig, feed: rig };
}

function rigOf(name: string, make: (rig: VenueRig) => readonly SimVenue[]): VenueRig {
  const rig = new VenueRig(universe);
  const venue = make(rig).find((each) => each.name === name);
  assert.ok(venue !== undefined);
  return rig.attach(venue);
}

for (const { name, listings } of universe.venues.map((venue) => ({
  name: venue.name,
  listings: universe.listings.filter((listing) => listing.venue === venue.id),
}))) {
  const symbols = listings.map((listing) => universe.instruments[listing.instrument]?.symbol ?? '');
  const perp = symbols.find((symbol) => symbol.endsWith('-PERP')) ?? null;
  const symbol = symbols.find((each) => !each.endsWith('-PERP')) ?? perp;
  assert.ok(symbol !== null, `${name} lists nothing`);
  venueContract({
    name: `${name} replayed`, symbol, perp,
    make: (seed) => rigOf(name, (rig) => replayedVenues(tapes, options(rig, seed))),
  });
  venueContract({
    name: `${name} generated`, symbol, perp,
    make: (seed) => rigOf(name, (rig) => generatedVenues(options(rig, seed)).venues),
  });
}
