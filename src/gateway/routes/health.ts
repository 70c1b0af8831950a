/** Is it alive, is it ready, how is it. */
import Type from 'typebox';
import { ask } from '../engine.js';
import { touchOf } from '../market-data.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Route } from '../server/route.js';
import { Open, shape, Text } from './schemas.js';

export const healthRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/health/live',
    tag: 'health',
    summary: 'The process answers.',
    scope: null,
    answers: { 200: shape({ status: Text }) },
    handle: () => ok({ status: 'live' }),
  }),
  route({
    method: 'GET',
    path: '/v1/health/ready',
    tag: 'health',
    summary: 'Prices are there and new orders are taken.',
    scope: null,
    answers: { 200: shape({ status: Text }) },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: async (call) => {
      const reason = await unready(call.gateway);
      if (reason !== null) throw new ApiError('SERVICE_UNAVAILABLE', reason, { retryAfter: 1 });
      return ok({ status: 'ready' });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/health',
    tag: 'health',
    summary: 'Status, version, uptime, venues, lag.',
    scope: 'read',
    answers: { 200: shape({ status: Text, version: Text, uptime_secs: Type.Number(), venues: Type.Array(Open) }) },
    handle: async (call) => {
      const { gateway } = call;
      const engine = (await ask(gateway.port, call.principal.accountId, { kind: 'health' })) as Record<string, unknown>;
      const told = Array.isArray(engine['venues']) ? (engine['venues'] as Record<string, unknown>[]) : [];
      const reason = await unready(gateway);
      return ok({
        ...engine,
        ...(gateway.port.threads === undefined ? {} : { threads: gateway.port.threads() }),
        status: reason === null ? 'ok' : 'degraded',
        ...(reason === null ? {} : { reason }),
        version: gateway.version,
        uptime_secs: gateway.uptimeSecs(),
        venues: venueStates(gateway).map((row) => ({ ...told.find((entry) => entry['venue'] === row.venue), ...row })),
      });
    },
  }),
];

/** Null when ready, else why not. */
export async function unready(gateway: GatewayContext): Promise<string | null> {
  if (gateway.draining()) return 'shutting down';
  const stuck = (gateway.port.threads?.() ?? []).filter((thread) => thread.stuck || thread.state === 'failed');
  if (stuck.length > 0) return stuck.map(({ name, age_ms }) => `thread ${name} has not answered for ${age_ms} ms`).join(', ');
  const engine = (await ask(gateway.port, 0, { kind: 'health' })) as { readonly ready?: unknown };
  if (engine.ready === false) return 'what was open at the venues is still being reconciled';
  const priced = gateway.names.universe.instruments.some((instrument) => {
    const touch = touchOf(gateway.port.books.books(instrument.id, 1));
    return touch.bidTicks > 0 && touch.askTicks > 0;
  });
  return priced ? null : 'no instrument has a fresh price yet';
}

interface VenueState {
  readonly venue: string;
  readonly connected: boolean;
  readonly fresh: boolean;
  readonly lag_ms: number | null;
}

function venueStates(gateway: GatewayContext): VenueState[] {
  const books = gateway.names.universe.instruments.flatMap((item) => [...gateway.port.books.books(item.id, 1)]);
  return gateway.names.universe.venues.map((venue) => {
    const own = books.filter((book) => book.venue === venue.id);
    const ages = own.map((book) => book.ageMs).filter(Number.isFinite);
    return {
      venue: venue.name,
      connected: own.some((book) => book.connected),
      fresh: own.some((book) => book.fresh),
      lag_ms: ages.length === 0 ? null : Math.min(...ages),
    };
  });
}
