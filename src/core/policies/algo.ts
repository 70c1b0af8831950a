/**
 * `wasm_algo` and `mesh_algo`: a module trades the node's remaining quantity within the node's limits (semantics §7).
 * The host runs beside the venues; the core checks each action like any order and tells what became of it.
 */
import { assert, must } from '../../base/assert.js';
import { ReportKind, VenueReason, type AlgoActionEvent, type AlgoEndedEvent } from '../../protocol/events.js';
import type { Tif } from '../../protocol/graph-spec.js';
import { sometimes } from '../coverage.js';
import { emit } from '../emit.js';
import { excess, sendable } from '../graph/allowance.js';
import { endAttempt } from '../graph/attempts.js';
import { touch } from '../graph/dirty.js';
import { isTerminalNode } from '../graph/node-table.js';
import { amendChild, cancelAllChildren, cancelChild, onTick } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import type { Child, CoreState, Node } from '../state.js';
import { keyOf } from '../graph/graph-index.js';
import { algoOrder } from './algo-orders.js';
import { AlgoPhase, isAlgo } from './algo-phase.js';
import { limitOf, tighter } from './prices.js';
import { accepted, clearOwn, sendLeg } from './place.js';

export function startAlgo(state: CoreState, node: Node, want: number): void {
  const run = must(node.run, 'run');
  const { policy } = node.spec;
  assert(policy.kind === 'wasm_algo' || policy.kind === 'mesh_algo', 'only algo nodes start a module');
  if (run.phase !== AlgoPhase.idle) return;
  assert(want >= 0 && node.algoDead === 0, 'a module that lives is started for a quantity');
  run.phase = AlgoPhase.running;
  const { listings } = must(state.universe.instruments[node.spec.instrument], 'instrument');
  emit(state, {
    kind: 'algo_start',
    graphKey: keyOf(node.graph),
    nodeId: node.nodeId,
    algo: policy.algo,
    listings: listings.filter((id) => policy.venues.length === 0 || policy.venues.includes(must(state.universe.listings[id], 'listing').venue)),
    labels: policy.labels,
    configJson: policy.configJson,
    side: node.spec.side,
    lots: want,
  }, node.nodeId);
}

/** Tells the guest what became of one of its orders. */
export function reportToAlgo(state: CoreState, child: Child, report: ReportKind, ticks: number, lots: number, reason: VenueReason): void {
  if (child.algoOrderId === '') return;
  tell(state, child.node, child.algoInstance, child.algoOrderId, report, ticks, lots, reason);
}

function tell(
  state: CoreState, node: Node, instance: number, algoOrderId: string, report: ReportKind, ticks: number, lots: number, reason: VenueReason,
): void {
  emit(state, {
    kind: 'algo_report', graphKey: keyOf(node.graph), nodeId: node.nodeId, instance, algoOrderId, report, ticks, lots, reason,
  }, algoOrderId);
}

const tifOf: Readonly<Record<AlgoActionEvent['orderType'], Exclude<Tif, 'gtd'>>> = {
  limit: 'gtc', market: 'ioc', ioc: 'ioc', fok: 'fok', post_only: 'post_only', chase: 'ioc',
};

