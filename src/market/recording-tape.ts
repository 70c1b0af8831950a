/**
 * A recording after parsing and sequence checks, compact in typed arrays: what is replayed. Starts at the first
 * usable snapshot; ticks and lots of the recorded market.
 */
import { assert } from '../base/assert.js';
import { FrameKind, newFrameChanges, type FrameChanges, type FrameParser } from './recording-parser.js';
import { SequenceGate, Verdict } from './recording-sequence.js';
import type { Recording } from './recording.js';
import { SideBook } from './replay-side-book.js';

export const TapeKind = { snapshot: 1, delta: 2, trade: 3 } as const;
export type TapeKind = (typeof TapeKind)[keyof typeof TapeKind];

export interface Tape {
  readonly count: number;
  /** ns since the first entry, never going back. */
  readonly timeNs: Float64Array;
  readonly kind: Uint8Array;
  /** Where the entry's levels start in `ticks`/`lots`; bids first, then asks. A trade has one level. */
  readonly offset: Uint32Array;
  readonly bidCount: Uint16Array;
  readonly askCount: Uint16Array;
  /** Trades: +1 when the taker bought. */
  readonly takerSide: Int8Array;
  readonly ticks: Int32Array;
  readonly lots: Float64Array;
  /** Twice the mid at the first and after the last entry: their difference is the seam of a loop. */
  readonly startMid2: number;
  readonly endMid2: number;
  readonly durationNs: number;
  /** What the checks met while reading. */
  readonly gaps: number;
  readonly corrupt: number;
  readonly crossed: number;
}

/** Parses a recording once. `rule` is the venue's sequence rule. */
export function makeTape(recording: Recording, parser: FrameParser, rule: 'spot' | 'futures'): Tape {
  const builder = new TapeBuilder(rule);
  const changes = newFrameChanges();
  for (let i = 0; i < recording.count; i++) {
    parser.parse(recording.bytes, recording.from[i] ?? 0, recording.to[i] ?? 0, changes);
    builder.frame(recording.timeNs[i] ?? 0, changes);
  }
  return builder.finish();
}

/** Deltas that may wait for a snapshot. */
const EARLY_MAX = 1_024;

interface EarlyDelta {
  readonly firstId: number;
  readonly lastId: number;
  readonly prevId: number;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}

class TapeBuilder {
  readonly #gate: SequenceGate;
  readonly #bids = new SideBook(1);
  readonly #asks = new SideBook(-1);
  #timeNs = new Float64Array(1 << 14);
  #kind = new Uint8Array(1 << 14);
  #offset = new Uint32Array(1 << 14);
  #bidCount = new Uint16Array(1 << 14);
  #askCount = new Uint16Array(1 << 14);
  #takerSide = new Int8Array(1 << 14);
  #ticks = new Int32Array(1 << 17);
  #lots = new Float64Array(1 << 17);
  #count = 0;
  #levels = 0;
  #startNs = -1;
  #startMid2 = 0;
  #early: EarlyDelta[] = [];
  #corrupt = 0;
  #crossed = 0;

  constructor(rule: 'spot' | 'futures') {
    this.#gate = new SequenceGate(rule);
  }

