/** Venues in a process of their own (`src/venues/remote/venue-process.ts`), for an engine of either topology. */
import type { Universe } from '../protocol/universe.js';
import { RemoteVenue } from '../venues/remote/remote-venue.js';
import type { FeedSink, VenueConnection, VenueSink } from '../venues/venue.js';

export interface RemoteVenuesOptions {
  readonly universe: Universe;
  /** Unix socket of the venue process. */
  readonly path: string;
  /** Engine base in ns since the Unix epoch. */
  readonly baseNs: bigint;
  readonly sink: VenueSink;
  readonly feed: FeedSink;
  /** On a thread whose event loop turns only between rounds: how often it wants one. */
  readonly pollNs?: number;
}

/** An order without an answer for this long is unknown. */
const ANSWER_TIMEOUT_NS = 2_000_000_000;

/** A connection to each venue of the universe; they connect by themselves, again and again. */
export function connectRemoteVenues({ universe, ...rest }: RemoteVenuesOptions): readonly VenueConnection[] {
  return universe.venues.map(({ id }) => new RemoteVenue({ universe, venue: id, answerTimeoutNs: ANSWER_TIMEOUT_NS, ...rest }));
}
