/**
 * What writer and reader of a journal both know of the reports before: the orders that were spoken of last, and how far
 * each venue's ids and clock have come. A report is then written as what it adds. Both sides feed it the same reports in
 * the same order, from a `fresh` group on.
 *
 * Allocates: a slot per order slot used and an entry per venue, once.
 */
import { ReportKind, type ReportEvent } from '../events.js';

/** Longer digits might not come back exactly. */
const DIGITS_MAX = 15;

/** An order as the last report about it left it. */
export class OrderSlot {
  clientOrderId = '';
  venueOrderId = '';
  venue = 0;
  /** Of the last fill, else the order's limit. */
  lastTicks = 0;
  cumLots = 0;
  openLots = 0;
  priceTicks = 0;
  totalLots = 0;
  /** Of its fills; -1 before the first. */
  feeAsset = -1;
  /** Fee per tick and lot, by the largest fee so far. */
  feeRate = 0;
  feeMax = 0;

  /** What `cumLots` will most likely be. */
  cumAfter(kind: number, lots: number): number {
    return kind === ReportKind.fill && this.cumLots >= 0 ? this.cumLots + lots : this.cumLots;
  }

  openAfter(kind: number, lots: number): number {
    if (kind === ReportKind.fill) return this.openLots >= 0 ? this.openLots - lots : this.openLots;
    const isGone = kind === ReportKind.cancelled || kind === ReportKind.expired || kind === ReportKind.reject;
    return isGone && this.openLots >= 0 ? 0 : this.openLots;
  }

  /** Fee of a fill at the rate known; written is the difference from it. */
  feeOf(ticks: number, lots: number): number {
    return Math.floor(ticks * lots * this.feeRate + 0.5);
  }

  /** After a report about it was written, or read. */
  take(report: ReportEvent): void {
    this.venueOrderId = report.venueOrderId;
    this.cumLots = report.cumLots;
    this.openLots = report.openLots;
    this.priceTicks = report.priceTicks;
    this.totalLots = report.totalLots;
    if (report.kind !== ReportKind.fill) {
      this.lastTicks = report.priceTicks;
      return;
    }
    this.lastTicks = report.lastTicks;
    this.feeAsset = report.feeAsset;
    const fee = Math.abs(report.fee1e8);
    const value = report.lastTicks * report.lastLots;
    if (fee < this.feeMax || !(value > 0)) return;
    this.feeMax = fee;
    this.feeRate = report.fee1e8 / value;
  }

  /** For an order told in full. */
  begin(clientOrderId: string, venue: number): void {
    this.clientOrderId = clientOrderId;
    this.venue = venue;
    this.feeAsset = -1;
    this.feeRate = 0;
    this.feeMax = 0;
  }
}

/** Ids of one kind that a venue gives out: a text that ends in a number which mostly grows by one. */
export class IdLine {
  prefix = '';
  number = 0;

  /** The number at the end of `id` when the rest is `prefix`, else -1. */
  numberOf(id: string): number {
    const { prefix } = this;
    const digits = id.length - prefix.length;
    if (digits < 1 || digits > DIGITS_MAX || !id.startsWith(prefix)) return -1;
    let number = 0;
    for (let i = prefix.length; i < id.length; i++) {
      const digit = id.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return -1;
      number = 10 * number + digit;
    }
    return digits > 1 && id.charCodeAt(prefix.length) === 48 ? -1 : number;
  }

  /** The id that the next one is told by. */
  follow(id: string): void {
    if (id === '') return;
    const number = this.numberOf(id);
    if (number >= 0) this.number = number;
    else this.#begin(id);
  }

  next(): string {
    return this.step(1);
  }

  step(by: number): string {
    this.number += by;
    return this.prefix + String(this.number);
  }

  #begin(id: string): void {
    let from = id.length;
    while (from > 0 && id.length - from < DIGITS_MAX && isDigit(id.charCodeAt(from - 1))) from--;
    while (from < id.length - 1 && id.charCodeAt(from) === 48) from++;
    this.prefix = id.slice(0, from);
    this.number = from === id.length ? 0 : Number(id.slice(from));
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Of one venue. */
export class VenueMemory {
  readonly orders = new IdLine();
  readonly executions = new IdLine();
  /** Its own time, as it last said it. */
  tsNs = 0;
}

export class CodecMemory {
  /** Time of the last event with a whole one. */
  lastNs = 0;
  /** Of the last report in full: the next one's mostly begins like it. */
  clientOrderId = '';
  readonly #slots: OrderSlot[] = [];
  readonly #venues: VenueMemory[] = [];
  readonly #prices: number[] = [];

  slot(index: number): OrderSlot {
    let slot = this.#slots[index];
    if (slot === undefined) {
      slot = new OrderSlot();
      this.#slots[index] = slot;
    }
    return slot;
  }

  venue(venue: number): VenueMemory {
    let memory = this.#venues[venue];
    if (memory === undefined) {
      memory = new VenueMemory();
      this.#venues[venue] = memory;
    }
    return memory;
  }

  /** Last price among the quotes of the instrument's last sample; 0 = none. */
  price(instrument: number): number {
    return this.#prices[instrument] ?? 0;
  }

  setPrice(instrument: number, ticks: number): void {
    this.#prices[instrument] = ticks;
  }

  /** Forgets all, as a fresh group begins. */
  clear(): void {
    this.lastNs = 0;
    this.clientOrderId = '';
    this.#slots.length = 0;
    this.#venues.length = 0;
    this.#prices.length = 0;
  }
}
