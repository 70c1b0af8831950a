/**
 * Account events as server frames. The tables of a kind stand ready with empty places; an event fills them and puts its
 * strings behind: a tenth of what a builder takes, which matters, since each order makes some six events.
 *
 *   root │ vtables and tables (fixed, patched) │ length, bytes, 0, padding │ … │
 *
 * Frames stand one behind another in slabs. A slab is the collector's once none of its frames is kept.
 */
import { Builder, ByteBuffer } from 'flatbuffers';
import { must } from '../../base/assert.js';
import type { AccountEvent } from '../../protocol/effects.js';
import { eventData, eventText, type EventData } from '../event-text.js';
import { putU64 } from './little-endian.js';
import { Fill } from './generated/fill.js';
import { GraphUpdate } from './generated/graph-update.js';
import { OrderUpdate } from './generated/order-update.js';
import { ServerFrame } from './generated/server-frame.js';

const NOTHING: EventData = {};
const SLAB_BYTES = 256 * 1024;
/** An UTF-16 unit takes at most 3 bytes of UTF-8; length, end and padding of a string at most 8. */
const BYTES_PER_UNIT = 3;
const STRING_EXTRA = 8;

interface Table {
  readonly bb: ByteBuffer | null;
  readonly bb_pos: number;
}

/** The fixed part of a kind of frame and its places. */
interface Form {
  readonly head: Buffer;
  readonly seq: number;
  readonly accountSeq: number;
  /** Of the strings, in the order in which they are written. */
  readonly strings: readonly number[];
  /** Of the whole numbers between account_seq and the JSON. */
  readonly numbers: readonly number[];
}

const forms = {
  orders: formOf(
    (b, text) => OrderUpdate.createOrderUpdate(b, 1n, text(), text(), text()), ServerFrame.addOrderUpdate,
    (frame) => frame.orderUpdate(), [6, 8, 10], [],
  ),
  fills: formOf(
    (b, text) => Fill.createFill(b, 1n, text(), 1n, 1n, text()), ServerFrame.addFill, (frame) => frame.fill(), [6, 12], [8, 10],
  ),
  graphs: formOf(
    (b, text) => GraphUpdate.createGraphUpdate(b, 1n, text(), text(), text()), ServerFrame.addGraphUpdate,
    (frame) => frame.graphUpdate(), [6, 8, 10], [],
  ),
} as const;

/** @param strings @param numbers places of the fields in the vtable: 4 + 2 · index in the schema; account_seq is the first */
function formOf(
  make: (builder: Builder, text: () => number) => number,
  add: (builder: Builder, offset: number) => void,
  member: (frame: ServerFrame) => Table | null,
  strings: readonly number[],
  numbers: readonly number[],
): Form {
  const builder = new Builder(256);
  // Numbers that are the default would be left out.
  const made = make(builder, () => builder.createString(''));
  ServerFrame.startServerFrame(builder);
  ServerFrame.addSeq(builder, 1n);
  add(builder, made);
  builder.finish(ServerFrame.endServerFrame(builder));
  const bytes = builder.asUint8Array().slice();
  const frame = ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes));
  const table = must(member(frame), 'member of the form');
  const bb = must(table.bb, 'buffer of the form');
  const place = (of: Table, field: number): number => of.bb_pos + bb.__offset(of.bb_pos, field);
  const places = strings.map((field) => place(table, field));
  // Strings are built first and from the back: everything before the first of them is tables.
  const firstString = Math.min(...places.map((at) => at + bb.readInt32(at)));
  return {
    head: Buffer.from(bytes.subarray(0, firstString)), seq: place(frame, 4), accountSeq: place(table, 4), strings: places,
    numbers: numbers.map((field) => place(table, field)),
  };
}

let slab = Buffer.alloc(0);
let slabView = new DataView(slab.buffer, slab.byteOffset, slab.length);
let used = 0;

/** Where `bytes` of room begin in `slab`; frames begin at multiples of 8, as their numbers want it. */
function room(bytes: number): number {
  const at = (used + 7) & ~7;
  if (at + bytes <= slab.length) return at;
  slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
  slabView = new DataView(slab.buffer, slab.byteOffset, slab.length);
  return 0;
}

/** The frame made last: sessions that follow the same account get copies of it with their own sequence. */
let lastEvent: AccountEvent | null = null;
let lastFrame: Uint8Array | null = null;

/** The frame of an account event, or null for channels that binary sessions don't carry. The bytes are the caller's. */
export function eventFrame(seq: number, event: AccountEvent): Uint8Array | null {
  const { channel } = event;
  if (channel !== 'orders' && channel !== 'fills' && channel !== 'graphs') return null;
  const form = forms[channel];
  const frame = event === lastEvent && lastFrame !== null ? copyOf(lastFrame) : built(form, event);
  lastEvent = event;
  lastFrame = frame;
  putU64(slabView, frame.byteOffset + form.seq, seq);
  return frame;
}

function copyOf(frame: Uint8Array): Uint8Array {
  const start = room(frame.length);
  slab.set(frame, start);
  used = start + frame.length;
  return slab.subarray(start, used);
}

function built(form: Form, event: AccountEvent): Uint8Array {
  const data = eventData(event) ?? NOTHING;
  const json = eventText(event);
  const isGraph = event.channel === 'graphs';
  const id = textOf(data[isGraph ? 'graph_id' : 'node_order_id']) || (isGraph ? event.graphId : '');
  const status = event.channel === 'fills' ? null : textOf(data['status']);
  const units = id.length + json.length + (status?.length ?? 0);
  const start = room(form.head.length + units * BYTES_PER_UNIT + 3 * STRING_EXTRA);
  slab.set(form.head, start);
  putU64(slabView, start + form.accountSeq, event.seq);
  used = start + form.head.length;
  let string = 0;
  putString(start + (form.strings[string++] ?? 0), id);
  if (status !== null) putString(start + (form.strings[string++] ?? 0), status);
  putString(start + (form.strings[string] ?? 0), json);
  if (event.channel === 'fills') {
    putWhole(start + (form.numbers[0] ?? 0), data['qty_1e8']);
    putWhole(start + (form.numbers[1] ?? 0), data['price_1e9']);
  }
  return slab.subarray(start, used);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Writes a string behind what is there and its distance into its place. */
function putString(place: number, text: string): void {
  const at = used;
  slabView.setUint32(place, at - place, true);
  const length = slab.write(text, at + 4, 'utf8');
  slabView.setUint32(at, length, true);
  // The end and the padding: nothing of what this memory held before may leave.
  used = (at + 4 + length + 4) & ~3;
  for (let i = at + 4 + length; i < used; i++) slab[i] = 0;
}

function putWhole(place: number, value: unknown): void {
  if (typeof value === 'bigint') slabView.setBigUint64(place, value, true);
  else putU64(slabView, place, typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);
}
