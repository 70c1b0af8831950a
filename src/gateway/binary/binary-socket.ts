/** One connection of `/v1/ws/orders`: logon first, then frames of its session. */
import type { Principal } from '../auth/principal.js';
import type { Session } from '../auth/sessions.js';
import type { GatewayContext } from '../context.js';
import { authenticate } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';
import type { WebSocket } from '../server/uws.js';
import { Outbox } from '../streams/outbox.js';
import { decodeClientFrame, type ClientMessage } from './decode.js';
import { heartbeatFrame, logonAckFrame, rejectFrame } from './encode.js';
import type { BinarySession, Connection } from './session.js';
import type { SessionStore } from './session-store.js';
import { stampNs } from './stamp.js';

/** Messages a second that one connection may send, after a burst of twice as many; what is above is no trading. */
const MESSAGES_PER_SEC = 100_000;
/** Bad frames within a minute that end a connection. */
const BAD_FRAMES_MAX = 3;
const MINUTE_MS = 60_000;
/** Heartbeats without a word from the client that end a connection. */
const SILENT_BEATS_MAX = 3;
const CANCEL_MS_MAX = 600_000;

export interface BinaryUser {
  /** Null: the Logon brings the key. */
  readonly principal: Principal | null;
  readonly address: string;
  socket: BinarySocket | null;
}

export class BinarySocket implements Connection {
  readonly #gateway: GatewayContext;
  readonly #store: SessionStore;
  readonly #ws: WebSocket<BinaryUser>;
  readonly #heartbeatMs: number;
  readonly #outbox: Outbox<Uint8Array>;
  readonly #badAtMs: number[] = [];
  #session: BinarySession | null = null;
  #registered: Session | null = null;
  #open = true;
  #silentBeats = 0;
  #tokens = 2 * MESSAGES_PER_SEC;
  #tokensAtNs = stampNs();

  constructor(gateway: GatewayContext, store: SessionStore, ws: WebSocket<BinaryUser>, heartbeatMs: number) {
    this.#gateway = gateway;
    this.#store = store;
    this.#ws = ws;
    this.#heartbeatMs = heartbeatMs;
    this.#outbox = new Outbox<Uint8Array>({
      unreadBytes: () => this.unreadBytes(),
      send: (frame) => void (this.#open && ws.send(frame, true)),
      cork: (run) => void (this.#open && ws.cork(run)),
      tooSlow: () => this.close(4008, 'more than 1 MiB unread; log on again with last_seq'),
    });
  }

  deliver(frame: Uint8Array): void {
    this.#outbox.live(frame);
  }

  deliverSoon(frame: Uint8Array): void {
    this.#outbox.soon(frame);
  }

  unreadBytes(): number {
    return this.#open ? this.#ws.getBufferedAmount() : 0;
  }

  replaced(): void {
    this.close(4002, 'another connection logged on to this session');
  }

