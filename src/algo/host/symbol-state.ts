import { Wide } from '../../base/wide.js';
import * as abi from '../abi/layouts.generated.js';
import type { Scale } from './book-top.js';

/** What a guest knows of its instrument; 0 = unknown. */
export interface SymbolSpec extends Scale {
  /** e.g. BTC-USD; more than 16 bytes are cut. */
  readonly name: string;
  readonly minQtyLots: number;
  readonly minNotional1e9: number;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
}

/** One listed order. Quantities in lots, unsigned. */
export interface ListedOrder {
  idHigh: number;
  idLow: number;
  /** The host's own number of this order, 1, 2, … in the instance's life: what the engine calls it by. */
  ref: number;
  priceTicks: number;
  qtyLots: number;
  filledLots: number;
  side: number;
  status: number;
  /** The guest has been shown that it is dead: gone after that callback. */
  deadShown: boolean;
}

/** What outlives an instance: its successor goes on from here. Orders don't. */
export interface CarriedPosition {
  readonly positionLots: number;
  readonly avgEntry1e9: number;
  /** Realised profit, 1e-9 quote × thousandths of a lot, exact. */
  readonly realized: bigint;
  readonly sessionStart: bigint;
  readonly sessionDay: number;
  readonly fillCount: number;
}

const NS_PER_DAY = 86_400_000_000_000;
/** A venue may fill less than one of the guest's lots: profit is kept in thousandths, which are whole. */
const PARTS = 1_000;

/**
 * The host's view of one symbol of one instance: open orders, position, average entry and profit, as AlgoState shows
 * them. Average entry is rounded to 1e-9 at each increase; realised profit is exact against it.
 * Allocates: never after construction.
 */
export class SymbolState {
  readonly spec: SymbolSpec;
  readonly orders: ListedOrder[];
  orderCount = 0;
  positionLots = 0;
  avgEntry1e9 = 0;
  fillCount = 0;
  /** Twice the last mid in ticks, 0 = none yet. */
  mid2 = 0;
  /** 1e-9 quote × thousandths of a lot, exact; lifetime. */
  readonly #realized = new Wide();
  readonly #sessionStart = new Wide();
  readonly #scratch = new Wide();
  #sessionDay = -1;

  constructor(spec: SymbolSpec) {
    this.spec = spec;
    this.orders = Array.from({ length: abi.MAX_ORDERS }, () => ({
      idHigh: 0, idLow: 0, ref: 0, priceTicks: 0, qtyLots: 0, filledLots: 0, side: 0, status: 0, deadShown: false,
    }));
  }

  /** What a successor starts from. */
  carried(): CarriedPosition {
    return {
      positionLots: this.positionLots, avgEntry1e9: this.avgEntry1e9, realized: this.#realized.toBigInt(),
      sessionStart: this.#sessionStart.toBigInt(), sessionDay: this.#sessionDay, fillCount: this.fillCount,
    };
  }

  /** Before the first fill: goes on where a predecessor ended. */
  restore(from: CarriedPosition): void {
    this.positionLots = from.positionLots;
    this.avgEntry1e9 = from.avgEntry1e9;
    this.#realized.setBigInt(from.realized);
    this.#sessionStart.setBigInt(from.sessionStart);
    this.#sessionDay = from.sessionDay;
    this.fillCount = from.fillCount;
  }

  /** Lists a new order as PENDING; undefined when 32 are listed. */
  list(idHigh: number, idLow: number, ref: number, side: number, priceTicks: number, qtyLots: number): ListedOrder | undefined {
    const order = this.orders[this.orderCount];
    if (order === undefined) return undefined;
    this.orderCount++;
    order.idHigh = idHigh;
    order.idLow = idLow;
    order.ref = ref;
    order.side = side;
    order.priceTicks = priceTicks;
    order.qtyLots = qtyLots;
    order.filledLots = 0;
    order.status = abi.ORDER_STATUS_PENDING;
    order.deadShown = false;
    return order;
  }

