/** Server-sent events, for one channel of the account each: `/v1/tca/stream` and `/v1/risk/stream`. */
import { randomUUID } from 'node:crypto';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { Session } from '../auth/sessions.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from '../server/api-error.js';
import { addressOf } from '../server/exchange.js';
import { readHeaders } from '../server/header-guard.js';
import { checkOrigin, checkRoom, principalOf } from '../server/upgrade.js';
import { Reply } from '../server/reply.js';
import type { App, HttpRequest, HttpResponse } from '../server/uws.js';
import type { Principal } from '../auth/principal.js';
import { AccountFeed } from './account-feed.js';
import { eventData } from './account-frames.js';
import { Outbox } from './outbox.js';

/** Below the library's idle time of an answer, 10 s. */
const COMMENT_MS = 5_000;
const DIGITS = /^\d{1,15}$/;

type SseChannel = 'tca' | 'risk';

/** @param origins that browsers may come from */
export function mountSse(app: App, gateway: GatewayContext, origins: readonly string[]): void {
  for (const channel of ['tca', 'risk'] as const) {
    app.get(`/v1/${channel}/stream`, (response, request) => serve(gateway, channel, origins, response, request));
  }
}

function serve(
  gateway: GatewayContext, channel: SseChannel, origins: readonly string[], response: HttpResponse, request: HttpRequest,
): void {
  const headers = readHeaders(request);
  try {
    if (headers.doubt !== null) throw new ApiError('BAD_REQUEST', headers.doubt);
    if (gateway.draining()) throw new ApiError('SERVICE_UNAVAILABLE', 'shutting down', { retryAfter: 2 });
    checkRoom(gateway, response);
    checkOrigin(request, origins);
    const origin = request.getHeader('origin');
    const principal = principalOf(gateway, response, request, headers.authorization);
    if (!principal.scopes.includes('read')) throw new ApiError('FORBIDDEN', 'this key lacks the scope "read"');
    const from = request.getHeader('last-event-id') || (new URLSearchParams(request.getQuery() ?? '').get('from_seq') ?? '');
    if (from !== '' && !DIGITS.test(from)) throw new ApiError('INVALID_PARAMS', 'from_seq must be a whole number from 0');
    const stream = new SseStream(gateway, principal, response, addressOf(response));
    if (!gateway.sessions.add(stream)) throw new ApiError('RATE_LIMITED', 'this key has too many streams open', { retryAfter: 5 });
    stream.start(channel, from === '' ? null : Number(from), origin);
  } catch (problem) {
    const error = problem instanceof ApiError ? problem : new ApiError('INTERNAL_ERROR', 'a fault of the engine; it was logged');
    if (error !== problem) gateway.log.error({ err: problem }, 'an event stream failed');
    new Reply(gateway, response, randomUUID(), 'GET').fail(error, true);
  }
}

class SseStream implements Session {
  readonly principal: Principal;
  readonly #gateway: GatewayContext;
  readonly #response: HttpResponse;
  readonly #address: string;
  readonly #outbox: Outbox;
  #feed: AccountFeed | null = null;
  #comments: NodeJS.Timeout | null = null;
  #open = true;
  #written = 0;
  #unread = 0;

  constructor(gateway: GatewayContext, principal: Principal, response: HttpResponse, address: string) {
    this.#gateway = gateway;
    this.principal = principal;
    this.#response = response;
    this.#address = address;
    this.#outbox = new Outbox({
      unreadBytes: () => this.#unread,
      send: (text) => this.#write(text),
      cork: (run) => void (this.#open && response.cork(run)),
      tooSlow: () => this.close(),
    });
  }

  /** @param origin of the browser that asked, which may read the answer; "" for programs */
  start(channel: SseChannel, fromSeq: number | null, origin: string): void {
    const response = this.#response;
    this.#gateway.sockets.opened('events', this.#address, this);
    response.onAborted(() => this.#ended());
    response.onWritable((offset) => {
      this.#unread = Math.max(0, this.#written - offset);
      this.#outbox.pump();
      return true;
    });
    response.cork(() => {
      response.writeStatus('200 OK');
      response.writeHeader('Content-Type', 'text/event-stream; charset=utf-8');
      response.writeHeader('Cache-Control', 'no-store');
      response.writeHeader('X-Content-Type-Options', 'nosniff');
      if (origin !== '') response.writeHeader('Access-Control-Allow-Origin', origin).writeHeader('Vary', 'Origin');
      this.#write(': open\n\n');
    });
    const frame = (seq: number, event: string, data: string): string => `id: ${seq}\nevent: ${event}\ndata: ${data}\n\n`;
    this.#feed = new AccountFeed(this.#gateway, this.principal, {
      event: (event) => this.#outbox.soon(frame(event.seq, channel, eventData(event))),
      replay: (events) => this.#outbox.bulk(events.map((event) => () => frame(event.seq, channel, eventData(event)))),
      snapshot: (_, seq, rows) => this.#outbox.bulk(rows.map((row) => () => frame(seq, 'snapshot', stringifyExact(row)))),
      resync: (_, seq) => this.#outbox.bulk([() => frame(seq, 'resync', stringifyExact({ seq }))]),
      failed: () => this.close(),
    });
    this.#feed.start([channel], fromSeq);
    this.#comments = setInterval(() => this.#write(':\n\n'), COMMENT_MS).unref();
  }

  unreadBytes(): number {
    return this.#unread;
  }

  close(): void {
    if (this.#open) this.#response.close();
  }

  #write(text: string): void {
    if (!this.#open) return;
    this.#written += Buffer.byteLength(text);
    this.#unread = this.#response.write(text) ? 0 : this.#unread + Buffer.byteLength(text);
  }

  #ended(): void {
    this.#open = false;
    this.#outbox.stop();
    this.#feed?.stop();
    if (this.#comments !== null) clearInterval(this.#comments);
    this.#gateway.sessions.remove(this);
    this.#gateway.sockets.closed('events', this.#address, this, 0);
  }
}