  close(code: number, reason: string): void {
    if (this.#open) this.#ws.end(code, reason);
  }

  ended(): void {
    this.#open = false;
    this.#outbox.stop();
    this.#session?.detach(this);
    if (this.#registered !== null) this.#gateway.sessions.remove(this.#registered);
  }

  drained(): void {
    this.#outbox.pump();
  }

  beat(): void {
    if (++this.#silentBeats > SILENT_BEATS_MAX) this.close(4003, 'no heartbeat');
    else if (this.#session !== null) this.deliver(heartbeatFrame(this.#nowNs()));
    else if (this.#silentBeats > 1) this.close(4003, 'no logon');
  }

  message(bytes: ArrayBuffer, binary: boolean): void {
    const inNs = stampNs();
    this.#silentBeats = 0;
    this.#tokens = Math.min(2 * MESSAGES_PER_SEC, this.#tokens + ((inNs - this.#tokensAtNs) * MESSAGES_PER_SEC) / 1e9) - 1;
    this.#tokensAtNs = inNs;
    if (this.#tokens < 0) {
      this.close(1008, `more than ${MESSAGES_PER_SEC} messages a second`);
      return;
    }
    if (!binary) {
      this.#bad('expected a binary message with one FlatBuffer');
      return;
    }
    const message = decodeClientFrame(new DataView(bytes));
    if (message.kind === 'bad') this.#bad(message.reason);
    else if (message.kind === 'logon') this.#logon(message);
    else if (this.#session === null) this.#bad('the first message must be a Logon');
    else if (message.kind !== 'heartbeat') this.#session.take(message, inNs);
  }

  #nowNs(): bigint {
    return this.#gateway.port.baseNs() + BigInt(this.#gateway.port.nowNs());
  }

  #bad(reason: string): void {
    const now = performance.now();
    this.#badAtMs.push(now);
    while ((this.#badAtMs[0] ?? now) < now - MINUTE_MS) this.#badAtMs.shift();
    this.deliver(rejectFrame(0, 0, 'BAD_REQUEST', reason));
    if (this.#badAtMs.length >= BAD_FRAMES_MAX) this.close(4007, `${BAD_FRAMES_MAX} bad frames within a minute`);
  }

  #logon(logon: Extract<ClientMessage, { kind: 'logon' }>): void {
    if (this.#registered !== null) {
      this.#bad('logged on already');
      return;
    }
    try {
      const principal = this.#principal(logon.key);
      if (!/^[A-Za-z0-9_.-]{1,64}$/.test(logon.session)) {
        throw new ApiError('VALIDATION_ERROR', 'session has 1 to 64 of A-Z a-z 0-9 _ . -', { details: [{ field: 'session', message: 'form' }] });
      }
      if (logon.cancelOnDisconnectMs > CANCEL_MS_MAX) {
        throw new ApiError('VALIDATION_ERROR', `cancel_on_disconnect_ms is at most ${CANCEL_MS_MAX}`);
      }
      this.#register(principal);
      this.#begin(principal, logon.session, logon.lastSeq, logon.cancelOnDisconnectMs);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.deliver(rejectFrame(0, 0, problem.code, problem.message, problem.options.details?.[0]?.field));
      this.close(4001, 'the logon was refused');
    }
  }

  #principal(key: string | null): Principal {
    const { principal, address } = this.#ws.getUserData();
    if (key === null && principal !== null) return principal;
    const named = authenticate(this.#gateway, `Bearer ${key ?? ''}`, () => address);
    if (principal !== null && principal.keyId !== named.keyId) {
      throw new ApiError('UNAUTHORIZED', 'the Logon has another key than the upgrade request');
    }
    if (!named.scopes.includes('trade')) throw new ApiError('FORBIDDEN', 'this key lacks the scope "trade"');
    return named;
  }

  #register(principal: Principal): void {
    const registered: Session = { principal, close: (code, reason) => this.close(code, reason) };
    if (!this.#gateway.sessions.add(registered)) throw new ApiError('RATE_LIMITED', 'this key has too many connections open');
    this.#registered = registered;
  }

  #begin(principal: Principal, name: string, lastSeq: number, cancelAfterMs: number): void {
    this.#store.open(principal, name, lastSeq, (session, resumed) => {
      if (this.#open) this.#start(principal, session, resumed, lastSeq, cancelAfterMs);
    });
  }

  #start(principal: Principal, session: BinarySession, resumed: boolean, lastSeq: number, cancelAfterMs: number): void {
    const { name } = session;
    const { whole, frames } = session.after(lastSeq);
    this.#session = session;
    const ack = logonAckFrame({
      session: name, account: principal.accountName, clientSeq: session.clientSeq, serverSeq: session.serverSeq, resumed,
      // What an earlier process sent is not kept: a client that saw some of it must read the state.
      resync: !whole || (!resumed && lastSeq > 0), heartbeatMs: this.#heartbeatMs,
      durability: this.#gateway.durability,
      instruments: this.#gateway.names.universe.instruments.map((instrument) => instrument.symbol),
    });
    this.#outbox.bulk([() => ack, ...frames]);
    session.attach(this, cancelAfterMs);
  }
}
