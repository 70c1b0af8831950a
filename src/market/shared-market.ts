/**
 * All shared memory of the markets: books, boards and trade tapes, in groups of venues that one thread writes.
 * Carved once at start; plain values and shared memory only, so that it may be a worker's data.
 */
import { must } from '../base/assert.js';
import { Arena } from '../memory/arena.js';
import { broadcastRingBytes, type BroadcastRing } from '../memory/broadcast-ring-layout.js';
import { LINE_BYTES } from '../memory/region.js';
import type { ListingId, Universe, VenueId } from '../protocol/universe.js';
import { SEQUENCE_NONE } from './assembly/layout.js';
import { DEFAULT_BOOK_SHAPE, type BookShape } from './book-layout.js';
import { boardBytes, type FeedBoard } from './feed-board-layout.js';
import { scaleOf } from './scale.js';
import { carveBooks, sharedBooksBytes, type SharedBooks } from './shared-books.js';

/** Of a tape: 16,384 trades, some seconds of the busiest market. */
const TAPE_BYTES = 2 ** 20;

/** What one thread writes. */
export interface SharedFeeds {
  readonly venues: readonly VenueId[];
  /** In the order of `books.books`. */
  readonly listings: readonly ListingId[];
  readonly books: SharedBooks;
  readonly board: FeedBoard;
  readonly tape: BroadcastRing;
}

export interface SharedMarket {
  readonly groups: readonly SharedFeeds[];
}

/** @param groups venues by writing thread; every venue in exactly one */
export function carveMarket(
  universe: Universe, groups: readonly (readonly VenueId[])[], shape: BookShape = DEFAULT_BOOK_SHAPE,
): SharedMarket {
  const board = { venues: universe.venues.length, listings: universe.listings.length };
  const listingsOf = (venues: readonly VenueId[]): ListingId[] =>
    universe.listings.filter((listing) => venues.includes(listing.venue)).map(({ id }) => id);
  const bytes = groups.reduce((sum, venues) => {
    const books = sharedBooksBytes(listingsOf(venues).map(() => shape));
    return sum + books + boardBytes(board) + broadcastRingBytes(TAPE_BYTES) + 2 * LINE_BYTES;
  }, 0);
  const arena = new Arena(bytes);
  return {
    groups: groups.map((venues, index) => {
      const listings = listingsOf(venues);
      return {
        venues, listings,
        books: carveBooks(arena, `feeds ${index}`, listings.map((id) => ({ shape, listing: textOf(universe, id) }))),
        board: { ...board, region: arena.carve(`feeds ${index} board`, boardBytes(board)) },
        tape: { capacityBytes: TAPE_BYTES, region: arena.carve(`feeds ${index} tape`, broadcastRingBytes(TAPE_BYTES)) },
      };
    }),
  };
}

function textOf(universe: Universe, id: ListingId): Parameters<typeof carveBooks>[2][number]['listing'] {
  const { instrument } = must(universe.listings[id], 'listing');
  const { symbol, tick1e9, lot1e8 } = must(universe.instruments[instrument], 'instrument');
  return { symbol, price: scaleOf(tick1e9, 9), lot: scaleOf(lot1e8, 8), sequenceRule: SEQUENCE_NONE };
}
