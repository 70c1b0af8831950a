/**
 * Client of a simulated venue that runs in a process of its own: a venue connection with a real socket, so that
 * one side can die while the other lives. Reconnects by itself; what was on the way when the socket broke is unknown.
 *
 * The socket's callbacks only queue lines; everything is said from `doWork`.
 */
import { createConnection, type Socket } from 'node:net';
import { EventType, ReportKind, VenueReason, type ReportEvent } from '../../protocol/events.js';
import type { VenueOrder } from '../../protocol/effects.js';
import type { AccountId, ListingId, Universe, VenueId } from '../../protocol/universe.js';
import { must } from '../../base/assert.js';
import { newReport } from '../sim/wire.js';
import type { FeedSink, VenueConnection, VenueSink } from '../venue.js';
import { LineReader, parseMessage, serverOps, type ClientMessage, type ServerMessage } from './messages.js';

export interface RemoteVenueConfig {
  readonly universe: Universe;
  readonly venue: VenueId;
  /** Unix socket path of the venue process. */
  readonly path: string;
  /** Engine base in ns since the Unix epoch. */
  readonly baseNs: bigint;
  readonly sink: VenueSink;
  readonly feed: FeedSink;
  /** An order without an answer for this long is said to be unknown. */
  readonly answerTimeoutNs: number;
  /** How often `doWork` wants to be called though nothing is due, where nobody else lets the socket speak; never if not given. */
  readonly pollNs?: number;
}

const retryNs = 100_000_000;

/** More unsent bytes than this mean that the venue doesn't read: nothing more is sent. */
const unsentBytesMax = 4 * 1024 * 1024;

export class RemoteVenue implements VenueConnection {
  readonly venue: VenueId;
  readonly name: string;
  readonly #config: RemoteVenueConfig;
  readonly #listings: readonly ListingId[];
  /** Orders that nothing was heard of, with the time they were sent. */
  readonly #unanswered = new Map<string, number>();
  #socket: Socket | null = null;
  #isUp = false;
  #isBroken = false;
  #retryAtNs = 0;
  #lines: string[] = [];
  /** Reports of this side's own, said with the next work. */
  #own: ReportEvent[] = [];
  #shiftNs = 0;
  #nowNs = 0;
  #isClosed = false;
  /** Lines that were no messages. */
  unreadable = 0;

  constructor(config: RemoteVenueConfig) {
    this.#config = config;
    this.venue = config.venue;
    this.name = must(config.universe.venues[config.venue], `venue ${config.venue}`).name;
    this.#listings = config.universe.listings.filter((row) => row.venue === config.venue).map((row) => row.id);
  }

