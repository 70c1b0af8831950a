/**
 * Replays a tape as the market of one listing: shifted in time, thinned, re-priced by a few ticks under a seed, on
 * the listing's own tick and lot, for ever.
 *
 * At the end the tape starts again with the price difference carried on as an offset, so that the mid never jumps;
 * where offsets would add up beyond `driftLimit` of the price, the next loop runs mirrored (price p becomes c − p,
 * bids and asks change places), which leads the price back. Every listing fed by one tape does the same.
 */
import { Prng } from '../base/prng.js';
import { TapeKind, type Tape } from './recording-tape.js';
import { SideBook } from './replay-side-book.js';
import { MarketKind, pushLevel, type MarketMessage, type MarketSource } from './replay-source.js';

export interface ReplayShape {
  /** Engine time of the tape's first entry, and how much later this listing sees it. */
  readonly startNs: number;
  readonly shiftNs: number;
  /** Share of each level's and trade's quantity that this venue has, in millionths. */
  readonly keepE6: number;
  /** Share of the levels and trades it doesn't have at all, in millionths. */
  readonly dropE6: number;
  /** Largest re-pricing either way, in ticks of the listing; 0 = none. */
  readonly repriceTicksMax: number;
  readonly repriceEveryNs: number;
  readonly tickMultiple: number;
  readonly lotMultiple: number;
  readonly seed: number;
}

/** Pause between the last entry of a loop and the first of the next: one depth message's usual distance. */
export const seamNs = 100_000_000;

/** Mirrored loops begin before offsets pass 1/driftLimit of the price. */
const driftLimit = 50;

export class TapeSource implements MarketSource {
  readonly #tape: Tape;
  readonly #shape: ReplayShape;
  readonly #prng: Prng;
  readonly #salt: number;
  readonly #bids = new SideBook(1);
  readonly #asks = new SideBook(-1);
  #at = 0;
  #loopNs: number;
  #offset = 0;
  /** 0 = as recorded, else c of the mirrored price c − p. */
  #mirror = 0;
  #reprice = 0;
  #repriceDueNs = Infinity;
  loops = 0;

  constructor(tape: Tape, shape: ReplayShape) {
    this.#tape = tape;
    this.#shape = shape;
    this.#prng = new Prng(shape.seed);
    this.#salt = this.#prng.uint32();
    this.#loopNs = shape.startNs + shape.shiftNs;
    this.#drawReprice();
    if (shape.repriceTicksMax > 0) this.#repriceDueNs = this.#loopNs + shape.repriceEveryNs;
  }

  dueNs(): number {
    return Math.min(this.#entryDueNs(), this.#repriceDueNs);
  }

  next(out: MarketMessage): boolean {
    out.bidCount = 0;
    out.askCount = 0;
    if (this.#repriceDueNs < this.#entryDueNs()) {
      out.timeNs = this.#repriceDueNs;
      this.#repriceDueNs += this.#shape.repriceEveryNs;
      return this.#drawReprice() && this.#wholeBook(out);
    }
    out.timeNs = this.#entryDueNs();
    const at = this.#at;
    const emitted = this.#entry(at, out);
    this.#at = at + 1;
    if (this.#at === this.#tape.count) this.#nextLoop();
    return emitted;
  }

  #entryDueNs(): number {
    return this.#loopNs + (this.#tape.timeNs[this.#at] ?? 0);
  }

  #entry(at: number, out: MarketMessage): boolean {
    const kind = this.#tape.kind[at];
    if (kind === TapeKind.trade) return this.#trade(at, out);
    if (kind === TapeKind.snapshot) {
      this.#bids.clear();
      this.#asks.clear();
      this.#take(at, null);
      return this.#wholeBook(out);
    }
    out.kind = MarketKind.delta;
    this.#take(at, out);
    return out.bidCount + out.askCount > 0;
  }

