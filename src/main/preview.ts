/**
 * What a graph's root nodes would do now. The same submit and the same looks at the books go through the same core as
 * a live order's would, on a trial copy of the account (`core/fork.ts`): admission, balances, what own orders reserve,
 * self-trade, planner, pre-trade checks. Nothing is sent and nothing of the engine changes.
 */
import { must } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { apply } from '../core/apply.js';
import { forkFor } from '../core/fork.js';
import { limitOf } from '../core/policies/prices.js';
import { candidatesOf } from '../core/policies/venues.js';
import { balanceOf } from '../core/risk/balances.js';
import type { PlanLeg } from '../core/sor/plan-types.js';
import type { TrialPlan } from '../core/scratch.js';
import type { Child, CoreState, Graph, Node } from '../core/state.js';
import { price1e9, qty1e8 } from '../core/views/wire.js';
import type { Reply } from '../protocol/commands.js';
import type { Effect } from '../protocol/effects.js';
import { EventType, SampleReason, type ListingDepth, type SampleEvent } from '../protocol/events.js';
import type { GraphSpec } from '../protocol/graph-spec.js';
import type { Instrument } from '../protocol/universe.js';
import type { MarketSource } from '../scheduler/market-view.js';
import { emptyQuotes } from '../scheduler/samples.js';

/** What a preview is made from. */
export interface PreviewSource {
  readonly state: CoreState;
  readonly market: Pick<MarketSource, 'quoteInto' | 'depthInto'>;
  nowNs(): number;
}

/** A trial run: the copy afterwards and everything it would have sent, in order. */
export interface Trial {
  readonly state: CoreState;
  readonly graph: Graph | null;
  readonly effects: readonly Effect[];
  readonly refused: Extract<Reply, { ok: false }> | null;
}

/** Looks at the books that one submit may ask for: one to admit it, one to plan on, and again for what edges start at once. */
const LOOKS_MAX = 64;

/** Runs the submit on a copy. Never touches `source.state`. */
export function tryGraph(source: PreviewSource, spec: GraphSpec, anyFunds = false): Trial {
  const state = forkFor(source.state, spec.accountId);
  if (anyFunds) fund(state, spec.accountId);
  const tNs = Math.max(source.nowNs(), state.tNs);
  const effects: Effect[] = [];
  const out = { push: (effect: Effect): void => void effects.push(effect) };
  const command = { kind: 'submit', graph: spec, bodyHash: '', repeatKey: '' } as const;
  apply(state, { type: EventType.command, tNs, accountId: spec.accountId, commandId: 1, command }, out);
  for (let seen = 0, looks = 0; seen < effects.length && looks < LOOKS_MAX; seen++) {
    const effect = must(effects[seen], 'effect of a trial');
    if (effect.kind !== 'want_sample') continue;
    looks += 1;
    apply(state, sampleOf(source, state, effect.instrument, tNs, effect.levels), out);
  }
  const answer = effects.find((effect) => effect.kind === 'reply');
  const refused = answer?.kind === 'reply' && !answer.reply.ok ? answer.reply : null;
  return { state, graph: [...state.graphs.values()][0] ?? null, effects, refused };
}

/** More of everything everywhere than any order can ask for. */
function fund(state: CoreState, accountId: number): void {
  for (const venue of state.universe.venues) {
    for (const asset of state.universe.assets) balanceOf(state, accountId, venue.id, asset.id).total.setBigInt(10n ** 24n);
  }
}

function sampleOf(source: PreviewSource, state: CoreState, instrument: number, tNs: number, levels: number): SampleEvent {
  const entry = must(state.universe.instruments[instrument], 'instrument');
  const quotes = emptyQuotes(state.universe, entry);
  for (const quote of quotes) source.market.quoteInto(quote.listing, tNs, quote);
  const wanted = Math.min(levels, limits.planLevelsMax);
  const depth = wanted === 0 ? [] : entry.listings.map((listing) => depthOf(source, listing, wanted));
  const { medianSpreadTicks } = must(state.markets[instrument], 'market');
  return { type: EventType.sample, tNs, instrument, reason: SampleReason.wanted, quotes, depthCount: depth.length, depth, medianSpreadTicks };
}

