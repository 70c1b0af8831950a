/**
 * A market source whose next messages may be made ahead: thinning and re-pricing a recording is then no part of the
 * replay, as with a venue whose frames are simply there. What isn't prepared is made when it is asked for.
 *
 * Allocates: in prepare(), 16 bytes a level and 40 a message, up to the bound given; nothing afterwards.
 */
import { newMarketMessage, MarketKind, type MarketMessage, type MarketSource } from './replay-source.js';

/** What one prepared message takes besides its levels. */
const MESSAGE_BYTES = 40;
const LEVEL_BYTES = 16;
/** Numbers of a message's row: time, kind, bids, asks, where its levels start; of a trade ticks, lots and side instead. */
const ROW = 5;

export class PreparedSource implements MarketSource {
  readonly #source: MarketSource;
  readonly #message = newMarketMessage();
  #rows: Float64Array = new Float64Array(ROW * 256);
  #pairs: Float64Array = new Float64Array(8_192);
  #count = 0;
  #pairCount = 0;
  #at = 0;
  #dueNs: number;

  constructor(source: MarketSource) {
    this.#source = source;
    this.#dueNs = source.dueNs();
  }

  dueNs(): number {
    return this.#dueNs;
  }

  /** Makes the messages up to engine time `untilNs` ahead, in at most `bytesMax`. Returns how many are ready. */
  prepare(untilNs: number, bytesMax: number): number {
    this.#forget();
    while (this.#source.dueNs() <= untilNs && this.#count * MESSAGE_BYTES + (this.#pairCount / 2) * LEVEL_BYTES < bytesMax) {
      if (this.#source.next(this.#message)) this.#keep(this.#message);
    }
    this.#look();
    return this.#count;
  }

  next(out: MarketMessage): boolean {
    if (this.#at === this.#count) {
      const isMessage = this.#source.next(out);
      this.#look();
      return isMessage;
    }
    const row = this.#at * ROW;
    this.#at++;
    const kind = this.#number(row + 1);
    out.timeNs = this.#number(row);
    out.bidCount = 0;
    out.askCount = 0;
    if (kind === MarketKind.trade) {
      out.kind = MarketKind.trade;
      out.tradeTicks = this.#number(row + 2);
      out.tradeLots = this.#number(row + 3);
      out.takerSide = this.#number(row + 4) === 1 ? 1 : -1;
    } else {
      out.kind = kind === MarketKind.snapshot ? MarketKind.snapshot : MarketKind.delta;
      const from = this.#number(row + 4);
      out.bidCount = this.#number(row + 2);
      out.askCount = this.#number(row + 3);
      out.bids = this.#copy(out.bids, from, out.bidCount);
      out.asks = this.#copy(out.asks, from + 2 * out.bidCount, out.askCount);
    }
    this.#look();
    return true;
  }

  #look(): void {
    this.#dueNs = this.#at < this.#count ? this.#number(this.#at * ROW) : this.#source.dueNs();
  }

  #number(index: number): number {
    return this.#rows[index] as number; // rows hold ROW numbers a message
  }

  #copy(into: Float64Array, from: number, levels: number): Float64Array {
    const out = into.length < 2 * levels ? new Float64Array(4 * levels) : into;
    const pairs = this.#pairs;
    for (let i = 0; i < 2 * levels; i += 2) {
      out[i] = pairs[from + i] as number; // from + 2 * levels <= pairs kept
      out[i + 1] = pairs[from + i + 1] as number;
    }
    return out;
  }

  /** What was taken makes room. */
  #forget(): void {
    if (this.#at === 0) return;
    const left = this.#count - this.#at;
    const first = this.#firstPair();
    this.#rows.copyWithin(0, this.#at * ROW, this.#count * ROW);
    this.#pairs.copyWithin(0, first, this.#pairCount);
    for (let i = 0; i < left; i++) {
      if (this.#number(i * ROW + 1) !== MarketKind.trade) this.#rows[i * ROW + 4] = this.#number(i * ROW + 4) - first;
    }
    this.#count = left;
    this.#pairCount -= first;
    this.#at = 0;
  }

  #firstPair(): number {
    for (let i = this.#at; i < this.#count; i++) {
      if (this.#number(i * ROW + 1) !== MarketKind.trade) return this.#number(i * ROW + 4);
    }
    return this.#pairCount;
  }

  #keep(message: MarketMessage): void {
    const at = this.#count * ROW;
    if (at + ROW > this.#rows.length) this.#rows = grown(this.#rows, at + ROW);
    const isTrade = message.kind === MarketKind.trade;
    this.#rows[at] = message.timeNs;
    this.#rows[at + 1] = message.kind;
    this.#rows[at + 2] = isTrade ? message.tradeTicks : message.bidCount;
    this.#rows[at + 3] = isTrade ? message.tradeLots : message.askCount;
    this.#rows[at + 4] = isTrade ? message.takerSide : this.#pairCount;
    this.#count++;
    if (isTrade) return;
    this.#keepPairs(message.bids, message.bidCount);
    this.#keepPairs(message.asks, message.askCount);
  }

  #keepPairs(pairs: Float64Array, levels: number): void {
    const end = this.#pairCount + 2 * levels;
    if (end > this.#pairs.length) this.#pairs = grown(this.#pairs, end);
    this.#pairs.set(pairs.subarray(0, 2 * levels), this.#pairCount);
    this.#pairCount = end;
  }
}

function grown(array: Float64Array, least: number): Float64Array {
  const larger = new Float64Array(Math.max(2 * array.length, least));
  larger.set(array);
  return larger;
}
