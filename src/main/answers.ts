/**
 * Reads: wire-shaped answers from the engine's state and history. What belongs to another account is not found.
 */
import { must } from '../base/assert.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { ListQuery, Query, QueryReply } from '../protocol/engine-port.js';
import { graphKey } from '../protocol/graph-key.js';
import type { AccountId, Instrument } from '../protocol/universe.js';
import { killsOf } from '../core/risk/kill.js';
import type { CoreState, Graph, Node, VenueState } from '../core/state.js';
import { triggerMidQuarterTicks } from '../core/sor/trigger-mid.js';
import { FillFacts } from '../core/views/fill-view.js';
import { graphRow } from '../core/views/graph-row.js';
import { graphView } from '../core/views/graph-view.js';
import { nodeOrderId, orderStatus, orderView } from '../core/views/order-view.js';
import { positionsView } from '../core/views/positions-view.js';
import { Told } from '../core/views/told.js';
import type { History } from '../scheduler/history.js';
import { stages } from '../telemetry/latency-stages.js';
import type { TraceFinder } from '../telemetry/shared-telemetry.js';
import type { MarketView } from '../scheduler/market-view.js';
import { emptyQuotes } from '../scheduler/samples.js';
import type { SnapshotHealth } from './background-snapshots.js';
import { previewGraph } from './preview.js';

/** What reads are answered from. */
export interface AnswerSource {
  readonly state: CoreState;
  readonly history: History;
  readonly market: MarketView;
  /** Engine time at which this process began to work. */
  readonly startedNs: number;
  /** Of the journal's background snapshots; absent without a data directory. */
  readonly snapshots?: () => SnapshotHealth;
  nowNs(): number;
  /** Stamps of orders, where they are measured. */
  readonly stamps?: TraceFinder;
}

/** A venue that said nothing for this long after the start can't be reached: only its own graphs wait for it. */
const UNREACHABLE_AFTER_NS = 5_000_000_000;
/** Paths of a node in one answer: the newest. */
const PATHS_MAX = 100;

export function answerQuery(source: AnswerSource, accountId: AccountId, query: Query): QueryReply {
  switch (query.kind) {
    case 'graph':
      return withGraph(source, accountId, query.graphId, (graph) => graphView(source.state, graph));
    case 'graphs':
      return found(list('graphs', graphsOf(source, accountId, query).filter((graph) => graphMatches(source, graph, query)), query, (graph) => graphRow(source.state, graph)));
    case 'orders':
      return found(list('orders', ordersOf(source, accountId, query), query, (node) => orderView(source.state, node)));
    case 'fills':
      return found(list('fills', fillsOf(source, accountId, query), query, (event) => event.data));
    case 'positions':
      return positions(source, accountId, query.includeClosed);
    case 'kill_switch':
      return found({ active: killsOf(source.state, accountId) });
    case 'limits':
      return found(source.state.accounts[accountId]?.limits ?? null);
    case 'preview':
      return found(previewGraph(source, query.graph, query.anyFunds === true));
    case 'trace':
      return withGraph(source, accountId, query.graphId, (graph) => traceOf(source, graph, query.nodeId, query.limit));
    case 'review':
      return withGraph(source, accountId, query.graphId, (graph) => reviewOf(source, accountId, graph));
    case 'events':
      return eventsSince(source, accountId, query.fromSeq, query.limit);
    case 'health':
      return found(healthOf(source));
  }
}

/** Price of an instrument for valuation: its trigger mid now in whole ticks, 0 when no venue is fresh. */
export function midTicks(source: AnswerSource, instrument: Instrument): number {
  const quotes = emptyQuotes(source.state.universe, instrument);
  for (const quote of quotes) source.market.quoteInto(quote.listing, source.nowNs(), quote);
  return Math.round(Math.max(0, triggerMidQuarterTicks(quotes, null)) / 4);
}

function found(body: unknown): QueryReply {
  return { ok: true, body };
}

function missing(what: string): QueryReply {
  return { ok: false, code: 'NOT_FOUND', message: `${what} does not exist or belongs to another account` };
}

