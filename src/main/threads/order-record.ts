/**
 * What the engine thread tells a thread of venues: one record a request, fixed layout, little-endian.
 *
 *   byte   0  stamps of the decision, f64 × 8        (zeros when nothing is measured, and for all but PLACE)
 *   byte  64  lots f64, limit ticks f64              (PLACE, AMEND)
 *   byte  80  account i32, venue i32, listing i32
 *   byte  92  side (1 buy, 0 sell) u8, tif u8, bits u8, length of the id u8
 *   byte  96  client order id, ASCII
 */
import { assert, must } from '../../base/assert.js';
import type { VenueOrder } from '../../protocol/effects.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';
import { STAMPS } from '../../telemetry/path-times.js';
import type { RecordSender } from './record-sender.js';

export const PLACE = 1;
export const CANCEL = 2;
export const AMEND = 3;
export const QUERY = 4;
export const RECONCILE = 5;
/** A value: balances and positions set by hand (`Settlement`). */
export const SETTLE = 6;

const LOTS = STAMPS * 8;
const TICKS = LOTS + 8;
const ACCOUNT = TICKS + 8;
const VENUE = ACCOUNT + 4;
const LISTING = VENUE + 4;
const SIDE = LISTING + 4;
const TIF = SIDE + 1;
const BITS = TIF + 1;
const ID_LENGTH = BITS + 1;
const ID = ID_LENGTH + 1;
const ID_MAX = 255;

const REDUCE_ONLY = 1;
const EXIT = 2;
const tifs = ['gtc', 'ioc', 'fok', 'post_only'] as const satisfies readonly VenueOrder['tif'][];

export function sendPlace(to: RecordSender, order: VenueOrder, isExit: boolean, stamps: Float64Array | null): void {
  begin(to, order.accountId, order.venue, order.clientOrderId);
  const { view } = to;
  if (stamps !== null) for (let i = 0; i < STAMPS; i++) view.setFloat64(8 * i, stamps[i] ?? 0, true);
  view.setFloat64(LOTS, order.lots, true);
  view.setFloat64(TICKS, order.limitTicks, true);
  view.setInt32(LISTING, order.listing, true);
  view.setUint8(SIDE, order.side === 1 ? 1 : 0);
  const tif = tifs.indexOf(order.tif);
  assert(tif >= 0, 'a time in force that has a number');
  view.setUint8(TIF, tif);
  view.setUint8(BITS, (order.reduceOnly ? REDUCE_ONLY : 0) | (isExit ? EXIT : 0));
  end(to, PLACE, order.clientOrderId);
}

export function sendAmend(
  to: RecordSender, venue: VenueId, accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number,
): void {
  begin(to, accountId, venue, clientOrderId);
  to.view.setFloat64(LOTS, lots, true);
  to.view.setFloat64(TICKS, limitTicks, true);
  end(to, AMEND, clientOrderId);
}

/** @param clientOrderId '' for RECONCILE */
export function sendRequest(
  to: RecordSender, type: typeof CANCEL | typeof QUERY | typeof RECONCILE, venue: VenueId, accountId: AccountId, clientOrderId: string,
): void {
  begin(to, accountId, venue, clientOrderId);
  end(to, type, clientOrderId);
}

/** A request as it was sent. `order` belongs to the reader of a PLACE; the stamps are reused. */
export class OrderRecord {
  readonly stamps = new Float64Array(STAMPS);
  accountId = 0;
  venue = 0;
  clientOrderId = '';
  lots = 0;
  limitTicks = 0;
  isExit = false;
  order: VenueOrder | null = null;

  read(type: number, bytes: Uint8Array, view: DataView, at: number): void {
    this.accountId = view.getInt32(at + ACCOUNT, true);
    this.venue = view.getInt32(at + VENUE, true);
    const from = at + ID;
    this.clientOrderId = String.fromCharCode(...bytes.subarray(from, from + view.getUint8(at + ID_LENGTH)));
    this.lots = view.getFloat64(at + LOTS, true);
    this.limitTicks = view.getFloat64(at + TICKS, true);
    this.order = type === PLACE ? this.#order(view, at) : null;
  }

  #order(view: DataView, at: number): VenueOrder {
    for (let i = 0; i < STAMPS; i++) this.stamps[i] = view.getFloat64(at + 8 * i, true);
    const bits = view.getUint8(at + BITS);
    this.isExit = (bits & EXIT) !== 0;
    const { clientOrderId, accountId, venue, lots, limitTicks } = this;
    return {
      clientOrderId, accountId, venue, listing: view.getInt32(at + LISTING, true), side: view.getUint8(at + SIDE) === 1 ? 1 : -1,
      lots, limitTicks, tif: must(tifs[view.getUint8(at + TIF)], 'time in force'), reduceOnly: (bits & REDUCE_ONLY) !== 0,
    };
  }
}

function begin(to: RecordSender, accountId: AccountId, venue: VenueId, clientOrderId: string): void {
  assert(clientOrderId.length <= ID_MAX, 'a client order id has at most 255 characters');
  to.room(ID + ID_MAX);
  to.bytes.fill(0, 0, ID);
  to.view.setInt32(ACCOUNT, accountId, true);
  to.view.setInt32(VENUE, venue, true);
}

function end(to: RecordSender, type: number, clientOrderId: string): void {
  const { length } = clientOrderId;
  to.view.setUint8(ID_LENGTH, length);
  for (let i = 0; i < length; i++) to.bytes[ID + i] = clientOrderId.charCodeAt(i);
  to.send(type, to.bytes.subarray(0, ID + length));
}
