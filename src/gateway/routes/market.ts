/** Prices and what can be traded where. */
import Type from 'typebox';
import type { Instrument, Listing } from '../../protocol/universe.js';
import { stringifyExact } from '../../protocol/json/stringify.js';
import { RawJson } from '../../protocol/json/values.js';
import { limits } from '../../base/limits.js';
import { ask } from '../engine.js';
import { priceHistory, quote, rangeSecs } from '../market-data.js';
import type { GatewayContext } from '../context.js';
import { ok, route, type Call, type Route } from '../server/route.js';
import { invalidParam } from './filters.js';
import { Flag, Open, shape, Text } from './schemas.js';

const Depth = Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Levels a side.' });
const Quote = shape({ symbol: Text, source: Text, nbbo: Open, venues: Open, book: Open });
const ListingShape = Type.Object({ venue: Text, symbol: Text }, { additionalProperties: true });

export const marketRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/quotes/{symbol}',
    tag: 'market',
    summary: 'Consolidated best prices, each venue, merged book.',
    scope: 'read',
    query: Type.Object({ depth: Type.Optional(Depth), nowait: Type.Optional(Type.Boolean({ default: false })) }),
    answers: { 200: Quote },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const instrument = call.gateway.names.instrument(call.param('symbol'));
      return ok(quote(call.gateway, instrument, call.query.depth ?? 10));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/quotes',
    tag: 'market',
    summary: 'Quotes of several symbols; each row a quote or an error.',
    scope: 'read',
    query: Type.Object({ symbols: Type.String({ minLength: 1, maxLength: 8192 }), depth: Type.Optional(Depth) }),
    answers: { 200: shape({ quotes: Type.Array(Open), count: Type.Integer() }) },
    handle: (call) => {
      const symbols = call.query.symbols.split(',');
      if (symbols.length > limits.quotesBatchMax) throw invalidParam('symbols', `expected at most ${limits.quotesBatchMax} symbols`);
      return ok(quotes(call, symbols, call.query.depth ?? 10));
    },
  }),
  route({
    method: 'POST',
    path: '/v1/quotes_batch',
    tag: 'market',
    summary: 'Quotes of up to 2,000 symbols.',
    scope: 'read',
    body: Type.Object(
      {
        symbols: Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: limits.quotesBatchMax }),
        depth: Type.Optional(Depth),
        nowait: Type.Optional(Flag),
        concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
        instrument_type: Type.Optional(Type.Union([Text, Type.Null()])),
      },
      { additionalProperties: false },
    ),
    answers: { 200: shape({ quotes: Type.Array(Open), count: Type.Integer(), elapsed_ms: Type.Number() }) },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR'],
    handle: (call) => {
      const started = performance.now();
      const perp = call.body.instrument_type?.toLowerCase() === 'perp';
      const names = call.body.symbols.map((symbol) => (perp && !/-PERP$/i.test(symbol) ? `${symbol}-PERP` : symbol));
      const answer = quotes(call, names, call.body.depth ?? 10, call.body.symbols);
      return ok({ ...answer, elapsed_ms: Math.round((performance.now() - started) * 1000) / 1000 });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/symbols',
    tag: 'market',
    summary: 'Instruments with their listings.',
    scope: 'read',
    answers: { 200: shape({ symbols: Type.Array(Open) }) },
    handle: (call) => {
      const { instruments } = call.gateway.names.universe;
      return ok({ symbols: instruments.map((item) => instrumentRow(call.gateway, item)) });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/pairs/{symbol}/venues',
    tag: 'market',
    summary: 'Where an instrument is listed.',
    scope: 'read',
    answers: { 200: shape({ symbol: Text, venues: Type.Array(ListingShape) }) },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const instrument = call.gateway.names.instrument(call.param('symbol'));
      return ok({ symbol: instrument.symbol, venues: listingRows(call.gateway, instrument) });
    },
  }),
  ...(['venues', 'edges'] as const).map((name) =>
    route({
      method: 'GET',
      path: `/v1/${name}`,
      tag: 'market',
      summary: name === 'venues' ? 'Venues with their state.' : 'The same venues under the name that clients use.',
      scope: 'read',
      answers: { 200: shape({ [name]: Type.Array(Open) }) },
      handle: async (call) => ok({ [name]: await venueRows(call), note: note(call.gateway) }),
    }),
  ),
  route({
    method: 'GET',
    path: '/v1/fees',
    tag: 'market',
    summary: 'Fees of an instrument by venue, in bps.',
    scope: 'read',
    query: Type.Object({
      ticker: Type.String({ minLength: 1, maxLength: 64 }),
      venues: Type.Optional(Type.String({ maxLength: 1024 })),
    }),
    answers: { 200: shape({ ticker: Text, fees: Type.Array(Open) }) },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const instrument = call.gateway.names.instrument(call.query.ticker);
      const wanted = call.query.venues?.split(',').map((name) => call.gateway.names.venue(name).name);
      const fees = call.gateway.names
        .listings(instrument)
        .map((listing) => ({
          venue: call.gateway.names.venueName(listing.venue),
          maker_bps: listing.makerFeeE6 / 100,
          taker_bps: listing.takerFeeE6 / 100,
          fee_asset: listing.feeAsset,
        }))
        .filter((row) => wanted === undefined || wanted.includes(row.venue));
      return ok({ ticker: instrument.symbol, fees });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/price_history/{symbol}',
    tag: 'market',
    summary: 'Prices of the trade tape kept (last 24 hours).',
    scope: 'read',
    query: Type.Object({
      range: Type.Optional(Type.String({ default: '1d', maxLength: 8 })),
      fidelity_secs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400, default: 60 })),
      paginate: Type.Optional(Type.Boolean()),
      start_ts: Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999_999_999 })),
      end_ts: Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999_999_999 })),
      venue: Type.Optional(Type.String({ maxLength: 64 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50_000 })),
      underlying: Type.Optional(Type.Boolean()),
    }),
    answers: { 200: shape({ symbol: Text, points: Type.Array(Open) }) },
    errors: ['NOT_FOUND'],
    handle: history,
  }),
];

