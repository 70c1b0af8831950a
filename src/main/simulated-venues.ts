/** The simulated universe and its venues, from the recordings that ship with the project. */
import { fileURLToPath } from 'node:url';
import type { CoreState } from '../core/state.js';
import type { Command } from '../protocol/commands.js';
import type { AccountId } from '../protocol/universe.js';
import { buildUniverse } from '../venues/sim/universe.js';
import { generatedVenues, loadTapes, replayedVenues, type Tapes } from '../venues/sim/market.js';
import { SimVenue } from '../venues/sim/sim-venue.js';
import type { FeedSink, VenueConnection, VenueSink } from '../venues/venue.js';

export { simulatedNote } from '../venues/sim/universe.js';

export const simulatedUniverse = buildUniverse();

/** First stamp of the recordings: 2024-08-08 23:54:15 UTC, ns since the Unix epoch. */
export const recordingStartNs = 1_723_161_255_000_000_000n;

/** Compiled files lie in dist/src/main, recordings at the project's root. */
const folder = fileURLToPath(new URL('../../../recordings', import.meta.url));
let shared: Tapes | null = null;

/** What feeds the simulated venues: the shipped recordings, seeded random walks (cheap), or nothing at all. */
export const marketKinds = ['recordings', 'generated', 'quiet'] as const;
export type MarketKind = (typeof marketKinds)[number];

export interface ConnectOptions {
  readonly sink: VenueSink;
  readonly feed: FeedSink;
  readonly seed: number;
  readonly startNs: number;
  readonly accounts: number;
  /** Recordings if not given. */
  readonly market?: MarketKind;
  /** Instead of the shipped recordings. */
  readonly tapes?: Tapes;
  /** Messages to venues and back take no time. */
  readonly instantVenues?: boolean;
}

/** Reads the recordings once per process (about a second): do it before engine time runs. */
export function loadRecordings(): Tapes {
  shared ??= loadTapes(folder, simulatedUniverse);
  return shared;
}

export function connectSimulatedVenues(options: ConnectOptions): readonly VenueConnection[] {
  const { market = 'recordings', seed, startNs, sink, feed, instantVenues = false } = options;
  const common = {
    universe: simulatedUniverse, seed, sink, feed, isInstant: instantVenues, accounts: Array.from({ length: options.accounts }, (_, id) => id),
    startNs: market === 'quiet' ? Number.MAX_SAFE_INTEGER : startNs,
  };
  return market === 'recordings' ? replayedVenues(options.tapes ?? loadRecordings(), common) : generatedVenues(common).venues;
}

type Connections = readonly (VenueConnection | undefined)[];

/** Balances and positions set by hand are set at the simulated venues as well, so that both sides agree. @param venues by id */
export function settleAtVenues(venues: Connections, accountId: AccountId, command: Command): void {
  if (command.kind !== 'set_balances') return;
  if (command.replace) clearAccount(venues, accountId);
  for (const { venue, asset, total1e8 } of command.balances) {
    const there = venues[venue];
    if (there instanceof SimVenue) there.setBalance(accountId, asset, BigInt(total1e8));
  }
  for (const { listing, lots, entryTicks } of command.perps) {
    const venue = simulatedUniverse.listings[listing]?.venue ?? -1;
    const there = venues[venue];
    if (there instanceof SimVenue) there.setPosition(accountId, listing, lots, entryTicks);
  }
}

function clearAccount(venues: Connections, accountId: AccountId): void {
  for (const venue of venues) {
    if (!(venue instanceof SimVenue)) continue;
    for (const asset of simulatedUniverse.assets) venue.setBalance(accountId, asset.id, 0n);
    for (const listing of simulatedUniverse.listings) {
      if (listing.venue === venue.venue && isPerp(listing.instrument)) venue.setPosition(accountId, listing.id, 0, 0);
    }
  }
}

function isPerp(instrument: number): boolean {
  return simulatedUniverse.instruments[instrument]?.kind === 'perp';
}

/**
 * Simulated venues live in the engine's process and end with it: after a recovery they get the balances and
 * positions that the journal knows. Orders that rested there are gone; the engine asks and learns so.
 * @returns for each account what settleAtVenues() is told
 */
export function restorations(state: CoreState): { readonly accountId: AccountId; readonly command: Command }[] {
  return state.accounts.map((account) => {
    const balances = account.balances.flatMap((balance) => (
      balance === null ? [] : [{ venue: balance.venue, asset: balance.asset, total1e8: balance.total.toBigInt().toString() }]));
    const perps = account.positions.flatMap((position) => {
      if (position === null || position.lots === 0) return [];
      const listing = simulatedUniverse.listings[position.listing];
      if (listing === undefined || !isPerp(listing.instrument)) return [];
      return [{ listing: listing.id, lots: position.lots, entryTicks: Math.round(position.cost.toNumber() / position.lots) }];
    });
    return { accountId: account.id, command: { kind: 'set_balances', replace: false, balances, perps } };
  });
}
