/**
 * Events of one commit as one record, each told by what came before (docs/JOURNAL.md, "Groups"): times by differences,
 * reports by the order's slot. `group-decoder.ts` reads it; both keep a CodecMemory that sees the same reports.
 *
 * Allocates: for events that go as JSON, and for orders and venues seen first.
 */
import { assert } from '../../base/assert.js';
import { EventType, ReportKind, type EngineEvent, type ReportEvent, type SampleEvent } from '../events.js';
import { CodecMemory, type IdLine, type OrderSlot } from './codec-memory.js';
import { packFigures, packSample, ReportBits, sampleBytesMax } from './event-encoder.js';
import { eventToJson } from './event-json.js';
import { Packer } from './packer.js';

/** High bits of an event's first byte, its type being the low four. */
export const Form = { json: 0, whole: 1, short: 2, fill: 3 } as const;
export const FORM_SHIFT = 4;
/** Bit of an event's first byte: a time follows, else it is that of the event before. */
export const TIME_BIT = 0x80;
/** Bit of a group's first byte: nothing from before is used. */
export const FRESH_BIT = 1;
/** Low bits of a short report's second byte. */
export const KIND_MASK = 15;
/** Bits of a short report's second byte, above the kind, and of its third. */
export const ShortBits = { maker: 16, venueTime: 32, reason: 64 } as const;
export const ShortParts = { last: 1, text: 2, venueOrderId: 4, quantities: 8, limit: 16, execId: 32, fee: 64 } as const;
/** Bits of a fill that continues its order. */
export const FillBits = { maker: 1, venueTime: 2, price: 4, execId: 8, quantities: 16 } as const;
/** How an id is told. */
export const IdForm = { none: 0, next: 1, step: 2, text: 3 } as const;

/** Orders remembered; a slot's number is one byte. */
const ORDER_SLOTS = 256;
/** Events of a record: its type has one byte for them. */
export const GROUP_EVENTS_MAX = 255;
/** A group with more bytes is closed, so that records stay far below their limit. */
const GROUP_BYTES_FULL = 32 * 1024;
const REPORT_BYTES_MAX = 192;
const HEAD_BYTES_MAX = 1 + 8;
const FIRST_BUFFER_BYTES = 64 * 1024;

export class GroupEncoder {
  /** Of the open group: a whole buffer of whole words. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BUFFER_BYTES);
  /** Its bytes. */
  length = 0;
  /** Its events. */
  count = 0;
  readonly #packer = new Packer();
  readonly #memory = new CodecMemory();
  readonly #slots = new Map<string, number>();
  #nextSlot = 0;
  #fresh = true;

  /** No event fits any more: close it first. */
  get full(): boolean {
    return this.count === GROUP_EVENTS_MAX || this.length >= GROUP_BYTES_FULL;
  }

  /** The group was written. */
  close(): void {
    this.length = 0;
    this.count = 0;
  }

  /** The next group uses nothing from before: a reader can begin with it. Called between groups. */
  forget(): void {
    assert(this.count === 0, 'a group is closed before the next begins anew');
    this.#fresh = true;
  }

  /** Copies the event into the open group. @throws CodecError for a number that JSON can't hold; nothing has changed then */
  append(event: EngineEvent): void {
    assert(!this.full && event.type < 1 << FORM_SHIFT, 'an open group takes the events there are');
    if (this.count === 0) this.#begin();
    if (event.type === EventType.sample) this.#sample(event);
    else if (event.type === EventType.report) this.#report(event);
    else if (event.type === EventType.timer) this.#timer(event.tNs, event);
    else this.#json(event);
    this.count++;
  }

  #begin(): void {
    this.bytes[0] = this.#fresh ? FRESH_BIT : 0;
    this.length = 1;
    if (!this.#fresh) return;
    this.#memory.clear();
    this.#slots.clear();
    this.#nextSlot = 0;
    this.#fresh = false;
  }

  #timer(tNs: number, event: EngineEvent): void {
    this.#head(EventType.timer, Form.whole, tNs, 0);
    if (this.#packer.exact) this.#end(tNs);
    else this.#json(event);
  }

