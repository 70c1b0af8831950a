import { assert } from '../../base/assert.js';
import {
  EventType, ReportKind, type EngineEvent, type ReportEvent, type ReportKind as Kind, type TimerEvent, type VenueReason,
} from '../events.js';
import { CodecMemory, type IdLine, type OrderSlot } from './codec-memory.js';
import { emptyReport, EventDecoder, readFigures, SampleReader } from './event-decoder.js';
import { ReportBits } from './event-encoder.js';
import { eventFromJson } from './event-json.js';
import {
  FillBits, Form, FORM_SHIFT, FRESH_BIT, IdForm, KIND_MASK, ShortBits, ShortParts, TIME_BIT,
} from './group-encoder.js';
import { CodecError, eventsOf, isGroup } from './record-type.js';
import { Unpacker } from './unpacker.js';

const noBytes = new Uint8Array(0);

/**
 * Journal records of every format back to events: `begin` takes a record, `next` gives its events one by one. Samples,
 * reports and timers come in objects that are used again.
 */
export class RecordDecoder {
  readonly #single = new EventDecoder();
  readonly #unpacker = new Unpacker();
  readonly #samples = new SampleReader();
  readonly #memory = new CodecMemory();
  readonly #timer: TimerEvent = { type: EventType.timer, tNs: 0 };
  readonly #report: ReportEvent = emptyReport();
  #bytes: Uint8Array = noBytes;
  #left = 0;
  #event: EngineEvent | null = null;
  /** A group has been read since the last fresh one, so that the next may build on it. */
  #follows = false;

  /**
   * @param view the same bytes as `bytes`
   * @throws CodecError for what this build doesn't know, and for a group that builds on one which wasn't read
   */
  begin(recordType: number, bytes: Uint8Array, view: DataView, at: number, length: number): void {
    assert(this.#left === 0, 'a record is read to its end before the next');
    if (!isGroup(recordType)) {
      this.#event = this.#single.decode(recordType, bytes, view, at, length);
      this.#left = 1;
      return;
    }
    this.#event = null;
    this.#bytes = bytes;
    this.#unpacker.begin(bytes, view, at, length);
    const bits = this.#unpacker.byte();
    if ((bits & FRESH_BIT) !== 0) this.#memory.clear();
    else if (!this.#follows) throw new CodecError('a group of events builds on the one before: begin at the journal\'s first record, or behind a snapshot');
    this.#follows = true;
    this.#left = eventsOf(recordType);
  }

  /** Offset behind the event given last, in a group; for those who measure. */
  get at(): number {
    return this.#unpacker.at;
  }

  /** The record's next event, null behind its last. @throws CodecError; the record is over then */
  next(): EngineEvent | null {
    if (this.#left === 0) return null;
    if (this.#event !== null) {
      const event = this.#event;
      this.#event = null;
      this.#left = 0;
      return event;
    }
    const left = this.#left - 1;
    this.#left = 0;
    const event = this.#read();
    if (left === 0) this.#unpacker.end();
    this.#left = left;
    return event;
  }

  #read(): EngineEvent {
    const unpacker = this.#unpacker;
    const memory = this.#memory;
    const head = unpacker.byte();
    const type = head & ((1 << FORM_SHIFT) - 1);
    const form = (head & ~TIME_BIT) >> FORM_SHIFT;
    if (form === Form.json) return this.#json(type);
    const tNs = (head & TIME_BIT) === 0 ? memory.lastNs : memory.lastNs + unpacker.integer();
    memory.lastNs = tNs;
    if (type === EventType.report) return this.#readReport(form, tNs);
    if (form !== Form.whole || (type !== EventType.sample && type !== EventType.timer)) {
      throw new CodecError(`event type ${type} in form ${form} is not known here: use the build that wrote it`);
    }
    if (type === EventType.sample) return this.#samples.read(unpacker, tNs, memory);
    this.#timer.tNs = tNs;
    return this.#timer;
  }

  #json(type: number): EngineEvent {
    const length = this.#unpacker.integer();
    const from = this.#unpacker.skip(length);
    const event = eventFromJson(type, this.#bytes.subarray(from, from + length));
    if (Number.isSafeInteger(event.tNs)) this.#memory.lastNs = event.tNs;
    return event;
  }

  #readReport(form: number, tNs: number): ReportEvent {
    const event = this.#report;
    const memory = this.#memory;
    event.tNs = tNs;
    const slot = memory.slot(this.#unpacker.byte());
    if (form === Form.whole) this.#whole(event, slot);
    else if (form === Form.fill) this.#fill(event, slot);
    else if (form === Form.short) this.#short(event, slot);
    else throw new CodecError(`a report in form ${form} is not known here: use the build that wrote it`);
    slot.take(event);
    if (event.venueTsNs !== -1) memory.venue(event.venue).tsNs = event.venueTsNs;
    return event;
  }

  #whole(event: ReportEvent, slot: OrderSlot): void {
    const unpacker = this.#unpacker;
    const memory = this.#memory;
    event.venue = unpacker.byte();
    event.kind = unpacker.byte() as Kind; // written from one
    event.reason = unpacker.byte() as VenueReason; // written from one
    const bits = unpacker.byte();
    event.maker = (bits & ReportBits.maker) !== 0 ? 1 : 0;
    const venue = memory.venue(event.venue);
    event.clientOrderId = unpacker.textAfter(memory.clientOrderId);
    event.venueOrderId = readId(unpacker, venue.orders);
    event.execId = readId(unpacker, venue.executions);
    event.text = unpacker.text();
    readFigures(unpacker, event);
    event.venueTsNs = (bits & ReportBits.venueTime) !== 0 ? venue.tsNs + unpacker.integer() : -1;
    slot.begin(event.clientOrderId, event.venue);
    memory.clientOrderId = event.clientOrderId;
  }

  #short(event: ReportEvent, slot: OrderSlot): void {
    const unpacker = this.#unpacker;
    const venue = this.#memory.venue(slot.venue);
    const bits = unpacker.byte();
    const parts = unpacker.byte();
    const kind = (bits & KIND_MASK) as Kind; // written from one
    event.venue = slot.venue;
    event.kind = kind;
    event.clientOrderId = slot.clientOrderId;
    event.maker = (bits & ShortBits.maker) !== 0 ? 1 : 0;
    event.reason = ((bits & ShortBits.reason) !== 0 ? unpacker.byte() : 0) as VenueReason; // written from one
    const last = (parts & ShortParts.last) !== 0;
    event.lastTicks = last ? slot.lastTicks + unpacker.integer() : 0;
    event.lastLots = last ? unpacker.integer() : 0;
    event.text = (parts & ShortParts.text) !== 0 ? unpacker.text() : '';
    event.venueOrderId = (parts & ShortParts.venueOrderId) !== 0 ? readId(unpacker, venue.orders) : slot.venueOrderId;
    const quantities = (parts & ShortParts.quantities) !== 0;
    event.cumLots = quantities ? unpacker.integer() : slot.cumAfter(kind, event.lastLots);
    event.openLots = quantities ? unpacker.integer() : slot.openAfter(kind, event.lastLots);
    const limit = (parts & ShortParts.limit) !== 0;
    event.priceTicks = limit ? unpacker.integer() : slot.priceTicks;
    event.totalLots = limit ? unpacker.integer() : slot.totalLots;
    event.execId = (parts & ShortParts.execId) !== 0 ? readId(unpacker, venue.executions) : '';
    const fee = (parts & ShortParts.fee) !== 0;
    event.feeAsset = fee ? unpacker.integer() : 0;
    event.fee1e8 = fee ? unpacker.integer() : 0;
    event.venueTsNs = (bits & ShortBits.venueTime) !== 0 ? venue.tsNs + unpacker.integer() : -1;
  }

