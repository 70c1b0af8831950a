/**
 * Admission of a WebSocket: the library upgrades whatever carries a key, so the handshake (RFC 6455, 4.2.1), the
 * origin and who is asking are checked here. Every stream's `upgrade` handler calls `admitUpgrade` first.
 */
import type { Principal, Scope } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from './api-error.js';
import { authenticate } from './admit.js';
import { addressOf } from './exchange.js';
import { readHeaders } from './header-guard.js';
import { Reply } from './reply.js';
import type { HttpRequest, HttpResponse, UpgradeContext } from './uws.js';

export interface UpgradeWanted {
  readonly scope: Scope;
  /** Null: a client need not name one. */
  readonly subprotocol: string | null;
  /** Origins that browsers may come from; other clients send none. */
  readonly origins: readonly string[];
}

/** Who may open this socket, or null when the answer was given already. Call it with nothing awaited before. */
export function admitUpgrade(
  gateway: GatewayContext,
  response: HttpResponse,
  request: HttpRequest,
  wanted: UpgradeWanted,
): Principal | null {
  const headers = readHeaders(request);
  const reply = new Reply(gateway, response, `ws-${gateway.sessions.nextId()}`, 'GET');
  reply.route = request.getUrl();
  if (headers.doubt !== null) {
    reply.cutOff(headers.doubt);
    return null;
  }
  try {
    checkRoom(gateway, response);
    checkHandshake(request, wanted);
    const principal = principalOf(gateway, response, request, headers.authorization);
    if (!principal.scopes.includes(wanted.scope)) {
      throw new ApiError('FORBIDDEN', `this key lacks the scope "${wanted.scope}"`);
    }
    if (gateway.draining()) throw new ApiError('SERVICE_UNAVAILABLE', 'shutting down', { retryAfter: 2 });
    reply.handOver();
    return principal;
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    reply.fail(problem);
    return null;
  }
}

/**
 * As `admitUpgrade` for a door whose first message may bring the key: handshake and origin only. False when the
 * answer was given already.
 */
export function admitKeyless(
  gateway: GatewayContext,
  response: HttpResponse,
  request: HttpRequest,
  wanted: UpgradeWanted,
): boolean {
  const headers = readHeaders(request);
  const reply = new Reply(gateway, response, `ws-${gateway.sessions.nextId()}`, 'GET');
  reply.route = request.getUrl();
  if (headers.doubt !== null) {
    reply.cutOff(headers.doubt);
    return false;
  }
  try {
    checkRoom(gateway, response);
    checkHandshake(request, wanted);
    if (gateway.draining()) throw new ApiError('SERVICE_UNAVAILABLE', 'shutting down', { retryAfter: 2 });
    reply.handOver();
    return true;
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    reply.fail(problem);
    return false;
  }
}

/** The door of a WebSocket, asked without the handshake. */
export function refusePlain(gateway: GatewayContext, response: HttpResponse, request: HttpRequest): void {
  const reply = new Reply(gateway, response, `ws-${gateway.sessions.nextId()}`, 'GET');
  reply.route = request.getUrl();
  reply.fail(new ApiError('BAD_REQUEST', 'this is a WebSocket: expected Upgrade: websocket with its headers'), true);
}

/** Completes the upgrade of an admitted request. */
export function upgrade<T>(
  response: HttpResponse,
  request: HttpRequest,
  context: UpgradeContext,
  data: T,
  subprotocol: string | null,
): void {
  const key = request.getHeader('sec-websocket-key');
  response.upgrade(data, key, subprotocol ?? '', request.getHeader('sec-websocket-extensions'), context);
}

/** @throws ApiError RATE_LIMITED */
export function checkRoom(gateway: GatewayContext, response: HttpResponse): void {
  if (gateway.sockets.hasRoom(addressOf(response))) return;
  throw new ApiError('RATE_LIMITED', 'this address has too many connections open', { retryAfter: 5 });
}

/** @throws ApiError FORBIDDEN for a browser that comes from elsewhere */
export function checkOrigin(request: HttpRequest, origins: readonly string[]): void {
  const origin = request.getHeader('origin');
  if (origin !== '' && !origins.includes(origin)) throw new ApiError('FORBIDDEN', 'this origin is not on the allow-list');
}

/** By a ticket in the query, else by the key in the header. @throws ApiError UNAUTHORIZED, RATE_LIMITED */
export function principalOf(gateway: GatewayContext, response: HttpResponse, request: HttpRequest, authorization: string): Principal {
  const ticket = request.getQuery('ticket');
  if (ticket === undefined || ticket === '') return authenticate(gateway, authorization, () => addressOf(response));
  const principal = gateway.tickets.redeem(ticket);
  if (principal === null) throw new ApiError('UNAUTHORIZED', 'the ticket is unknown, used or older than 30 s');
  return principal;
}

function checkHandshake(request: HttpRequest, wanted: UpgradeWanted): void {
  const has = (header: string, token: string): boolean =>
    request.getHeader(header).toLowerCase().split(',').some((part) => part.trim() === token);
  if (!has('upgrade', 'websocket') || !has('connection', 'upgrade')) {
    throw new ApiError('BAD_REQUEST', 'expected Upgrade: websocket and Connection: Upgrade');
  }
  if (request.getHeader('sec-websocket-version') !== '13') {
    throw new ApiError('BAD_REQUEST', 'expected Sec-WebSocket-Version: 13');
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(request.getHeader('sec-websocket-key'))) {
    throw new ApiError('BAD_REQUEST', 'expected a Sec-WebSocket-Key of 16 bytes');
  }
  checkOrigin(request, wanted.origins);
  if (wanted.subprotocol !== null && !has('sec-websocket-protocol', wanted.subprotocol)) {
    throw new ApiError('BAD_REQUEST', `expected the subprotocol ${wanted.subprotocol}`);
  }
}