export function onAlgoAction(state: CoreState, event: AlgoActionEvent): void {
  const node = state.graphs.get(event.graphKey)?.nodes.find((entry) => entry.nodeId === event.nodeId);
  if (node === undefined || !isAlgo(node) || node.run === null) return;
  const refuse = (reason: VenueReason): void => tell(state, node, event.instance, event.algoOrderId, ReportKind.reject, 0, 0, reason);
  if (isTerminalNode(node.status) || node.run.phase !== AlgoPhase.running) return refuse(VenueReason.tooLate);
  const existing = algoOrder(state.scratch.algoOrders, node.run, event.instance, event.algoOrderId);
  if (event.kind === 'cancel') return existing === undefined ? refuse(VenueReason.unknownOrder) : cancelChild(state, existing);
  if (event.kind === 'amend') return amendAlgo(state, node, existing, event, refuse);
  if (event.kind === 'intent') return undefined;
  if (existing !== undefined) return refuse(VenueReason.duplicate);
  // A pause holds what opens; what protects stays armed and acts (semantics §9).
  const isHeld = node.status === 'paused' || (node.role === 'opening' && node.graph.pausedBy !== 0);
  if (event.side !== node.spec.side || node.run.stop !== null || isHeld) return refuse(VenueReason.halted);
  const { listings } = must(state.universe.instruments[node.spec.instrument], 'instrument');
  const listing = listings.map((id) => must(state.universe.listings[id], 'listing')).find((entry) => entry.venue === event.venue);
  const lots = event.lots;
  if (listing === undefined || lots < Math.max(1, listing.minLots) || lots % listing.lotMultiple !== 0) return refuse(VenueReason.invalidParams);
  if (lots > sendable(state, node)) return refuse(VenueReason.invalidParams);
  const limit = limitOf(state, node);
  const price = event.orderType === 'market' || event.orderType === 'chase' || event.priceTicks <= 0 ? limit : tighter(node.spec.side, limit, event.priceTicks);
  if (price <= 0) return refuse(VenueReason.invalidParams);
  // What would meet own orders waits for their cancel: the module asks again.
  if (event.orderType !== 'post_only' && clearOwn(state, node, listing, node.spec.side, price)) return refuse(VenueReason.selfTrade);
  const refusal = sendLeg(state, node, listing, node.spec.side, lots, price, tifOf[event.orderType]);
  if (refusal !== '') return refuse(refusal === 'INSUFFICIENT_BALANCE' ? VenueReason.insufficientBalance : VenueReason.other);
  sometimes(state, 'ALGO_ORDER');
  const child = must(node.run.children[node.run.children.length - 1], 'order just sent');
  assert(child.algoOrderId === '' && child.sentAtNs === state.tNs, 'the order just sent is the one that was asked for');
  child.algoOrderId = event.algoOrderId;
  child.algoInstance = event.instance;
  accepted(state, node);
  return undefined;
}

function amendAlgo(state: CoreState, node: Node, child: Child | undefined, event: AlgoActionEvent, refuse: (reason: VenueReason) => void): void {
  if (child === undefined || !isLiveChild(child.state)) return refuse(VenueReason.unknownOrder);
  const venue = must(state.universe.venues[child.venue], 'venue');
  const listing = must(state.universe.listings[child.listing], 'listing');
  const grow = event.lots - child.lots;
  const fits = event.lots > child.filled && event.lots % listing.lotMultiple === 0 && grow <= sendable(state, node) && excess(state, node) === 0;
  if (!venue.nativeAmend || child.amendLots >= 0 || child.cancelAsked === 1 || !fits) return refuse(VenueReason.invalidParams);
  const ticks = onTick(listing, child.side, tighter(child.side, limitOf(state, node), event.priceTicks));
  if (ticks <= 0) return refuse(VenueReason.invalidParams);
  return amendChild(state, child, event.lots, ticks);
}

/** The module is gone: an opening node ends, a protective one goes on with `aggressive_chase`. */
export function onAlgoEnded(state: CoreState, event: AlgoEndedEvent): void {
  const node = state.graphs.get(event.graphKey)?.nodes.find((entry) => entry.nodeId === event.nodeId);
  if (node === undefined || !isAlgo(node) || node.run === null || isTerminalNode(node.status)) return;
  sometimes(state, 'ALGO_ENDED');
  node.run.phase = AlgoPhase.ended;
  node.algoDead = 1;
  assert(node.container === null || node.container.run !== null, 'a slice with a module has a container under way');
  cancelAllChildren(state, node);
  if (node.role === 'opening') endAttempt(state, node, 'ALGO_ENDED');
  else node.run.attemptAtNs = -1;
  touch(state, node);
}
