/**
 * Our users' resting orders on one side of a listing: a sorted set of prices, and at each price a chain of orders
 * in the order they came. Changes near the touch move little; a price's quantity is kept, not summed.
 *
 * Allocates: a level when there are more prices than ever before; else nothing.
 */
import { must } from '../../base/assert.js';
import { SideBook } from '../../market/replay-side-book.js';
import type { AccountId } from '../../protocol/universe.js';
import type { SimOrder } from './sim-order.js';

/** The orders at one price. */
export interface RestingLevel {
  ticks: number;
  first: SimOrder | null;
  last: SimOrder | null;
  /** Open quantity of all of them. */
  lots: number;
  /** Recorded trades at this price since the recording's last word on it. */
  traded: number;
  /** Number of the recorded message that spoke of it last. */
  message: number;
}

export class RestingSide {
  readonly #prices: SideBook;
  readonly #levels = new Map<number, RestingLevel>();
  readonly #free: RestingLevel[] = [];

  constructor(sign: 1 | -1) {
    this.#prices = new SideBook(sign);
  }

  /** The order that trades next. */
  first(): SimOrder | null {
    return this.#prices.count === 0 ? null : (this.at(this.#prices.bestTicks())?.first ?? null);
  }

  bestTicks(): number {
    return this.#prices.bestTicks();
  }

  /** The orders at a price; undefined when there are none. */
  at(ticks: number): RestingLevel | undefined {
    return this.#levels.get(ticks);
  }

  levels(): Iterable<RestingLevel> {
    return this.#levels.values();
  }

  lotsAt(ticks: number): number {
    return this.#levels.size === 0 ? 0 : (this.#levels.get(ticks)?.lots ?? 0);
  }

  bestFirst(): readonly SimOrder[] {
    const found: SimOrder[] = [];
    for (let i = 0; i < this.#prices.count; i++) {
      for (let order = this.#level(i).first; order !== null; order = order.next) found.push(order);
    }
    return found;
  }

  /** The account's order that would trade first. */
  bestOf(accountId: AccountId): SimOrder | null {
    for (let i = 0; i < this.#prices.count; i++) {
      for (let order = this.#level(i).first; order !== null; order = order.next) {
        if (order.accountId === accountId) return order;
      }
    }
    return null;
  }

  /** Quantity at prices that a taker with this limit reaches, up to (not with) `wall`. */
  lotsWithin(limitTicks: number, wall: SimOrder | null): number {
    let sum = 0;
    for (let i = 0; i < this.#prices.count; i++) {
      const level = this.#level(i);
      if ((limitTicks - level.ticks) * this.#prices.sign > 0) break;
      if (wall === null || wall.limitTicks !== level.ticks) {
        sum += level.lots;
        continue;
      }
      for (let order = level.first; order !== null && order !== wall; order = order.next) sum += order.openLots;
      break;
    }
    return sum;
  }

  /** Puts an order behind the others at its price. */
  add(order: SimOrder): void {
    const ticks = order.limitTicks;
    let level = this.#levels.get(ticks);
    if (level === undefined) {
      level = this.#free.pop() ?? { ticks: 0, first: null, last: null, lots: 0, traded: 0, message: 0 };
      level.ticks = ticks;
      level.traded = 0;
      level.message = 0;
      this.#levels.set(ticks, level);
      this.#prices.set(ticks, 1);
    }
    order.previous = level.last;
    order.next = null;
    if (level.last === null) level.first = order;
    else level.last.next = order;
    level.last = order;
    level.lots += order.openLots;
    order.isResting = true;
  }

  /** False when it wasn't resting. Call before its open quantity or limit changes. */
  remove(order: SimOrder): boolean {
    if (!order.isResting) return false;
    const level = must(this.#levels.get(order.limitTicks), 'level of a resting order');
    if (order.previous === null) level.first = order.next;
    else order.previous.next = order.next;
    if (order.next === null) level.last = order.previous;
    else order.next.previous = order.previous;
    order.previous = null;
    order.next = null;
    order.isResting = false;
    level.lots -= order.openLots;
    if (level.first === null) {
      this.#levels.delete(level.ticks);
      this.#prices.set(level.ticks, 0);
      this.#free.push(level);
    }
    return true;
  }

  /** Part of a resting order is filled or taken back by its owner; the caller changes the order itself. */
  shrink(order: SimOrder, lots: number): void {
    must(this.#levels.get(order.limitTicks), 'level of a resting order').lots -= lots;
  }

  /** Recorded quantity traded at a price: everybody there moves up by it. */
  passed(ticks: number, lots: number): void {
    if (lots === 0) return;
    const level = this.#levels.get(ticks);
    for (let order = level?.first ?? null; order !== null; order = order.next) {
      order.ahead = Math.max(0, order.ahead - lots);
    }
  }

  /** Of `before` recorded lots only `after` are left without trades: each order loses its share, rounded up. */
  cancelledAhead(level: RestingLevel, after: number, before: number): void {
    for (let order = level.first; order !== null; order = order.next) {
      order.ahead = Math.min(order.ahead, Math.ceil((order.ahead * after) / before));
    }
  }

  /** Nobody waits for more than is there. */
  capAhead(level: RestingLevel, lots: number): void {
    for (let order = level.first; order !== null; order = order.next) order.ahead = Math.min(order.ahead, lots);
  }

  #level(depth: number): RestingLevel {
    return must(this.#levels.get(this.#prices.ticksAt(depth)), 'level of a price');
  }
}