  #sample(event: SampleEvent): void {
    const memory = this.#memory;
    this.#head(EventType.sample, Form.whole, event.tNs, sampleBytesMax(event));
    const price = packSample(this.#packer, event, memory.price(event.instrument));
    if (!this.#packer.exact) return this.#json(event);
    memory.setPrice(event.instrument, price);
    this.#end(event.tNs);
  }

  #report(event: ReportEvent): void {
    const memory = this.#memory;
    const known = this.#slots.get(event.clientOrderId);
    const index = known ?? this.#nextSlot;
    const slot = memory.slot(index);
    const ids = event.clientOrderId.length + event.venueOrderId.length + event.execId.length;
    const room = REPORT_BYTES_MAX + ids + event.text.length;
    const isWhole = known === undefined || slot.venue !== event.venue;
    if (isWhole) {
      this.#head(EventType.report, Form.whole, event.tNs, room);
      this.#whole(event, index);
    } else if (continues(slot, event)) {
      this.#head(EventType.report, Form.fill, event.tNs, room);
      this.#fill(event, index, slot);
    } else {
      this.#head(EventType.report, Form.short, event.tNs, room);
      this.#short(event, index, slot);
    }
    if (!this.#packer.exact) return this.#json(event);
    const venue = memory.venue(event.venue);
    // Only ids that were told: those of old orders would hide which comes next.
    if (isWhole || event.venueOrderId !== slot.venueOrderId) venue.orders.follow(event.venueOrderId);
    if (isWhole) this.#assign(index, slot, event);
    slot.take(event);
    venue.executions.follow(event.execId);
    if (event.venueTsNs !== -1) venue.tsNs = event.venueTsNs;
    this.#end(event.tNs);
  }

  #whole(event: ReportEvent, index: number): void {
    const packer = this.#packer;
    const memory = this.#memory;
    const venue = memory.venue(event.venue);
    packer.byte(index);
    packer.byte(event.venue);
    packer.byte(event.kind);
    packer.byte(event.reason);
    packer.byte(event.maker | (event.venueTsNs === -1 ? 0 : ReportBits.venueTime));
    packer.textAfter(memory.clientOrderId, event.clientOrderId);
    packId(packer, venue.orders, event.venueOrderId);
    packId(packer, venue.executions, event.execId);
    packer.text(event.text);
    packFigures(packer, event);
    if (event.venueTsNs !== -1) packer.integer(event.venueTsNs - venue.tsNs);
    packer.safe(event.venueTsNs);
  }

