/** Positions in the unified shape, and the older views of the same. */
import Type from 'typebox';
import { ask } from '../engine.js';
import { ok, route, type Call, type Route } from '../server/route.js';
import { namedVenues } from './filters.js';
import { Ns, Open, Position, shape } from './schemas.js';

const Unified = shape({ positions: Type.Array(Position), totals: Open, as_of_ns: Ns });

interface Row {
  readonly venue: string;
  readonly instrument: { readonly kind: string; readonly symbol: string };
  readonly [field: string]: unknown;
}

interface Positions {
  readonly positions: readonly Row[];
  readonly totals: Readonly<Record<string, unknown>>;
  readonly as_of_ns: unknown;
}

export async function positionsOf(call: Call<unknown, unknown>, includeClosed = false): Promise<Positions> {
  return (await ask(call.gateway.port, call.principal.accountId, { kind: 'positions', includeClosed })) as Positions;
}

const cash = new Set(['fiat', 'crypto']);

export const positionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/positions/unified',
    tag: 'positions',
    summary: 'Every kind of position, with totals.',
    scope: 'read',
    query: Type.Object({
      venues: Type.Optional(Type.String({ maxLength: 1024 })),
      kinds: Type.Optional(Type.String({ pattern: '^(fiat|crypto|perp|event_contract)(,(fiat|crypto|perp|event_contract))*$' })),
      include_closed: Type.Optional(Type.Boolean({ default: false })),
    }),
    answers: { 200: Unified },
    handle: async (call) => {
      const all = await positionsOf(call, call.query.include_closed ?? false);
      const venues = call.query.venues === undefined ? undefined : namedVenues(call, call.query.venues);
      const kinds = call.query.kinds?.split(',');
      const positions = all.positions.filter(
        (row) =>
          (venues === undefined || venues.includes(row.venue)) && (kinds === undefined || kinds.includes(row.instrument.kind)),
      );
      return ok({ ...all, positions });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/positions',
    tag: 'positions',
    summary: 'Open positions and balances.',
    scope: 'read',
    answers: { 200: Unified },
    handle: async (call) => ok(await positionsOf(call)),
  }),
  route({
    method: 'GET',
    path: '/v1/positions/perp',
    tag: 'positions',
    summary: 'Open perp positions.',
    scope: 'read',
    answers: { 200: shape({ positions: Type.Array(Position) }) },
    handle: async (call) => {
      const all = await positionsOf(call);
      return ok({ positions: all.positions.filter((row) => row.instrument.kind === 'perp'), as_of_ns: all.as_of_ns });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/balances',
    tag: 'positions',
    summary: 'Balances by venue and asset.',
    scope: 'read',
    answers: { 200: shape({ balances: Type.Array(Open) }) },
    handle: async (call) => {
      const all = await positionsOf(call);
      const balances = all.positions
        .filter((row) => cash.has(row.instrument.kind))
        .map((row) => ({
          venue: row.venue,
          asset: row.instrument.symbol,
          total_1e8: row['qty_1e8'],
          available_1e8: row['available_qty_1e8'],
          locked_1e8: row['locked_qty_1e8'],
          value_usd_1e9: row['current_value_usd_1e9'],
        }));
      return ok({ balances, as_of_ns: all.as_of_ns });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/portfolio/summary',
    tag: 'positions',
    summary: 'Totals of the account.',
    scope: 'read',
    answers: { 200: Open },
    handle: async (call) => {
      const all = await positionsOf(call);
      return ok({ ...all.totals, totals: all.totals, position_count: all.positions.length, as_of_ns: all.as_of_ns });
    },
  }),
];