function withGraph(
  source: AnswerSource,
  accountId: AccountId,
  graphId: string,
  view: (graph: Graph) => unknown,
): QueryReply {
  const graph = source.state.graphs.get(graphKey(accountId, graphId));
  if (graph === undefined) return missing(`graph "${graphId}"`);
  return found(view(graph));
}

function list<T>(name: string, rows: readonly T[], query: ListQuery, view: (row: T) => unknown): unknown {
  const page = rows.slice(query.offset, query.offset + query.limit);
  return {
    [name]: page.map(view),
    total: rows.length,
    limit: query.limit,
    offset: query.offset,
    has_more: query.offset + page.length < rows.length,
  };
}

/** Newest first; with a graph's or an order's id that graph alone. */
function graphsOf(source: AnswerSource, accountId: AccountId, query: ListQuery): Graph[] {
  const id = query.graphId ?? query.nodeOrderId?.split(':')[0];
  if (id !== undefined) {
    const graph = source.state.graphs.get(graphKey(accountId, id));
    return graph === undefined ? [] : [graph];
  }
  // Most graphs that are kept have ended, and what is asked most often is what has not.
  const isOpen = openStatuses.has(query.status?.toLowerCase() ?? '');
  const graphs: Graph[] = [];
  for (const graph of isOpen ? source.state.open.values() : source.state.graphs.values()) {
    if (graph.accountId === accountId) graphs.push(graph);
  }
  // One that a late fill opened again is the last of the open ones.
  return isOpen ? graphs.sort((a, b) => b.serial - a.serial) : graphs.reverse();
}

/** Of graphs and of orders: no graph that has ended is or holds one of them. */
const openStatuses: ReadonlySet<string> = new Set(['submitted', 'active', 'paused', 'cancelling', 'new', 'working', 'partial']);

function graphMatches(source: AnswerSource, graph: Graph, query: ListQuery): boolean {
  if (query.graphId !== undefined && graph.graphId !== query.graphId) return false;
  if (query.idPrefix !== undefined && !graph.graphId.startsWith(query.idPrefix)) return false;
  if (query.status !== undefined && graph.status !== query.status.toLowerCase()) return false;
  const { instruments } = source.state.universe;
  return (
    query.symbol === undefined || graph.nodes.some((node) => instruments[node.spec.instrument]?.symbol === query.symbol)
  );
}

function ordersOf(source: AnswerSource, accountId: AccountId, query: ListQuery): Node[] {
  const nodes: Node[] = [];
  for (const graph of graphsOf(source, accountId, query)) {
    if (query.graphId !== undefined && graph.graphId !== query.graphId) continue;
    for (const node of graph.nodes) if (orderMatches(source, node, query)) nodes.push(node);
  }
  return nodes;
}

function orderMatches(source: AnswerSource, node: Node, query: ListQuery): boolean {
  if (query.nodeOrderId !== undefined && nodeOrderId(node) !== query.nodeOrderId) return false;
  if (query.symbol !== undefined && source.state.universe.instruments[node.spec.instrument]?.symbol !== query.symbol) {
    return false;
  }
  return query.status === undefined || orderStatus(node) === query.status.toUpperCase();
}

/** Newest first. */
function fillsOf(source: AnswerSource, accountId: AccountId, query: ListQuery): AccountEvent[] {
  const { graphId, nodeOrderId: orderId, symbol } = query;
  const ofOrder = orderId?.split(':')[0];
  const found: AccountEvent[] = [];
  const all = source.history.fills(accountId);
  for (let i = all.length - 1; i >= 0; i--) {
    const event = must(all[i], 'fill');
    // What an event says is made when it is read: ids first, which it has at hand.
    if (graphId !== undefined && event.graphId !== graphId) continue;
    if (ofOrder !== undefined && event.graphId !== ofOrder) continue;
    if (symbol !== undefined && symbolOf(event) !== symbol) continue;
    if (orderId !== undefined && (event.data as { node_order_id?: unknown }).node_order_id !== orderId) continue;
    found.push(event);
  }
  return found;
}