function depthOf(source: PreviewSource, listing: number, levels: number): ListingDepth {
  const side = (): ListingDepth['bids'] => ({ count: 0, pairs: new Float64Array(2 * limits.planLevelsMax) });
  const depth = { listing, bids: side(), asks: side() };
  source.market.depthInto(listing, levels, depth);
  return depth;
}

/** Wire shape of POST /v1/orders/preview. */
export function previewGraph(source: PreviewSource, spec: GraphSpec, anyFunds = false): unknown {
  const trial = tryGraph(source, spec, anyFunds);
  const roots = spec.nodes.flatMap((node, index) => (node.activation === 'root' ? [index] : []));
  const nodes = roots.map((index) => previewNode(trial, spec, index));
  return { ...nodes[0], nodes, refused: refusalView(trial), warnings: trial.graph?.warnings ?? spec.warnings };
}

function refusalView({ refused }: Trial): object | null {
  if (refused === null) return null;
  return { code: refused.code, message: refused.message, ...(refused.field === undefined ? {} : { field: refused.field }) };
}

function previewNode(trial: Trial, spec: GraphSpec, index: number): object {
  const { universe } = trial.state;
  const nodeSpec = must(spec.nodes[index], 'node spec');
  const instrument = must(universe.instruments[nodeSpec.instrument], 'instrument');
  const head = { node_id: nodeSpec.nodeId, symbol: instrument.symbol, side: nodeSpec.side === 1 ? 'buy' : 'sell' };
  const node = trial.graph?.nodes[index];
  if (node === undefined) return { ...head, ...costsOf(instrument, nodeSpec.side, [], 0), legs: [], resting: [], unplaced_qty_1e8: 0, venues: [] };
  // A paced order shows its first slice: what it would send now.
  const acting = node.pace?.current ?? node;
  const steps = (trial.state.scratch.trial ?? []).filter((step) => step.node === acting);
  const legs = steps.flatMap((step) => step.plan.legs.map((leg, i) => ({ leg, outcome: step.outcome[i] ?? '' })));
  const kept = legs.filter(({ outcome }) => outcome === '' || outcome === 'SELF_TRADE');
  const mid = must(trial.state.markets[instrument.id], 'market').midQ;
  const resting = (acting.run?.children ?? []).filter((child) => child.tif === 'gtc' || child.tif === 'post_only');
  const found = kept.reduce((sum, { leg }) => sum + leg.lots, 0) + resting.reduce((sum, child) => sum + child.lots, 0);
  const wanted = Math.min(acting.released, acting.ceiling);
  return {
    ...head,
    ...costsOf(instrument, nodeSpec.side, kept.map(({ leg }) => leg), mid),
    legs: kept.map(({ leg, outcome }) => legView(trial.state, instrument, acting, leg, mid, outcome)),
    resting: resting.map((child) => restView(trial.state, instrument, child)),
    cancels_first: cancelsOf(trial, instrument),
    limit_price_1e9: acting.run === null ? null : price1e9(instrument, limitOf(trial.state, acting)),
    unplaced_qty_1e8: Number.isFinite(wanted) ? qty1e8(instrument, Math.max(0, wanted - found)) : 0,
    venues: venuesOf(trial.state, acting, steps, legs),
    ...(acting.run?.stop == null && acting.reason === '' ? {} : { failure_reason: acting.reason === '' ? acting.run?.stop?.reason : acting.reason }),
    ...(acting === node ? {} : { slice: acting.nodeId, slice_qty_1e8: qty1e8(instrument, acting.planLots) }),
  };
}