/** Levels a side in one answer: the thread that writes it trades, too. */
const LEVELS_MAX = 20_000;

/** @param wanted levels a side; fewer with a warning where all together would be too many. @param shown what errors call each symbol */
function quotes(call: Call, symbols: readonly string[], wanted: number, shown = symbols): { quotes: unknown[]; count: number } {
  const { gateway } = call;
  const depth = Math.min(wanted, Math.max(1, Math.floor(LEVELS_MAX / symbols.length)));
  if (depth < wanted) {
    const message = `${symbols.length} symbols get ${depth} levels a side each: an answer has at most ${LEVELS_MAX}`;
    call.warnings.push({ code: 'DEPTH_CUT', message, field: 'depth' });
  }
  // Once an instrument, however often it is asked for: the thread that answers trades, too.
  const texts = new Map<Instrument, RawJson>();
  const rows = symbols.map((symbol, i) => {
    const instrument = gateway.names.findInstrument(symbol);
    if (instrument === undefined) return { symbol: (shown[i] ?? symbol).slice(0, 256), error: 'no such instrument' };
    let text = texts.get(instrument);
    if (text === undefined) texts.set(instrument, (text = new RawJson(stringifyExact(quote(gateway, instrument, depth)))));
    return text;
  });
  return { quotes: rows, count: rows.length };
}

export function listingRow(gateway: GatewayContext, instrument: Instrument, listing: Listing): Record<string, unknown> {
  return {
    venue: gateway.names.venueName(listing.venue),
    symbol: instrument.symbol,
    quote: gateway.names.assetCode(listing.quote),
    tick_1e9: listing.tickMultiple * instrument.tick1e9,
    lot_1e8: listing.lotMultiple * instrument.lot1e8,
    min_qty_1e8: listing.minLots * instrument.lot1e8,
    min_notional_usd_1e9: listing.minNotional1e9,
    maker_bps: listing.makerFeeE6 / 100,
    taker_bps: listing.takerFeeE6 / 100,
    fee_asset: listing.feeAsset,
  };
}

