/**
 * A binary session: what outlives its connection. Both sequences, what was answered, what was sent, and which graphs
 * are open for cancel-on-disconnect. One connection at a time; a new one takes over.
 */
import { limits } from '../../base/limits.js';
import type { Reply } from '../../protocol/commands.js';
import type { AccountEvent } from '../../protocol/effects.js';
import type { Principal } from '../auth/principal.js';
import { sha256 } from '../auth/sha256.js';
import { eventData } from '../event-text.js';
import type { GatewayContext } from '../context.js';
import { ackFrame, noticeFrame, rejectFrame, type AckFields } from './encode.js';
import { eventFrame } from './event-frames.js';
import type { Recalled } from './recall.js';
import { stampBaseNs, stampNs } from './stamp.js';
import { order, refusedBy, type OrderMessage } from './orders.js';

/** Sent frames and answers kept a session. */
export const framesKept = limits.accountEventsKept;
/** A client's word for where the sequence goes on; far below 2^53, so that it can. */
const LAST_SEQ_MAX = 2 ** 52;
const ended: ReadonlySet<unknown> = new Set(['completed', 'cancelled', 'failed']);
const shown: ReadonlySet<string> = new Set(['orders', 'fills', 'graphs']);

/** A frame that was sent, or the event that it is made of when it is wanted. */
type Made = Uint8Array | AccountEvent;

/** Reused: what an acknowledgement says is in its bytes when it was made. */
const ack: AckFields = {
  seq: 0, clientSeq: 0, accountSeq: 0, gatewayBaseNs: stampBaseNs, coreBaseNs: 0n, gatewayInNs: 0, coreInNs: 0, coreOutNs: 0, gatewayOutNs: 0,
  repeated: false, graphId: '',
};

export interface Connection {
  /** A frame of the sequence that just came to be. */
  deliver(frame: Uint8Array): void;
  /** The same for one that nobody waits for: it leaves when the engine's step is over. */
  deliverSoon(frame: Uint8Array): void;
  /** Another connection logged on to this session. */
  replaced(): void;
}

/** Graph ids of a session's orders: this and the client sequence. */
export function idPrefixOf(principal: Principal, name: string): string {
  return `bin-${sha256(`${principal.keyId}\n${name}`, 'hex').slice(0, 20)}-`;
}

export class BinarySession {
  readonly name: string;
  readonly principal: Principal;
  readonly #gateway: GatewayContext;
  readonly #idPrefix: string;
  readonly #stopFollowing: () => void;
  /** Of the sequences up to the present one, without a gap. */
  readonly #sent: Made[] = [];
  /** By client sequence. */
  readonly #answers = new Map<number, Uint8Array>();
  readonly #openGraphs = new Set<string>();
  #connection: Connection | null = null;
  #serverSeq: number;
  #clientSeq: number;
  /** Client sequences up to here were answered by an earlier process: the engine answers their repeats. */
  readonly #recalledSeq: number;
  /** Messages taken and not answered. */
  #pending = 0;
  #cancelAfterMs = 0;
  #cancelTimer: NodeJS.Timeout | null = null;
  /** When its connection ended, ms; Infinity while it has one. */
  leftAtMs = Infinity;

  /** @param known what the engine still has of it; @param lastSeq of the client: the server's sequence goes on from there */
  constructor(gateway: GatewayContext, principal: Principal, name: string, known: Recalled, lastSeq: number) {
    this.name = name;
    this.principal = principal;
    this.#gateway = gateway;
    this.#idPrefix = idPrefixOf(principal, name);
    this.#clientSeq = known.clientSeq;
    this.#recalledSeq = known.clientSeq;
    for (const graphId of known.openGraphs) this.#openGraphs.add(graphId);
    this.#serverSeq = lastSeq <= LAST_SEQ_MAX ? lastSeq : 0;
    this.#stopFollowing = gateway.events.follow(principal.accountId, (event) => this.#event(event));
  }

  get serverSeq(): number {
    return this.#serverSeq;
  }

  get clientSeq(): number {
    return this.#clientSeq;
  }

