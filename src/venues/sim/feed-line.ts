/**
 * The market data of one simulated listing: pulls its source, lets the matching see each message first, and tells
 * the feed's client what is displayed (the recorded book, less what our orders took, plus our resting orders).
 *
 * Messages are numbered; the client's half checks numbers, shape and crossing as it would with a real venue. What
 * fails makes the book stale until a snapshot, which is asked for at once and comes a little later.
 */
import { bigIntToDecimal } from '../../base/decimal.js';
import { Prng } from '../../base/prng.js';
import {
  BinanceFrameParser, FrameKind, newFrameChanges, type FrameParser,
} from '../../market/recording-parser.js';
import {
  MarketKind, newMarketMessage, pushLevel, type MarketMessage, type MarketSource,
} from '../../market/replay-source.js';
import type { Instrument, Listing } from '../../protocol/universe.js';
import type { FeedSink } from '../venue.js';
import type { FaultPlan } from './faults.js';
import type { Matching } from './matching.js';
import type { Schedule } from './schedule.js';

export interface FeedLineParts {
  readonly listing: Listing;
  readonly instrument: Instrument;
  readonly source: MarketSource;
  readonly matching: Matching;
  readonly feed: FeedSink;
  readonly faults: FaultPlan;
  readonly schedule: Schedule;
  readonly seed: number;
}

/** A snapshot asked for comes after this long, at least and at most. */
const resyncNs: readonly [number, number] = [50_000_000, 250_000_000];

export class FeedLine {
  readonly #parts: FeedLineParts;
  readonly #prng: Prng;
  readonly #parser: FrameParser;
  readonly #parsed = newFrameChanges();
  readonly #in = newMarketMessage();
  readonly #out = newMarketMessage();
  /** Number of the venue's last message, and of the last one the client applied. */
  #sent = 0;
  #applied = 0;
  #isSynced = false;
  #isOpen = false;
  #silentUntilNs = 0;
  #hasMarket = false;

  constructor(parts: FeedLineParts) {
    this.#parts = parts;
    this.#prng = new Prng(parts.seed);
    this.#parser = new BinanceFrameParser(parts.instrument);
  }

  get listing(): Listing {
    return this.#parts.listing;
  }

  dueNs(): number {
    return this.#parts.source.dueNs();
  }

  /** Makes the source's messages up to engine time `untilNs` ahead where it can; returns how many are ready. */
  prepare(untilNs: number, bytesMax: number): number {
    return this.#parts.source.prepare?.(untilNs, bytesMax) ?? 0;
  }

