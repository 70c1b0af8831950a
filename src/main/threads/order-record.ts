/**
 * What the engine thread tells a thread of venues: one record a request, fixed layout, the machine's byte order.
 *
 *   byte   0  stamps of the decision, f64 × 8        (PLACE; zeros when nothing is measured)
 *   byte  64  lots f64, limit ticks f64              (PLACE, AMEND)
 *   byte  80  account i32, venue i32, listing i32
 *   byte  92  bits i32: 1 buy, 2 reduce only, 4 exit or hedge; tif << 4; length of the id << 8
 *   byte  96  mark of the graph, i32 × 2             (PLACE, KNOWN)
 *   byte 104  client order id, ASCII
 *
 * Written in place and read in place: the order path makes no copy of it. Allocates: the reader, an order and its id.
 */
import { assert, must } from '../../base/assert.js';
import { plainReadFloat64, plainReadInt32, plainReadUint8, plainWriteFloat64, plainWriteInt32, plainWriteUint8 } from '../../memory/words.js';
import type { VenueOrder } from '../../protocol/effects.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';
import { STAMPS } from '../../telemetry/path-times.js';
import type { GraphMark } from './kill-board.js';
import type { RecordSender, RecordWords } from './record-sender.js';

export const PLACE = 1;
export const CANCEL = 2;
export const AMEND = 3;
export const QUERY = 4;
export const RECONCILE = 5;
/** A value: balances and positions set by hand (`Settlement`). */
export const SETTLE = 6;
/** An order of an earlier life that may still rest at its venue: not to be sent, but covered by kill switches. */
export const KNOWN = 7;

const LOTS = STAMPS * 8;
const TICKS = LOTS + 8;
const ACCOUNT = TICKS + 8;
const VENUE = ACCOUNT + 4;
const LISTING = VENUE + 4;
const BITS = LISTING + 4;
const GRAPH = BITS + 4;
const ID = GRAPH + 8;
const ID_MAX = 255;

const BUY = 1;
const REDUCE_ONLY = 2;
const EXIT = 4;
const TIF_SHIFT = 4;
const LENGTH_SHIFT = 8;
const tifs = ['gtc', 'ioc', 'fok', 'post_only'] as const satisfies readonly VenueOrder['tif'][];

export function sendPlace(
  to: RecordSender, order: VenueOrder, isExit: boolean, graph: GraphMark, stamps: Float64Array | null,
): void {
  const tif = tifs.indexOf(order.tif);
  assert(tif >= 0, 'a time in force that has a number');
  const at = begin(to, PLACE, order.accountId, order.venue, order.clientOrderId);
  const { int32, float64 } = to.words;
  for (let i = 0; i < STAMPS; i++) plainWriteFloat64(float64, (at >> 3) + i, stamps === null ? 0 : plainReadFloat64(stamps, i));
  plainWriteFloat64(float64, (at + LOTS) >> 3, order.lots);
  plainWriteFloat64(float64, (at + TICKS) >> 3, order.limitTicks);
  plainWriteInt32(int32, (at + LISTING) >> 2, order.listing);
  const bits = (order.side === 1 ? BUY : 0) | (order.reduceOnly ? REDUCE_ONLY : 0) | (isExit ? EXIT : 0) | (tif << TIF_SHIFT);
  plainWriteInt32(int32, (at + BITS) >> 2, bits | (order.clientOrderId.length << LENGTH_SHIFT));
  plainWriteInt32(int32, (at + GRAPH) >> 2, graph.low);
  plainWriteInt32(int32, (at + GRAPH + 4) >> 2, graph.high);
  to.finishFixed();
}

/** @param order of which id, account and venue count */
export function sendKnown(
  to: RecordSender, { venue, accountId, clientOrderId }: Pick<VenueOrder, 'venue' | 'accountId' | 'clientOrderId'>, isExit: boolean, graph: GraphMark,
): void {
  const at = begin(to, KNOWN, accountId, venue, clientOrderId);
  const { int32 } = to.words;
  plainWriteInt32(int32, (at + BITS) >> 2, (isExit ? EXIT : 0) | (clientOrderId.length << LENGTH_SHIFT));
  plainWriteInt32(int32, (at + GRAPH) >> 2, graph.low);
  plainWriteInt32(int32, (at + GRAPH + 4) >> 2, graph.high);
  to.finishFixed();
}

