/** `GET /v1/execution_graphs/{id}` as plain JSON values (wire.md). */
import { assert, must } from '../../base/assert.js';
import type { RiskSpec } from '../../protocol/graph-spec.js';
import { exitClaim, isCapped } from '../graph/allowance.js';
import { planOf } from '../graph/pacing.js';
import { positionLots, tradeLot } from '../graph/quantities.js';
import { pnlUsd1e9, unhedged1e8 } from '../risk/runtime.js';
import type { CoreState, Edge, Graph, Node } from '../state.js';
import { childView, nodeOrderId, targetLots } from './order-view.js';
import { absoluteNs, average1e9, instrumentOf, narrow, price1e9, qty1e8, quarterPrice1e9, venueName, type WireInt } from './wire.js';

/** Slices not due yet are shown only up to so many. */
const SHOWN_SLICES_MAX = 256;

function table(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

export function graphView(state: CoreState, graph: Graph): Record<string, unknown> {
  const nodes = table();
  assert(state.accounts[graph.accountId] !== undefined, 'a graph is of an account');
  for (const node of graph.nodes) {
    nodes[node.nodeId] = nodeView(state, node);
    if (node.pace !== null) addWaitingSlices(state, node, nodes);
  }
  const edges = table();
  for (const edge of graph.edges) edges[edge.edgeId] = edgeView(state, edge);
  for (const node of graph.nodes) if (node.spec.pacing !== null) addPacingEdges(state, node, edges);
  return {
    graph_id: graph.graphId,
    status: graph.status,
    status_reason: graph.statusReason === '' ? null : graph.statusReason,
    is_sandbox: graph.spec.isSandbox,
    created_ns: absoluteNs(state.baseNs, graph.createdAtNs),
    updated_ns: absoluteNs(state.baseNs, lastChangeAtNs(state, graph)),
    seq: graph.seq,
    nodes,
    edges,
    groups: graph.groups.map((group) => ({
      type: group.spec.type,
      nodes: group.spec.nodes.map((index) => must(graph.nodes[index], 'member').nodeId),
      auto: group.auto,
    })),
    risk: riskView(state, graph),
    warnings: graph.warnings,
    metadata: graph.spec.metadataJson === null ? null : (JSON.parse(graph.spec.metadataJson) as unknown),
  };
}

function roleOf(node: Node): string {
  assert(node.container === null || node.pace === null, 'slices have no slices');
  if (node.container !== null) return 'slice';
  return node.pace === null ? node.role : 'container';
}

function nodeView(state: CoreState, node: Node): Record<string, unknown> {
  const instrument = instrumentOf(state.universe, node.spec.instrument);
  const { run } = node;
  assert(node.filled >= 0 && node.released >= 0, 'what is shown of a node is never negative');
  const target = node.role === 'exit' && isCapped(node) && run !== null ? node.filled + exitClaim(state, node) : targetLots(node);
  const view: Record<string, unknown> = {
    status: node.status,
    role: roleOf(node),
    node_order_id: nodeOrderId(node),
    symbol: instrument.symbol,
    side: node.spec.side === 1 ? 'buy' : 'sell',
    venues: node.spec.venues === null ? null : node.spec.venues.map((id) => venueName(state.universe, id)),
    policy: node.spec.policy.kind,
    qty_1e8: Number.isFinite(node.ceiling) ? qty1e8(instrument, node.ceiling) : qty1e8(instrument, finite(node.released)),
    target_qty_1e8: qty1e8(instrument, finite(target)),
    released_qty_1e8: qty1e8(instrument, finite(releasedOf(node))),
    filled_qty_1e8: qty1e8(instrument, node.filled),
    dust_qty_1e8: qty1e8(instrument, run?.dust ?? 0),
    avg_price_1e9: run === null ? 0 : average1e9(instrument, run.value, node.filled),
    fees_usd_1e9: run === null ? 0 : narrow(run.fees.toBigInt()),
    arrival_mid_1e9: quarterPrice1e9(instrument, run?.arrivalMidQ ?? 0),
    protection_price_1e9: price1e9(instrument, run?.protectionTicks ?? 0),
    failure_reason: node.reason === '' ? null : node.reason,
    activated_ns: run === null ? null : absoluteNs(state.baseNs, run.activatedAtNs),
    done_ns: run === null ? null : absoluteNs(state.baseNs, run.doneAtNs),
    children: run === null ? [] : run.children.map((child) => childView(state, child)),
  };
  if (node.container !== null) {
    view['plan_qty_1e8'] = qty1e8(instrument, node.planLots);
    view['parent'] = node.container.nodeId;
  }
  if (node.role === 'exit') view['position_1e8'] = qty1e8(instrument, Math.max(0, positionLots(state, node)));
  if (run !== null && run.aside !== null && run.aside.count > 0) view['children_omitted'] = run.aside.count;
  if (run !== null && run.lateFill === 1) view['late_fill'] = true;
  return view;
}

function finite(lots: number): number {
  return Number.isFinite(lots) ? lots : 0;
}

/** Containers: what was handed to their slices so far. */
function releasedOf(node: Node): number {
  if (node.pace === null) return node.released;
  let sum = 0;
  for (const slice of node.graph.nodes) if (slice.container === node) sum += slice.released;
  assert(sum >= 0, 'slices hold no less than nothing');
  return sum;
}

function addWaitingSlices(state: CoreState, container: Node, nodes: Record<string, unknown>): void {
  const pace = must(container.pace, 'pace');
  const pacing = must(container.spec.pacing, 'pacing');
  if (pacing.slices > SHOWN_SLICES_MAX || pace.ended === 1) return;
  const instrument = instrumentOf(state.universe, container.spec.instrument);
  const lot = tradeLot(state, container);
  assert(pace.made >= 0 && pace.made <= pacing.slices, 'no more slices are made than there are');
  for (let i = pace.made + 1; i <= pacing.slices; i++) {
    const plan = qty1e8(instrument, planOf(lot, pace, pacing.slices, i));
    nodes[`${container.nodeId}.${i}`] = {
      status: 'waiting', role: 'slice', node_order_id: `${container.graph.graphId}:${container.nodeId}.${i}:1`, symbol: instrument.symbol,
      side: container.spec.side === 1 ? 'buy' : 'sell', policy: container.spec.policy.kind, qty_1e8: plan, plan_qty_1e8: plan,
      target_qty_1e8: plan, released_qty_1e8: 0, filled_qty_1e8: 0, dust_qty_1e8: 0, avg_price_1e9: 0, fees_usd_1e9: 0, arrival_mid_1e9: 0,
      protection_price_1e9: 0, failure_reason: null, activated_ns: null, done_ns: null, parent: container.nodeId, children: [],
    };
  }
}

/** The chain of time-outs that pacing stands for. */
function addPacingEdges(state: CoreState, container: Node, edges: Record<string, unknown>): void {
  const pacing = must(container.spec.pacing, 'pacing');
  const pace = must(container.pace, 'pace');
  assert(pacing.slices >= 1 && pacing.intervalNs > 0, 'slices are some time apart');
  assert(pace.made >= 0 && pace.startAtNs <= state.tNs, 'pacing began at a time that was');
  for (let i = 1; i <= Math.min(pacing.slices, SHOWN_SLICES_MAX); i++) {
    const from = i === 1 ? container.nodeId : `${container.nodeId}.${i - 1}`;
    const fired = i <= pace.made;
    const due = pace.startAtNs < 0 ? -1 : pace.startAtNs + (i - 1) * pacing.intervalNs;
    edges[`${container.nodeId}.pacing.${i}`] = {
      from_node: from, to_node: `${container.nodeId}.${i}`, trigger: 'on_timeout',
      state: fired ? 'fired' : pace.ended === 1 ? 'dead' : i === pace.made + 1 && pace.startAtNs >= 0 ? 'armed' : 'idle',
      armed_ns: absoluteNs(state.baseNs, pace.startAtNs), fired_count: fired ? 1 : 0, fired_ns: fired ? absoluteNs(state.baseNs, due) : null, released_qty_1e8: 0,
    };
  }
}

function edgeView(state: CoreState, edge: Edge): Record<string, unknown> {
  const { graph, spec } = edge;
  const child = must(graph.nodes[edge.to], 'child');
  assert(edge.firedCount >= 0 && (edge.firedCount === 0 || edge.state === 'fired'), 'what has fired says so');
  const view: Record<string, unknown> = {
    from_node: must(graph.nodes[edge.from], 'parent').nodeId,
    to_node: child.nodeId,
    trigger: spec.trigger.kind,
    state: edge.state,
    armed_ns: absoluteNs(state.baseNs, edge.armedAtNs),
    fired_count: edge.firedCount,
    fired_ns: absoluteNs(state.baseNs, edge.firedAtNs),
    released_qty_1e8: qty1e8(instrumentOf(state.universe, child.spec.instrument), finite(edge.released)),
  };
  if (spec.trigger.kind === 'on_price') {
    const watched = instrumentOf(state.universe, spec.trigger.instrument);
    if (Number.isFinite(edge.level) && edge.state !== 'idle') view['level_1e9'] = quarterPrice1e9(watched, edge.level);
    if (edge.firedCount > 0) view['fired_price_1e9'] = quarterPrice1e9(watched, edge.firedPriceQ);
  }
  return view;
}

function riskView(state: CoreState, graph: Graph): Record<string, unknown> {
  const pnl = pnlUsd1e9(state, graph, Infinity) ?? 0n;
  const peak = graph.peak.toBigInt();
  assert(peak >= 0n, 'the peak begins at 0 and only rises');
  const unhedged = table();
  for (const [asset, quantity] of unhedged1e8(state, graph)) unhedged[must(state.universe.assets[asset], 'asset').code] = narrow(quantity);
  let reserved = 0;
  for (const node of graph.nodes) for (const child of node.run?.children ?? []) reserved += child.reservedQuote;
  return {
    pnl_usd_1e9: narrow(pnl),
    drawdown_usd_1e9: narrow((peak > pnl ? peak : pnl) - pnl),
    unhedged,
    reserved: reserved * 10,
    limits: riskLimitsView(state, graph.spec.risk),
    breached: graph.breaches.map((breach) => ({ limit: breach.limit, ts_ns: absoluteNs(state.baseNs, breach.tsAtNs) })),
  };
}

/** A graph changes with its nodes: the list's row and the graph channel follow status, this also amends and fills. */
function lastChangeAtNs(state: CoreState, graph: Graph): number {
  let last = graph.updatedAtNs;
  for (const { run } of graph.nodes) if (run !== null && run.updatedAtNs > last) last = run.updatedAtNs;
  assert(last <= state.tNs, 'what changed did so in time');
  return last;
}

/** The four layers in the words of the document, money as integers at 1e-9. */
function riskLimitsView(state: CoreState, { admission, preTrade, runtime, failure }: RiskSpec): Record<string, unknown> {
  assert(failure.hedgeFailNs >= 0, 'a time limit is not negative');
  const digits = (text: string | null): WireInt | null => (text === null ? null : narrow(BigInt(text)));
  return {
    admission: {
      max_notional_usd_1e9: digits(admission.maxNotionalUsd1e9),
      max_leverage: admission.maxLeverageE8 === null ? null : admission.maxLeverageE8 / 1e8,
      required_venues: admission.requiredVenues.map((id) => venueName(state.universe, id)),
    },
    pre_trade: { max_slippage_bps: preTrade.maxSlippageBps, require_balance_check: preTrade.requireBalanceCheck },
    runtime: {
      max_unhedged_qty_1e8: digits(runtime.maxUnhedgedQty1e8),
      max_loss_usd_1e9: digits(runtime.maxLossUsd1e9),
      max_drawdown_usd_1e9: digits(runtime.maxDrawdownUsd1e9),
    },
    failure: {
      on_runtime_breach: failure.onRuntimeBreach,
      on_disconnect: failure.onDisconnect,
      on_node_failure: failure.onNodeFailure,
      hedge_fail_ms: failure.hedgeFailNs / 1e6,
      flatten_buyback: failure.flattenBuyback,
    },
  };
}
