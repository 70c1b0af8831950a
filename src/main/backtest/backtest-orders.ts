/**
 * The engine's part in a module's backtest: turns actions into venue orders and reports into order news, without the
 * core. Guest units are the listing's own ticks and lots; venues speak the instrument's.
 */
import { must } from '../../base/assert.js';
import * as abi from '../../algo/abi/layouts.generated.js';
import type { GuestAction } from '../../algo/host/actions.js';
import type { Deployment } from '../../algo/host/deployment.js';
import type { ReportFill, ReportOrder } from '../../algo/report/backtest-report.js';
import type { VenueOrder } from '../../protocol/effects.js';
import { ReportKind, VenueReason, type ReportEvent } from '../../protocol/events.js';
import type { Instrument, Listing, ListingId, Universe, VenueId } from '../../protocol/universe.js';
import type { SimVenue } from '../../venues/sim/sim-venue.js';

export interface BacktestOrdersParts {
  readonly universe: Universe;
  readonly instrument: Instrument;
  /** By instance. */
  readonly listings: readonly Listing[];
  readonly venues: ReadonlyMap<VenueId, SimVenue>;
  readonly labels: readonly string[];
  readonly nowNs: () => number;
  /** Twice the mid in instrument ticks, 0 = none. */
  readonly mid2: (listing: ListingId) => number;
}

interface Order {
  readonly instance: number;
  readonly ref: number;
  readonly listing: Listing;
  readonly side: 1 | -1;
  readonly tif: VenueOrder['tif'];
  readonly placedNs: number;
  /** Client order id of the child that is live now; replaced where a venue can't amend. */
  clientOrderId: string;
  children: number;
  limitTicks: number;
  lots: number;
  filled: number;
  ackedNs: number;
  firstFillNs: number;
  /** Wanted instead, once the cancel of the present child is confirmed. */
  replace: { readonly limitTicks: number; readonly lots: number } | undefined;
  cancelAsked: boolean;
  ended: boolean;
}

const tifs = { 0: 'gtc', 1: 'ioc', 2: 'ioc', 3: 'fok', 4: 'post_only' } as const;
/** A market order goes out as an IOC this far beyond the mid, as the engine's own protection price does. */
const PROTECTION = 0.01;

/** Venue reasons as the guest's reject codes. */
const rejectCodes: Partial<Record<VenueReason, number>> = {
  [VenueReason.insufficientBalance]: abi.REJECT_CODE_INSUFFICIENT_BALANCE,
  [VenueReason.invalidParams]: abi.REJECT_CODE_INVALID_PARAMS,
  [VenueReason.rateLimit]: abi.REJECT_CODE_RATE_LIMIT,
  [VenueReason.busy]: abi.REJECT_CODE_EXCHANGE_BUSY,
  [VenueReason.network]: abi.REJECT_CODE_NETWORK,
  [VenueReason.auth]: abi.REJECT_CODE_AUTH,
};

export class BacktestOrders {
  readonly fills: ReportFill[] = [];
  rejects = 0;
  readonly #parts: BacktestOrdersParts;
  readonly #byId = new Map<string, Order>();
  readonly #byRef = new Map<string, Order>();
  readonly #all: Order[] = [];
  /** Reports since the last `tell`: guests hear them between the venues' work, in order. */
  readonly #news: ReportEvent[] = [];
  #deployment: Deployment | undefined;
  #tickMultiple = 1;
  #lotMultiple = 1;

  constructor(parts: BacktestOrdersParts) {
    this.#parts = parts;
  }

  attach(deployment: Deployment, tickMultiple: number, lotMultiple: number): void {
    this.#deployment = deployment;
    this.#tickMultiple = tickMultiple;
    this.#lotMultiple = lotMultiple;
  }

  act(instance: number, action: GuestAction): void {
    if (action.kind === abi.ACTION_KIND_CANCEL) return this.#cancel(this.#byRef.get(`${instance}:${action.ref}`));
    if (action.kind === abi.ACTION_KIND_AMEND) return this.#amend(this.#byRef.get(`${instance}:${action.ref}`), action);
    const index = action.venueId === 0 ? instance : this.#instanceOf(action.venueId);
    const listing = must(this.#parts.listings[index], 'listing of the venue');
    const market = action.kind === abi.ACTION_KIND_NEW && action.orderType === abi.ORDER_TYPE_MARKET;
    const order: Order = {
      instance, ref: action.ref, listing, side: action.side < 0 ? -1 : 1, placedNs: this.#parts.nowNs(),
      tif: tifs[action.orderType as keyof typeof tifs], clientOrderId: '', children: 0,
      limitTicks: market ? this.#protection(listing, action.side) : action.priceTicks * this.#tickMultiple,
      lots: action.qtyLots * this.#lotMultiple, filled: 0, ackedNs: -1, firstFillNs: -1, replace: undefined,
      cancelAsked: false, ended: false,
    };
    this.#byRef.set(`${instance}:${action.ref}`, order);
    this.#all.push(order);
    this.#send(order, order.lots);
  }

  cancelAll(instance: number): void {
    for (const order of this.#all) if (order.instance === instance && !order.ended) this.#cancel(order);
  }

  /** From the venue; kept until `tell`. */
  report(event: ReportEvent): void {
    this.#news.push({ ...event });
  }

  /** Tells the guests what the venues reported. */
  tell(): void {
    if (this.#news.length === 0) return;
    for (const event of this.#news.splice(0)) {
      const order = this.#byId.get(event.clientOrderId);
      if (order !== undefined) this.#hear(order, event);
    }
    this.#deployment?.settle(this.#parts.nowNs());
  }

  history(): ReportOrder[] {
    const unit = this.#parts.instrument.lot1e8 / 1e8;
    return this.#all.map((order) => ({
      who: this.#parts.labels[order.instance] ?? '', placedNs: order.placedNs, ackedNs: order.ackedNs,
      firstFillNs: order.firstFillNs, quantity: order.lots * unit, filled: order.filled * unit,
      resting: order.tif === 'gtc' || order.tif === 'post_only',
    }));
  }

