/**
 * A thread of venues: takes requests off its ring, lets its venues work, sends what they say to the engine thread.
 * Owns the connections, their books and the last look before an order leaves. Doesn't know its thread.
 */
import { must } from '../../base/assert.js';
import type { CounterWriter } from '../../memory/counters.js';
import type { DoorbellRinger } from '../../memory/doorbell.js';
import type { FeedWriter } from '../../market/feed-writer.js';
import { EventEncoder } from '../../protocol/codec/event-encoder.js';
import type { Command } from '../../protocol/commands.js';
import { EventType, ReportKind, VenueReason, type EngineEvent, type ReportEvent } from '../../protocol/events.js';
import type { AccountId } from '../../protocol/universe.js';
import type { Agent } from '../../runtime/agent.js';
import type { OrderTimes } from '../../telemetry/path-times.js';
import type { VenueConnection, VenueSink } from '../../venues/venue.js';
import type { Clock } from '../clock.js';
import { REPORTS_DELAYED } from '../engine-figures.js';
import { AMEND, CANCEL, KNOWN, OrderRecord, PLACE, QUERY, RECONCILE, SETTLE } from './order-record.js';
import type { RecordReceiver, TakeRecord } from './record-receiver.js';
import type { RecordSender } from './record-sender.js';
import { readValue } from './value-codec.js';
import type { VenueGuard } from './venue-guard.js';

/** Requests taken between two looks at the feeds. */
const REQUESTS_MAX = 256;
/** While so many reports wait for the engine thread, no orders are taken and feeds rest. */
const REPORTS_WAITING_MAX = 4_096;

/** A command that means something for simulated venues (balances set by hand), once it was accepted. */
export interface Settlement {
  readonly accountId: AccountId;
  readonly command: Command;
}

export interface VenueAgentParts {
  readonly name: string;
  readonly clock: Clock;
  readonly feed: FeedWriter;
  readonly reports: RecordSender;
  readonly engineBell: DoorbellRinger;
  readonly times: OrderTimes;
  /** `venueCounters` */
  readonly counters: CounterWriter;
  readonly settle: (venues: readonly VenueConnection[], settlement: Settlement) => void;
}

export class VenueAgent implements Agent {
  readonly name: string;
  readonly #parts: VenueAgentParts;
  readonly #encoder = new EventEncoder();
  readonly #record = new OrderRecord();
  #venues: readonly VenueConnection[] = [];
  #guard: VenueGuard | null = null;
  #requests: RecordReceiver | null = null;

  constructor(parts: VenueAgentParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** Where this thread's venues say what they learn. */
  readonly sink: VenueSink = {
    report: (event) => this.#report(event),
    status: (event) => {
      this.#parts.feed.connected(event.venue, event.connected === 1);
      this.#say(event);
    },
    balance: (event) => this.#say(event),
    position: (event) => this.#say(event),
    openOrders: (event) => this.#say(event),
  };

  /** Once, before the first round. @param requests hands each record to take() */
  open(venues: readonly VenueConnection[], guard: VenueGuard, requests: RecordReceiver): void {
    this.#venues = venues;
    this.#guard = guard;
    this.#requests = requests;
  }

  cancel(venue: number, accountId: AccountId, clientOrderId: string): void {
    this.#venue(venue).cancel(accountId, clientOrderId);
  }

  doWork(): number {
    const { clock, feed, reports, engineBell, counters } = this.#parts;
    let done = reports.flush();
    counters.set(REPORTS_DELAYED, reports.delayed);
    if (reports.waiting > REPORTS_WAITING_MAX) return done;
    const nowNs = clock.nowNs();
    feed.setNow(nowNs);
    done += must(this.#guard, 'guard').look() + must(this.#requests, 'requests').receive(REQUESTS_MAX);
    let worked = 0;
    for (const venue of this.#venues) worked += venue.doWork(nowNs);
    // Books have no ring: whoever waits for them is woken for them.
    if (worked > 0) engineBell.news();
    return done + worked;
  }

  nextDueNs(): number {
    let due = Infinity;
    for (const venue of this.#venues) due = Math.min(due, venue.nextDueNs());
    return due;
  }

  /** What the engine thread decided last still leaves. */
  onClose(): void {
    while (must(this.#requests, 'requests').receive(REQUESTS_MAX) > 0);
    for (const venue of this.#venues) venue.close();
  }

  /** Carries out one request. */
  readonly take: TakeRecord = (type, from, at, length) => {
    if (type === SETTLE) {
      this.#parts.settle(this.#venues, readValue(from.uint8, at, length) as Settlement); // written by the engine thread's gate
      return;
    }
    const record = this.#record;
    record.read(type, from, at);
    const { venue, accountId, clientOrderId } = record;
    const connection = this.#venue(venue);
    if (type === PLACE) this.#place(connection, record);
    else if (type === KNOWN) must(this.#guard, 'guard').know(venue, accountId, clientOrderId, record.isExit, record.graph);
    else if (type === CANCEL) connection.cancel(accountId, clientOrderId);
    else if (type === AMEND) this.#amend(connection, record);
    else if (type === QUERY) connection.query(accountId, clientOrderId);
    else if (type === RECONCILE) connection.reconcile(accountId);
    else throw new RangeError(`no request has type ${type}`);
  };

  #place(connection: VenueConnection, record: OrderRecord): void {
    const order = must(record.order, 'order of a place record');
    const { venue, accountId, clientOrderId } = order;
    if (!must(this.#guard, 'guard').mayPlace(venue, accountId, clientOrderId, record.isExit, record.graph)) {
      this.#report(halted(venue, clientOrderId, ReportKind.reject, 'a kill switch covers this order: it was not sent'));
      return;
    }
    connection.place(order);
    this.#parts.times.sent(clientOrderId, record.stamps);
  }

  #amend(connection: VenueConnection, { venue, accountId, clientOrderId, lots, limitTicks }: OrderRecord): void {
    if (must(this.#guard, 'guard').mayAmend(clientOrderId)) connection.amend(accountId, clientOrderId, lots, limitTicks);
    else this.#report(halted(venue, clientOrderId, ReportKind.amendReject, 'a kill switch covers this order: the amend was not sent'));
  }

  #report(event: ReportEvent): void {
    this.#guard?.heard(event);
    this.#parts.times.heard(event.clientOrderId);
    this.#say(event);
  }

  #say(event: EngineEvent): void {
    this.#encoder.append(event, this.#parts.reports);
  }

  #venue(id: number): VenueConnection {
    return must(this.#venues.find(({ venue }) => venue === id), 'a venue of this thread');
  }
}

function halted(venue: number, clientOrderId: string, kind: ReportKind, text: string): ReportEvent {
  return {
    type: EventType.report, tNs: 0, venue, kind, clientOrderId, venueOrderId: '', execId: '', lastTicks: 0,
    lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: -1,
    reason: VenueReason.halted, text,
  };
}
