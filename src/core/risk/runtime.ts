/**
 * Runtime limits of a graph on every fill and mark, and what a breach does by role (semantics §9). Money is exact.
 */
import { assert, must } from '../../base/assert.js';
import type { FailureAction } from '../../protocol/graph-spec.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitAlert } from '../emit.js';
import { touch } from '../graph/dirty.js';
import { keyOf } from '../graph/graph-index.js';
import { isTerminalGraph } from '../graph/graph-table.js';
import { isTerminalNode } from '../graph/node-table.js';
import { setGraphStatus } from '../graph/transitions.js';
import { PausedBy, type CoreState, type Graph } from '../state.js';
import { PlainFacts } from '../views/told.js';

/** Runtime limits use the last fresh price for at most so long. */
export const PRICE_MAX_AGE_NS = 10_000_000_000;

export function hasRuntimeLimits(graph: Graph): boolean {
  const { runtime } = graph.spec.risk;
  return runtime.maxLossUsd1e9 !== null || runtime.maxDrawdownUsd1e9 !== null || runtime.maxUnhedgedQty1e8 !== null;
}

/** Realised + unrealised at trigger mid − fees of the graph's own fills in USD 1e-9; null = a price is missing. */
export function pnlUsd1e9(state: CoreState, graph: Graph, maxAgeNs: number): bigint | null {
  let pnl = -graph.fees.toBigInt();
  for (const position of graph.positions) {
    const instrument = must(state.universe.instruments[position.instrument], 'instrument');
    const market = must(state.markets[position.instrument], 'market');
    let value4 = position.cash.toBigInt() * 4n;
    if (position.lots !== 0) {
      if (market.midAtNs < 0 || state.tNs - market.midAtNs > maxAgeNs) return null;
      assert(market.midQ > 0 && market.midAtNs <= state.tNs, 'a price that was seen is above 0 and not of the future');
      value4 += BigInt(position.lots) * BigInt(market.midQ);
    }
    assert(instrument.tick1e9 > 0 && instrument.lot1e8 > 0, 'ticks and lots are worth something');
    const scaled = value4 * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8);
    const down = scaled / 400_000_000n;
    pnl += scaled < 0n && down * 400_000_000n !== scaled ? down - 1n : down;
  }
  return pnl;
}

/** Signed fills per base asset in 1e-8, base fees taken off. */
export function unhedged1e8(state: CoreState, graph: Graph): Map<number, bigint> {
  const out = new Map<number, bigint>();
  for (const position of graph.positions) {
    const instrument = must(state.universe.instruments[position.instrument], 'instrument');
    const quantity = BigInt(position.lots) * BigInt(instrument.lot1e8) - BigInt(position.baseFee1e8);
    out.set(instrument.base, (out.get(instrument.base) ?? 0n) + quantity);
  }
  return out;
}

/** Judges the graph's limits now. */
export function judgeGraph(state: CoreState, graph: Graph): void {
  if (isTerminalGraph(graph.status) || !hasRuntimeLimits(graph) || graph.positions.length === 0) return;
  assert(state.graphs.has(keyOf(graph)), 'limits are judged of a graph that is kept');
  const { runtime } = graph.spec.risk;
  if (runtime.maxUnhedgedQty1e8 !== null) {
    let worst = 0n;
    for (const value of unhedged1e8(state, graph).values()) worst = value < 0n ? (-value > worst ? -value : worst) : value > worst ? value : worst;
    judge(state, graph, 'max_unhedged_qty_1e8', worst, BigInt(runtime.maxUnhedgedQty1e8));
  }
  if (runtime.maxLossUsd1e9 === null && runtime.maxDrawdownUsd1e9 === null) return;
  const pnl = pnlUsd1e9(state, graph, PRICE_MAX_AGE_NS);
  if (pnl === null) return onPriceMissing(state, graph);
  if (graph.priceLost === 1) {
    graph.priceLost = 0;
    if ((graph.pausedBy & PausedBy.stale) !== 0) resumeGraph(state, graph, PausedBy.stale);
  }
  const peak = graph.peak.toBigInt();
  if (pnl > peak) graph.peak.setBigInt(pnl);
  assert(peak >= 0n, 'the peak begins at 0 and only rises');
  if (runtime.maxLossUsd1e9 !== null) judge(state, graph, 'max_loss_usd', -pnl, BigInt(runtime.maxLossUsd1e9));
  if (runtime.maxDrawdownUsd1e9 !== null) {
    judge(state, graph, 'max_drawdown_usd', (pnl > peak ? pnl : peak) - pnl, BigInt(runtime.maxDrawdownUsd1e9));
  }
}

