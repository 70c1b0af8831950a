import { readFileSync } from 'node:fs';
import * as abi from '../abi/layouts.generated.js';
import type { GuestMemory, TimeBase } from './guest-memory.js';

export const LEVELS = 20;
/** Doubles of a side. */
const SIDE = 2 * LEVELS;

/**
 * One book's best levels, as plain numbers in ticks and lots of the instrument: what a `BookSource` fills and the
 * host writes into guests. Reused for ever; levels past the counts are ignored.
 */
export class BookTop {
  /** Pairs of ticks and lots, best first: 20 bids, then 20 asks, as the guest's L2Book has them. */
  readonly levels = new Float64Array(2 * SIDE);
  bidCount = 0;
  askCount = 0;
  /** Engine time of receipt, ns since the time base. */
  recvNs = 0;

  get usable(): boolean {
    return this.bidCount > 0 && this.askCount > 0;
  }

  bid(i: number): number {
    return this.levels[2 * i] ?? 0;
  }

  ask(i: number): number {
    return this.levels[SIDE + 2 * i] ?? 0;
  }

  bidSize(i: number): number {
    return this.levels[2 * i + 1] ?? 0;
  }

  askSize(i: number): number {
    return this.levels[SIDE + 2 * i + 1] ?? 0;
  }

  /** Twice the mid in ticks, 0 when a side is missing: an exact integer. */
  get mid2(): number {
    return this.usable ? this.bid(0) + this.ask(0) : 0;
  }

  copyFrom(other: BookTop): void {
    this.levels.set(other.levels);
    this.bidCount = other.bidCount;
    this.askCount = other.askCount;
    this.recvNs = other.recvNs;
  }

  /** From flat pairs of ticks and lots, best first; more than 20 levels are cut. */
  setFrom(bids: ArrayLike<number>, asks: ArrayLike<number>, recvNs: number): void {
    this.bidCount = this.#fill(0, bids);
    this.askCount = this.#fill(SIDE, asks);
    this.recvNs = recvNs;
  }

  setBid(i: number, ticks: number, lots: number): void {
    this.levels[2 * i] = ticks;
    this.levels[2 * i + 1] = lots;
  }

  setAsk(i: number, ticks: number, lots: number): void {
    this.levels[SIDE + 2 * i] = ticks;
    this.levels[SIDE + 2 * i + 1] = lots;
  }

  /** As `setFrom` takes them. @param side 1 bids, -1 asks */
  pairs(side: 1 | -1): number[] {
    const from = side > 0 ? 0 : SIDE;
    return Array.from(this.levels.subarray(from, from + 2 * (side > 0 ? this.bidCount : this.askCount)));
  }

  #fill(at: number, pairs: ArrayLike<number>): number {
    const count = Math.min(LEVELS, pairs.length >> 1);
    for (let i = 0; i < 2 * count; i++) this.levels[at + i] = pairs[i] ?? 0;
    return count;
  }
}

/** px_1e9 of one tick and sz_1e8 of one lot of an instrument. */
export interface Scale {
  readonly tick1e9: number;
  readonly lot1e8: number;
}

/** @returns 0, or more: a value passed 2^52 and what was written is wrong */
type ScaleBook = (at: number, tick1e9: number, lot1e8: number) => number;

let compiled: WebAssembly.Module | undefined;

function scalerOf(memory: WebAssembly.Memory): ScaleBook {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../../wasm/algo-book.wasm', import.meta.url)));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports['scaleBook'] as ScaleBook; // asc's output
}

/**
 * Writes books into one guest's memory: the levels as one block of doubles, which the host's own code then turns into
 * the guest's integers where they stand.
 * Allocates: never after construction.
 */
export class BookWriter {
  readonly #memory: GuestMemory;
  readonly #scale: ScaleBook;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
    this.#scale = scalerOf(memory.wasm);
  }

  /** Writes L2Book at `at`; levels past the counts are zeroed. */
  write(at: number, top: BookTop, scale: Scale, symbolId: number, base: TimeBase): void {
    const memory = this.#memory;
    memory.f64.set(top.levels, at >> 3);
    if (top.bidCount < LEVELS) memory.zero(at + abi.L2_BOOK_BIDS + top.bidCount * abi.LEVEL_SIZE, (LEVELS - top.bidCount) * abi.LEVEL_SIZE);
    if (top.askCount < LEVELS) memory.zero(at + abi.L2_BOOK_ASKS + top.askCount * abi.LEVEL_SIZE, (LEVELS - top.askCount) * abi.LEVEL_SIZE);
    if (this.#scale(at, scale.tick1e9, scale.lot1e8) !== 0) this.#wide(at, top, scale);
    memory.set8(at + abi.L2_BOOK_BID_CT, top.bidCount);
    memory.set8(at + abi.L2_BOOK_ASK_CT, top.askCount);
    memory.set16(at + abi.L2_BOOK_SYMBOL_ID, symbolId);
    memory.setTime(at + abi.L2_BOOK_RECV_NS, base, top.recvNs);
  }

  /** Exactly, also beyond 2^52. */
  #wide(at: number, top: BookTop, { tick1e9, lot1e8 }: Scale): void {
    for (let i = 0; i < LEVELS; i++) {
      const bid = at + abi.L2_BOOK_BIDS + i * abi.LEVEL_SIZE;
      const ask = at + abi.L2_BOOK_ASKS + i * abi.LEVEL_SIZE;
      this.#memory.setScaled(bid, i < top.bidCount ? top.bid(i) : 0, tick1e9);
      this.#memory.setScaled(bid + 8, i < top.bidCount ? top.bidSize(i) : 0, lot1e8);
      this.#memory.setScaled(ask, i < top.askCount ? top.ask(i) : 0, tick1e9);
      this.#memory.setScaled(ask + 8, i < top.askCount ? top.askSize(i) : 0, lot1e8);
    }
  }
}