  #short(event: ReportEvent, index: number, slot: OrderSlot): void {
    const packer = this.#packer;
    const { kind, lastLots } = event;
    const venue = this.#memory.venue(event.venue);
    const last = event.lastTicks !== 0 || lastLots !== 0;
    const quantities = event.cumLots !== slot.cumAfter(kind, lastLots) || event.openLots !== slot.openAfter(kind, lastLots);
    const limit = event.priceTicks !== slot.priceTicks || event.totalLots !== slot.totalLots;
    const fee = event.feeAsset !== 0 || event.fee1e8 !== 0;
    const isOtherId = event.venueOrderId !== slot.venueOrderId;
    packer.byte(index);
    if (kind > KIND_MASK) packer.exact = false;
    packer.byte(kind | (event.maker !== 0 ? ShortBits.maker : 0) | (event.venueTsNs === -1 ? 0 : ShortBits.venueTime) |
      (event.reason === 0 ? 0 : ShortBits.reason));
    packer.byte((last ? ShortParts.last : 0) | (event.text === '' ? 0 : ShortParts.text) |
      (isOtherId ? ShortParts.venueOrderId : 0) | (quantities ? ShortParts.quantities : 0) | (limit ? ShortParts.limit : 0) |
      (event.execId === '' ? 0 : ShortParts.execId) | (fee ? ShortParts.fee : 0));
    if (event.reason !== 0) packer.byte(event.reason);
    if (last) packer.integer(event.lastTicks - slot.lastTicks);
    if (last) packer.integer(lastLots);
    if (event.text !== '') packer.text(event.text);
    if (isOtherId) packId(packer, venue.orders, event.venueOrderId);
    if (quantities) packer.integer(event.cumLots);
    if (quantities) packer.integer(event.openLots);
    if (limit) packer.integer(event.priceTicks);
    if (limit) packer.integer(event.totalLots);
    if (event.execId !== '') packId(packer, venue.executions, event.execId);
    if (fee) packer.integer(event.feeAsset);
    if (fee) packer.integer(event.fee1e8);
    if (event.venueTsNs !== -1) packer.integer(event.venueTsNs - venue.tsNs);
    packer.safe(event.lastTicks);
    packer.safe(event.venueTsNs);
  }

  #fill(event: ReportEvent, index: number, slot: OrderSlot): void {
    const packer = this.#packer;
    const { lastTicks, lastLots } = event;
    const venue = this.#memory.venue(event.venue);
    const price = lastTicks !== slot.lastTicks;
    const execId = venue.executions.numberOf(event.execId) !== venue.executions.number + 1;
    const quantities = event.cumLots !== slot.cumAfter(ReportKind.fill, lastLots) ||
      event.openLots !== slot.openAfter(ReportKind.fill, lastLots);
    packer.byte(index);
    packer.byte((event.maker !== 0 ? FillBits.maker : 0) | (event.venueTsNs === -1 ? 0 : FillBits.venueTime) |
      (price ? FillBits.price : 0) | (execId ? FillBits.execId : 0) | (quantities ? FillBits.quantities : 0));
    packer.integer(lastLots);
    if (price) packer.integer(lastTicks - slot.lastTicks);
    if (execId) packId(packer, venue.executions, event.execId);
    if (quantities) packer.integer(event.cumLots);
    if (quantities) packer.integer(event.openLots);
    packer.integer(event.fee1e8 - slot.feeOf(lastTicks, lastLots));
    if (event.venueTsNs !== -1) packer.integer(event.venueTsNs - venue.tsNs);
    packer.safe(lastTicks);
    packer.safe(event.fee1e8);
    packer.safe(event.venueTsNs);
  }

  #assign(index: number, slot: OrderSlot, event: ReportEvent): void {
    if (this.#slots.get(event.clientOrderId) !== index) {
      this.#slots.delete(slot.clientOrderId);
      this.#slots.set(event.clientOrderId, index);
      this.#nextSlot = (index + 1) % ORDER_SLOTS;
    }
    slot.begin(event.clientOrderId, event.venue);
    this.#memory.clientOrderId = event.clientOrderId;
  }

  /** Makes room, writes the first byte and the time where it is another; what follows goes by the packer. */
  #head(type: EventType, form: number, tNs: number, room: number): void {
    const packer = this.#packer;
    const { lastNs } = this.#memory;
    this.#makeRoom(HEAD_BYTES_MAX + room);
    packer.begin(this.bytes, this.length);
    if (tNs === lastNs) {
      packer.byte(type | (form << FORM_SHIFT));
      return;
    }
    packer.byte(type | (form << FORM_SHIFT) | TIME_BIT);
    packer.integer(tNs - lastNs);
    packer.safe(tNs);
  }

  #end(tNs: number): void {
    this.length = this.#packer.at;
    this.#memory.lastNs = tNs;
  }

  #json(event: EngineEvent): void {
    const json = eventToJson(event);
    this.#makeRoom(HEAD_BYTES_MAX + json.length);
    const packer = this.#packer;
    packer.begin(this.bytes, this.length);
    packer.byte(event.type);
    packer.integer(json.length);
    this.bytes.set(json, packer.at);
    packer.at += json.length;
    this.#end(Number.isSafeInteger(event.tNs) ? event.tNs : this.#memory.lastNs);
  }

  #makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array((Math.max(needed, 2 * this.bytes.length) + 3) & ~3);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** A fill that adds to its order what the short form of fills can say. */
function continues(slot: OrderSlot, event: ReportEvent): boolean {
  return event.kind === ReportKind.fill && event.feeAsset === slot.feeAsset && event.reason === 0 && event.text === '' &&
    event.execId !== '' && event.venueOrderId === slot.venueOrderId && event.priceTicks === slot.priceTicks &&
    event.totalLots === slot.totalLots;
}

function packId(packer: Packer, line: IdLine, id: string): void {
  if (id === '') return packer.byte(IdForm.none);
  const number = line.numberOf(id);
  if (number < 0) {
    packer.byte(IdForm.text);
    packer.text(id);
  } else if (number === line.number + 1) {
    packer.byte(IdForm.next);
  } else {
    packer.byte(IdForm.step);
    packer.integer(number - line.number);
  }
}