function listingRows(gateway: GatewayContext, instrument: Instrument): unknown[] {
  return gateway.names.listings(instrument).map((listing) => listingRow(gateway, instrument, listing));
}

function instrumentRow(gateway: GatewayContext, instrument: Instrument): unknown {
  return {
    symbol: instrument.symbol,
    kind: instrument.kind,
    base: gateway.names.assetCode(instrument.base),
    quote: gateway.names.assetCode(instrument.quote),
    tick_1e9: instrument.tick1e9,
    lot_1e8: instrument.lot1e8,
    listings: listingRows(gateway, instrument),
  };
}

function note(gateway: GatewayContext): string | undefined {
  if (!gateway.names.simulatedOnly()) return undefined;
  return (
    'These venues are simulated from recordings of one exchange, shifted and re-priced by a few ticks; ' +
    'USDT is taken as USD.'
  );
}

/** Each venue with what its books say: connected, fresh, how old its newest book is. */
async function venueRows(call: Call<unknown, unknown>): Promise<unknown[]> {
  const { gateway } = call;
  const { universe } = gateway.names;
  const rows = universe.venues.map((venue) => ({
    venue: venue.name,
    simulated: venue.simulated,
    native_amend: venue.nativeAmend,
    reduce_only: venue.reduceOnly,
    symbols: universe.listings
      .filter((item) => item.venue === venue.id)
      .map((item) => gateway.names.symbol(item.instrument)),
    connected: false,
    fresh: false,
    age_ms: null as number | null,
    state: 'disconnected',
  }));
  for (const instrument of universe.instruments) {
    for (const book of gateway.port.books.books(instrument.id, 1)) {
      const row = rows[book.venue];
      if (row === undefined) continue;
      row.connected ||= book.connected;
      row.fresh ||= book.fresh;
      if (Number.isFinite(book.ageMs)) row.age_ms = Math.min(row.age_ms ?? book.ageMs, book.ageMs);
    }
  }
  for (const row of rows) row.state = row.fresh ? 'live' : row.connected ? 'stale' : 'disconnected';
  const health = await ask(gateway.port, call.principal.accountId, { kind: 'health' }).catch(() => ({}));
  const told = (health as { readonly venues?: unknown }).venues;
  const detail = Array.isArray(told) ? (told as readonly Record<string, unknown>[]) : [];
  return rows.map((row) => ({ ...detail.find((entry) => entry['venue'] === row.venue), ...row }));
}

interface HistoryQuery {
  readonly range?: string;
  readonly fidelity_secs?: number;
  readonly start_ts?: number;
  readonly end_ts?: number;
  readonly venue?: string;
  readonly limit?: number;
}

function history(call: Call<HistoryQuery, unknown>): ReturnType<Route['handle']> {
  const { gateway, query } = call;
  const instrument = gateway.names.instrument(call.param('symbol'));
  const range = query.range ?? '1d';
  const secs = Object.hasOwn(rangeSecs, range) ? rangeSecs[range] : undefined;
  if (secs === undefined) {
    throw invalidParam('range', `expected one of ${Object.keys(rangeSecs).join(', ')}`);
  }
  const baseSecs = Number(gateway.port.baseNs() / 1_000_000_000n);
  const now = gateway.port.nowNs();
  const explicit = query.start_ts !== undefined && query.end_ts !== undefined;
  const fidelitySecs = query.fidelity_secs ?? 60;
  const sinceNs = explicit ? ((query.start_ts ?? 0) - baseSecs) * 1e9 : fidelitySecs === 0 ? 0 : now - secs * 1e9;
  const untilNs = explicit ? ((query.end_ts ?? 0) - baseSecs) * 1e9 : now;
  if (!explicit && secs > 86_400) call.warnings.push({ code: 'RANGE_KEPT', message: 'only the last 24 hours are kept' });
  const points = priceHistory(gateway, instrument, {
    sinceNs: Math.max(0, sinceNs),
    untilNs,
    fidelitySecs,
    limit: query.limit ?? (fidelitySecs === 0 ? 100 : 50_000),
    venue: query.venue === undefined ? null : gateway.names.venue(query.venue).id,
  });
  return ok({ symbol: instrument.symbol, points });
}