export function sendAmend(
  to: RecordSender, venue: VenueId, accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number,
): void {
  const at = begin(to, AMEND, accountId, venue, clientOrderId);
  const { int32, float64 } = to.words;
  plainWriteFloat64(float64, (at + LOTS) >> 3, lots);
  plainWriteFloat64(float64, (at + TICKS) >> 3, limitTicks);
  plainWriteInt32(int32, (at + BITS) >> 2, clientOrderId.length << LENGTH_SHIFT);
  to.finishFixed();
}

/** @param clientOrderId '' for RECONCILE */
export function sendRequest(
  to: RecordSender, type: typeof CANCEL | typeof QUERY | typeof RECONCILE, venue: VenueId, accountId: AccountId, clientOrderId: string,
): void {
  const at = begin(to, type, accountId, venue, clientOrderId);
  plainWriteInt32(to.words.int32, (at + BITS) >> 2, clientOrderId.length << LENGTH_SHIFT);
  to.finishFixed();
}

/** A request as it was sent. `order` belongs to the reader of a PLACE; the stamps are reused. */
export class OrderRecord {
  readonly stamps = new Float64Array(STAMPS);
  accountId = 0;
  venue = 0;
  clientOrderId = '';
  /** Of an AMEND. */
  lots = 0;
  limitTicks = 0;
  /** Of a PLACE or KNOWN. */
  isExit = false;
  readonly graph: GraphMark = { low: 0, high: 0 };
  order: VenueOrder | null = null;

  /** @param at a multiple of 8 */
  read(type: number, words: RecordWords, at: number): void {
    const { uint8, int32, float64 } = words;
    const bits = plainReadInt32(int32, (at + BITS) >> 2);
    this.accountId = plainReadInt32(int32, (at + ACCOUNT) >> 2);
    this.venue = plainReadInt32(int32, (at + VENUE) >> 2);
    this.clientOrderId = textOf(uint8, at + ID, bits >> LENGTH_SHIFT);
    this.order = null;
    if (type === PLACE || type === KNOWN) {
      this.isExit = (bits & EXIT) !== 0;
      this.graph.low = plainReadInt32(int32, (at + GRAPH) >> 2);
      this.graph.high = plainReadInt32(int32, (at + GRAPH + 4) >> 2);
    }
    if (type !== PLACE && type !== AMEND) return;
    const lots = plainReadFloat64(float64, (at + LOTS) >> 3);
    const limitTicks = plainReadFloat64(float64, (at + TICKS) >> 3);
    if (type === AMEND) {
      this.lots = lots;
      this.limitTicks = limitTicks;
      return;
    }
    for (let i = 0; i < STAMPS; i++) plainWriteFloat64(this.stamps, i, plainReadFloat64(float64, (at >> 3) + i));
    this.order = {
      clientOrderId: this.clientOrderId, accountId: this.accountId, venue: this.venue,
      listing: plainReadInt32(int32, (at + LISTING) >> 2), side: (bits & BUY) !== 0 ? 1 : -1, lots, limitTicks,
      tif: must(tifs[(bits >> TIF_SHIFT) & 0xf], 'time in force'), reduceOnly: (bits & REDUCE_ONLY) !== 0,
    };
  }
}

function begin(to: RecordSender, type: number, accountId: AccountId, venue: VenueId, clientOrderId: string): number {
  const { length } = clientOrderId;
  assert(length <= ID_MAX, 'a client order id has at most 255 characters');
  const at = to.beginFixed(type, ID + length);
  const { uint8, int32 } = to.words;
  plainWriteInt32(int32, (at + ACCOUNT) >> 2, accountId);
  plainWriteInt32(int32, (at + VENUE) >> 2, venue);
  for (let i = 0; i < length; i++) plainWriteUint8(uint8, at + ID + i, clientOrderId.charCodeAt(i));
  return at;
}

function textOf(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  let i = at;
  const end = at + length;
  for (; i + 4 <= end; i += 4) {
    text += String.fromCharCode(
      plainReadUint8(bytes, i), plainReadUint8(bytes, i + 1), plainReadUint8(bytes, i + 2), plainReadUint8(bytes, i + 3),
    );
  }
  for (; i < end; i++) text += String.fromCharCode(plainReadUint8(bytes, i));
  return text;
}