  attach(connection: Connection, cancelOnDisconnectMs: number): void {
    const before = this.#connection;
    this.#connection = connection;
    this.#cancelAfterMs = cancelOnDisconnectMs;
    this.leftAtMs = Infinity;
    if (this.#cancelTimer !== null) clearTimeout(this.#cancelTimer);
    this.#cancelTimer = null;
    before?.replaced();
  }

  /** The connection is gone; a later one may have taken over already. */
  detach(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.leftAtMs = performance.now();
    if (this.#cancelAfterMs > 0 && !this.#gateway.draining()) {
      this.#cancelTimer = setTimeout(() => this.#cancelAll(), this.#cancelAfterMs).unref();
    }
  }

  /** What followed `lastSeq`, to be made when sent; `whole` is false when some is no longer kept. */
  after(lastSeq: number): { readonly whole: boolean; readonly frames: readonly (() => Uint8Array)[] } {
    const first = this.#serverSeq + 1 - this.#sent.length;
    const whole = lastSeq <= this.#serverSeq && lastSeq + 1 >= first;
    const from = Math.max(0, lastSeq + 1 - first);
    const frames = this.#sent.slice(from).map((made, i) => () => bytesOf(first + from + i, made));
    return { whole, frames };
  }

  /** Takes an order message: once each sequence, repeats are answered from memory. @param inNs `stampNs()` of arrival */
  take(message: OrderMessage, inNs: number): void {
    const clientSeq = message.kind === 'new_order' ? message.order.clientSeq : message.clientSeq;
    const again = clientSeq <= this.#recalledSeq && clientSeq > 0 && !this.#answers.has(clientSeq);
    if (clientSeq <= this.#clientSeq && !again) {
      this.#repeat(clientSeq);
      return;
    }
    if (!again && clientSeq !== this.#clientSeq + 1) {
      const text = `expected client_seq ${this.#clientSeq + 1}, not ${clientSeq}; nothing was done`;
      this.#connection?.deliver(rejectFrame(0, clientSeq, 'BAD_REQUEST', text));
      return;
    }
    this.#clientSeq = Math.max(this.#clientSeq, clientSeq);
    // Made from the sequence: after a restart of this gateway the engine knows a repeat by it.
    const graphId = `${this.#idPrefix}${clientSeq}`;
    this.#pending++;
    try {
      order(this.#gateway, this.principal, message, graphId, (reply) => this.#answer(clientSeq, inNs, reply));
    } catch (problem) {
      const refusal = refusedBy(problem);
      if (refusal.code === 'INTERNAL_ERROR') this.#gateway.log.error({ err: problem }, 'a binary message failed');
      this.#answer(clientSeq, inNs, refusal);
    }
  }

  /** Forgotten: no timer, no listener. Orders that were to be cancelled after a grace are cancelled now rather than never. */
  drop(): void {
    if (this.#cancelTimer !== null) {
      clearTimeout(this.#cancelTimer);
      this.#cancelAll();
    }
    this.#stopFollowing();
  }

  #repeat(clientSeq: number): void {
    const answer = this.#answers.get(clientSeq);
    if (answer !== undefined) this.#connection?.deliver(answer);
    else if (clientSeq <= this.#clientSeq - framesKept || clientSeq === 0) {
      const text = 'client_seq was used; its answer is no longer kept, look at GET /v1/orders';
      this.#connection?.deliver(rejectFrame(0, clientSeq, 'CONFLICT', text));
    }
    // Else it is still being worked on: its one answer comes.
  }

  #answer(clientSeq: number, inNs: number, reply: Reply): void {
    const seq = ++this.#serverSeq;
    const made = reply.ok ? this.#ack(seq, clientSeq, inNs, reply) : rejectFrame(seq, clientSeq, reply.code, reply.message, reply.field);
    this.#keep(made);
    this.#answers.set(clientSeq, made);
    if (this.#answers.size > framesKept) {
      const oldest = this.#answers.keys().next().value;
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    // While more answers are on the way they leave together with the last of them.
    this.#pending--;
    if (this.#pending > 0) this.#connection?.deliverSoon(made);
    else this.#connection?.deliver(made);
  }

  #ack(seq: number, clientSeq: number, inNs: number, reply: Extract<Reply, { ok: true }>): Uint8Array {
    const { port } = this.#gateway;
    const { body } = reply;
    const graphId = 'graphId' in body ? body.graphId : '';
    if (body.kind === 'submitted' && !ended.has(body.status)) this.#openGraphs.add(graphId);
    ack.seq = seq;
    ack.clientSeq = clientSeq;
    ack.accountSeq = reply.seq;
    ack.coreBaseNs = port.baseNs();
    ack.gatewayInNs = inNs;
    ack.coreInNs = ack.coreOutNs = reply.tNs;
    ack.repeated = body.kind === 'submitted' && body.repeated;
    ack.graphId = graphId;
    ack.gatewayOutNs = stampNs();
    return ackFrame(ack);
  }

  #event(event: AccountEvent): void {
    if (event.channel === 'graphs' && this.#openGraphs.has(event.graphId) && ended.has(eventData(event)?.['status'])) {
      this.#openGraphs.delete(event.graphId);
    }
    if (!shown.has(event.channel)) return;
    const seq = ++this.#serverSeq;
    this.#keep(event);
    if (this.#connection !== null) this.#connection.deliverSoon(bytesOf(seq, event));
  }

  #keep(made: Made): void {
    this.#sent.push(made);
    if (this.#sent.length > 1.25 * framesKept) this.#sent.splice(0, this.#sent.length - framesKept);
  }

  #cancelAll(): void {
    this.#cancelTimer = null;
    const { port } = this.#gateway;
    const graphs = [...this.#openGraphs];
    this.#openGraphs.clear();
    for (const graphId of graphs) {
      port.command(this.principal.accountId, { kind: 'cancel_graph', graphId, flatten: false }, () => undefined);
    }
    const seq = ++this.#serverSeq;
    this.#keep(noticeFrame(seq, 'CANCEL_ON_DISCONNECT', `${graphs.length} graphs were asked to cancel`));
  }
}

function bytesOf(seq: number, made: Made): Uint8Array {
  if (made instanceof Uint8Array) return made;
  // Only channels that have a frame are kept.
  return eventFrame(seq, made) ?? new Uint8Array(0);
}