  #instanceOf(abiId: number): number {
    return this.#parts.listings.findIndex((listing) => this.#parts.universe.venues[listing.venue]?.abiId === abiId);
  }

  #protection(listing: Listing, side: number): number {
    const mid = this.#parts.mid2(listing.id) / 2;
    const ticks = Math.floor((mid * (1 + side * PROTECTION)) / listing.tickMultiple);
    return Math.max(1, ticks) * listing.tickMultiple;
  }

  #venue(order: Order): SimVenue {
    return must(this.#parts.venues.get(order.listing.venue), 'venue of the order');
  }

  #send(order: Order, lots: number): void {
    order.children++;
    order.clientOrderId = `b${order.instance}-${order.ref}-${order.children}`;
    order.cancelAsked = false;
    this.#byId.set(order.clientOrderId, order);
    this.#venue(order).place({
      clientOrderId: order.clientOrderId, accountId: 0, venue: order.listing.venue, listing: order.listing.id,
      side: order.side, lots, limitTicks: order.limitTicks, tif: order.tif, reduceOnly: false,
    });
  }

  #cancel(order: Order | undefined): void {
    if (order === undefined || order.ended) return;
    order.replace = undefined;
    this.#askCancel(order);
  }

  #askCancel(order: Order): void {
    if (order.cancelAsked) return;
    order.cancelAsked = true;
    this.#venue(order).cancel(0, order.clientOrderId);
  }

  /** Cancel and replace, also where the venue could amend: no venue of the simulation keeps the queue position then. */
  #amend(order: Order | undefined, action: GuestAction): void {
    if (order === undefined || order.ended) return;
    const limitTicks = action.priceTicks === 0 ? order.limitTicks : action.priceTicks * this.#tickMultiple;
    const lots = action.qtyLots === 0 ? order.lots : action.qtyLots * this.#lotMultiple;
    order.replace = { limitTicks, lots };
    this.#askCancel(order);
  }

  #hear(order: Order, event: ReportEvent): void {
    const instance = this.#deployment?.instances[order.instance];
    if (instance === undefined) return;
    const isCurrent = event.clientOrderId === order.clientOrderId;
    switch (event.kind) {
      case ReportKind.ack:
        if (order.ackedNs < 0) order.ackedNs = this.#parts.nowNs();
        return instance.orderAcked(0, order.ref);
      case ReportKind.fill: return this.#filled(order, event);
      case ReportKind.reject:
        this.rejects++;
        order.ended = true;
        return instance.orderRejected(0, order.ref, rejectCodes[event.reason] ?? abi.REJECT_CODE_INVALID_PARAMS, this.#parts.nowNs());
      case ReportKind.cancelled:
      case ReportKind.expired:
        if (isCurrent) this.#childEnded(order);
        return;
      default:
    }
  }

  #childEnded(order: Order): void {
    const { replace } = order;
    const instance = this.#deployment?.instances[order.instance];
    if (order.ended || instance === undefined) return;
    if (replace !== undefined && replace.lots > order.filled) {
      order.replace = undefined;
      order.limitTicks = replace.limitTicks;
      order.lots = replace.lots;
      instance.orderAmended(0, order.ref, replace.limitTicks / this.#tickMultiple, replace.lots / this.#lotMultiple);
      return this.#send(order, order.lots - order.filled);
    }
    order.ended = true;
    instance.orderDone(0, order.ref);
  }

  #filled(order: Order, event: ReportEvent): void {
    const { instrument, universe, labels } = this.#parts;
    const now = this.#parts.nowNs();
    order.filled += event.lastLots;
    if (order.firstFillNs < 0) order.firstFillNs = now;
    if (order.filled >= order.lots) order.ended = true;
    const tick = instrument.tick1e9 / 1e9;
    const price = event.lastTicks * tick;
    const inQuote = event.feeAsset === instrument.quote ? 1 : price;
    const mid2 = this.#parts.mid2(order.listing.id);
    this.fills.push({
      tNs: now, who: labels[order.instance] ?? '', side: order.side, price, quantity: event.lastLots * (instrument.lot1e8 / 1e8),
      fee: (event.fee1e8 / 1e8) * (universe.assets[event.feeAsset] === undefined ? 1 : inQuote), maker: event.maker === 1,
      mid: mid2 === 0 ? price : (mid2 / 2) * tick,
    });
    const instance = this.#deployment?.instances[order.instance];
    instance?.orderFilled(0, order.ref, event.lastTicks / this.#tickMultiple, event.lastLots / this.#lotMultiple, order.side, now);
  }
}