/** Expected average, fee and cost of taking legs; display figures, as doubles. */
function costsOf(instrument: Instrument, side: number, legs: readonly PlanLeg[], mid: number): object {
  const usd = (tickLots: number): number => (tickLots * instrument.tick1e9 * instrument.lot1e8) / 1e17;
  const lots = legs.reduce((sum, leg) => sum + leg.lots, 0);
  const notional = legs.reduce((sum, leg) => sum + leg.notional, 0);
  const fee = legs.reduce((sum, leg) => sum + leg.fee, 0);
  const average = lots === 0 ? 0 : notional / lots;
  const slippage = lots === 0 || mid <= 0 ? 0 : (side * (average - mid / 4) * 40_000) / mid;
  return {
    estimated_avg_price: (average * instrument.tick1e9) / 1e9,
    estimated_fee: usd(fee),
    slippage_bps: slippage,
    total_cost: usd(notional + side * fee),
    cost_bps: lots === 0 || mid <= 0 ? 0 : slippage + (fee * 1e4) / notional,
  };
}

function legView(state: CoreState, instrument: Instrument, node: Node, leg: PlanLeg, mid: number, outcome: string): object {
  return {
    venue: nameOf(state, leg.venue),
    qty_1e8: qty1e8(instrument, leg.lots),
    price_1e9: price1e9(instrument, leg.worstTicks),
    cost_bps: mid > 0 ? (node.spec.side * (leg.notional / leg.lots - mid / 4) * 40_000) / mid : 0,
    ...(outcome === '' ? {} : { waits_for: outcome }),
  };
}

function restView(state: CoreState, instrument: Instrument, child: Child): object {
  return {
    venue: nameOf(state, child.venue),
    qty_1e8: qty1e8(instrument, child.lots),
    price_1e9: price1e9(instrument, child.limitTicks),
    tif: child.tif,
  };
}

/** The account's own resting orders that would have to go first. */
function cancelsOf(trial: Trial, instrument: Instrument): object[] {
  const asked = new Set(trial.effects.flatMap((effect) => (effect.kind === 'cancel' ? [effect.clientOrderId] : [])));
  return trial.state.venues.flatMap(({ live }) => live)
    .filter((child) => asked.has(child.clientOrderId) && trial.state.universe.listings[child.listing]?.instrument === instrument.id)
    .map((child) => ({ ...restView(trial.state, instrument, child), client_order_id: child.clientOrderId }));
}

interface Leg {
  readonly leg: PlanLeg;
  readonly outcome: string;
}

/** Every venue of the instrument: used, or why not. */
function venuesOf(state: CoreState, node: Node, steps: readonly TrialPlan[], legs: readonly Leg[]): object[] {
  const used = new Map<number, string>();
  for (const { leg, outcome } of legs) used.set(leg.venue, outcome === 'SELF_TRADE' ? '' : outcome);
  for (const child of node.run?.children ?? []) used.set(child.venue, '');
  const why = new Map<number, string>();
  for (const step of steps) for (const { venue, reason } of step.plan.excluded) why.set(venue, reason);
  if (node.run !== null) {
    for (const { listing, excluded } of candidatesOf(state, node, node.spec.side, limitOf(state, node))) {
      const { venue } = must(state.universe.listings[listing], 'listing');
      if (!why.has(venue)) why.set(venue, excluded ?? 'NOT_NEEDED');
    }
  }
  const { listings } = must(state.universe.instruments[node.spec.instrument], 'instrument');
  return listings.map((id) => {
    const { venue } = must(state.universe.listings[id], 'listing');
    const refusal = used.get(venue);
    if (refusal === '') return { venue: nameOf(state, venue), used: true };
    return { venue: nameOf(state, venue), used: false, reason: refusal ?? why.get(venue) ?? 'NOT_NEEDED' };
  });
}

function nameOf(state: CoreState, venue: number): string {
  return must(state.universe.venues[venue], 'venue').name;
}
