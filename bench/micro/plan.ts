/**
 * Cost of one routing plan, and of one document, on one thread: no rings, no sockets.
 *
 *   books of 3 venues × 20 or 100 levels ──► plan() ──► legs        body bytes ──► parseOrderBody() ──► GraphSpec
 *
 * `node dist/bench/micro/plan.js [iterations]`
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { plan } from '../../src/core/sor/plan.js';
import type { PlanRequest } from '../../src/core/sor/plan-types.js';
import { parseOrderBody } from '../../src/protocol/document/order-body.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import type { ListingDepth, ListingQuote } from '../../src/protocol/events.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';

export interface PlanBenchRow {
  readonly name: string;
  readonly iterations: number;
  readonly nsPerOperation: number;
  /** Sum over the answers: equal between runs, and nothing can be left out. */
  readonly checksum: number;
}

const universe = buildUniverse();

/** BTC-USD on three venues: lots grow away from a touch that differs by a few ticks. */
export function benchRequest(levels: number, lots: number): PlanRequest {
  const listings = universe.listings.filter((row) => row.instrument === 0);
  const depth = listings.map(({ id, tickMultiple }, v): ListingDepth => {
    const asks = new Float64Array(2 * levels);
    const bids = new Float64Array(2 * levels);
    for (let i = 0; i < levels; i++) {
      asks[2 * i] = 6_000_010 + v * 10 + i * tickMultiple;
      bids[2 * i] = 6_000_000 - v * 10 - i * tickMultiple;
      asks[2 * i + 1] = bids[2 * i + 1] = 1_000 + ((i * 7_919 + v * 104_729) % 50) * 100;
    }
    return { listing: id, asks: { count: levels, pairs: asks }, bids: { count: levels, pairs: bids } };
  });
  const quotes = depth.map(({ listing, asks, bids }, v): ListingQuote => ({
    listing, venue: v, fresh: 1, bidTicks: bids.pairs[0] ?? 0, bidLots: bids.pairs[1] ?? 0,
    askTicks: asks.pairs[0] ?? 0, askLots: asks.pairs[1] ?? 0, markTicks: 0, lastHighTicks: 0, lastLowTicks: 0,
    lastTicks: 0, lastAgeNs: 0, penaltyE6: v * 50,
  }));
  return {
    universe, instrument: 0, side: 1, lots, spend: Infinity, limitTicks: 6_060_000, whole: false, quotes, depth,
    candidates: listings.map(({ id }) => ({
      listing: id, excluded: null, maxLots: Infinity, maxSpend: Infinity, ownResting: [],
    })),
  };
}

export function planBench(iterations: number): PlanBenchRow[] {
  const context = { resolver: new Resolver(universe), accountId: 0, newGraphId: 'g_1', forceSandbox: true };
  const bytes = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body));
  const simple = bytes({ symbol: 'ETH-USD', side: 'buy', qty: 0.5, price: 2500.5 });
  const graph = bytes({ nodes: ['a', 'b', 'c'].map(benchNode), edges: ['b', 'c'].map(benchEdge) });
  const row = (name: string, work: () => number): PlanBenchRow => measure(name, iterations, work);
  const small = benchRequest(20, 2_000);
  const wide = benchRequest(20, 100_000);
  const deep = benchRequest(100, 500_000);
  return [
    row('plan: 3 venues × 20 levels, 2,000 lots', () => plan(small).placedLots),
    row('plan: 3 venues × 20 levels, 100,000 lots', () => plan(wide).placedLots),
    row('plan: 3 venues × 100 levels, 500,000 lots', () => plan(deep).placedLots),
    row('document: simple order', () => (parseOrderBody(simple, context).ok ? simple.length : 0)),
    row('document: bracket of 3 nodes', () => (parseOrderBody(graph, context).ok ? graph.length : 0)),
  ];
}

function benchNode(id: string): object {
  return {
    node_id: id, instrument: { symbol: 'BTC-USD', type: 'spot', venue: null }, side: id === 'a' ? 'buy' : 'sell',
    order_type: 'market', quantity: { fixed: { qty_1e8: 10_000_000 } }, execution: { urgency: 'high' },
    activation: id === 'a' ? 'root' : 'wait',
  };
}

function benchEdge(to: string): object {
  return { edge_id: `e_${to}`, from_node: 'a', to_node: to, trigger: 'full_fill' };
}

function measure(name: string, iterations: number, work: () => number): PlanBenchRow {
  for (let i = 0; i < Math.min(iterations, 2_000); i++) work();
  let checksum = 0;
  const started = process.hrtime.bigint();
  for (let i = 0; i < iterations; i++) checksum += work();
  const nsPerOperation = Number(process.hrtime.bigint() - started) / iterations;
  return { name, iterations, nsPerOperation, checksum };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const row of planBench(Number(argv[2] ?? 20_000))) {
    process.stdout.write(`${row.name.padEnd(46)} ${(row.nsPerOperation / 1e3).toFixed(2).padStart(8)} µs  (${row.checksum})\n`);
  }
}
