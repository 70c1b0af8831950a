/**
 * The line between a client and a simulated venue: latency each way under a seed, order kept each way, and what
 * can go wrong on it (lost, late, doubled, reordered and garbled messages, disconnects).
 */
import { Prng } from '../../base/prng.js';
import { EventType, ReportKind, VenueReason, type ReportEvent } from '../../protocol/events.js';
import type { VenueId } from '../../protocol/universe.js';
import type { VenueSink } from '../venue.js';
import type { FaultPlan } from './faults.js';
import type { Schedule } from './schedule.js';
import type { SimFill } from './sim-order.js';

export interface LatencyShape {
  /** Least and most of the usual latency to the venue and back, ns; one message in 100 takes up to 5 × longer. */
  readonly entryNs: readonly [number, number];
  readonly reportNs: readonly [number, number];
}

/** A client gives up waiting for an answer after this long and says `unknown`. */
export const answerTimeoutNs = 1_000_000_000;

export class Wire {
  readonly #venue: VenueId;
  readonly #sink: VenueSink;
  readonly #schedule: Schedule;
  readonly #faults: FaultPlan;
  readonly #latency: LatencyShape;
  readonly #prng: Prng;
  /** Sent orders that nothing was heard of yet. */
  readonly #unanswered = new Set<string>();
  #lastEntryNs = 0;
  #lastReportNs = 0;
  connected = false;
  nowNs = 0;

  constructor(
    venue: VenueId, sink: VenueSink, schedule: Schedule, faults: FaultPlan, latency: LatencyShape, seed: number,
  ) {
    this.#venue = venue;
    this.#sink = sink;
    this.#schedule = schedule;
    this.#faults = faults;
    this.#latency = latency;
    this.#prng = new Prng(seed);
  }

  /** Sends towards the venue. `lost` says what to do where a dropped connection swallows it. */
  enter(run: () => void, lost: (() => void) | null = null): void {
    let at = Math.max(this.nowNs + this.#draw(this.#latency.entryNs), this.#lastEntryNs);
    if (this.#faults.strikes('delay', this.nowNs)) at += this.#faults.durationNs();
    this.#lastEntryNs = at;
    this.#schedule.add(at, 'entry', run, lost);
  }

  /** An order leaves: from here on its fate is unknown until something is heard of it. */
  expectAnswer(clientOrderId: string): void {
    this.#unanswered.add(clientOrderId);
    this.#schedule.add(this.nowNs + answerTimeoutNs, 'local', () => this.#giveUp(clientOrderId));
  }

  /** A second report in the same message as the one before it. */
  reportWithLast(event: ReportEvent, fill: SimFill): void {
    if (this.connected) this.#deliverAt(Math.max(this.nowNs, this.#lastReportNs), event, fill);
  }

  /** Sends a report to the client; `fill` is marked once it got through. `afterNs` holds it back further. */
  report(event: ReportEvent, fill: SimFill | null = null, afterNs = 0): void {
    if (!this.connected) return;
    const at = this.#reportTime() + afterNs;
    if (this.#faults.strikes('reorderReport', this.nowNs, event.clientOrderId)) {
      this.#deliverAt(at + 3 * this.#latency.reportNs[1] + 1, event, fill);
      return;
    }
    if (afterNs === 0) this.#lastReportNs = at;
    this.#deliverAt(at, event, fill);
    if (this.#faults.strikes('duplicateReport', this.nowNs, event.clientOrderId)) this.#deliverAt(at, event, null);
    if (event.kind === ReportKind.fill && this.#faults.strikes('execIdRepeated', this.nowNs, event.clientOrderId)) {
      this.#deliverAt(at + 50_000_000, event, null);
    }
  }

  /** Something else that the venue says (balances, positions, open orders), in order with the reports. */
  say(run: () => void, afterNs = 0): void {
    if (!this.connected) return;
    const at = this.#reportTime() + afterNs;
    if (afterNs === 0) this.#lastReportNs = at;
    this.#schedule.add(at, 'report', run);
  }

  /** Said by the client's own side of the line: needs no connection. */
  local(event: ReportEvent): void {
    this.#schedule.add(this.nowNs, 'local', () => this.#deliver(event, null));
  }

  /** The connection drops. Orders on the way arrive or not, answers are lost, open questions become unknown. */
  drop(): void {
    this.connected = false;
    this.status(0, 0);
    for (const action of this.#schedule.drain(['entry', 'report'])) {
      if (action.kind === 'report') continue;
      if (this.#prng.chance(1, 2)) this.#schedule.add(action.dueNs, 'local', action.run);
      else action.lost?.();
    }
    for (const clientOrderId of this.#unanswered) this.#deliver(this.#unknown(clientOrderId), null);
    this.#unanswered.clear();
    this.#lastEntryNs = 0;
    this.#lastReportNs = 0;
  }

  status(connected: 0 | 1, reconciled: 0 | 1): void {
    this.#sink.status({
      type: EventType.venueStatus, tNs: this.nowNs, venue: this.#venue, connected, reconciled, credentialsValid: 1,
    });
  }

  #reportTime(): number {
    return Math.max(this.nowNs + this.#draw(this.#latency.reportNs), this.#lastReportNs);
  }

  #deliverAt(dueNs: number, event: ReportEvent, fill: SimFill | null): void {
    this.#schedule.add(dueNs, 'report', () => this.#deliver(event, fill));
  }

  #deliver(event: ReportEvent, fill: SimFill | null): void {
    this.#unanswered.delete(event.clientOrderId);
    if (fill !== null) fill.delivered = true;
    event.tNs = this.nowNs;
    this.#sink.report(event);
  }

  #giveUp(clientOrderId: string): void {
    if (this.#unanswered.has(clientOrderId)) this.#deliver(this.#unknown(clientOrderId), null);
  }

  #unknown(clientOrderId: string): ReportEvent {
    const event = newReport(this.#venue, ReportKind.unknown, clientOrderId);
    event.reason = VenueReason.network;
    event.text = 'no answer to the order';
    return event;
  }

  #draw(range: readonly [number, number]): number {
    const usual = range[0] + Math.floor(((range[1] - range[0]) * this.#prng.below(1_024)) / 1_024);
    return this.#prng.chance(1, 100) ? usual * this.#prng.between(2, 5) : usual;
  }
}

export function newReport(venue: VenueId, kind: ReportKind, clientOrderId: string): ReportEvent {
  return {
    type: EventType.report, tNs: 0, venue, kind, clientOrderId, venueOrderId: '', execId: '', lastTicks: 0,
    lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0,
    venueTsNs: -1, reason: VenueReason.none, text: '',
  };
}
