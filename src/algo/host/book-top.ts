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

const MANTISSA = 2 ** 52;
/** Upper word of a double from 2^52 to 2^53, without mantissa. */
const EXPONENT = 0x4330_0000;

/**
 * What stands in one L2Book of a guest's memory, so that only levels that changed are written again. The book is the
 * host's to write and the guest's to read: a guest that writes into it sees its own mistake.
 */
export class WrittenBook {
  readonly #bids = new WrittenSide();
  readonly #asks = new WrittenSide();
  #scale: Scale | undefined;

  /** Writes L2Book at `at`; levels past the counts are zeroed. Always with the same memory and address. */
  write(memory: GuestMemory, at: number, top: BookTop, scale: Scale, symbolId: number, base: TimeBase): void {
    if (this.#scale !== scale) {
      this.#scale = scale;
      this.#bids.forget();
      this.#asks.forget();
    }
    this.#bids.write(memory, at + abi.L2_BOOK_BIDS, top.bidTicks, top.bidLots, top.bidCount, scale);
    this.#asks.write(memory, at + abi.L2_BOOK_ASKS, top.askTicks, top.askLots, top.askCount, scale);
    memory.set8(at + abi.L2_BOOK_BID_CT, top.bidCount);
    memory.set8(at + abi.L2_BOOK_ASK_CT, top.askCount);
    memory.set16(at + abi.L2_BOOK_SYMBOL_ID, symbolId);
    memory.setTime(at + abi.L2_BOOK_RECV_NS, base, top.recvNs);
  }
}

/** NaN, which equals nothing: not known what stands there. */
class WrittenSide {
  readonly #ticks = new Float64Array(LEVELS).fill(NaN);
  readonly #lots = new Float64Array(LEVELS).fill(NaN);

  forget(): void {
    this.#ticks.fill(NaN);
    this.#lots.fill(NaN);
  }

  /** Between the first and the last level that changed. */
  write(memory: GuestMemory, at: number, ticks: Float64Array, lots: Float64Array, count: number, scale: Scale): void {
    const knownTicks = this.#ticks;
    const knownLots = this.#lots;
    let from = 0;
    while (from < count && ticks[from] === knownTicks[from] && lots[from] === knownLots[from]) from++;
    let to = count;
    while (to > from && ticks[to - 1] === knownTicks[to - 1] && lots[to - 1] === knownLots[to - 1]) to--;
    if (from < to) this.#levels(memory, at, ticks, lots, from, to, scale);
    const { f64 } = memory;
    for (let i = count; i < LEVELS; i++) {
      if (knownTicks[i] === 0 && knownLots[i] === 0) continue;
      knownTicks[i] = 0;
      knownLots[i] = 0;
      f64[(at >> 3) + 2 * i] = 0;
      f64[(at >> 3) + 2 * i + 1] = 0;
    }
  }

  /**
   * A double of n + 2^52 has n for its mantissa: the sum rounds to the nearest integer, and without the exponent its
   * bits are that integer. What passes 2^52 is written again, exactly.
   */
  #levels(memory: GuestMemory, at: number, ticks: Float64Array, lots: Float64Array, from: number, to: number, scale: Scale): void {
    const { tick1e9, lot1e8 } = scale;
    const { f64, u32 } = memory;
    const knownTicks = this.#ticks;
    const knownLots = this.#lots;
    let word = (at >> 3) + 2 * from;
    let high = 2 * word + 1;
    let largest = 0;
    for (let i = from; i < to; i++) {
      const tick = ticks[i] as number; // i < count <= LEVELS
      const lot = lots[i] as number;
      knownTicks[i] = tick;
      knownLots[i] = lot;
      const px = tick * tick1e9 + MANTISSA;
      const size = lot * lot1e8 + MANTISSA;
      f64[word] = px;
      f64[word + 1] = size;
      word += 2;
      // Neither is below 2^52: where the sum stays below 3·2^52, both stay below 2^53.
      if (px + size > largest) largest = px + size;
    }
    for (const end = 2 * word; high < end; high += 2) u32[high] = (u32[high] as number) - EXPONENT;
    if (largest < 3 * MANTISSA) return;
    for (let i = from; i < to; i++) {
      memory.setScaled(at + 16 * i, ticks[i] as number, tick1e9);
      memory.setScaled(at + 16 * i + 8, lots[i] as number, lot1e8);
    }
  }
}
