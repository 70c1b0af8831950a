/** Activation and end of nodes. Both arm, fire and kill edges; what follows for others is looked at later. */
import { assert, must } from '../../base/assert.js';
import { Wide } from '../../base/wide.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitAlert, emitTrace } from '../emit.js';
import type { CoreState, Node, NodeRun, Stop } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { TcaFacts } from '../views/tca-view.js';
import { stopAlgo } from '../policies/algo-phase.js';
import { touch, touchAll, touchGraph } from './dirty.js';
import { armEdges, canActivate, edgeAt, edgesOnEnd, killEdge } from './edges.js';
import { isTerminalNode } from './node-table.js';
import { dustOf } from './sizing.js';
import { setNodeStatus } from './transitions.js';

export function newRun(state: CoreState): NodeRun {
  return {
    activatedAtNs: state.tNs, doneAtNs: -1, updatedAtNs: state.tNs, children: [], childCount: 0, aside: null, value: new Wide(),
    fees: new Wide(), baseFee1e8: 0, live: 0, counterLive: 0, counterFilled: 0, arrivalMidQ: 0, protectionTicks: 0,
    attempts: 0, attemptAtNs: -1, phase: 0, phaseAtNs: -1, refusals: 0, lastRefusal: '', failures: 0, stop: null, accepted: 0, acked: 0,
    lateFill: 0, overfill: 0, unasked: 0, dust: 0, waitingBooks: 0, notBeforeAtNs: -1, replacing: 0, cancelRest: 0, policyTimer: null, retryTimer: null, horizonTimer: null,
    gtdTimer: null, alertTimer: null, stuckSaid: 0, unprotectedSaid: 0, cooldowns: [], planQty: 0, seed: 0, hedgeFailAtNs: -1, alertAtNs: -1,
  };
}

export function activate(state: CoreState, node: Node): void {
  assert(node.status === 'waiting', 'only a waiting node is activated');
  assert(node.graph.openNodes > 0, 'a graph with a node to activate is open');
  node.run ??= newRun(state);
  assert(node.filled === 0 || node.reopened > 0, 'what never ran has no fills');
  node.run.activatedAtNs = state.tNs;
  node.order = ++node.graph.orderCounter;
  setNodeStatus(state, node, 'activate');
  if (state.tracing) emitTrace(state, node, 'activated');
  if (node.spec.tif === 'gtd' && node.expireAtNs !== null) {
    const due = Number(BigInt(node.expireAtNs) - BigInt(state.baseNs));
    node.run.gtdTimer = startTimer(state, TimerKind.nodeGtd, Math.max(due, state.tNs), node);
  }
  armEdges(state, node);
}

/** Ends a node. Nothing of it may be live. */
export function finish(state: CoreState, node: Node, stop: Stop): void {
  const { run } = node;
  assert(run === null || (run.live === 0 && run.counterLive === 0), 'a node ends with nothing live');
  assert(stop.status !== 'rejected' || node.filled === 0, 'a node with fills is never rejected');
  node.reason = stop.reason;
  const input = { filled: 'fill', cancelled: 'cancel', expired: 'expire', rejected: 'refuse' } as const;
  setNodeStatus(state, node, input[stop.status]);
  assert(isTerminalNode(node.status), 'an end is an end');
  if (run !== null) {
    stopAlgo(state, node, stop.status);
    run.doneAtNs = state.tNs;
    run.stop = null;
    must(state.markets[node.spec.instrument], 'market').resters.delete(node);
    stopNodeTimers(state, node);
  }
  if (stop.status === 'rejected') sometimes(state, 'NODE_REJECTED');
  if (node.role === 'opening' && node.container === null && (stop.status === 'rejected' || stop.status === 'expired')) failNode(state, node, stop);
  if (state.tracing) emitTrace(state, node, `${stop.status}${stop.reason === '' ? '' : `: ${stop.reason}`}`);
  afterEnd(state, node);
}

/** An opening node ended with a remainder: nothing follows unless the graph says so (semantics §9, on_node_failure). */
function failNode(state: CoreState, node: Node, stop: Stop): void {
  const { graph } = node;
  const action = graph.spec.risk.failure.onNodeFailure;
  if (action !== 'cancel_all_open' && action !== 'flatten') return;
  assert(node.role === 'opening' && stop.reason !== '', 'an opening node fails for a reason');
  emitAlert(state, 'NODE_FAILED', graph, node.nodeId, `${stop.status} with a remainder (${stop.reason}); ${action}`);
  graph.failureDue = action;
  graph.failureReason = 'NODE_FAILED';
  touchGraph(state, graph);
}

export function stopNodeTimers(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  run.policyTimer = stopTimer(state, run.policyTimer);
  run.retryTimer = stopTimer(state, run.retryTimer);
  run.horizonTimer = stopTimer(state, run.horizonTimer);
  run.gtdTimer = stopTimer(state, run.gtdTimer);
  run.alertTimer = stopTimer(state, run.alertTimer);
}

export function skip(state: CoreState, node: Node, reason: string): void {
  assert(node.filled === 0 && (node.run === null || node.run.live === 0), 'a node that acted is not skipped');
  node.reason = reason;
  setNodeStatus(state, node, 'skip');
  sometimes(state, 'NODE_SKIPPED');
  if (node.run !== null) stopNodeTimers(state, node);
  afterEnd(state, node);
}

function afterEnd(state: CoreState, node: Node): void {
  const { graph } = node;
  edgesOnEnd(state, node);
  for (let i = 0; i < node.outEdges.length; i++) skipDead(state, must(graph.nodes[edgeAt(graph, node.outEdges[i] ?? -1).to], 'child'));
  for (let i = 0; i < node.inEdges.length; i++) {
    const index = node.inEdges[i] ?? -1;
    const edge = edgeAt(graph, index);
    if (edge.state === 'armed' || edge.state === 'idle') killEdge(state, edge);
  }
  noteDust(state, node);
  touchAll(state, graph, node.exits);
  touchAll(state, graph, node.hedges);
  touchAll(state, graph, node.peers);
  // A net hedge follows what the exits of its parent leave.
  for (const p of node.ps) touchAll(state, graph, must(graph.nodes[p], 'p').hedges);
  if (node.container !== null) touch(state, node.container);
  if (node.run !== null && node.container === null) {
    emitAccount(state, graph.accountId, 'tca', graph.graphId, node.nodeId, state.muted ? null : new TcaFacts(state, node));
  }
}

/** What can't activate any more is skipped in the same step, before anything that fired in it is judged. */
function skipDead(state: CoreState, child: Node): void {
  assert(child.inEdges.length > 0, 'what can be skipped waits for an edge');
  if (child.status !== 'waiting' || child.groupCancelled === 1 || child.stopReason !== '') return;
  if (child.graph.status !== 'cancelling' && !canActivate(child)) skip(state, child, 'NEVER');
}

/** What the end of a parent leaves unhedged below every venue's minimum. */
function noteDust(state: CoreState, parent: Node): void {
  for (let i = 0; i < parent.outEdges.length; i++) {
    const index = parent.outEdges[i] ?? -1;
    const edge = edgeAt(parent.graph, index);
    const child = must(parent.graph.nodes[edge.to], 'child');
    const dust = dustOf(state, edge);
    if (dust <= 0 || child.run === null || isTerminalNode(child.status)) continue;
    child.run.dust += dust;
    if (child.role !== 'hedge') continue;
    sometimes(state, 'HEDGE_DUST_LEFT');
    emitAlert(state, 'UNHEDGED_DUST', parent.graph, child.nodeId, 'what is left to hedge is below every venue minimum');
  }
}
