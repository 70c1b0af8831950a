/**
 * The answering half of one request. Knows whether the connection is still there, answers once, and tells an
 * order's answer exactly: "delivered" means that the operating system took the last byte.
 */
import { STATUS_CODES } from 'node:http';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { GatewayContext } from '../context.js';
import { ApiError, envelope } from './api-error.js';
import type { HttpResponse } from './uws.js';

/** Answers above this are handed over piece by piece. */
const STREAMED_BYTES = 64 * 1024;
/** No headers beyond those of every answer. */
const NONE: Readonly<Record<string, string>> = {};
const JSON_TYPE = 'application/json; charset=utf-8';

export class Reply {
  readonly requestId: string;
  /** The route's pattern for metrics; "" before one is found. */
  route = '';
  readonly #gateway: GatewayContext;
  readonly #response: HttpResponse;
  readonly #method: string;
  /** When the head of the request was read, `performance.now()`. */
  readonly startedMs = performance.now();
  #state: 'open' | 'sending' | 'done' | 'aborted' = 'open';
  #delivered: ((delivered: boolean) => void) | null = null;

  constructor(gateway: GatewayContext, response: HttpResponse, requestId: string, method: string) {
    this.#gateway = gateway;
    this.#response = response;
    this.requestId = requestId;
    this.#method = method;
    gateway.metrics.opened();
    response.onAborted(() => this.#abort());
  }

  /** True once answered or gone. */
  get over(): boolean {
    return this.#state !== 'open';
  }

  /** @param delivered told once, also when the connection is already gone */
  json(status: number, text: string, delivered: ((delivered: boolean) => void) | null): void {
    if (this.#state === 'aborted') {
      delivered?.(false);
      return;
    }
    if (this.#state !== 'open') return;
    if (delivered === null && text.length <= STREAMED_BYTES) this.#finish(status, JSON_TYPE, text, NONE);
    else this.#stream(status, JSON_TYPE, text, NONE, delivered);
  }

  file(status: number, file: { readonly type: string; readonly bytes: Uint8Array | string; readonly csp?: string }): void {
    if (this.#state !== 'open') return;
    const policy = file.csp === undefined ? NONE : { 'Content-Security-Policy': file.csp };
    this.#stream(status, file.type, file.bytes, policy, null);
  }

  /** @param close ends the connection after the answer: nobody reads the rest of a body too large */
  fail(error: ApiError, close = false): void {
    if (this.#state !== 'open') return;
    const headers: Record<string, string> = {};
    if (error.options.retryAfter !== undefined) headers['Retry-After'] = String(error.options.retryAfter);
    if (error.options.allow !== undefined) headers['Allow'] = error.options.allow;
    if (error.status === 401) headers['WWW-Authenticate'] = 'Bearer';
    const text = stringifyExact(envelope(error, this.requestId));
    if (close) headers['Connection'] = 'close';
    this.#finish(error.status, JSON_TYPE, text, headers, close);
  }

  /**
   * Ends the connection without a word. The parser stops only for a closed socket: after an answer, even one that
   * closes, it would take what follows in the same packet for a request.
   */
  cutOff(reason: string): void {
    this.#response.close();
    this.#gateway.log.info({ requestId: this.requestId, reason }, 'connection closed on doubt');
  }

  /** The request becomes a WebSocket: no answer from here any more. */
  handOver(): void {
    this.#state = 'done';
    this.#account(101);
  }

  #finish(
    status: number,
    type: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    close = false,
  ): void {
    this.#state = 'done';
    this.#response.cork(() => {
      this.#head(status, type, headers);
      if (this.#method === 'HEAD') this.#response.endWithoutBody(Buffer.byteLength(body), close);
      else this.#response.end(body, close);
    });
    this.#account(status);
  }

  /**
   * Gives the library no more than the system takes, so that a slow reader costs no copy of a large answer.
   *
   * An optional write is refused while anything of an earlier answer is queued, so "taken" means handed to the
   * system; the one answer that just then fills a non-reader's buffers is taken although its end is still queued.
   */
  #stream(
    status: number,
    type: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    delivered: ((delivered: boolean) => void) | null,
  ): void {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    this.#state = 'sending';
    this.#delivered = delivered;
    let done = false;
    this.#response.cork(() => {
      this.#head(status, type, headers);
      [, done] = this.#response.tryEnd(body, length);
    });
    this.#account(status);
    if (!done) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      this.#response.onWritable((offset) => this.#sendRest(bytes, offset));
      return;
    }
    this.#state = 'done';
    this.#tell(true);
  }

  #sendRest(body: Uint8Array, offset: number): boolean {
    if (this.#state !== 'sending') return true;
    let taken = false;
    let done = false;
    this.#response.cork(() => {
      [taken, done] = this.#response.tryEnd(body.subarray(offset), body.length);
    });
    if (done) {
      this.#state = 'done';
      this.#tell(true);
    }
    return taken;
  }

  #head(status: number, type: string, headers: Readonly<Record<string, string>>): void {
    this.#response.writeStatus(statusLine(status));
    this.#response.writeHeader('Content-Type', type);
    this.#response.writeHeader('X-Request-Id', this.requestId);
    this.#response.writeHeader('X-Content-Type-Options', 'nosniff');
    this.#response.writeHeader('Cache-Control', 'no-store');
    if (this.#method !== 'GET') this.#response.writeHeader('X-Durability', this.#gateway.durability);
    if (headers === NONE) return;
    for (const [name, value] of Object.entries(headers)) this.#response.writeHeader(name, value);
  }

  #abort(): void {
    const before = this.#state;
    if (before === 'done') return;
    this.#state = 'aborted';
    if (before === 'open') this.#gateway.metrics.aborted();
    this.#tell(false);
  }

  #tell(value: boolean): void {
    const delivered = this.#delivered;
    this.#delivered = null;
    delivered?.(value);
  }

  #account(status: number): void {
    const ms = performance.now() - this.startedMs;
    this.#gateway.metrics.answered(this.route, this.#method, status, ms / 1000);
    const { log } = this.#gateway;
    const level = status >= 500 && status !== 501 ? 'warn' : 'debug';
    if (log.isLevelEnabled(level)) log[level]({ requestId: this.requestId, method: this.#method, route: this.route, status, ms }, 'answered');
  }
}

const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) statusLines.set(status, (line = `${status} ${STATUS_CODES[status] ?? ''}`));
  return line;
}
