/** The simulated universe and its venues, from the recordings that ship with the project. */
import { fileURLToPath } from 'node:url';
import { buildUniverse } from '../venues/sim/universe.js';
import { loadTapes, replayedVenues, type Tapes } from '../venues/sim/market.js';
import type { FeedSink, VenueConnection, VenueSink } from '../venues/venue.js';

export { simulatedNote } from '../venues/sim/universe.js';

export const simulatedUniverse = buildUniverse();

/** First stamp of the recordings: 2024-08-08 23:54:15 UTC, ns since the Unix epoch. */
export const recordingStartNs = 1_723_161_255_000_000_000n;

/** Compiled files lie in dist/src/main, recordings at the project's root. */
const folder = fileURLToPath(new URL('../../../recordings', import.meta.url));
let shared: Tapes | null = null;

export interface ConnectOptions {
  readonly sink: VenueSink;
  readonly feed: FeedSink;
  readonly seed: number;
  readonly startNs: number;
  readonly accounts: number;
}

/** Reads the recordings once per process (about a second): do it before engine time runs. */
export function loadRecordings(): Tapes {
  shared ??= loadTapes(folder, simulatedUniverse);
  return shared;
}

export function connectSimulatedVenues(options: ConnectOptions): readonly VenueConnection[] {
  return replayedVenues(loadRecordings(), {
    universe: simulatedUniverse,
    seed: options.seed,
    startNs: options.startNs,
    accounts: Array.from({ length: options.accounts }, (_, id) => id),
    sink: options.sink,
    feed: options.feed,
  });
}
