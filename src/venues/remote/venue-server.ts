/**
 * Serves simulated venues over a Unix socket, one client a venue. The venues live on when clients come and go;
 * their ledgers are appended to a file as things happen, so that a test can compare after everybody died.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { must } from '../../base/assert.js';
import type { VenueId } from '../../protocol/universe.js';
import type { SimAudit } from '../sim/sim-order.js';
import type { SimVenue } from '../sim/sim-venue.js';
import type { FeedSink, VenueSink } from '../venue.js';
import { clientOps, LineReader, parseMessage, type ClientMessage, type ServerMessage } from './messages.js';

/** A client that leaves this much unread is cut off. */
const unreadBytesMax = 64 * 1024 * 1024;

export class VenueServer {
  readonly #baseNs: bigint;
  readonly #clients = new Map<VenueId, Socket>();
  readonly #server: Server;
  #venues: readonly SimVenue[] = [];
  /** Venue of each listing, learned from the venues' own messages. */
  readonly #venueOf: (listing: number) => VenueId;

  /** @param baseNs what the venues' times count from, ns since the Unix epoch */
  constructor(baseNs: bigint, venueOf: (listing: number) => VenueId) {
    this.#baseNs = baseNs;
    this.#venueOf = venueOf;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** The venues must have been made with this server's sinks and `linkedAtStart: false`. */
  listen(path: string, venues: readonly SimVenue[], done: () => void): void {
    this.#venues = venues;
    this.#server.listen(path, done);
  }

  /** Lets every venue work up to this time. */
  step(nowNs: number): void {
    for (const venue of this.#venues) venue.doWork(nowNs);
  }

  close(): void {
    for (const socket of this.#clients.values()) socket.destroy();
    this.#server.close();
  }

  readonly sink: VenueSink = {
    report: (event) => this.#tell(event.venue, { op: 'report', event }),
    status: (event) => this.#tell(event.venue, { op: 'status', event }),
    balance: (event) => this.#tell(event.venue, { op: 'balance', event }),
    position: (event) => this.#tell(this.#venueOf(event.listing), { op: 'position', event }),
    openOrders: (event) => this.#tell(event.venue, { op: 'open', event }),
  };

  readonly feed: FeedSink = {
    snapshot: (listing, timeNs, bids, asks) =>
      this.#tell(this.#venueOf(listing), { op: 'snapshot', listing, timeNs, bids: Array.from(bids), asks: Array.from(asks) }),
    delta: (listing, timeNs, bids, bidCount, asks, askCount) =>
      this.#tell(this.#venueOf(listing), {
        op: 'delta', listing, timeNs, bids: [...bids.subarray(0, 2 * bidCount)],
        asks: [...asks.subarray(0, 2 * askCount)],
      }),
    trade: (listing, timeNs, ticks, lots, takerSide) =>
      this.#tell(this.#venueOf(listing), { op: 'trade', listing, timeNs, ticks, lots, takerSide }),
    mark: (listing, timeNs, ticks) => this.#tell(this.#venueOf(listing), { op: 'mark', listing, timeNs, ticks }),
    stale: (listing, reason) => this.#tell(this.#venueOf(listing), { op: 'stale', listing, reason }),
    alive: (venue) => this.#tell(venue, { op: 'alive' }),
  };

  #serve(socket: Socket): void {
    const reader = new LineReader();
    let venue: SimVenue | null = null;
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      try {
        for (const line of reader.push(String(chunk))) {
          const message = must(parseMessage<ClientMessage>(line, clientOps), 'a message of the client');
          if (message.op === 'hello') venue = this.#welcome(socket, message.venue);
          else this.#obey(must(venue, 'hello before anything else'), message);
        }
      } catch {
        // What isn't a message ends this connection, never the venue.
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (venue === null || this.#clients.get(venue.venue) !== socket) return;
      this.#clients.delete(venue.venue);
      venue.setLink(false);
    });
  }

  /** The newest client of a venue takes the place of the one before. */
  #welcome(socket: Socket, name: string): SimVenue {
    const venue = must(this.#venues.find((each) => each.name === name), `venue ${name}`);
    const before = this.#clients.get(venue.venue);
    this.#clients.delete(venue.venue);
    if (before !== undefined) {
      before.destroy();
      venue.setLink(false);
    }
    this.#clients.set(venue.venue, socket);
    this.#tell(venue.venue, { op: 'hello', venue: name, baseNs: this.#baseNs.toString() });
    venue.setLink(true);
    return venue;
  }

  #obey(venue: SimVenue, message: Exclude<ClientMessage, { op: 'hello' }>): void {
    switch (message.op) {
      case 'place':
        return venue.place(message.order);
      case 'cancel':
        return venue.cancel(message.accountId, message.clientOrderId);
      case 'amend':
        return venue.amend(message.accountId, message.clientOrderId, message.lots, message.limitTicks);
      case 'query':
        return venue.query(message.accountId, message.clientOrderId);
      case 'reconcile':
        return venue.reconcile(message.accountId);
    }
  }

  #tell(venue: VenueId, message: ServerMessage): void {
    const socket = this.#clients.get(venue);
    if (socket === undefined || socket.destroyed) return;
    socket.write(`${JSON.stringify(message)}\n`);
    if (socket.writableLength > unreadBytesMax) socket.destroy();
  }
}

/** Appends every order, fill and end to a file, one JSON object a line, before the venue says anything of it. */
export function fileLedger(path: string): SimAudit {
  return (what, order, fill) => {
    const { clientOrderId, venueOrderId, accountId, listing, side, lots, limitTicks, cumLots, state } = order;
    const row = fill === null
      ? { what, clientOrderId, venueOrderId, accountId, listing, side, lots, limitTicks, cumLots, state }
      : { what, ...fill };
    appendFileSync(path, `${JSON.stringify(row)}\n`);
  };
}
