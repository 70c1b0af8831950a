/**
 * Kill switches where orders leave: each thread of venues looks here before it sends, so that a switch works whatever
 * the engine thread is doing and whatever lies in a ring already.
 *
 *   byte   0  changes   the writer publishes after the cells, readers observe
 *   byte 128  cells     int32 a venue and account, published: KILL_* bits
 *
 * Writer: the main thread.   Readers: threads of venues.
 * Every cell stands alone; `changes` only says that looking at them again is worth while.
 * Allocates: never after construction.
 */
import type { LayoutDescription } from '../../memory/layout.js';
import { LINE_BYTES, allocateRegion, int32View, requireRegion, type Region } from '../../memory/region.js';
import { observeInt32, plainReadInt32, publishInt32 } from '../../memory/words.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';

/** No new opening order is sent. */
export const KILL_OPENING = 1;
/** No exit or hedge either. */
export const KILL_EXITS = 2;
/** What is live and may not be sent is cancelled, without the engine. */
export const KILL_CANCEL = 4;

const CHANGES = 0;
const CELLS = LINE_BYTES;

export interface KillBoard {
  readonly region: Region;
  readonly venues: number;
  readonly accounts: number;
}

function killBoardBytes(venues: number, accounts: number): number {
  return CELLS + venues * accounts * 4;
}

export function createKillBoard(venues: number, accounts: number): KillBoard {
  return { venues, accounts, region: allocateRegion(killBoardBytes(venues, accounts)) };
}

function cellOf({ accounts }: KillBoard, venue: VenueId, accountId: AccountId): number {
  return (CELLS >> 2) + venue * accounts + accountId;
}

export class KillBoardWriter {
  readonly #board: KillBoard;
  readonly #words: Int32Array;

  constructor(board: KillBoard) {
    requireRegion(board.region, killBoardBytes(board.venues, board.accounts), 'kill board');
    this.#board = board;
    this.#words = int32View(board.region);
  }

  /** @param bitsOf the bits that should stand for each venue and account */
  write(bitsOf: (venue: VenueId, accountId: AccountId) => number): void {
    const { venues, accounts } = this.#board;
    for (let venue = 0; venue < venues; venue++) {
      for (let account = 0; account < accounts; account++) {
        publishInt32(this.#words, cellOf(this.#board, venue, account), bitsOf(venue, account));
      }
    }
    publishInt32(this.#words, CHANGES, (plainReadInt32(this.#words, CHANGES) + 1) | 0);
  }
}

export class KillBoardReader {
  readonly #board: KillBoard;
  readonly #words: Int32Array;

  constructor(board: KillBoard) {
    requireRegion(board.region, killBoardBytes(board.venues, board.accounts), 'kill board');
    this.#board = board;
    this.#words = int32View(board.region);
  }

  /** Differs from the last answer when a cell may have changed. */
  changes(): number {
    return observeInt32(this.#words, CHANGES);
  }

  bits(venue: VenueId, accountId: AccountId): number {
    return observeInt32(this.#words, cellOf(this.#board, venue, accountId));
  }
}

/** Pairs of venue and account that some switch covers. */
export function coveredCells(board: KillBoard): number {
  const reader = new KillBoardReader(board);
  let covered = 0;
  for (let venue = 0; venue < board.venues; venue++) {
    for (let account = 0; account < board.accounts; account++) covered += reader.bits(venue, account) === 0 ? 0 : 1;
  }
  return covered;
}

export const killBoardLayout: LayoutDescription = {
  name: 'Kill board',
  file: 'src/main/threads/kill-board.ts',
  purpose: 'Kill switches where orders leave: obeyed by threads of venues whatever the engine thread does.',
  writer: 'the main thread',
  reader: 'threads of venues, before each order they send',
  size: '128 + venues × accounts × 4',
  limits: 'Scopes smaller than an account on a venue (a graph) are the engine’s alone.',
  fields: [
    { at: CHANGES, bytes: 4, name: 'changes', order: 'publish', note: 'after the cells; says that they are worth a look' },
    { at: CELLS, bytes: 'venues × accounts × 4', name: 'cells', order: 'publish', note: 'bits: 1 no opening orders, 2 no exits either, 4 cancel what is live' },
  ],
};
