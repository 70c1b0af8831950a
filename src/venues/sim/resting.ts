/**
 * Our users' resting orders on one side of a listing, sorted by price and time: worst first, so that the next to
 * trade is at the end. Sums a price's quantity by walking its orders, which are few.
 */
import type { AccountId } from '../../protocol/universe.js';
import type { SimOrder } from './sim-order.js';

export class RestingSide {
  readonly #sign: 1 | -1;
  readonly #orders: SimOrder[] = [];

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  get count(): number {
    return this.#orders.length;
  }

  /** The order that trades next. */
  first(): SimOrder | null {
    return this.#orders[this.#orders.length - 1] ?? null;
  }

  bestTicks(): number {
    return this.first()?.limitTicks ?? 0;
  }

  bestFirst(): readonly SimOrder[] {
    return [...this.#orders].reverse();
  }

  /** The account's order that would trade first. */
  bestOf(accountId: AccountId): SimOrder | null {
    for (let i = this.#orders.length - 1; i >= 0; i--) {
      const order = this.#orders[i];
      if (order !== undefined && order.accountId === accountId) return order;
    }
    return null;
  }

  /** Quantity at prices that a taker with this limit reaches, up to (not with) `wall`. */
  lotsWithin(limitTicks: number, wall: SimOrder | null): number {
    let sum = 0;
    for (let i = this.#orders.length - 1; i >= 0; i--) {
      const order = this.#orders[i];
      if (order === undefined || order === wall || (limitTicks - order.limitTicks) * this.#sign > 0) break;
      sum += order.openLots;
    }
    return sum;
  }

  lotsAt(ticks: number): number {
    let sum = 0;
    for (let i = this.#after(ticks) - 1; i >= 0; i--) {
      const order = this.#orders[i];
      if (order === undefined || order.limitTicks !== ticks) break;
      sum += order.openLots;
    }
    return sum;
  }

  /** Orders at a price, earliest first: a list of its own, the side may change while it is walked. */
  at(ticks: number): SimOrder[] {
    const found: SimOrder[] = [];
    for (let i = this.#after(ticks) - 1; i >= 0; i--) {
      const order = this.#orders[i];
      if (order === undefined || order.limitTicks !== ticks) break;
      found.push(order);
    }
    return found;
  }

  add(order: SimOrder): void {
    this.#orders.splice(this.#position(order), 0, order);
  }

  /** False when it wasn't resting. */
  remove(order: SimOrder): boolean {
    const at = this.#position(order);
    if (this.#orders[at] !== order) return false;
    if (at === this.#orders.length - 1) this.#orders.pop();
    else this.#orders.splice(at, 1);
    return true;
  }

  /** Recorded quantity traded at a price: everybody there moves up by it. */
  passed(ticks: number, lots: number): void {
    if (lots > 0) this.#eachAt(ticks, (order) => Math.max(0, order.ahead - lots));
  }

  /** Of `before` recorded lots at a price only `after` are left without trades: each loses its share, rounded up. */
  cancelledAhead(ticks: number, after: number, before: number): void {
    this.#eachAt(ticks, (order) => Math.min(order.ahead, Math.ceil((order.ahead * after) / before)));
  }

  /** Nobody waits for more than is there. */
  capAhead(ticks: number, lots: number): void {
    this.#eachAt(ticks, (order) => Math.min(order.ahead, lots));
  }

  #eachAt(ticks: number, ahead: (order: SimOrder) => number): void {
    for (let i = this.#after(ticks) - 1; i >= 0; i--) {
      const order = this.#orders[i];
      if (order === undefined || order.limitTicks !== ticks) break;
      order.ahead = ahead(order);
    }
  }

  /** Index of the first order that trades later or never than `order`'s place, i.e. where it sits or belongs. */
  #position(order: SimOrder): number {
    const key = order.limitTicks * this.#sign;
    let low = 0;
    let high = this.#orders.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#orders[middle];
      if (there === undefined) break;
      const price = there.limitTicks * this.#sign;
      if (price < key || (price === key && there.priority > order.priority)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index behind the last order at or worse than the price. */
  #after(ticks: number): number {
    const key = ticks * this.#sign;
    let low = 0;
    let high = this.#orders.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#orders[middle]?.limitTicks ?? 0) * this.#sign <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
