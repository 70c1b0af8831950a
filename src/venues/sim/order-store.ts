/** The orders of a simulated venue by client order id: live ones, and the latest ended ones for queries. */
import type { AccountId } from '../../protocol/universe.js';
import type { SimLedger, SimOrder } from './sim-order.js';

const none: readonly SimOrder[] = [];

export class OrderBooks {
  readonly #keptMax: number;
  /** More than one only where the venue accepted an order twice. */
  readonly #byClientId = new Map<string, SimOrder[]>();
  readonly #live = new Set<SimOrder>();
  readonly #ended: SimOrder[] = [];
  #endedFrom = 0;

  constructor(endedKept: number) {
    this.#keptMax = endedKept;
  }

  find(accountId: AccountId, clientOrderId: string): readonly SimOrder[] {
    const found = this.#byClientId.get(clientOrderId);
    return found?.[0]?.accountId === accountId ? found : none;
  }

  live(): readonly SimOrder[] {
    return [...this.#live];
  }

  add(order: SimOrder): void {
    const there = this.#byClientId.get(order.clientOrderId);
    if (there === undefined) this.#byClientId.set(order.clientOrderId, [order]);
    else there.push(order);
    this.#live.add(order);
  }

  ended(order: SimOrder): void {
    if (!this.#live.delete(order)) return;
    this.#ended.push(order);
    if (this.#ended.length - this.#endedFrom <= this.#keptMax) return;
    const oldest = this.#ended[this.#endedFrom++];
    if (oldest !== undefined) this.#byClientId.delete(oldest.clientOrderId);
    if (this.#endedFrom > this.#keptMax) {
      this.#ended.splice(0, this.#endedFrom);
      this.#endedFrom = 0;
    }
  }

  /** Live orders with fills, and ended ones with a fill that never got through. */
  withFillsToRepeat(accountId: AccountId): readonly SimOrder[] {
    const toRepeat = (order: SimOrder): boolean =>
      order.state === 'live' ? order.fills.length > 0 : order.fills.some((fill) => !fill.delivered);
    return this.ledger().orders.filter((order) => order.accountId === accountId && toRepeat(order));
  }

  ledger(): SimLedger {
    const orders = [...this.#byClientId.values()].flat();
    return { orders, fills: orders.flatMap((order) => order.fills) };
  }
}
