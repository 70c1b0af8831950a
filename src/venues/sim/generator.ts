/**
 * A market without a recording: a seeded random walk of the mid with a book of fixed shape around it. Cheap, and
 * the price can be led: `goTo` makes it walk or jump to a level at a time.
 */
import { Prng } from '../../base/prng.js';
import {
  MarketKind, pushLevel, type MarketMessage, type MarketSource,
} from '../../market/replay-source.js';

export interface GeneratorShape {
  readonly seed: number;
  readonly startNs: number;
  /** Between two messages. */
  readonly intervalNs: number;
  /** First mid, in instrument ticks. */
  readonly startTicks: number;
  readonly tickMultiple: number;
  readonly lotMultiple: number;
  /** Levels a side, and the mean quantity of one in instrument lots. */
  readonly levels: number;
  readonly levelLots: number;
  /** Best ask minus best bid in listing ticks, at least 1. */
  readonly spread: number;
  /** Largest step of the walk in listing ticks; 0 = the price stands where it is led. */
  readonly stepMax: number;
  /** Chance of a trade a message, in thousandths. */
  readonly tradesE3: number;
}

interface Waypoint {
  readonly atNs: number;
  readonly ticks: number;
}

export class GeneratorSource implements MarketSource {
  readonly #shape: GeneratorShape;
  readonly #prng: Prng;
  #dueNs: number;
  #mid: number;
  #started = false;
  #tradeNext = false;
  readonly #path: Waypoint[] = [];
  /** What was shown last, best first. */
  #bids: number[] = [];
  #asks: number[] = [];

  constructor(shape: GeneratorShape) {
    this.#shape = shape;
    this.#prng = new Prng(shape.seed);
    this.#dueNs = shape.startNs;
    this.#mid = Math.round(shape.startTicks / shape.tickMultiple);
  }

  /** The mid jumps there (instrument ticks) with the first message at or after `atNs`; call in time order. */
  goTo(atNs: number, ticks: number): void {
    this.#path.push({ atNs, ticks });
  }

  dueNs(): number {
    return this.#dueNs;
  }

  next(out: MarketMessage): boolean {
    out.timeNs = this.#dueNs;
    out.bidCount = 0;
    out.askCount = 0;
    if (this.#tradeNext) {
      this.#tradeNext = false;
      this.#dueNs += this.#shape.intervalNs;
      return this.#trade(out);
    }
    this.#tradeNext = this.#started && this.#prng.chance(this.#shape.tradesE3, 1_000);
    if (!this.#tradeNext) this.#dueNs += this.#shape.intervalNs;
    this.#walk(out.timeNs);
    out.kind = this.#started ? MarketKind.delta : MarketKind.snapshot;
    this.#started = true;
    const above = Math.ceil(this.#shape.spread / 2);
    this.#bids = this.#show(out, 'bids', this.#bids, this.#mid + above - this.#shape.spread, -1);
    this.#asks = this.#show(out, 'asks', this.#asks, this.#mid + above, 1);
    return out.bidCount + out.askCount > 0;
  }

  #walk(nowNs: number): void {
    const { stepMax, tickMultiple, spread, levels } = this.#shape;
    if (stepMax > 0) this.#mid += this.#prng.between(-stepMax, stepMax);
    let target = this.#path[0];
    while (target !== undefined && target.atNs <= nowNs) {
      this.#mid = Math.round(target.ticks / tickMultiple);
      this.#path.shift();
      target = this.#path[0];
    }
    // Every level stays at a price of at least one tick.
    this.#mid = Math.max(this.#mid, spread + levels + 2);
  }

  /** Puts one side's changes into the message and returns its prices, best first. */
  #show(out: MarketMessage, side: 'bids' | 'asks', before: readonly number[], best: number, step: 1 | -1): number[] {
    const { levels, tickMultiple } = this.#shape;
    const prices: number[] = [];
    for (let i = 0; i < levels; i++) prices.push((best + step * i) * tickMultiple);
    const worst = prices[levels - 1] ?? 0;
    for (const ticks of before) {
      const kept = (ticks - best * tickMultiple) * step >= 0 && (worst - ticks) * step >= 0;
      if (!kept) pushLevel(out, side, ticks, 0);
    }
    const known = new Set(before);
    for (const ticks of prices) {
      if (!known.has(ticks) || this.#prng.chance(1, 4)) pushLevel(out, side, ticks, this.#quantity());
    }
    return prices;
  }

  #trade(out: MarketMessage): boolean {
    const takerSide = this.#prng.chance(1, 2) ? 1 : -1;
    out.kind = MarketKind.trade;
    out.takerSide = takerSide;
    out.tradeTicks = (takerSide === 1 ? this.#asks[0] : this.#bids[0]) ?? 0;
    out.tradeLots = this.#quantity();
    return out.tradeTicks > 0;
  }

  #quantity(): number {
    const { levelLots, lotMultiple } = this.#shape;
    const units = Math.max(1, Math.floor(levelLots / lotMultiple));
    return this.#prng.between(1, 2 * units) * lotMultiple;
  }
}
