/**
 * A venue's books carved from one shared memory, and what each thread needs of them. On one thread (fused, simulation)
 * call both functions there; on several, hand `SharedBooks` to the workers as it is.
 */
import type { Arena } from '../memory/arena.js';
import type { Region } from '../memory/region.js';
import { bookBytes, type BookPlace, type BookShape } from './book-layout.js';
import { BookReader } from './book-reader.js';
import { BookWriter } from './book-writer.js';
import type { ListingText } from './general-parser.js';
import { MarketModule, SCRATCH_BYTES } from './market-module.js';

export interface ListingBook {
  readonly listing: ListingText;
  readonly place: BookPlace;
}

/** Plain values and shared memory only: may be a worker's data. */
export interface SharedBooks {
  readonly memory: WebAssembly.Memory;
  /** Of the one thread that writes these books. */
  readonly scratch: Region;
  readonly books: readonly ListingBook[];
}

/** Bytes of an arena that holds these books of one writing thread. */
export function sharedBooksBytes(shapes: readonly BookShape[]): number {
  return shapes.reduce((sum, shape) => sum + bookBytes(shape) + 128, SCRATCH_BYTES + 128);
}

export function carveBooks(
  arena: Arena, name: string, listings: readonly { readonly listing: ListingText; readonly shape: BookShape }[],
): SharedBooks {
  const scratch = arena.carve(`${name} scratch`, SCRATCH_BYTES);
  const books = listings.map(({ listing, shape }) => ({
    listing, place: { ...shape, region: arena.carve(`${name} ${listing.symbol}`, bookBytes(shape)) },
  }));
  return { memory: arena.memory, scratch, books };
}

/** On the thread that writes, once, before anybody reads: in the order of the listings. */
export function openBookWriters(shared: SharedBooks): BookWriter[] {
  const module = new MarketModule(shared.memory, shared.scratch);
  return shared.books.map(({ listing, place }) => new BookWriter(module, place, listing));
}

/** On any thread. */
export function openBookReaders(shared: SharedBooks): BookReader[] {
  return shared.books.map(({ place }) => new BookReader(place));
}
