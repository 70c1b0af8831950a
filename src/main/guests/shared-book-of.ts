import type { BookPlace } from '../../market/book-layout.js';
import type { FeedBoard } from '../../market/feed-board-layout.js';
import type { SharedMarket } from '../../market/shared-market.js';
import type { ListingId } from '../../protocol/universe.js';

/** Where a listing's book lies, and the board of its feed. @throws RangeError when nobody writes it */
export function sharedBookOf(market: SharedMarket, listing: ListingId): { readonly place: BookPlace; readonly board: FeedBoard } {
  for (const { listings, books, board } of market.groups) {
    const place = books.books[listings.indexOf(listing)]?.place;
    if (place !== undefined) return { place, board };
  }
  throw new RangeError(`listing ${listing} has no shared book`);
}