  /** Takes one message of the source: book and matching first, then the client. */
  pump(): void {
    const message = this.#in;
    if (!this.#parts.source.next(message)) return;
    this.#parts.matching.market(message);
    if (message.kind === MarketKind.trade) {
      if (this.#hears(message.timeNs)) {
        this.#parts.feed.trade(
          this.listing.id, message.timeNs, message.tradeTicks, message.tradeLots, message.takerSide,
        );
      }
    } else if (message.kind === MarketKind.snapshot) {
      this.#hasMarket = true;
      this.#sent++;
      this.#clear();
      if (this.#hears(message.timeNs)) this.#recorded(message);
    } else if (this.#out.bidCount + this.#out.askCount === 0 && this.#parts.matching.isUntouched()) {
      // Nothing of ours is in this book: what was recorded goes out as it is.
      this.#sent++;
      this.#deliver(message, message.timeNs);
    } else {
      for (let i = 0; i < message.bidCount; i++) this.changed(1, message.bids[2 * i] ?? 0);
      for (let i = 0; i < message.askCount; i++) this.changed(-1, message.asks[2 * i] ?? 0);
    }
    this.flush(message.timeNs);
  }

  /** What is displayed at this price may have changed: it goes out with the next flush. */
  changed(side: 1 | -1, ticks: number): void {
    pushLevel(this.#out, side === 1 ? 'bids' : 'asks', ticks, 0);
  }

  /** Sends the changed levels as one message. */
  flush(nowNs: number): void {
    const out = this.#out;
    if (out.bidCount + out.askCount === 0) return;
    this.#fill(out.bids, out.bidCount, 1);
    this.#fill(out.asks, out.askCount, -1);
    this.#sent++;
    this.#deliver(out, nowNs);
    this.#clear();
  }

  /** The connection is up: a first snapshot as soon as there is a market. */
  open(nowNs: number): void {
    this.#isOpen = true;
    if (this.#hasMarket && this.#hears(nowNs)) this.#snapshot(nowNs);
  }

  close(reason: string): void {
    this.#isOpen = false;
    this.#lose(reason);
  }

  silence(untilNs: number): void {
    this.#silentUntilNs = untilNs;
  }

  /** Perps: the venue's mark price, here its own mid. */
  mark(nowNs: number): void {
    const mid = Math.round(this.#parts.matching.mid());
    if (this.#parts.instrument.kind === 'perp' && mid > 0 && this.#hears(nowNs)) {
      this.#parts.feed.mark(this.listing.id, nowNs, mid);
    }
  }

  #hears(nowNs: number): boolean {
    return this.#isOpen && nowNs >= this.#silentUntilNs;
  }

  #clear(): void {
    this.#out.bidCount = 0;
    this.#out.askCount = 0;
  }

  #fill(pairs: Float64Array, count: number, side: 1 | -1): void {
    for (let i = 0; i < count; i++) pairs[2 * i + 1] = this.#parts.matching.displayed(side, pairs[2 * i] ?? 0);
  }

  #deliver(out: MarketMessage, nowNs: number): void {
    const { faults, feed } = this.#parts;
    if (!this.#hears(nowNs) || !this.#isSynced) return;
    if (faults.strikes('feedGap', nowNs)) return;
    if (this.#applied !== this.#sent - 1) return this.#resync('gap', nowNs);
    if (faults.strikes('feedCorrupt', nowNs) && !this.#parses(out)) return this.#resync('corrupt', nowNs);
    if (faults.strikes('feedCrossed', nowNs)) {
      pushLevel(out, 'bids', this.#parts.matching.bestAsk(), this.listing.lotMultiple);
    }
    if (this.#isCrossed(out)) return this.#resync('crossed', nowNs);
    this.#applied = this.#sent;
    if (feed.delta(this.listing.id, nowNs, out.bids, out.bidCount, out.asks, out.askCount) === false) this.#resync('not taken', nowNs);
  }

  /** A bid at or above the best ask, or the other way round, is not a price. */
  #isCrossed(out: MarketMessage): boolean {
    const bestAsk = this.#parts.matching.bestAsk();
    const bestBid = this.#parts.matching.bestBid();
    return (bestAsk > 0 && reaches(out.bids, out.bidCount, bestAsk, 1)) || (bestBid > 0 && reaches(out.asks, out.askCount, bestBid, -1));
  }

  /** The message as its bytes would come, one of them damaged: what the parser makes of it. */
  #parses(out: MarketMessage): boolean {
    const levels = (pairs: Float64Array, count: number): string[][] =>
      Array.from({ length: count }, (_, i) => [
        bigIntToDecimal(BigInt(pairs[2 * i] ?? 0) * BigInt(this.#parts.instrument.tick1e9), 9),
        bigIntToDecimal(BigInt(pairs[2 * i + 1] ?? 0) * BigInt(this.#parts.instrument.lot1e8), 8),
      ]);
    const data = {
      e: 'depthUpdate', E: 0, s: this.#parts.instrument.symbol, U: this.#sent, u: this.#sent, pu: this.#sent - 1,
      b: levels(out.bids, out.bidCount), a: levels(out.asks, out.askCount),
    };
    const bytes = Buffer.from(JSON.stringify({ stream: 'depth', data }), 'latin1');
    bytes[this.#prng.below(bytes.length)] = 0;
    this.#parser.parse(bytes, 0, bytes.length, this.#parsed);
    return this.#parsed.kind === FrameKind.depth;
  }

  #lose(reason: string): void {
    if (this.#isSynced) this.#parts.feed.stale(this.listing.id, reason);
    this.#isSynced = false;
  }

  #resync(reason: string, nowNs: number): void {
    this.#lose(reason);
    const at = nowNs + this.#prng.between(resyncNs[0], resyncNs[1]);
    this.#parts.schedule.add(at, 'local', () => {
      if (this.#hears(at) && !this.#isSynced) this.#snapshot(at);
      else if (this.#isOpen && !this.#isSynced) this.#resync(reason, at);
    });
  }

  /** A snapshot message of the source: as it is, where nothing of ours is in the book. */
  #recorded(message: MarketMessage): void {
    if (!this.#parts.matching.isUntouched()) return this.#snapshot(message.timeNs);
    this.#synced();
    this.#parts.feed.snapshot(
      this.listing.id, message.timeNs, message.bids.subarray(0, 2 * message.bidCount), message.asks.subarray(0, 2 * message.askCount),
    );
  }

  #snapshot(nowNs: number): void {
    this.#synced();
    this.#parts.feed.snapshot(this.listing.id, nowNs, this.#levels(1), this.#levels(-1));
  }

  #synced(): void {
    this.#applied = this.#sent;
    this.#isSynced = true;
  }

  /** Everything displayed on a side, best first. */
  #levels(side: 1 | -1): ArrayLike<number> {
    const { matching } = this.#parts;
    const recorded = matching.recorded(side).pairs();
    if (matching.isUntouched()) return recorded;
    const prices = new Set<number>();
    for (const order of matching.resting(side)) prices.add(order.limitTicks);
    for (let i = 0; i < recorded.length; i += 2) prices.add(recorded[i] ?? 0);
    const pairs: number[] = [];
    for (const ticks of [...prices].sort((a, b) => (b - a) * side)) {
      const lots = matching.displayed(side, ticks);
      if (lots > 0) pairs.push(ticks, lots);
    }
    return pairs;
  }
}

/** True when a level of these is at the price or beyond it. */
function reaches(pairs: Float64Array, count: number, ticks: number, side: 1 | -1): boolean {
  for (let i = 0; i < 2 * count; i += 2) {
    // i + 1 < 2 * count <= length
    if (((pairs[i] as number) - ticks) * side >= 0 && (pairs[i + 1] as number) > 0) return true;
  }
  return false;
}