  /** Puts an entry's levels into the own books and, with `out`, each changed listing level into the message. */
  #take(at: number, out: MarketMessage | null): void {
    const tape = this.#tape;
    const offset = tape.offset[at] ?? 0;
    const bids = tape.bidCount[at] ?? 0;
    const total = bids + (tape.askCount[at] ?? 0);
    for (let i = 0; i < total; i++) {
      const ticks = this.#price(tape.ticks[offset + i] ?? 0);
      if (ticks <= 0) continue;
      const isBid = i < bids !== this.#mirror > 0;
      (isBid ? this.#bids : this.#asks).set(ticks, tape.lots[offset + i] ?? 0);
    }
    if (out === null) return;
    let lastBid = 0;
    let lastAsk = 0;
    for (let i = 0; i < total; i++) {
      const ticks = this.#price(tape.ticks[offset + i] ?? 0);
      if (ticks <= 0) continue;
      const isBid = i < bids !== this.#mirror > 0;
      const level = this.#onListing(ticks, isBid);
      if (level <= 0 || level === (isBid ? lastBid : lastAsk)) continue;
      if (isBid) lastBid = level;
      else lastAsk = level;
      pushLevel(out, isBid ? 'bids' : 'asks', level, this.#bucket(isBid ? this.#bids : this.#asks, level));
    }
  }

  #wholeBook(out: MarketMessage): boolean {
    out.kind = MarketKind.snapshot;
    this.#wholeSide(this.#bids, 'bids', out);
    this.#wholeSide(this.#asks, 'asks', out);
    return out.bidCount + out.askCount > 0;
  }

  #wholeSide(book: SideBook, side: 'bids' | 'asks', out: MarketMessage): void {
    let last = 0;
    for (let i = 0; i < book.count; i++) {
      const level = this.#onListing(book.ticksAt(i), side === 'bids');
      if (level === last || level <= 0) continue;
      last = level;
      const lots = this.#bucket(book, level);
      if (lots > 0) pushLevel(out, side, level, lots);
    }
  }

  #trade(at: number, out: MarketMessage): boolean {
    const tape = this.#tape;
    if (mix(at ^ this.#salt) % 1_000_000 < this.#shape.dropE6) return false;
    const offset = tape.offset[at] ?? 0;
    const taker = (tape.takerSide[at] ?? 1) * (this.#mirror > 0 ? -1 : 1);
    const ticks = this.#onListing(this.#price(tape.ticks[offset] ?? 0), taker < 0);
    const lots = this.#thinned(tape.lots[offset] ?? 0);
    if (ticks <= 0 || lots === 0) return false;
    out.kind = MarketKind.trade;
    out.tradeTicks = ticks;
    out.tradeLots = lots;
    out.takerSide = taker < 0 ? -1 : 1;
    return true;
  }

  /** Price of a recorded tick in this loop, before re-pricing. */
  #price(ticks: number): number {
    return this.#mirror > 0 ? this.#mirror - ticks : ticks + this.#offset;
  }

  /** Re-priced and put on the listing's tick, away from the other side. */
  #onListing(ticks: number, isBid: boolean): number {
    const tick = this.#shape.tickMultiple;
    const moved = ticks / tick;
    return ((isBid ? Math.floor(moved) : Math.ceil(moved)) + this.#reprice) * tick;
  }

  /** What the listing shows at one of its prices: every kept recorded level that falls onto it, thinned. */
  #bucket(book: SideBook, level: number): number {
    const tick = this.#shape.tickMultiple;
    const top = level - this.#reprice * tick;
    // Bids round down to the level (top .. top + tick − 1), asks round up to it (top − tick + 1 .. top).
    const from = book.lowerBound(top);
    let sum = 0;
    for (let i = from; i < book.count; i++) {
      const ticks = book.ticks[i] ?? 0;
      if ((ticks - top) * book.sign >= tick) break;
      if (mix(ticks ^ this.#salt) % 1_000_000 >= this.#shape.dropE6) sum += book.lots[i] ?? 0;
    }
    return this.#thinned(sum);
  }

  #thinned(lots: number): number {
    const kept = Math.floor((lots * this.#shape.keepE6) / 1_000_000);
    return kept - (kept % this.#shape.lotMultiple);
  }

  #drawReprice(): boolean {
    const most = this.#shape.repriceTicksMax;
    if (most === 0) return false;
    const before = this.#reprice;
    this.#reprice = Math.max(-most, Math.min(most, before + this.#prng.between(-1, 1)));
    return this.#reprice !== before;
  }

  #nextLoop(): void {
    const { startMid2, endMid2, durationNs } = this.#tape;
    const mid2 = this.#mirror > 0 ? 2 * this.#mirror - endMid2 : endMid2 + 2 * this.#offset;
    const plain = Math.round((mid2 - startMid2) / 2);
    const driftsFurther = Math.abs(mid2 + endMid2 - 2 * startMid2) > Math.abs(mid2 - startMid2);
    const beyond = Math.abs(mid2 - startMid2) * driftLimit > startMid2;
    this.#mirror = beyond && driftsFurther ? Math.round((mid2 + startMid2) / 2) : 0;
    this.#offset = plain;
    this.#loopNs += durationNs + seamNs;
    this.#at = 0;
    this.loops++;
  }
}

/** Spreads bits of an integer (murmur3's finaliser); non-negative. */
function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
