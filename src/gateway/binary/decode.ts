/** A verified client frame to what it asks. An order is read in place into one object that is used again. */
import { structs, tables } from './generated/layout.js';
import { fieldAt, verifyClientFrame } from './verify.js';

export interface NewOrderFields {
  clientSeq: number;
  qty1e8: number;
  /** 0: a market order. */
  price1e9: number;
  instrument: number;
  /** 1 buy, 2 sell. */
  side: number;
  /** 0 default, 1 gtc, 2 ioc, 3 fok. */
  tif: number;
}

export type ClientMessage =
  | { readonly kind: 'new_order'; readonly order: NewOrderFields }
  | {
      readonly kind: 'logon';
      readonly key: string | null;
      readonly session: string;
      readonly lastSeq: number;
      readonly cancelOnDisconnectMs: number;
    }
  | { readonly kind: 'submit_graph'; readonly clientSeq: number; readonly document: Uint8Array }
  | {
      readonly kind: 'amend';
      readonly clientSeq: number;
      readonly nodeOrderId: string;
      readonly qty1e8: number;
      readonly price1e9: number;
    }
  | { readonly kind: 'cancel'; readonly clientSeq: number; readonly nodeOrderId: string }
  | { readonly kind: 'cancel_graph'; readonly clientSeq: number; readonly graphId: string; readonly flatten: boolean }
  | { readonly kind: 'heartbeat' };

export type Decoded = ClientMessage | { readonly kind: 'bad'; readonly reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const memberCount = tables['ClientFrame']?.length ?? 0;
const NEW_ORDER = 0;
const { offsets } = structs.NewOrder;
const order: NewOrderFields = { clientSeq: 0, qty1e8: 0, price1e9: 0, instrument: 0, side: 0, tif: 0 };
const newOrder: ClientMessage = { kind: 'new_order', order };

class Bad extends Error {}

/** The result of a `new_order` is the same object every time: take what you need before the next call. */
export function decodeClientFrame(view: DataView): Decoded {
  const problem = verifyClientFrame(view);
  if (problem !== null) return { kind: 'bad', reason: problem };
  const root = view.getUint32(0, true);
  let member = -1;
  let at = 0;
  for (let i = 0; i < memberCount; i++) {
    const here = fieldAt(view, root, i);
    if (here === 0) continue;
    if (member >= 0) return { kind: 'bad', reason: 'a frame holds exactly one message; this one has several' };
    member = i;
    at = here;
  }
  if (member < 0) return { kind: 'bad', reason: 'a frame holds exactly one message; this one has none' };
  if (member === NEW_ORDER) return readNewOrder(view, at);
  try {
    return readTable(view, member, at + view.getUint32(at, true));
  } catch (wrong) {
    if (wrong instanceof Bad || wrong instanceof TypeError) return { kind: 'bad', reason: wrong.message };
    throw wrong;
  }
}

function readNewOrder(view: DataView, at: number): Decoded {
  const side = view.getUint8(at + offsets.side);
  const tif = view.getUint8(at + offsets.tif);
  const clientSeq = u64(view, at + offsets.client_seq);
  const qty1e8 = u64(view, at + offsets.qty_1e8);
  const price1e9 = u64(view, at + offsets.price_1e9);
  if (side !== 1 && side !== 2) return { kind: 'bad', reason: `side is 1 (buy) or 2 (sell), not ${side}` };
  if (tif > 3) return { kind: 'bad', reason: `tif is 0 to 3, not ${tif}` };
  if (view.getUint16(at + offsets.reserved, true) !== 0) return { kind: 'bad', reason: 'reserved must be 0' };
  if (clientSeq < 0 || qty1e8 < 0 || price1e9 < 0) return { kind: 'bad', reason: 'an integer of 2^53 or more' };
  order.clientSeq = clientSeq;
  order.qty1e8 = qty1e8;
  order.price1e9 = price1e9;
  order.instrument = view.getUint32(at + offsets.instrument, true);
  order.side = side;
  order.tif = tif;
  return newOrder;
}

/** Members after `new_order`, in the schema's order. */
function readTable(view: DataView, member: number, table: number): ClientMessage {
  const number = (index: number): number => {
    const at = fieldAt(view, table, index);
    const value = at === 0 ? 0 : u64(view, at);
    if (value < 0) throw new Bad('an integer of 2^53 or more');
    return value;
  };
  switch (member) {
    case 1: {
      const wait = fieldAt(view, table, 3);
      return {
        kind: 'logon',
        key: text(view, table, 0),
        session: text(view, table, 1) ?? '',
        lastSeq: number(2),
        cancelOnDisconnectMs: wait === 0 ? 0 : view.getUint32(wait, true),
      };
    }
    case 2:
      return { kind: 'submit_graph', clientSeq: number(0), document: bytes(view, table, 1) };
    case 3:
      return { kind: 'amend', clientSeq: number(0), nodeOrderId: text(view, table, 1) ?? '', qty1e8: number(2), price1e9: number(3) };
    case 4:
      return { kind: 'cancel', clientSeq: number(0), nodeOrderId: text(view, table, 1) ?? '' };
    case 5: {
      const flatten = fieldAt(view, table, 2);
      return {
        kind: 'cancel_graph', clientSeq: number(0), graphId: text(view, table, 1) ?? '',
        flatten: flatten !== 0 && view.getUint8(flatten) === 1,
      };
    }
    default:
      return { kind: 'heartbeat' };
  }
}

/** −1 when it is no exact double. Two halves: a bigint would be garbage for every field of every order. */
function u64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high > 0x1fffff ? -1 : high * 4_294_967_296 + view.getUint32(at, true);
}

function bytes(view: DataView, table: number, index: number): Uint8Array {
  const at = fieldAt(view, table, index);
  const vector = at + view.getUint32(at, true);
  return new Uint8Array(view.buffer, view.byteOffset + vector + 4, view.getUint32(vector, true));
}

function text(view: DataView, table: number, index: number): string | null {
  if (fieldAt(view, table, index) === 0) return null;
  const own = bytes(view, table, index);
  try {
    return utf8.decode(own);
  } catch {
    throw new Bad('a string is not UTF-8');
  }
}
