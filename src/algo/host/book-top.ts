import * as abi from '../abi/layouts.generated.js';
import type { GuestMemory, TimeBase } from './guest-memory.js';

export const LEVELS = 20;

/**
 * One book's best levels, as plain numbers in ticks and lots of the instrument: what a `BookSource` fills and the
 * host writes into guests. Reused for ever; levels past the counts are ignored.
 */
export class BookTop {
  readonly bidTicks = new Float64Array(LEVELS);
  readonly bidLots = new Float64Array(LEVELS);
  readonly askTicks = new Float64Array(LEVELS);
  readonly askLots = new Float64Array(LEVELS);
  bidCount = 0;
  askCount = 0;
  /** Engine time of receipt, ns since the time base. */
  recvNs = 0;

  get usable(): boolean {
    return this.bidCount > 0 && this.askCount > 0;
  }

  bid(i: number): number {
    return this.bidTicks[i] ?? 0;
  }

  ask(i: number): number {
    return this.askTicks[i] ?? 0;
  }

  bidSize(i: number): number {
    return this.bidLots[i] ?? 0;
  }

  askSize(i: number): number {
    return this.askLots[i] ?? 0;
  }

  /** Twice the mid in ticks, 0 when a side is missing: an exact integer. */
  get mid2(): number {
    return this.usable ? this.bid(0) + this.ask(0) : 0;
  }

  copyFrom(other: BookTop): void {
    this.bidTicks.set(other.bidTicks);
    this.bidLots.set(other.bidLots);
    this.askTicks.set(other.askTicks);
    this.askLots.set(other.askLots);
    this.bidCount = other.bidCount;
    this.askCount = other.askCount;
    this.recvNs = other.recvNs;
  }

  /** From flat pairs of ticks and lots, best first; more than 20 levels are cut. */
  setFrom(bids: readonly number[], asks: readonly number[], recvNs: number): void {
    this.bidCount = fill(this.bidTicks, this.bidLots, bids);
    this.askCount = fill(this.askTicks, this.askLots, asks);
    this.recvNs = recvNs;
  }
}

function fill(ticks: Float64Array, lots: Float64Array, pairs: readonly number[]): number {
  const count = Math.min(LEVELS, pairs.length >> 1);
  for (let i = 0; i < count; i++) {
    ticks[i] = pairs[2 * i] ?? 0;
    lots[i] = pairs[2 * i + 1] ?? 0;
  }
  return count;
}

/** px_1e9 of one tick and sz_1e8 of one lot of an instrument. */
export interface Scale {
  readonly tick1e9: number;
  readonly lot1e8: number;
}

/** Writes L2Book at `at`; levels past the counts are zeroed. */
export function writeBook(
  memory: GuestMemory,
  at: number,
  top: BookTop,
  scale: Scale,
  symbolId: number,
  base: TimeBase,
): void {
  writeSide(memory, at + abi.L2_BOOK_BIDS, top.bidTicks, top.bidLots, top.bidCount, scale);
  writeSide(memory, at + abi.L2_BOOK_ASKS, top.askTicks, top.askLots, top.askCount, scale);
  memory.set8(at + abi.L2_BOOK_BID_CT, top.bidCount);
  memory.set8(at + abi.L2_BOOK_ASK_CT, top.askCount);
  memory.set16(at + abi.L2_BOOK_SYMBOL_ID, symbolId);
  memory.setTime(at + abi.L2_BOOK_RECV_NS, base, top.recvNs);
}

/** Products as doubles first, then all to integers at once; what passes 2^53 is written again, exactly. */
function writeSide(
  memory: GuestMemory,
  at: number,
  ticks: Float64Array,
  lots: Float64Array,
  count: number,
  scale: Scale,
): void {
  const { tick1e9, lot1e8 } = scale;
  const { f64 } = memory;
  const first = at >> 3;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const px = (ticks[i] ?? 0) * tick1e9;
    const size = (lots[i] ?? 0) * lot1e8;
    f64[first + 2 * i] = px;
    f64[first + 2 * i + 1] = size;
    if (px > largest) largest = px;
    if (size > largest) largest = size;
  }
  memory.convert(at, 2 * count);
  if (largest >= Number.MAX_SAFE_INTEGER) {
    for (let i = 0; i < count; i++) {
      memory.setScaled(at + 16 * i, ticks[i] ?? 0, tick1e9);
      memory.setScaled(at + 16 * i + 8, lots[i] ?? 0, lot1e8);
    }
  }
  if (count < LEVELS) f64.fill(0, first + 2 * count, first + 2 * LEVELS);
}
