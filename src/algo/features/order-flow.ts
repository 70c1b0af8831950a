import { LEVELS, BookTop } from '../host/book-top.js';
import { decay } from './ewma.js';

/** Half-life of the volumes that the cancel rate compares. */
export const CANCEL_HALF_LIFE_NS = 10_000_000_000;

/**
 * Order-flow imbalance between two books, and the cancel rate.
 *
 * OFI (Cont, Kukanov, Stoikov 2014, "The price impact of order book events"), for level k:
 *   e = 1{P_b ≥ P_b'}·q_b − 1{P_b ≤ P_b'}·q_b' − 1{P_a ≤ P_a'}·q_a + 1{P_a ≥ P_a'}·q_a'
 * with ' the book before. ofi1 is level 1, ofi5 and ofi10 the sums over the best 5 and 10 levels (multi-level OFI:
 * Xu, Gould, Howison 2018). A level that isn't there counts as size 0 at a price beyond every other.
 *
 * Cancel rate = cancelled / (cancelled + traded), ×10⁴, of volumes decaying with a half-life of 10 s: what leaves the
 * best 10 levels at an unchanged price without having been traded. Seen from books, so a lower bound: what is
 * cancelled and replaced between two books, or drops out below the tenth level, isn't seen (our definition).
 */
export class OrderFlow {
  ofi1 = 0;
  ofi5 = 0;
  ofi10 = 0;
  readonly #before = new BookTop();
  #seen = false;
  #left = 0;
  #traded = 0;
  #leftNs = 0;

  onBook(top: BookTop, tNs: number): void {
    // What leaves now has not decayed yet.
    this.#age(tNs);
    if (this.#seen) this.#compare(top);
    this.#before.copyFrom(top);
    this.#seen = true;
  }

  onTrade(qtyLots: number, tNs: number): void {
    this.#age(tNs);
    this.#traded += qtyLots;
  }

  cancelRate1e4(tNs: number): number {
    this.#age(tNs);
    const cancelled = Math.max(0, this.#left - this.#traded);
    const all = cancelled + this.#traded;
    return all === 0 ? 0 : Math.round((10_000 * cancelled) / all);
  }

  #age(tNs: number): void {
    const weight = decay(tNs - this.#leftNs, CANCEL_HALF_LIFE_NS);
    if (weight === 1) return;
    this.#left *= weight;
    this.#traded *= weight;
    this.#leftNs = tNs;
  }

  #compare(top: BookTop): void {
    const before = this.#before;
    let sum = 0;
    for (let k = 0; k < 10; k++) {
      sum += bidFlow(top, before, k) - askFlow(top, before, k);
      if (k === 0) this.ofi1 = sum;
      else if (k === 4) this.ofi5 = sum;
    }
    this.ofi10 = sum;
    this.#left += removed(before.levels, 0, before.bidCount, top.levels, top.bidCount, 1);
    this.#left += removed(before.levels, 2 * LEVELS, before.askCount, top.levels, top.askCount, -1);
  }
}

function bidFlow(now: BookTop, before: BookTop, k: number): number {
  const price = k < now.bidCount ? now.bid(k) : -Infinity;
  const old = k < before.bidCount ? before.bid(k) : -Infinity;
  const size = k < now.bidCount ? now.bidSize(k) : 0;
  const oldSize = k < before.bidCount ? before.bidSize(k) : 0;
  return (price >= old ? size : 0) - (price <= old ? oldSize : 0);
}

function askFlow(now: BookTop, before: BookTop, k: number): number {
  const price = k < now.askCount ? now.ask(k) : Infinity;
  const old = k < before.askCount ? before.ask(k) : Infinity;
  const size = k < now.askCount ? now.askSize(k) : 0;
  const oldSize = k < before.askCount ? before.askSize(k) : 0;
  return (price <= old ? size : 0) - (price >= old ? oldSize : 0);
}

/**
 * Lots that stood at a price of the best 10 and don't any more; prices that fell out below are left out.
 * @param at where the side's pairs begin, in both books
 */
function removed(old: Float64Array, at: number, oldCount: number, now: Float64Array, count: number, side: 1 | -1): number {
  let total = 0;
  let j = 0;
  const last = count === 0 ? 0 : (now[at + 2 * (count - 1)] ?? 0);
  const looked = Math.min(10, oldCount);
  for (let i = 0; i < looked; i++) {
    const price = old[at + 2 * i] ?? 0;
    if (count === LEVELS && (price - last) * side < 0) break;
    while (j < count && ((now[at + 2 * j] ?? 0) - price) * side > 0) j++;
    const stands = j < count && now[at + 2 * j] === price ? (now[at + 2 * j + 1] ?? 0) : 0;
    total += Math.max(0, (old[at + 2 * i + 1] ?? 0) - stands);
  }
  return total;
}
