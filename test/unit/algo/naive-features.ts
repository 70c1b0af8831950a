/**
 * The features written down as the formulas say, over the whole history, slow: the twin that the incremental engine is
 * compared with. It shares nothing with it but the decay function, and that only for the OFI average.
 */
import assert from 'node:assert/strict';
import { decay } from '../../../src/algo/features/ewma.js';
import type { FeatureValues } from '../../../src/algo/features/feature-values.js';
import type { BookTop, Scale } from '../../../src/algo/host/book-top.js';

type Levels = [number, number][];
interface Seen {
  tNs: number;
  bids: Levels;
  asks: Levels;
}
interface Print {
  tNs: number;
  /** Books seen before it. */
  books: number;
  lots: number;
  side: number;
}
const SECOND = 1_000_000_000;

export class NaiveFeatures {
  readonly #scale: Scale;
  readonly #books: Seen[] = [];
  readonly #prints: Print[] = [];

  constructor(scale: Scale) {
    this.#scale = scale;
  }

  onBook(top: BookTop, tNs: number): void {
    const bids = Array.from({ length: top.bidCount }, (_, i): [number, number] => [top.bid(i), top.bidSize(i)]);
    const asks = Array.from({ length: top.askCount }, (_, i): [number, number] => [top.ask(i), top.askSize(i)]);
    this.#books.push({ tNs, bids, asks });
  }

  onTrade(_ticks: number, lots: number, side: 1 | -1, tNs: number): void {
    this.#prints.push({ tNs, lots, side, books: this.#books.length });
  }

