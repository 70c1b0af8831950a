/** Routes that answer with plans of the same planner as live orders, and with what became of orders. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import Type from 'typebox';
import { bigIntToDecimal } from '../../base/decimal.js';
import type { AccountEvent } from '../../protocol/effects.js';
import { ask } from '../engine.js';
import { mergedBook, touchOf } from '../market-data.js';
import { graphOf, parseNodeOrderId } from '../orders/ids.js';
import { parseDocument, specOf } from '../orders/normalise.js';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Call, type Route } from '../server/route.js';
import { orderBodySchema } from '../../protocol/document/schemas/graph.js';
import { orderStatuses, symbolOf } from './filters.js';
import { oneOrder } from './orders.js';
import { Limit, Open, shape, SideWord, Symbol, Text } from './schemas.js';

const DecimalParam = Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,15})?([eE][+-]?\\d{1,2})?$', description: 'A decimal.' });
const Level = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 });
const Levels = Type.Array(Level, { description: '[[price, size]], best first' });
const sizesDefault = '1000,10000,100000,1000000';
const One = Type.Object({
  symbol: Symbol,
  side: Type.Optional(SideWord),
  qty: Type.Optional(DecimalParam),
});

/** One answer under three names, for what each client calls it. */
const planSummaries = {
  '/v1/intelligence/routing': 'How an order would be split over venues now.',
  '/v1/execution/forecast': 'What an order would cost now.',
  '/v1/execution/simulate': 'As forecast.',
} as const;