function symbolOf(event: AccountEvent): unknown {
  if (event instanceof Told && event.facts instanceof FillFacts) return event.facts.instrument.symbol;
  return (event.data as { symbol?: unknown }).symbol;
}

function positions(source: AnswerSource, accountId: AccountId, includeClosed: boolean): QueryReply {
  const account = source.state.accounts[accountId];
  if (account === undefined) return missing('the account');
  const priceOf = (instrument: Instrument): number => midTicks(source, instrument);
  return found(positionsView(source.state, account, priceOf, includeClosed));
}

function traceOf(source: AnswerSource, graph: Graph, nodeId: string | null, limit: number): unknown {
  const base = BigInt(source.state.baseNs);
  const lines = source.history
    .lines(graphKey(graph.accountId, graph.graphId))
    .filter((line) => nodeId === null || line.nodeId === nodeId)
    .slice(0, limit)
    .map((line) => ({ ts_ns: base + BigInt(line.tNs), node_id: line.nodeId, text: line.text }));
  return { graph_id: graph.graphId, traces: lines, count: lines.length, paths: pathsOf(source, graph, nodeId) };
}

/** Of each child order still kept: its stages on the way to order bytes, in ns since the first of them. */
function pathsOf(source: AnswerSource, graph: Graph, nodeId: string | null): unknown[] {
  const { stamps } = source;
  if (stamps === undefined) return [];
  return graph.nodes.filter((node) => nodeId === null || node.nodeId === nodeId).flatMap((node) => (
    stamps.find(graph.serial, node.index).slice(-PATHS_MAX).map(({ stampsNs }) => {
      const passed = stages.flatMap((stage) => (stampsNs[stage] === undefined ? [] : [{ stage, at: stampsNs[stage] }]));
      const first = Math.min(...passed.map(({ at }) => at));
      return { node_id: node.nodeId, stages: passed.map(({ stage, at }) => ({ stage, after_ns: at - first })) };
    })));
}

function reviewOf(source: AnswerSource, accountId: AccountId, graph: Graph): unknown {
  const ofGraph = (event: AccountEvent): boolean => event.graphId === graph.graphId;
  return {
    graph: graphView(source.state, graph),
    fills: source.history.fills(accountId).filter(ofGraph).map((event) => event.data),
    tca: source.history.tca(accountId).filter(ofGraph).map((event) => event.data),
    ...(traceOf(source, graph, null, 1_000) as object),
  };
}

function eventsSince(source: AnswerSource, accountId: AccountId, fromSeq: number, limit: number): QueryReply {
  const events = source.history.since(accountId, fromSeq, limit);
  const seq = source.state.accounts[accountId]?.seq ?? 0;
  // Nothing kept, or less than there was: whoever resumes must be told, however the rest was lost.
  const last = events?.at(-1)?.seq ?? fromSeq;
  const whole = events !== null && (last >= seq || events.length >= limit);
  return found(whole ? { resync: false, seq, events } : { resync: true, seq, events: [] });
}

export interface EngineHealth {
  readonly ready: boolean;
  readonly [field: string]: unknown;
}

/** Ready: every venue was reconciled since the start, those aside that could not be reached; at least one was. */
export function healthOf(source: AnswerSource): EngineHealth {
  const { state } = source;
  const waited = source.nowNs() - source.startedNs >= UNREACHABLE_AFTER_NS;
  const isSettled = (venue: VenueState): boolean => (venue.connected === 1 ? venue.reconciled === 1 : waited);
  return {
    ready: state.venues.every(isSettled) && state.venues.some((venue) => venue.reconciled === 1),
    open_graphs: state.open.size,
    live_children: [...state.open.values()].reduce((sum, graph) => sum + graph.liveChildren, 0),
    venues: state.venues.map((venue, id) => ({
      venue: state.universe.venues[id]?.name ?? '',
      connected: venue.connected === 1,
      reconciled: venue.reconciled === 1,
    })),
    engine_ns: BigInt(state.baseNs) + BigInt(state.tNs),
    ...(source.snapshots === undefined ? {} : { snapshots: source.snapshots() }),
  };
}
