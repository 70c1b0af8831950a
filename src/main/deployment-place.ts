import type { Instrument, Universe, VenueId } from '../protocol/universe.js';

export interface DeploymentPlace {
  readonly instruments: readonly Instrument[];
  readonly instances: readonly { readonly label: string; readonly venue: VenueId; readonly venueName: string }[];
}

/** Which instances: one a venue, all venues that list every symbol when none is named. @returns the place, or what is wrong */
export function placeDeployment(
  universe: Universe, symbols: readonly string[], venueNames: readonly string[] | null, givenLabels: readonly string[] | null,
): DeploymentPlace | string {
  const instruments = [...new Set(symbols)].flatMap((symbol) => universe.instruments.filter((row) => row.symbol === symbol));
  const lists = (venue: number): boolean => instruments.every((instrument) =>
    instrument.listings.some((id) => universe.listings[id]?.venue === venue));
  const venues = venueNames === null
    ? universe.venues.filter(({ id }) => lists(id))
    : venueNames.flatMap((name) => universe.venues.filter((venue) => venue.name === name));
  if (instruments.length !== new Set(symbols).size) return 'a symbol is unknown';
  if (venues.length === 0 || (venueNames !== null && venues.length !== venueNames.length)) return 'a venue is unknown';
  if (!venues.every(({ id }) => lists(id))) return 'every venue must list every symbol';
  const labels = givenLabels ?? venues.map((venue) => (venues.length === 1 ? 'main' : venue.name));
  if (labels.length !== venues.length || new Set(labels).size !== labels.length) return 'labels must be unique, one a venue';
  if (labels.some((label) => label.length === 0 || Buffer.byteLength(label) > 32)) return 'a label has 1 to 32 bytes';
  return { instruments, instances: venues.map(({ id, name }, i) => ({ label: labels[i] ?? '', venue: id, venueName: name })) };
}
