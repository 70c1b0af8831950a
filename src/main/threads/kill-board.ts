/**
 * Kill switches where orders leave: each thread of venues looks here before it sends, so that a switch works whatever
 * the engine thread is doing and whatever lies in a ring already.
 *
 *   byte   0  changes   the writer publishes after everything else, readers observe
 *   byte   4  graphs    rows that readers look at
 *   byte 128  cells     int32 a venue and account, published: KILL_* bits
 *   after     rows      int32 × 4 a switch of one graph, published: hash of its id, account + 1, KILL_* bits
 *
 * Writer: the main thread.   Readers: threads of venues.
 * Every cell stands alone; `changes` only says that looking at them again is worth while.
 * A row is taken back by its bits, then given its new owner, then its bits. A reader takes bits only between two looks
 * that find the same owner, so that it never takes those of another graph for its own. A switch keeps its row while it
 * stands: one that moved could be missed by a reader between both places.
 * Full: the newest GRAPHS_MAX switches of graphs stand here, older ones are the engine's alone.
 * Allocates: the writer, at a change.
 */
import type { LayoutDescription } from '../../memory/layout.js';
import { LINE_BYTES, allocateRegion, int32View, requireRegion, roundUp, type Region } from '../../memory/region.js';
import { observeInt32, plainReadInt32, publishInt32 } from '../../memory/words.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';

/** No new opening order is sent. */
export const KILL_OPENING = 1;
/** No exit or hedge either. */
export const KILL_EXITS = 2;
/** What is live and may not be sent is cancelled, without the engine. */
export const KILL_CANCEL = 4;

/** Switches of single graphs that stand on a board at once. */
export const GRAPHS_MAX = 256;

const CHANGES = 0;
const GRAPHS = 4;
const CELLS = LINE_BYTES;
const ROW_BYTES = 16;
const ROW_LOW = 0;
const ROW_HIGH = 1;
const ROW_OWNER = 2;
const ROW_BITS = 3;

export interface KillBoard {
  readonly region: Region;
  readonly venues: number;
  readonly accounts: number;
}

/** A graph as venues' threads know it: 64 bits of its id, compared beside its account. */
export interface GraphMark {
  low: number;
  high: number;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo), forwards and backwards. A collision needs two graphs of one account. */
export function markGraph(graphId: string, into: GraphMark): GraphMark {
  let low = 0x811c9dc5 | 0;
  let high = 0x811c9dc5 | 0;
  for (let i = 0, k = graphId.length - 1; k >= 0; i++, k--) {
    low = Math.imul(low ^ graphId.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ graphId.charCodeAt(k), 0x01000193);
  }
  into.low = low;
  into.high = high;
  return into;
}

function rowsAt(venues: number, accounts: number): number {
  return roundUp(CELLS + venues * accounts * 4, LINE_BYTES);
}

function killBoardBytes(venues: number, accounts: number): number {
  return rowsAt(venues, accounts) + GRAPHS_MAX * ROW_BYTES;
}

export function createKillBoard(venues: number, accounts: number): KillBoard {
  return { venues, accounts, region: allocateRegion(killBoardBytes(venues, accounts)) };
}

function cellOf({ accounts }: KillBoard, venue: VenueId, accountId: AccountId): number {
  return (CELLS >> 2) + venue * accounts + accountId;
}

/** A switch of one graph. */
export interface GraphSwitch {
  readonly accountId: AccountId;
  readonly graphId: string;
  readonly bits: number;
}

function keyOf({ accountId, graphId }: GraphSwitch): string {
  return `${accountId} ${graphId}`;
}

const NOBODY: GraphMark = { low: 0, high: 0 };

export class KillBoardWriter {
  readonly #board: KillBoard;
  readonly #words: Int32Array;
  readonly #rows: number;
  readonly #mark: GraphMark = { low: 0, high: 0 };
  /** By row: whose switch stands there. */
  readonly #standing: (string | null)[] = [];

  constructor(board: KillBoard) {
    requireRegion(board.region, killBoardBytes(board.venues, board.accounts), 'kill board');
    this.#board = board;
    this.#words = int32View(board.region);
    this.#rows = rowsAt(board.venues, board.accounts) >> 2;
  }