  place(order: VenueOrder): void {
    if (!this.#send({ op: 'place', order })) return this.#notSent(ReportKind.reject, order.clientOrderId);
    this.#unanswered.set(order.clientOrderId, this.#nowNs);
  }

  cancel(accountId: AccountId, clientOrderId: string): void {
    const isSent = this.#send({ op: 'cancel', accountId, clientOrderId });
    if (!isSent) this.#notSent(ReportKind.cancelReject, clientOrderId);
  }

  amend(accountId: AccountId, clientOrderId: string, lots: number, limitTicks: number): void {
    const isSent = this.#send({ op: 'amend', accountId, clientOrderId, lots, limitTicks });
    if (!isSent) this.#notSent(ReportKind.amendReject, clientOrderId);
  }

  /** Not sent while disconnected: the venue reconciles by itself at every connect. */
  query(accountId: AccountId, clientOrderId: string): void {
    this.#send({ op: 'query', accountId, clientOrderId });
  }

  reconcile(accountId: AccountId): void {
    this.#send({ op: 'reconcile', accountId });
  }

  doWork(nowNs: number): number {
    this.#nowNs = nowNs;
    if (this.#isClosed) return 0;
    if (this.#socket === null && nowNs >= this.#retryAtNs) this.#open();
    let work = this.#own.length;
    for (const event of this.#own.splice(0)) this.#report(event);
    for (const line of this.#lines.splice(0)) {
      const message = parseMessage<ServerMessage>(line, serverOps);
      if (message === null) this.unreadable++;
      else this.#hear(message);
      work++;
    }
    if (this.#isBroken) this.#lost();
    for (const [clientOrderId, sentNs] of this.#unanswered) {
      if (nowNs - sentNs < this.#config.answerTimeoutNs) break;
      this.#unknown(clientOrderId);
    }
    return work;
  }

  /** The socket can speak at any time. */
  nextDueNs(): number {
    const { pollNs } = this.#config;
    return pollNs === undefined ? Infinity : this.#nowNs + pollNs;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): void {
    const socket = createConnection({ path: this.#config.path });
    const reader = new LineReader();
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify({ op: 'hello', venue: this.name })}\n`));
    socket.on('data', (chunk) => {
      try {
        this.#lines.push(...reader.push(String(chunk)));
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#isBroken = true;
    });
    this.#socket = socket;
  }

  /** The socket broke, and everything that came before was heard. */
  #lost(): void {
    this.#isBroken = false;
    this.#socket = null;
    this.#retryAtNs = this.#nowNs + retryNs;
    if (!this.#isUp) return;
    this.#isUp = false;
    for (const listing of this.#listings) this.#config.feed.stale(listing, 'disconnect');
    this.#config.sink.status({
      type: EventType.venueStatus, tNs: this.#nowNs, venue: this.venue, connected: 0, reconciled: 0,
      credentialsValid: 1,
    });
    for (const clientOrderId of this.#unanswered.keys()) this.#unknown(clientOrderId);
  }

  #send(message: ClientMessage): boolean {
    const socket = this.#socket;
    if (!this.#isUp || socket === null || socket.destroyed || socket.writableLength > unsentBytesMax) return false;
    socket.write(`${JSON.stringify(message)}\n`);
    return true;
  }

  #hear(message: ServerMessage): void {
    const { sink, feed } = this.#config;
    switch (message.op) {
      case 'hello':
        this.#isUp = true;
        this.#shiftNs = Number(BigInt(message.baseNs) - this.#config.baseNs);
        return;
      case 'report':
        return this.#report(this.#shifted(message.event));
      case 'status':
        return sink.status({ ...message.event, tNs: this.#nowNs });
      case 'balance':
        return sink.balance({ ...message.event, tNs: this.#nowNs, asOfNs: message.event.asOfNs + this.#shiftNs });
      case 'position':
        return sink.position({ ...message.event, tNs: this.#nowNs, asOfNs: message.event.asOfNs + this.#shiftNs });
      case 'open':
        return sink.openOrders({ ...message.event, tNs: this.#nowNs });
      case 'snapshot':
        return feed.snapshot(message.listing, message.timeNs + this.#shiftNs, message.bids, message.asks);
      case 'delta':
        return this.#delta(message);
      case 'trade':
        return feed.trade(
          message.listing, message.timeNs + this.#shiftNs, message.ticks, message.lots, message.takerSide,
        );
      case 'mark':
        return feed.mark(message.listing, message.timeNs + this.#shiftNs, message.ticks);
      case 'stale':
        return feed.stale(message.listing, message.reason);
      case 'alive':
        return feed.alive(this.venue);
    }
  }

  /** A book that does not take its changes gets a snapshot by a new connection. */
  #delta(message: Extract<ServerMessage, { readonly bids: unknown }>): void {
    const { listing, timeNs, bids, asks } = message;
    const taken = this.#config.feed.delta(
      listing, timeNs + this.#shiftNs, Float64Array.from(bids), bids.length / 2, Float64Array.from(asks), asks.length / 2,
    );
    if (taken === false) this.#socket?.destroy();
  }

  #shifted(event: ReportEvent): ReportEvent {
    return event.venueTsNs < 0 ? event : { ...event, venueTsNs: event.venueTsNs + this.#shiftNs };
  }

  #report(event: ReportEvent): void {
    this.#unanswered.delete(event.clientOrderId);
    event.tNs = this.#nowNs;
    this.#config.sink.report(event);
  }

  #unknown(clientOrderId: string): void {
    const event = newReport(this.venue, ReportKind.unknown, clientOrderId);
    event.reason = VenueReason.network;
    event.text = 'no answer to the order';
    this.#report(event);
  }

  #notSent(kind: ReportKind, clientOrderId: string): void {
    const event = newReport(this.venue, kind, clientOrderId);
    event.reason = VenueReason.network;
    event.text = 'not connected: nothing was sent';
    this.#own.push(event);
  }
}