  byId(idHigh: number, idLow: number): ListedOrder | undefined {
    for (let i = 0; i < this.orderCount; i++) {
      const order = this.orders[i];
      if (order !== undefined && order.idLow === idLow && order.idHigh === idHigh) return order;
    }
    return undefined;
  }

  byRef(ref: number): ListedOrder | undefined {
    for (let i = 0; i < this.orderCount; i++) {
      const order = this.orders[i];
      if (order !== undefined && order.ref === ref) return order;
    }
    return undefined;
  }

  /** Drops the orders that the guest has seen dead, keeping the order of the rest. */
  sweep(): void {
    let to = 0;
    for (let i = 0; i < this.orderCount; i++) {
      const order = this.orders[i];
      if (order === undefined || order.deadShown) continue;
      if (to !== i) {
        const gone = this.orders[to];
        if (gone !== undefined) {
          this.orders[to] = order;
          this.orders[i] = gone;
        }
      }
      to++;
    }
    this.orderCount = to;
  }

  markDeadShown(): void {
    for (let i = 0; i < this.orderCount; i++) {
      const order = this.orders[i];
      if (order !== undefined && order.status === abi.ORDER_STATUS_DEAD) order.deadShown = true;
    }
  }

  /** Position and profit after a fill. @param tNs engine time, for the session's day */
  fill(side: number, priceTicks: number, qtyLots: number, unixDay: number): void {
    this.#rollSession(unixDay);
    this.fillCount++;
    const price = Math.round(priceTicks * this.spec.tick1e9);
    const signed = side * qtyLots;
    const before = this.positionLots;
    if (before === 0 || before > 0 === signed > 0) {
      const share = qtyLots / (Math.abs(before) + qtyLots);
      this.avgEntry1e9 = before === 0 ? price : Math.round(this.avgEntry1e9 + (price - this.avgEntry1e9) * share);
      this.positionLots = addLots(before, signed);
      return;
    }
    const closed = Math.round(Math.min(qtyLots, Math.abs(before)) * PARTS);
    this.#realized.addProduct(before > 0 ? closed : -closed, price - this.avgEntry1e9);
    this.positionLots = addLots(before, signed);
    if (this.positionLots === 0) this.avgEntry1e9 = 0;
    else if (this.positionLots > 0 !== before > 0) this.avgEntry1e9 = price;
  }

  /** Money of 1e-9 from the exact sum. */
  #money(wide: Wide): number {
    return Math.round((wide.toNumber() / PARTS) * (this.spec.lot1e8 / 1e8));
  }

  get realized1e9(): number {
    return this.#money(this.#realized);
  }

  /** Realised since 00:00 UTC. */
  session1e9(unixDay: number): number {
    this.#rollSession(unixDay);
    this.#scratch.copyFrom(this.#realized);
    this.#scratch.subWide(this.#sessionStart);
    return this.#money(this.#scratch);
  }

  /** Marked to the mid; 0 without a mid. */
  get unrealized1e9(): number {
    if (this.positionLots === 0 || this.mid2 === 0) return 0;
    const mid = (this.mid2 * this.spec.tick1e9) / 2;
    return Math.round((mid - this.avgEntry1e9) * (this.positionLots * this.spec.lot1e8 / 1e8));
  }

  #rollSession(unixDay: number): void {
    if (unixDay === this.#sessionDay) return;
    this.#sessionDay = unixDay;
    this.#sessionStart.copyFrom(this.#realized);
  }
}

/** Sums stay multiples of a thousandth, so that partial fills add up to their order. */
export function addLots(a: number, b: number): number {
  return Math.round((a + b) * PARTS) / PARTS;
}

/** The day since the Unix epoch of an engine time. @param baseDayNs the base's ns within its day */
export function unixDay(baseDay: number, baseDayNs: number, tNs: number): number {
  return baseDay + Math.floor((baseDayNs + tNs) / NS_PER_DAY);
}
