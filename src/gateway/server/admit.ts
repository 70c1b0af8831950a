/** Who may pass: bearer key, scope, rates. */
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from './api-error.js';
import type { Route } from './route.js';

const BEARER = /^Bearer ([\x21-\x7e]{1,256})$/i;

/**
 * @param address remote address as text, asked for only where it matters
 * @throws ApiError UNAUTHORIZED, or RATE_LIMITED for an address that keeps failing
 */
export function authenticate(gateway: GatewayContext, authorization: string, address: () => string): Principal {
  const wait = gateway.addressRate.peek(address);
  if (wait > 0) {
    const message = `too many failed authentications from here; wait ${wait} s`;
    throw new ApiError('RATE_LIMITED', message, { retryAfter: wait });
  }
  const match = BEARER.exec(authorization);
  const principal = match === null ? null : gateway.keys.authenticate(match[1] ?? '');
  if (principal !== null) return principal;
  gateway.addressRate.take(address());
  const message =
    authorization === ''
      ? 'expected "Authorization: Bearer <key>"'
      : 'the key is unknown, was revoked or rotated; check it at GET /v1/api_keys';
  throw new ApiError('UNAUTHORIZED', message);
}

/** @throws ApiError FORBIDDEN, or SERVICE_UNAVAILABLE for new work while shutting down */
export function authorise(gateway: GatewayContext, principal: Principal, route: Route): void {
  if (route.scope !== null && !principal.scopes.includes(route.scope)) {
    throw new ApiError('FORBIDDEN', `this key lacks the scope "${route.scope}"`);
  }
  if (route.startsWork && gateway.draining()) {
    throw new ApiError('SERVICE_UNAVAILABLE', 'shutting down; nothing was accepted', { retryAfter: 2 });
  }
}

/** @throws ApiError RATE_LIMITED */
export function limitRate(gateway: GatewayContext, principal: Principal): void {
  const wait = gateway.accountRate.take(String(principal.accountId));
  if (wait === 0) return;
  throw new ApiError('RATE_LIMITED', `more requests than the plan allows; wait ${wait} s`, { retryAfter: wait });
}

/** @throws ApiError FORBIDDEN when the key's allow-list lacks the venue */
export function allowVenue(principal: Principal, venue: string): void {
  if (principal.venues !== null && !principal.venues.includes(venue)) {
    throw new ApiError('FORBIDDEN', `this key may not use the venue "${venue}"`);
  }
}

/** @throws ApiError FORBIDDEN when the key's allow-list lacks the instrument */
export function allowInstrument(principal: Principal, symbol: string): void {
  if (principal.instruments !== null && !principal.instruments.includes(symbol)) {
    throw new ApiError('FORBIDDEN', `this key may not trade "${symbol}"`);
  }
}