function judge(state: CoreState, graph: Graph, limit: string, value: bigint, allowed: bigint): void {
  const known = graph.breaches.find((breach) => breach.limit === limit);
  assert(graph.breaches.length <= 3, 'a graph has three limits that it may breach');
  if (value <= allowed) {
    // Recovered: the next time it is exceeded is a breach again.
    if (known !== undefined) {
      known.active = 0;
      known.acknowledged = '';
    }
    return;
  }
  if (known !== undefined && known.active === 1 && (known.acknowledged === '' || value <= BigInt(known.acknowledged))) return;
  assert(value > allowed, 'a breach is beyond its limit');
  assert(known === undefined || known.active === 0 || known.acknowledged !== '', 'a breach is said once, and again beyond what was acknowledged');
  if (known === undefined) graph.breaches.push({ limit, tsAtNs: state.tNs, acknowledged: '', active: 1, value: value.toString() });
  else {
    known.active = 1;
    known.acknowledged = '';
    known.tsAtNs = state.tNs;
    known.value = value.toString();
  }
  sometimes(state, limit === 'max_loss_usd' ? 'BREACH_LOSS' : limit === 'max_drawdown_usd' ? 'BREACH_DRAWDOWN' : 'BREACH_UNHEDGED');
  const action = graph.spec.risk.failure.onRuntimeBreach;
  emitAlert(state, 'BREACH', graph, '', `${limit}: ${value} over ${allowed}; ${action}`);
  emitAccount(state, graph.accountId, 'risk', graph.graphId, '', new PlainFacts({ type: 'breach', graph_id: graph.graphId, limit, value: value.toString(), allowed: allowed.toString(), action }));
  failGraph(state, graph, action, 'BREACH');
}

/** No price young enough to judge a limit by: as if the venue were lost, once; a pause goes with its cause. */
function onPriceMissing(state: CoreState, graph: Graph): void {
  if (graph.priceLost === 1) return;
  assert(!isTerminalGraph(graph.status) && hasRuntimeLimits(graph), 'a price is missed by an open graph with limits');
  graph.priceLost = 1;
  const action = graph.spec.risk.failure.onDisconnect;
  if (action === 'continue') return;
  if (action === 'pause_graph') pauseGraph(state, graph, PausedBy.stale, 'STALE_VENUE');
  else failGraph(state, graph, 'cancel_all_open', 'STALE_VENUE');
}

/** Carries out a failure action. */
export function failGraph(state: CoreState, graph: Graph, action: FailureAction, reason: string): void {
  if (isTerminalGraph(graph.status)) return;
  if (action === 'pause_graph') return pauseGraph(state, graph, PausedBy.breach, reason);
  assert(action === 'cancel_all_open' || action === 'cancel_all' || action === 'flatten', 'a failure action pauses, cancels or flattens');
  graph.openingStopped = 1;
  graph.breachEnded = 1;
  if (graph.statusReason === '') graph.statusReason = reason;
  if (action === 'flatten') graph.flattening ??= { reason, made: 0 };
  for (const node of graph.nodes) {
    touch(state, node);
    if (isTerminalNode(node.status)) continue;
    if (action === 'cancel_all_open' && node.role !== 'opening') continue;
    stopNode(node, reason);
  }
  return undefined;
}

/**
 * A stop that a waiting node meets before it is activated, an active one when nothing is live. What stopped it first stays
 * its reason; the end of a policy's means gives way to somebody's will.
 */
export function stopNode(node: Graph['nodes'][number], reason: string): void {
  assert(reason !== '', 'a stop has a reason');
  assert(node.run !== null || !isTerminalNode(node.status), 'what never ran and is over is not stopped');
  const { run } = node;
  if (run === null) node.stopReason = node.stopReason === '' ? reason : node.stopReason;
  else if (run.stop === null || run.stop.status !== 'cancelled') run.stop = { status: 'cancelled', reason };
}

/** Takes away reasons for the pause; the last one gone, it goes on: protective nodes first. */
export function resumeGraph(state: CoreState, graph: Graph, reasons: number): void {
  assert(reasons > 0 && reasons < 2 * PausedBy.stale, 'reasons of a pause are named');
  graph.pausedBy &= ~reasons;
  assert(graph.pausedBy >= 0, 'reasons of a pause are bits');
  if (graph.pausedBy !== 0) return;
  if (graph.status === 'paused') setGraphStatus(state, graph, 'resume', '');
  graph.statusReason = '';
  graph.lostVenues = [];
  for (const node of graph.nodes) {
    // What only the user sets going again (a stopped parent, exits whose venue was cancelled) waits for the user.
    assert(node.graph === graph, 'nodes know their graph');
    if ((reasons & PausedBy.user) !== 0) {
      node.stopped = 0;
      if (node.run !== null) node.run.hedgeFailAtNs = -1;
    }
    if (node.role !== 'opening') touch(state, node);
  }
  for (const node of graph.nodes) touch(state, node);
}

export function pauseGraph(state: CoreState, graph: Graph, by: number, reason: string): void {
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling') return;
  assert(reason !== '', 'a pause has a reason');
  assert(by > 0 && by <= PausedBy.stale, 'a pause has a cause');
  graph.pausedBy |= by;
  setGraphStatus(state, graph, 'pause', reason);
  for (const node of graph.nodes) touch(state, node);
}
