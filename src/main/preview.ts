/** What a graph's root nodes would do now: the live planner on the live books, nothing sent. */
import { must } from '../base/assert.js';
import { plan } from '../core/sor/plan.js';
import type { Plan, PlanCandidate } from '../core/sor/plan-types.js';
import { triggerMidQuarterTicks } from '../core/sor/trigger-mid.js';
import { price1e9, qty1e8 } from '../core/views/wire.js';
import { limits } from '../base/limits.js';
import type { ListingDepth, ListingQuote } from '../protocol/events.js';
import type { GraphSpec, NodeSpec } from '../protocol/graph-spec.js';
import type { Instrument, Listing, Universe } from '../protocol/universe.js';
import { emptyQuotes } from '../scheduler/samples.js';
import type { AnswerSource } from './answers.js';

/** Slippage from the arrival mid when neither node nor graph says one, by urgency (semantics §7). */
const DEFAULT_SLIPPAGE_BPS = { low: 30, medium: 50, high: 100 } as const;

/** Wire shape of POST /v1/orders/preview. Plans on prices and depth alone: balances and own orders are not looked at. */
export function previewGraph(source: AnswerSource, graph: GraphSpec): unknown {
  const roots = graph.nodes.filter((node) => node.activation === 'root');
  const nodes = roots.map((node) => previewNode(source, graph, node));
  const first = nodes[0];
  return { ...first, nodes, warnings: graph.warnings };
}

function previewNode(source: AnswerSource, graph: GraphSpec, node: NodeSpec): object {
  const { universe } = source.state;
  const instrument = must(universe.instruments[node.instrument], 'instrument');
  const quotes = emptyQuotes(universe, instrument);
  for (const quote of quotes) source.market.quoteInto(quote.listing, source.nowNs(), quote);
  const mid = triggerMidQuarterTicks(quotes, null);
  const limitTicks = worstTicks(node, graph, mid);
  const result = plan({
    universe,
    instrument: node.instrument,
    side: node.side,
    lots: node.quantity.kind === 'fixed' ? node.quantity.lots : Number.MAX_SAFE_INTEGER,
    spend: node.quantity.kind === 'notional' ? spendOf(instrument, node.quantity.usd1e9) : Infinity,
    limitTicks,
    candidates: candidatesOf(source, instrument, node, quotes),
    quotes,
    depth: depthOf(source, instrument),
    whole: node.tif === 'fok',
  });
  return wirePlan(universe, instrument, node, result, mid);
}

function worstTicks(node: NodeSpec, graph: GraphSpec, midQuarterTicks: number): number {
  if (node.limitTicks !== null) return node.limitTicks;
  if (midQuarterTicks <= 0) return node.side === 1 ? Number.MAX_SAFE_INTEGER : 1;
  const bps = node.maxSlippageBps ?? graph.risk.preTrade.maxSlippageBps ?? DEFAULT_SLIPPAGE_BPS[node.urgency];
  const worst = (midQuarterTicks * (10_000 + node.side * bps)) / 40_000;
  return node.side === 1 ? Math.floor(worst) : Math.ceil(worst);
}

/** USD at 1e-9 as ticks·lots of the instrument, rounded down. */
function spendOf(instrument: Instrument, usd1e9: string): number {
  const unit = BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8);
  return Number((BigInt(usd1e9) * 100_000_000n) / unit);
}

function candidatesOf(
  source: AnswerSource,
  instrument: Instrument,
  node: NodeSpec,
  quotes: readonly ListingQuote[],
): PlanCandidate[] {
  return instrument.listings.map((id, index) => {
    const listing: Listing = must(source.state.universe.listings[id], 'listing');
    const allowed = node.venues === null || node.venues.includes(listing.venue);
    const connected = source.state.venues[listing.venue]?.connected === 1;
    const fresh = quotes[index]?.fresh === 1;
    const excluded = !allowed ? 'NOT_ALLOWED' : !connected ? 'DISCONNECTED' : !fresh ? 'STALE_VENUE' : null;
    return { listing: id, excluded, maxLots: Infinity, maxSpend: Infinity, ownResting: [] };
  });
}

function depthOf(source: AnswerSource, instrument: Instrument): ListingDepth[] {
  return instrument.listings.map((listing) => {
    const side = (): ListingDepth['bids'] => ({ count: 0, pairs: new Float64Array(2 * limits.planLevelsMax) });
    const depth = { listing, bids: side(), asks: side() };
    source.market.depthInto(listing, limits.planLevelsMax, depth);
    return depth;
  });
}

function wirePlan(universe: Universe, instrument: Instrument, node: NodeSpec, result: Plan, mid: number): object {
  const usd = (tickLots: number): number => (tickLots * instrument.tick1e9 * instrument.lot1e8) / 1e17;
  const average = (result.averageTicks * instrument.tick1e9) / 1e9;
  const midPrice = (mid * instrument.tick1e9) / 4e9;
  const slippage = mid > 0 && result.placedLots > 0 ? (node.side * (average - midPrice) * 10_000) / midPrice : 0;
  return {
    node_id: node.nodeId,
    symbol: instrument.symbol,
    side: node.side === 1 ? 'buy' : 'sell',
    legs: result.legs.map((leg) => ({
      venue: must(universe.venues[leg.venue], 'venue').name,
      qty_1e8: qty1e8(instrument, leg.lots),
      price_1e9: price1e9(instrument, leg.worstTicks),
      cost_bps: mid > 0 ? (node.side * (leg.notional / leg.lots - mid / 4) * 40_000) / mid : 0,
    })),
    unplaced_qty_1e8: qty1e8(instrument, node.quantity.kind === 'fixed' ? result.unplacedLots : 0),
    estimated_avg_price: average,
    estimated_fee: usd(result.fee),
    slippage_bps: slippage,
    total_cost: usd(result.legs.reduce((sum, leg) => sum + leg.notional, 0) + node.side * result.fee),
    cost_bps: result.costBps,
    venues: [
      ...result.legs.map((leg) => ({ venue: must(universe.venues[leg.venue], 'venue').name, used: true })),
      ...result.excluded.map(({ venue, reason }) => ({
        venue: must(universe.venues[venue], 'venue').name,
        used: false,
        reason,
      })),
    ],
  };
}