export const planningRoutes: readonly Route[] = [
  ...Object.entries(planSummaries).map(([path, summary]) =>
    route({
      method: 'GET',
      path,
      tag: 'planning',
      summary,
      scope: 'read',
      query: One,
      answers: { 200: Open },
      errors: ['VALIDATION_ERROR', 'STALE_VENUE', 'BAD_VENUE'],
      handle: async (call) => {
        const { symbol, side = 'buy', qty = '1' } = call.query;
        return ok({ symbol, side, qty: Number(qty), ...(await plan(call, symbol, side, `"qty":${qty}`)) });
      },
    }),
  ),
  route({
    method: 'POST',
    path: '/v1/execution/simulate',
    tag: 'planning',
    summary: 'As preview: plans an order or graph, sends nothing.',
    scope: 'read',
    body: orderBodySchema,
    bodyKind: 'document',
    answers: { 200: Open },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'NOT_SUPPORTED', 'STALE_VENUE', 'BAD_VENUE'],
    handle: async (call) => {
      const { spec } = specOf(call.gateway, call.principal, parseDocument(call.raw));
      return ok(await ask(call.gateway.port, call.principal.accountId, { kind: 'preview', graph: spec }));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/intelligence/slippage',
    tag: 'planning',
    summary: 'Cost in bps by order size in US dollars.',
    scope: 'read',
    query: Type.Object({
      symbol: Symbol,
      side: Type.Optional(SideWord),
      sizes: Type.Optional(Type.String({ pattern: '^\\d{1,12}(,\\d{1,12}){0,19}$', default: sizesDefault })),
    }),
    answers: { 200: shape({ symbol: Text, side: Text, slippage: Type.Array(Open) }) },
    errors: ['NOT_FOUND'],
    handle: slippage,
  }),
  route({
    method: 'GET',
    path: '/v1/intelligence/depth',
    tag: 'planning',
    summary: 'Merged book over fresh venues.',
    scope: 'read',
    query: Type.Object({ symbol: Symbol, depth: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 100 })) }),
    answers: { 200: shape({ symbol: Text, bids: Levels, asks: Levels }) },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const instrument = call.gateway.names.instrument(call.query.symbol);
      const depth = call.query.depth ?? 100;
      const book = mergedBook(instrument, call.gateway.port.books.books(instrument.id, depth), depth);
      return ok({ symbol: instrument.symbol, ...(book as Record<string, unknown>) });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/intelligence/venues',
    tag: 'planning',
    summary: 'Spread, depth, freshness and fees of each venue for an instrument.',
    scope: 'read',
    query: Type.Object({ symbol: Symbol }),
    answers: { 200: shape({ symbol: Text, venues: Type.Array(Open) }) },
    errors: ['NOT_FOUND'],
    handle: venueIntelligence,
  }),
  route({
    method: 'GET',
    path: '/v1/execution/summary',
    tag: 'planning',
    summary: 'Orders by status and average cost over the TCA kept.',
    scope: 'read',
    answers: { 200: Open },
    handle: summary,
  }),
  route({
    method: 'GET',
    path: '/v1/execution/live/{node_order_id}',
    tag: 'planning',
    summary: 'An order and its graph as they are now.',
    scope: 'read',
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: async (call) => {
      const text = call.param('node_order_id');
      const id = parseNodeOrderId(text);
      const graph = await ask(call.gateway.port, call.principal.accountId, { kind: 'graph', graphId: graphOf(text) });
      return ok(id === null ? { graph } : { order: await oneOrder(call, id), graph });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/execution/review/{node_order_id}',
    tag: 'planning',
    summary: 'What became of an order or graph: result, TCA, timeline.',
    scope: 'read',
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: async (call) => {
      const text = call.param('node_order_id');
      const id = parseNodeOrderId(text);
      const graphId = graphOf(text);
      const review = await ask(call.gateway.port, call.principal.accountId, { kind: 'review', graphId });
      const tca = call.gateway.events.tca(call.principal.accountId).filter((event) => event.graphId === graphId).map((event) => tcaRow(call, event));
      if (id === null) return ok({ graph_id: graphId, review, tca });
      const mine = tca.filter((row) => row['node_order_id'] === id.id);
      return ok({ order: await oneOrder(call, id), graph_id: graphId, review, tca: mine });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/traces',
    tag: 'planning',
    summary: 'The life of an order line by line.',
    scope: 'read',
    query: Type.Object({ node_order_id: Type.String({ minLength: 1, maxLength: 256 }), limit: Type.Optional(Limit) }),
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: async (call) => {
      const { node_order_id, limit = 50 } = call.query;
      const nodeId = parseNodeOrderId(node_order_id)?.nodeId ?? null;
      const query = { kind: 'trace', graphId: graphOf(node_order_id), nodeId, limit } as const;
      const body = await ask(call.gateway.port, call.principal.accountId, query);
      return ok(Array.isArray(body) ? { traces: body as unknown[] } : body);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/tca',
    tag: 'planning',
    summary: 'Transaction cost analysis of ended orders, newest first.',
    scope: 'read',
    query: Type.Object({ symbol: Type.Optional(Symbol), limit: Type.Optional(Limit) }),
    answers: { 200: shape({ tca: Type.Array(Open), count: Type.Integer() }) },
    handle: async (call) => {
      const { symbol, limit = 50 } = call.query;
      const wanted = symbol === undefined ? null : symbolOf(call, symbol);
      let found = [...call.gateway.events.tca(call.principal.accountId)];
      if (wanted !== null) {
        const all = found;
        found = [];
        await inSlices(all, (event) => {
          if (tcaRow(call, event)['symbol'] === wanted) found.push(event);
        });
      }
      return ok({ tca: found.slice(-limit).reverse().map((event) => tcaRow(call, event)), count: found.length });
    },
  }),
];

type AnyCall = Call<unknown, unknown>;

/** Plans a simple order given as JSON members after symbol and side. */
async function plan(call: AnyCall, symbol: string, side: string, members: string, anyFunds = false): Promise<Record<string, unknown>> {
  const text = `{"symbol":${JSON.stringify(symbol)},"side":${JSON.stringify(side)},${members}}`;
  const { spec } = specOf(call.gateway, call.principal, parseDocument(Buffer.from(text)));
  const body = await ask(call.gateway.port, call.principal.accountId, { kind: 'preview', graph: spec, anyFunds });
  return body as Record<string, unknown>;
}

interface SlippageQuery {
  readonly symbol: string;
  readonly side?: string;
  readonly sizes?: string;
}

/** Each size at the present mid, whatever the account holds, as a quantity on the coarsest lot: no document is off-lot. */
async function slippage(call: Call<SlippageQuery, unknown>): Promise<ReturnType<typeof ok>> {
  const { names, port } = call.gateway;
  const { symbol, side = 'buy', sizes = sizesDefault } = call.query;
  const instrument = names.instrument(symbol);
  const { bidTicks, askTicks } = touchOf(port.books.books(instrument.id, 1));
  const coarsest = BigInt(Math.max(1, ...names.listings(instrument).map((item) => item.lotMultiple)) * instrument.lot1e8);
  const rows: unknown[] = [];
  for (const text of sizes.split(',')) {
    const row = { size_usd: Number(text) };
    if (bidTicks === 0 || askTicks === 0) {
      rows.push({ ...row, error: 'no fresh price' });
      continue;
    }
    const mid1e9 = (BigInt(bidTicks + askTicks) * BigInt(instrument.tick1e9)) / 2n;
    const qty = ((BigInt(text) * 10n ** 17n) / mid1e9 / coarsest) * coarsest;
    if (qty === 0n) {
      rows.push({ ...row, error: 'below the smallest lot' });
      continue;
    }
    const planned = plan(call, instrument.symbol, side, `"qty":${bigIntToDecimal(qty, 8)}`, true);
    rows.push(await planned.then(
      (body) => ({
        ...row,
        qty_1e8: qty,
        slippage_bps: body['slippage_bps'],
        estimated_avg_price: body['estimated_avg_price'],
        estimated_fee: body['estimated_fee'],
        unplaced_qty_1e8: body['unplaced_qty_1e8'],
      }),
      (problem: unknown) => {
        if (!(problem instanceof ApiError) || problem.status >= 500) throw problem;
        return { ...row, qty_1e8: qty, error: problem.message };
      },
    ));
  }
  return ok({ symbol: instrument.symbol, side, slippage: rows });
}

function venueIntelligence(call: Call<{ readonly symbol: string }, unknown>): ReturnType<typeof ok> {
  const { names, port } = call.gateway;
  const instrument = names.instrument(call.query.symbol);
  const listings = names.listings(instrument);
  const sum = (side: readonly number[]): bigint => {
    let lots = 0;
    for (let i = 1; i < side.length; i += 2) lots += side[i] ?? 0;
    return BigInt(lots) * BigInt(instrument.lot1e8);
  };
  const venues = port.books.books(instrument.id, 20).map((book) => {
    const listing = listings.find((item) => item.venue === book.venue);
    const bid = book.bids[0] ?? 0;
    const ask = book.asks[0] ?? 0;
    return {
      venue: names.venueName(book.venue),
      connected: book.connected,
      fresh: book.fresh,
      age_ms: Number.isFinite(book.ageMs) ? book.ageMs : null,
      spread_bps: bid > 0 && ask > 0 ? ((ask - bid) * 20_000) / (ask + bid) : null,
      bid_depth_20_1e8: sum(book.bids),
      ask_depth_20_1e8: sum(book.asks),
      maker_bps: (listing?.makerFeeE6 ?? 0) / 100,
      taker_bps: (listing?.takerFeeE6 ?? 0) / 100,
    };
  });
  return ok({ symbol: instrument.symbol, venues });
}

function tcaRow(call: AnyCall, event: AccountEvent): Record<string, unknown> {
  return {
    graph_id: event.graphId,
    seq: event.seq,
    ts_ns: call.gateway.port.baseNs() + BigInt(event.tNs),
    ...(event.data as Record<string, unknown>),
  };
}

/** Events between two looks at what else there is to do: the thread that answers trades, too. */
const SLICE = 500;

async function inSlices(events: readonly AccountEvent[], take: (event: AccountEvent) => void): Promise<void> {
  for (let i = 0; i < events.length; i += SLICE) {
    if (i > 0) await nextTurn();
    for (const event of events.slice(i, i + SLICE)) take(event);
  }
}

const averaged = [
  'implementation_shortfall_bps', 'spread_cost_bps', 'market_impact_bps', 'fees_bps', 'savings_vs_benchmark_bps',
] as const;

async function summary(call: AnyCall): Promise<ReturnType<typeof ok>> {
  const orders: Record<string, number> = {};
  for (const status of orderStatuses) {
    await nextTurn();
    const query = { kind: 'orders', limit: 1, offset: 0, status } as const;
    const body = await ask(call.gateway.port, call.principal.accountId, query);
    orders[status] = (body as { readonly total: number }).total;
  }
  const events = [...call.gateway.events.tca(call.principal.accountId)];
  const sums = new Map(averaged.map((name) => [name, { sum: 0, count: 0 }]));
  await inSlices(events, (event) => {
    const data = event.data as Readonly<Record<string, unknown>>;
    for (const [name, so] of sums) {
      const value = Number(data[name]);
      if (!Number.isFinite(value)) continue;
      so.sum += value;
      so.count++;
    }
  });
  const averages = Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, count === 0 ? null : sum / count]));
  return ok({ orders, tca_count: events.length, averages });
}
