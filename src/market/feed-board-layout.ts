/** Bytes of a feed board: what a thread of venues says of its listings besides the books. The promise is in feed-writer.ts. */
import { assert } from '../base/assert.js';
import type { LayoutDescription } from '../memory/layout.js';
import { LINE_BYTES, roundUp, type Region } from '../memory/region.js';

/** Changes of any listing: one look says whether there is anything new. */
export const BOARD_CHANGES = 0;
/** The listing changed last and, above its 12 bits, the count that goes with it: lastChange(). */
export const BOARD_LAST = 4;
export const BOARD_VENUES = LINE_BYTES;
/** Of a venue: last sign of life, and whether its line is up (1, 0). */
export const VENUE_BYTES = 16;
export const VENUE_ALIVE = 0;
export const VENUE_CONNECTED = 8;
/** Of a listing: venue time of the last news, mark price; when its last frame came and was published, on the machine's clock. */
export const LISTING_BYTES = 32;
export const LISTING_VENUE_TS = 0;
export const LISTING_MARK = 8;
export const LISTING_FRAME_IN = 16;
export const LISTING_PUBLISHED = 24;

export const BOARD_LISTINGS_MAX = 4_096;

export function lastChange(count: number, listing: number): number {
  return (count << 12) | listing;
}

export interface BoardShape {
  /** Of the universe: every board has room for all, so that an id is an index. */
  readonly venues: number;
  readonly listings: number;
}

/** A board's place, for its writer and its readers. */
export interface FeedBoard extends BoardShape {
  readonly region: Region;
}

export interface BoardOffsets {
  /** int32 a listing. */
  readonly changes: number;
  readonly listings: number;
  readonly end: number;
}

export function boardOffsets({ venues, listings }: BoardShape): BoardOffsets {
  assert(listings <= BOARD_LISTINGS_MAX, `a board holds at most ${BOARD_LISTINGS_MAX} listings, not ${listings}`);
  const changes = roundUp(BOARD_VENUES + venues * VENUE_BYTES, LINE_BYTES);
  const rows = roundUp(changes + listings * 4, LINE_BYTES);
  return { changes, listings: rows, end: rows + listings * LISTING_BYTES };
}

export function boardBytes(shape: BoardShape): number {
  return boardOffsets(shape).end;
}

export const feedBoardLayout: LayoutDescription = {
  name: 'Feed board',
  file: 'src/market/feed-board-layout.ts',
  purpose: 'What feeds say besides levels: that something changed, signs of life, marks.',
  writer: 'the thread of the venues, one board each; never waits',
  reader: 'anybody; remembers the change counts it has seen',
  size: '128 + venues × 16, listings × 4, listings × 32, each rounded up to 128',
  limits: 'Any number of changes between two looks are one change to the reader. Writer dead: signs of life age.',
  fields: [
    { at: BOARD_CHANGES, bytes: 4, name: 'changes', order: 'publish', note: 'of any listing, modulo 2^32' },
    { at: BOARD_LAST, bytes: 4, name: 'last', order: 'plain', note: 'listing of the last change in 12 bits, above them the low bits of its count; written before the count of all' },
    { at: BOARD_VENUES, bytes: 'venues × 16', name: 'venues', order: 'plain', note: 'last sign of life, engine ns f64; line up 1 or 0 f64' },
    { at: 'after', bytes: 'listings × 4', name: 'changes by listing', order: 'publish', note: 'modulo 2^32; before the count of all' },
    { at: 'after', bytes: 'listings × 32', name: 'listings', order: 'plain', note: 'venue time ns, mark ticks, stamps of frame and publish (0 = none), f64 each; handed over by the counts' },
  ],
};