  /**
   * @param bitsOf the bits that should stand for each venue and account
   * @param graphs switches of single graphs, oldest first; beyond GRAPHS_MAX the oldest are left out
   */
  write(bitsOf: (venue: VenueId, accountId: AccountId) => number, graphs: readonly GraphSwitch[] = []): void {
    const { venues, accounts } = this.#board;
    for (let venue = 0; venue < venues; venue++) {
      for (let account = 0; account < accounts; account++) {
        publishInt32(this.#words, cellOf(this.#board, venue, account), bitsOf(venue, account));
      }
    }
    this.#writeGraphs(graphs.slice(-GRAPHS_MAX));
    publishInt32(this.#words, CHANGES >> 2, (plainReadInt32(this.#words, CHANGES >> 2) + 1) | 0);
  }

  #writeGraphs(graphs: readonly GraphSwitch[]): void {
    const words = this.#words;
    const standing = this.#standing;
    const wanted = new Map(graphs.map((graph) => [keyOf(graph), graph]));
    for (const [i, key] of standing.entries()) {
      const graph = key === null ? undefined : wanted.get(key);
      if (key === null || graph === undefined) standing[i] = null;
      else this.#writeRow(i, graph);
      if (key !== null) wanted.delete(key);
    }
    for (const [key, graph] of wanted) {
      const free = standing.indexOf(null);
      const i = free === -1 ? standing.length : free;
      standing[i] = key;
      // More rows first, fewer last: a row in use is always looked at.
      if (i >= plainReadInt32(words, GRAPHS >> 2)) publishInt32(words, GRAPHS >> 2, i + 1);
      this.#writeRow(i, graph);
    }
    for (const [i, key] of standing.entries()) if (key === null) this.#writeRow(i, undefined);
    while (standing.at(-1) === null) standing.pop();
    publishInt32(words, GRAPHS >> 2, standing.length);
  }

  #writeRow(i: number, graph: GraphSwitch | undefined): void {
    const words = this.#words;
    const row = this.#rows + i * (ROW_BYTES >> 2);
    const { low, high } = graph === undefined ? NOBODY : markGraph(graph.graphId, this.#mark);
    const owner = graph === undefined ? 0 : graph.accountId + 1;
    const isSame = plainReadInt32(words, row + ROW_OWNER) === owner && plainReadInt32(words, row + ROW_LOW) === low
      && plainReadInt32(words, row + ROW_HIGH) === high;
    if (!isSame) {
      publishInt32(words, row + ROW_BITS, 0);
      publishInt32(words, row + ROW_LOW, low);
      publishInt32(words, row + ROW_HIGH, high);
      publishInt32(words, row + ROW_OWNER, owner);
    }
    publishInt32(words, row + ROW_BITS, graph?.bits ?? 0);
  }
}

export class KillBoardReader {
  readonly #board: KillBoard;
  readonly #words: Int32Array;
  readonly #rows: number;

  constructor(board: KillBoard) {
    requireRegion(board.region, killBoardBytes(board.venues, board.accounts), 'kill board');
    this.#board = board;
    this.#words = int32View(board.region);
    this.#rows = rowsAt(board.venues, board.accounts) >> 2;
  }

  /** Differs from the last answer when a cell may have changed. */
  changes(): number {
    return observeInt32(this.#words, CHANGES >> 2);
  }

  bits(venue: VenueId, accountId: AccountId): number {
    return observeInt32(this.#words, cellOf(this.#board, venue, accountId));
  }

  /** Bits for an order of a graph: of its account on the venue and of the graph itself. */
  bitsOf(venue: VenueId, accountId: AccountId, { low, high }: GraphMark): number {
    const words = this.#words;
    let bits = this.bits(venue, accountId);
    const rows = observeInt32(words, GRAPHS >> 2);
    for (let i = 0, row = this.#rows; i < rows; i++, row += ROW_BYTES >> 2) {
      if (!this.#isOwner(row, accountId, low, high)) continue;
      const own = observeInt32(words, row + ROW_BITS);
      if (this.#isOwner(row, accountId, low, high)) bits |= own;
    }
    return bits;
  }

  /** Switches of single graphs that stand. */
  graphs(): number {
    let graphs = 0;
    const rows = observeInt32(this.#words, GRAPHS >> 2);
    for (let i = 0, row = this.#rows; i < rows; i++, row += ROW_BYTES >> 2) {
      if (observeInt32(this.#words, row + ROW_BITS) !== 0) graphs++;
    }
    return graphs;
  }

  #isOwner(row: number, accountId: AccountId, low: number, high: number): boolean {
    const words = this.#words;
    return observeInt32(words, row + ROW_LOW) === low && observeInt32(words, row + ROW_HIGH) === high
      && observeInt32(words, row + ROW_OWNER) === accountId + 1;
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
  size: `128 + venues × accounts × 4 rounded up to 128, and ${GRAPHS_MAX * ROW_BYTES}`,
  limits: `The newest ${GRAPHS_MAX} switches of single graphs stand here; older ones are the engine’s alone.`,
  fields: [
    { at: CHANGES, bytes: 4, name: 'changes', order: 'publish', note: 'after cells and rows; says that they are worth a look' },
    { at: GRAPHS, bytes: 4, name: 'graphs', order: 'publish', note: 'rows looked at; before the rows when it grows, after them when it shrinks' },
    { at: CELLS, bytes: 'venues × accounts × 4', name: 'cells', order: 'publish', note: 'bits: 1 no opening orders, 2 no exits either, 4 cancel what is live' },
    { at: 'after', bytes: GRAPHS_MAX * ROW_BYTES, name: 'rows', order: 'publish', note: 'a switch of one graph: hash of its id i32 × 2, account + 1 i32, bits i32; bits 0 while the others change, and in a free row' },
  ],
};