  frame(timeNs: number, changes: FrameChanges): void {
    switch (changes.kind) {
      case FrameKind.snapshot:
        return this.#snapshot(timeNs, changes);
      case FrameKind.depth:
        return this.#depth(timeNs, changes);
      case FrameKind.trade:
        if (this.#gate.synced) this.#trade(timeNs, changes);
        return;
      case FrameKind.corrupt:
        this.#corrupt++;
        return;
      case FrameKind.ignored:
        return;
    }
  }

  finish(): Tape {
    const n = this.#count;
    assert(n > 1, 'a recording must hold a snapshot and changes after it');
    return {
      count: n,
      timeNs: this.#timeNs.slice(0, n),
      kind: this.#kind.slice(0, n),
      offset: this.#offset.slice(0, n),
      bidCount: this.#bidCount.slice(0, n),
      askCount: this.#askCount.slice(0, n),
      takerSide: this.#takerSide.slice(0, n),
      ticks: this.#ticks.slice(0, this.#levels),
      lots: this.#lots.slice(0, this.#levels),
      startMid2: this.#startMid2,
      endMid2: this.#bids.bestTicks() + this.#asks.bestTicks(),
      durationNs: this.#timeNs[n - 1] ?? 0,
      gaps: this.#gate.gaps,
      corrupt: this.#corrupt,
      crossed: this.#crossed,
    };
  }

  #snapshot(timeNs: number, changes: FrameChanges): void {
    // A second snapshot of a synced book repeats what is known.
    if (this.#gate.synced) return;
    this.#gate.snapshot(changes.lastId);
    this.#bids.clear();
    this.#asks.clear();
    if (this.#startNs < 0) this.#startNs = timeNs;
    this.#entry(timeNs, TapeKind.snapshot, changes.bids, changes.bidCount, changes.asks, changes.askCount);
    for (const early of this.#early) {
      if (this.#gate.depth(early.firstId, early.lastId, early.prevId) === Verdict.apply) {
        this.#entry(
          timeNs, TapeKind.delta, early.bids, early.bids.length / 2, early.asks, early.asks.length / 2,
        );
      }
    }
    this.#early = [];
    this.#startMid2 ||= this.#bids.bestTicks() + this.#asks.bestTicks();
  }

  #depth(timeNs: number, changes: FrameChanges): void {
    const verdict = this.#gate.depth(changes.firstId, changes.lastId, changes.prevId);
    if (verdict === Verdict.apply) {
      this.#entry(timeNs, TapeKind.delta, changes.bids, changes.bidCount, changes.asks, changes.askCount);
      return;
    }
    if (verdict === Verdict.old) return;
    // After a gap this delta may be the first one behind the next snapshot.
    if (this.#early.length === EARLY_MAX) this.#early.shift();
    this.#early.push({
      firstId: changes.firstId,
      lastId: changes.lastId,
      prevId: changes.prevId,
      bids: changes.bids.slice(0, changes.bidCount * 2),
      asks: changes.asks.slice(0, changes.askCount * 2),
    });
  }

  #trade(timeNs: number, changes: FrameChanges): void {
    const at = this.#next(timeNs, TapeKind.trade, 1);
    this.#takerSide[at] = changes.takerSide;
    this.#level(changes.tradeTicks, changes.tradeLots);
  }

  #entry(
    timeNs: number, kind: TapeKind, bids: Float64Array, bidCount: number, asks: Float64Array, askCount: number,
  ): void {
    const at = this.#next(timeNs, kind, bidCount + askCount);
    this.#bidCount[at] = bidCount;
    this.#askCount[at] = askCount;
    this.#side(this.#bids, bids, bidCount);
    this.#side(this.#asks, asks, askCount);
    if (this.#bids.count > 0 && this.#asks.count > 0 && this.#bids.bestTicks() >= this.#asks.bestTicks()) {
      // A crossed book is no price: this message is taken back and the book waits for a snapshot.
      this.#crossed++;
      this.#count--;
      this.#levels -= bidCount + askCount;
      this.#gate.lose();
    }
  }

  #side(book: SideBook, pairs: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const ticks = pairs[2 * i] ?? 0;
      const lots = pairs[2 * i + 1] ?? 0;
      book.set(ticks, lots);
      this.#level(ticks, lots);
    }
  }

  #level(ticks: number, lots: number): void {
    this.#ticks[this.#levels] = ticks;
    this.#lots[this.#levels++] = lots;
  }

  #next(timeNs: number, kind: TapeKind, levels: number): number {
    if (this.#count === this.#timeNs.length) this.#growEntries();
    while (this.#levels + levels > this.#ticks.length) this.#growLevels();
    const at = this.#count++;
    this.#timeNs[at] = timeNs - this.#startNs;
    this.#kind[at] = kind;
    this.#offset[at] = this.#levels;
    this.#bidCount[at] = 0;
    this.#askCount[at] = 0;
    return at;
  }

  #growEntries(): void {
    const length = this.#timeNs.length * 2;
    this.#timeNs = copyInto(new Float64Array(length), this.#timeNs);
    this.#kind = copyInto(new Uint8Array(length), this.#kind);
    this.#offset = copyInto(new Uint32Array(length), this.#offset);
    this.#bidCount = copyInto(new Uint16Array(length), this.#bidCount);
    this.#askCount = copyInto(new Uint16Array(length), this.#askCount);
    this.#takerSide = copyInto(new Int8Array(length), this.#takerSide);
  }

  #growLevels(): void {
    this.#ticks = copyInto(new Int32Array(this.#ticks.length * 2), this.#ticks);
    this.#lots = copyInto(new Float64Array(this.#lots.length * 2), this.#lots);
  }
}

function copyInto<T extends { set(from: T): void }>(into: T, from: T): T {
  into.set(from);
  return into;
}