  check(values: FeatureValues, tNs: number): void {
    const book = this.#books.at(-1);
    const before = this.#books.at(-2);
    if (book === undefined || before === undefined) return;
    const { tick1e9, lot1e8 } = this.#scale;
    const bid: [number, number] = book.bids[0] ?? [0, 0];
    const ask: [number, number] = book.asks[0] ?? [0, 0];
    const micro = (bid[0] * ask[1] + ask[0] * bid[1]) / (bid[1] + ask[1]);
    near(values.microprice1e9, micro * tick1e9, 1, 'microprice');
    const depth = (side: Levels): number => side.slice(0, 5).reduce((sum, [, lots]) => sum + lots, 0);
    const [b, a] = [depth(book.bids), depth(book.asks)];
    near(values.depthImbalance1e4, (10_000 * (b - a)) / (b + a), 1, 'depth imbalance');
    assert.equal(values.ofi1Level1e8, ofi(before, book, 1) * lot1e8, 'OFI 1');
    assert.equal(values.ofi5Level1e8, ofi(before, book, 5) * lot1e8, 'OFI 5');
    assert.equal(values.mlofi10_1e8, ofi(before, book, 10) * lot1e8, 'OFI 10');
    near(values.ofiEwma1e6, this.#ofiEwma() * lot1e8 / 100, Math.max(1, Math.abs(this.#ofiEwma()) * lot1e8 * 1e-12), 'OFI EWMA');
    near(values.cancelRate1e4, this.#cancelRate(book.tNs), 1, 'cancel rate');
    this.#checkTrades(values, tNs);
    this.#checkSpread(values);
    near(values.rv1mBps, this.#volatility(60, book.tNs), 1, 'rv 1m');
    near(values.rv5mBps, this.#volatility(300, book.tNs), 1, 'rv 5m');
    near(values.rv1hBps, this.#volatility(3_600, book.tNs), 1, 'rv 1h');
    const vpin = this.#vpin();
    assert.equal(values.vpinValid, vpin !== undefined, 'VPIN valid');
    if (vpin !== undefined) near(values.vpin1e4, vpin, 1, 'VPIN');
  }

  /** As it stood at the last book. */
  #cancelRate(tNs: number): number {
    const weight = (atNs: number): number => 2 ** (-(tNs - atNs) / (10 * SECOND));
    let left = 0;
    for (let i = 1; i < this.#books.length; i++) {
      const [old, now] = [this.#books[i - 1], this.#books[i]];
      if (old !== undefined && now !== undefined) left += weight(now.tNs) * (gone(old.bids, now.bids, 1) + gone(old.asks, now.asks, -1));
    }
    const traded = this.#prints.reduce((sum, print) => sum + (print.books < this.#books.length ? weight(print.tNs) * print.lots : 0), 0);
    const cancelled = Math.max(0, left - traded);
    return cancelled + traded === 0 ? 0 : (1e4 * cancelled) / (cancelled + traded);
  }

  #ofiEwma(): number {
    let value = 0;
    for (let i = 1; i < this.#books.length; i++) {
      const [old, now] = [this.#books[i - 1], this.#books[i]];
      if (old === undefined || now === undefined) continue;
      const weight = decay(now.tNs - old.tNs, SECOND);
      value = value * weight + ofi(old, now, 1) * (1 - weight);
    }
    return value;
  }

  #checkTrades(values: FeatureValues, tNs: number): void {
    let signed = 0;
    let volume = 0;
    let count = 0;
    for (const print of this.#prints) {
      const weight = 2 ** (-(tNs - print.tNs) / (10 * SECOND));
      signed += weight * print.side * print.lots;
      volume += weight * print.lots;
      count += weight;
    }
    if (volume === 0) return;
    near(values.tradeSignImbalance1e6, (1e6 * signed) / volume, 2, 'sign imbalance');
    near(values.tradeArrivalRate1e3, (count * Math.LN2 * 1e3) / 10, 1, 'arrival rate');
  }

  #checkSpread(values: FeatureValues): void {
    const spreads = this.#books.map(({ bids, asks }) => {
      const [bid, ask] = [bids[0]?.[0] ?? 0, asks[0]?.[0] ?? 0];
      return (2 * (ask - bid)) / (ask + bid);
    });
    const first = this.#books[0]?.tNs ?? 0;
    const last = this.#books.at(-1)?.tNs ?? 0;
    if (last - first < 10 * SECOND) return;
    // Weights of each spread by the time it stood, from the newest back; the start has what is left.
    let mean = 0;
    let square = 0;
    let rest = 1;
    for (let i = this.#books.length - 1; i > 0; i--) {
      const stood = (this.#books[i]?.tNs ?? 0) - (this.#books[i - 1]?.tNs ?? 0);
      const weight = rest * (1 - 2 ** (-stood / (60 * SECOND)));
      const spread = spreads[i - 1] ?? 0;
      mean += weight * spread;
      square += weight * spread * spread;
      rest -= weight;
    }
    const start = spreads[0] ?? 0;
    mean += rest * start;
    square += rest * start * start;
    const deviation = Math.max(Math.sqrt(Math.max(0, square - mean * mean)), mean / 20);
    const z = ((spreads.at(-1) ?? 0) - mean) / deviation;
    near(values.spreadZscore1e3, z * 1_000, 2 + Math.abs(z) * 2, 'spread z-score');
    if ([5, 2, -1].every((bound) => Math.abs(z - bound) > 0.01)) {
      assert.equal(values.spreadRegime, z > 5 ? 3 : z > 2 ? 2 : z < -1 ? 0 : 1, `regime at z ${z}`);
    }
  }

  /** Mids at whole seconds, the last one known at each. */
  #volatility(seconds: number, nowNs: number): number {
    const mid = (second: number): number => {
      const known = this.#books.filter(({ tNs }) => tNs < second * SECOND).at(-1) ?? this.#books[0];
      return (known?.bids[0]?.[0] ?? 0) + (known?.asks[0]?.[0] ?? 0);
    };
    const last = Math.floor(nowNs / SECOND);
    const first = Math.max(Math.floor((this.#books[0]?.tNs ?? 0) / SECOND) + 1, last - seconds + 1);
    let sum = 0;
    for (let second = first; second <= last; second++) {
      const change = mid(second) / mid(second - 1) - 1;
      if (second > first || first > last - seconds) sum += change * change;
    }
    return Math.sqrt(sum) * 1e4;
  }

  #vpin(): number | undefined {
    const first = this.#prints[0]?.tNs ?? 0;
    let calibrated = 0;
    let bucket = 0;
    const units: number[] = [];
    for (const { tNs, lots, side } of this.#prints) {
      if (bucket === 0) {
        calibrated += lots;
        if (tNs - first >= 60 * SECOND) bucket = Math.max(1, Math.round(calibrated / 50));
      } else for (let i = 0; i < lots; i++) units.push(side);
    }
    if (bucket === 0 || units.length < 50 * bucket) return undefined;
    const whole = Math.floor(units.length / bucket);
    let sum = 0;
    for (let k = whole - 50; k < whole; k++) {
      sum += Math.abs(units.slice(k * bucket, (k + 1) * bucket).reduce((total, unit) => total + unit, 0));
    }
    return (10_000 * sum) / (50 * bucket);
  }
}

function ofi(old: Seen, now: Seen, levels: number): number {
  let sum = 0;
  for (let k = 0; k < levels; k++) {
    const ob: [number, number] = old.bids[k] ?? [-Infinity, 0];
    const nb: [number, number] = now.bids[k] ?? [-Infinity, 0];
    const oa: [number, number] = old.asks[k] ?? [Infinity, 0];
    const na: [number, number] = now.asks[k] ?? [Infinity, 0];
    if (nb[0] >= ob[0]) sum += nb[1];
    if (nb[0] <= ob[0]) sum -= ob[1];
    if (na[0] <= oa[0]) sum -= na[1];
    if (na[0] >= oa[0]) sum += oa[1];
  }
  return sum;
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, the formula says ${expected} ± ${tolerance}`);
}

/** Lots of the best ten that left at prices that the book after still reaches. @param side 1 bids, -1 asks */
function gone(old: Levels, now: Levels, side: 1 | -1): number {
  const last = now.length === 20 ? now[19]?.[0] : undefined;
  return old.slice(0, 10).filter(([price]) => last === undefined || (price - last) * side >= 0)
    .reduce((sum, [price, lots]) => sum + Math.max(0, lots - (now.find(([at]) => at === price)?.[1] ?? 0)), 0);
}