  #fill(event: ReportEvent, slot: OrderSlot): void {
    const unpacker = this.#unpacker;
    const venue = this.#memory.venue(slot.venue);
    const bits = unpacker.byte();
    const lots = unpacker.integer();
    event.venue = slot.venue;
    event.kind = ReportKind.fill;
    event.clientOrderId = slot.clientOrderId;
    event.venueOrderId = slot.venueOrderId;
    event.maker = (bits & FillBits.maker) !== 0 ? 1 : 0;
    event.reason = 0;
    event.text = '';
    event.lastLots = lots;
    event.lastTicks = (bits & FillBits.price) !== 0 ? slot.lastTicks + unpacker.integer() : slot.lastTicks;
    event.execId = (bits & FillBits.execId) !== 0 ? readId(unpacker, venue.executions) : venue.executions.next();
    const quantities = (bits & FillBits.quantities) !== 0;
    event.cumLots = quantities ? unpacker.integer() : slot.cumAfter(ReportKind.fill, lots);
    event.openLots = quantities ? unpacker.integer() : slot.openAfter(ReportKind.fill, lots);
    event.priceTicks = slot.priceTicks;
    event.totalLots = slot.totalLots;
    event.feeAsset = slot.feeAsset;
    event.fee1e8 = slot.feeOf(event.lastTicks, lots) + unpacker.integer();
    event.venueTsNs = (bits & FillBits.venueTime) !== 0 ? venue.tsNs + unpacker.integer() : -1;
  }
}

function readId(unpacker: Unpacker, line: IdLine): string {
  const form = unpacker.byte();
  if (form === IdForm.none) return '';
  if (form === IdForm.next) return line.next();
  if (form === IdForm.step) return line.step(unpacker.integer());
  if (form !== IdForm.text) throw new CodecError(`an id in form ${form} is not known here: use the build that wrote it`);
  const id = unpacker.text();
  line.follow(id);
  return id;
}
