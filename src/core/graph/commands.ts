/** Commands other than submit: cancel, amend, pause, resume, kill switch, limits, balances (semantics §9, §10). */
import { must } from '../../base/assert.js';
import type { Command, KillScope } from '../../protocol/commands.js';
import { graphKey } from '../../protocol/graph-key.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitAlert } from '../emit.js';
import { amendChild, cancelChild, onTick } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import { balanceOf, positionOf } from '../risk/balances.js';
import { killCovers, killsOf, scopeCovers } from '../risk/kill.js';
import { pauseGraph, stopNode } from '../risk/runtime.js';
import { PausedBy, type CoreState, type Graph, type Node } from '../state.js';
import { nodeOrderId } from '../views/order-view.js';
import { touch, touchGraph } from './dirty.js';
import { edgeAt, judgeRatio, killEdge } from './edges.js';
import { isTerminalGraph } from './graph-table.js';
import { isTerminalNode } from './node-table.js';
import { positionLeft } from './position-left.js';
import { smallestAt, instrumentOf, tradeLot } from './quantities.js';
import { recomputeReleased, refreshRelease } from './sizing.js';
import { accept, onAnswered, onSubmit, refuse } from './submit.js';
import { setGraphStatus } from './transitions.js';

export function onCommand(state: CoreState, accountId: number, commandId: number, command: Command): void {
  switch (command.kind) {
    case 'submit':
      return onSubmit(state, accountId, commandId, command);
    case 'answered':
      onAnswered(state, accountId, command.graphId, command.delivered);
      return void accept(state, commandId, accountId, { kind: 'done' });
    case 'cancel_graph':
      return onCancelGraph(state, accountId, commandId, command.graphId, command.flatten);
    case 'cancel_node':
      return onCancelNode(state, accountId, commandId, command.graphId, command.nodeId);
    case 'amend_node':
      return onAmendNode(state, accountId, commandId, command);
    case 'pause_graph':
      return onPause(state, accountId, commandId, command.graphId);
    case 'resume_graph':
      return onResume(state, accountId, commandId, command.graphId);
    case 'kill':
      return onKill(state, accountId, commandId, command);
    case 'kill_clear':
      return onKillClear(state, accountId, commandId, command.scope);
    case 'venue_cancel_all':
      return onVenueCancelAll(state, accountId, commandId, command.venue);
    case 'set_limits':
      must(state.accounts[accountId], 'account').limits = command.limits;
      emitAccount(state, accountId, 'risk', '', '', { type: 'limits', limits: command.limits });
      return void accept(state, commandId, accountId, { kind: 'done' });
    case 'set_balances':
      return onSetBalances(state, accountId, commandId, command);
  }
}

function own(state: CoreState, accountId: number, commandId: number, graphId: string): Graph | null {
  const key = graphKey(accountId, graphId);
  const graph = state.graphs.get(key);
  if (graph !== undefined) return graph;
  const ended = state.ended.get(key);
  if (ended !== undefined) refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${ended.status}`);
  else refuse(state, commandId, 'NOT_FOUND', `no graph ${graphId} of this account`);
  return null;
}

function answerGraph(state: CoreState, commandId: number, graph: Graph, warnings: Graph['warnings'] = []): void {
  accept(state, commandId, graph.accountId, { kind: 'graph', graphId: graph.graphId, status: graph.status, left: positionLeft(state, graph) }, warnings);
}

export function cancelGraph(state: CoreState, graph: Graph, reason: string, flatten: boolean): void {
  if (isTerminalGraph(graph.status)) return;
  graph.userCancelled = 1;
  graph.pausedBy = 0;
  if (flatten) graph.flattening ??= { reason, made: 0 };
  setGraphStatus(state, graph, 'cancel', reason);
  for (const node of graph.nodes) {
    if (!isTerminalNode(node.status)) stopNode(node, reason === 'USER' ? 'GRAPH_CANCELLED' : reason);
    touch(state, node);
  }
  for (const edge of graph.edges) killEdge(state, edge);
  touchGraph(state, graph);
}

function onCancelGraph(state: CoreState, accountId: number, commandId: number, graphId: string, flatten: boolean): void {
  const compact = state.ended.get(graphKey(accountId, graphId));
  if (compact?.status === 'cancelled') {
    return void accept(state, commandId, accountId, { kind: 'graph', graphId, status: compact.status, left: compact.left });
  }
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (graph.status === 'completed' || graph.status === 'failed') {
    const filled = graph.nodes.map((node) => `${node.nodeId} ${node.filled}`).join(', ');
    return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}; filled lots: ${filled}`);
  }
  if (graph.status !== 'cancelled') cancelGraph(state, graph, 'USER', flatten);
  return answerGraph(state, commandId, graph);
}

function findNode(state: CoreState, graph: Graph, commandId: number, nodeId: string): Node | null {
  const node = graph.nodes.find((entry) => entry.nodeId === nodeId);
  if (node !== undefined) return node;
  refuse(state, commandId, 'NOT_FOUND', `graph ${graph.graphId} has no node ${nodeId}`);
  return null;
}

function answerNode(state: CoreState, commandId: number, node: Node, mode: 'native_atomic' | 'cancel_replace' | null): void {
  accept(state, commandId, node.graph.accountId, { kind: 'node', graphId: node.graph.graphId, nodeId: node.nodeId, status: node.status, mode });
}

function onCancelNode(state: CoreState, accountId: number, commandId: number, graphId: string, nodeId: string): void {
  const graph = own(state, accountId, commandId, graphId);
  const node = graph === null ? null : findNode(state, graph, commandId, nodeId);
  if (node === null) return;
  if (isTerminalNode(node.status)) {
    if (node.status === 'cancelled') return answerNode(state, commandId, node, null);
    return refuse(state, commandId, 'CONFLICT', `${nodeOrderId(node)} is ${node.status}`);
  }
  stopNode(node, 'USER');
  touch(state, node);
  return answerNode(state, commandId, node, null);
}

type Amend = Extract<Command, { kind: 'amend_node' }>;

function amendProblem(state: CoreState, node: Node, command: Amend): { code: string; message: string } | null {
  const run = node.run;
  if (node.container !== null) return { code: 'CONFLICT', message: 'a slice is not amended; amend its container' };
  if (isTerminalNode(node.status) || (run !== null && run.stop !== null)) return { code: 'CONFLICT', message: `${nodeOrderId(node)} is ${node.status}` };
  if (command.limitTicks !== null && node.spec.orderType !== 'limit') return { code: 'VALIDATION_ERROR', message: 'a market order has no limit to amend' };
  if (command.lots !== null) {
    if (node.spec.quantity.kind !== 'fixed') return { code: 'VALIDATION_ERROR', message: 'only a fixed quantity is amended' };
    if (command.lots <= 0 || command.lots % tradeLot(state, node) !== 0) return { code: 'VALIDATION_ERROR', message: 'the new quantity is not a positive multiple of the trade lot' };
    if (command.lots < node.filled) return { code: 'CONFLICT', message: 'the new quantity is below what is filled' };
  }
  return null;
}

function onAmendNode(state: CoreState, accountId: number, commandId: number, command: Amend): void {
  const graph = own(state, accountId, commandId, command.graphId);
  const node = graph === null ? null : findNode(state, graph, commandId, command.nodeId);
  if (node === null) return;
  const problem = amendProblem(state, node, command);
  if (problem !== null) {
    if (command.lots !== null && command.lots < node.filled) sometimes(state, 'AMEND_BELOW_FILLED_REFUSED');
    return refuse(state, commandId, problem.code, problem.message);
  }
  const mode = amendMode(state, node);
  if (command.lots !== null) {
    node.ceiling = command.lots;
    if (node.inEdges.length === 0) node.released = command.lots;
    for (const index of node.inEdges) if (edgeAt(node.graph, index).firedCount > 0) refreshRelease(state, edgeAt(node.graph, index));
    if (node.inEdges.length > 0) recomputeReleased(state, node);
    for (const index of node.outEdges) judgeRatio(state, edgeAt(node.graph, index), 0, 0);
  }
  if (command.limitTicks !== null) {
    node.limitTicks = command.limitTicks;
    for (const slice of node.graph.nodes) if (slice.container === node) slice.limitTicks = command.limitTicks;
  }
  reprice(state, node, mode);
  touch(state, node);
  for (const index of node.peers) touch(state, must(node.graph.nodes[index], 'peer'));
  return answerNode(state, commandId, node, mode);
}

function restingChildren(node: Node): Node['run'] extends null ? never : NonNullable<Node['run']>['children'] {
  return (node.run?.children ?? []).filter((child) => isLiveChild(child.state) && (child.tif === 'gtc' || child.tif === 'post_only'));
}

/** Native where the one resting order is at a venue that can; else cancel, await, replace. */
function amendMode(state: CoreState, node: Node): 'native_atomic' | 'cancel_replace' | null {
  const resting = restingChildren(node);
  if (resting.length === 0) return null;
  const child = must(resting[0], 'resting child');
  const able = must(state.universe.venues[child.venue], 'venue').nativeAmend && child.noAmend === 0;
  const free = child.amendLots < 0 && child.cancelAsked === 0 && (child.state === 'live' || child.state === 'partial');
  return resting.length === 1 && able && free ? 'native_atomic' : 'cancel_replace';
}

function reprice(state: CoreState, node: Node, mode: 'native_atomic' | 'cancel_replace' | null): void {
  if (mode === null) return;
  const resting = restingChildren(node);
  const limit = node.limitTicks;
  if (mode === 'native_atomic' && node.spec.orderType === 'limit') {
    const child = must(resting[0], 'resting child');
    const listing = must(state.universe.listings[child.listing], 'listing');
    const target = Math.min(node.released, node.ceiling) - node.filled + child.filled;
    const total = node.role === 'opening' ? target - (target % listing.lotMultiple) : Math.min(child.lots, target);
    const ticks = onTick(listing, child.side, limit);
    if (total > child.filled && total - child.filled >= smallestAt(instrumentOf(state, node), listing, ticks)) {
      if (total !== child.lots || ticks !== child.limitTicks) amendChild(state, child, total, ticks);
      return;
    }
  }
  sometimes(state, 'AMENDED_BY_REPLACE');
  must(node.run, 'run').replacing = 1;
  for (const child of resting) cancelChild(state, child);
}

function onPause(state: CoreState, accountId: number, commandId: number, graphId: string): void {
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling') return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}`);
  sometimes(state, 'PAUSED_BY_USER');
  pauseGraph(state, graph, PausedBy.user, 'USER');
  return answerGraph(state, commandId, graph);
}

function onResume(state: CoreState, accountId: number, commandId: number, graphId: string): void {
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling') return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}`);
  if (killCovers(state, graph, false)) return refuse(state, commandId, 'KILL_SWITCH', 'a kill switch covers this graph; clear it first');
  const warnings: Graph['warnings'] = [];
  for (const breach of graph.breaches) {
    if (breach.active === 0) continue;
    breach.acknowledged = breach.value;
    sometimes(state, 'RESUMED_STILL_BREACHED');
    warnings.push({ code: 'STILL_BREACHED', message: `${breach.limit} is still exceeded; taken as acknowledged at ${breach.value}` });
  }
  sometimes(state, 'RESUMED_BY_USER');
  resumeGraph(state, graph, PausedBy.user | PausedBy.breach | PausedBy.kill | PausedBy.disconnect);
  return answerGraph(state, commandId, graph, warnings);
}

/** Takes away reasons for the pause; the last one gone, it goes on: protective nodes first. */
export function resumeGraph(state: CoreState, graph: Graph, reasons: number): void {
  graph.pausedBy &= ~reasons;
  if (graph.pausedBy !== 0) return;
  if (graph.status === 'paused') setGraphStatus(state, graph, 'resume', '');
  graph.statusReason = '';
  graph.lostVenues = [];
  for (const node of graph.nodes) {
    node.stopped = 0;
    if (node.run !== null) node.run.hedgeFailAtNs = -1;
    if (node.role !== 'opening') touch(state, node);
  }
  for (const node of graph.nodes) touch(state, node);
}

function sameScope(a: KillScope, b: KillScope): boolean {
  if (a.kind === 'global' || b.kind === 'global') return a.kind === b.kind;
  if (a.kind === 'account' && b.kind === 'account') return a.accountId === b.accountId;
  if (a.kind === 'venue' && b.kind === 'venue') return a.venue === b.venue && a.accountId === b.accountId;
  return a.kind === 'graph' && b.kind === 'graph' && a.graphId === b.graphId && a.accountId === b.accountId;
}

/** A switch is the account's own, or everybody's (the gateway lets administrators set that one). */
function refuseScope(state: CoreState, accountId: number, commandId: number, scope: KillScope): boolean {
  if (scope.kind !== 'global' && scope.accountId !== accountId) {
    refuse(state, commandId, 'FORBIDDEN', 'a kill switch of another account', '/scope');
    return true;
  }
  if (scope.kind !== 'graph') return false;
  const key = graphKey(accountId, scope.graphId);
  if (state.graphs.has(key) || state.ended.has(key)) return false;
  refuse(state, commandId, 'NOT_FOUND', `no graph ${scope.graphId} of this account`, '/scope');
  return true;
}

/** The switches that concern an account, and which of its own graphs they stopped. */
function acceptKill(state: CoreState, accountId: number, commandId: number, graphs: readonly Graph[]): void {
  const mine = graphs.filter((graph) => graph.accountId === accountId).map((graph) => graph.graphId);
  accept(state, commandId, accountId, { kind: 'kill', active: killsOf(state, accountId), graphs: mine });
}

type KillCommand = Extract<Command, { kind: 'kill' }>;

function onKill(state: CoreState, accountId: number, commandId: number, command: KillCommand): void {
  if (refuseScope(state, accountId, commandId, command.scope)) return;
  sometimes(state, 'KILL_SWITCH_SET');
  state.kills = state.kills.filter((kill) => !sameScope(kill.scope, command.scope));
  state.kills.push({ scope: command.scope, reason: command.reason, allowExits: command.allowExits, sinceNs: state.tNs });
  const graphs: Graph[] = [];
  for (const graph of [...state.open.values()]) {
    if (!scopeCovers(command.scope, graph)) continue;
    graphs.push(graph);
    if (command.cancelOpen) cancelGraph(state, graph, 'KILL_SWITCH', false);
    else pauseGraph(state, graph, PausedBy.kill, 'KILL_SWITCH');
  }
  if (command.cancelOpen && command.scope.kind === 'venue') cancelAtVenue(state, accountId, command.scope.venue);
  acceptKill(state, accountId, commandId, graphs);
}

function onKillClear(state: CoreState, accountId: number, commandId: number, scope: KillScope): void {
  if (refuseScope(state, accountId, commandId, scope)) return;
  const before = state.kills.length;
  state.kills = state.kills.filter((kill) => !sameScope(kill.scope, scope));
  if (state.kills.length < before) sometimes(state, 'KILL_SWITCH_CLEARED');
  // Nobody resumes a graph that is being cancelled: what flattens it goes on by itself.
  for (const graph of state.open.values()) {
    if (graph.status === 'cancelling') for (const node of graph.nodes) touch(state, node);
  }
  acceptKill(state, accountId, commandId, [...state.open.values()].filter((graph) => (graph.pausedBy & PausedBy.kill) !== 0));
}

/** The account's live children there are cancelled; their opening nodes end, protective ones are paused with an alert. */
function cancelAtVenue(state: CoreState, accountId: number, venue: number): number {
  let count = 0;
  for (const child of [...must(state.venues[venue], 'venue').live]) {
    const { node } = child;
    if (node.graph.accountId !== accountId) continue;
    cancelChild(state, child);
    count += 1;
    // Nobody could resume what flattens a graph that is being cancelled: it ends, what is left is named.
    if (node.role === 'opening' || node.graph.status === 'cancelling') stopNode(node.container ?? node, 'VENUE_CANCEL_ALL');
    else if (node.stopped === 0) {
      node.stopped = 1;
      emitAlert(state, 'EXIT_PAUSED', node.graph, node.nodeId, 'its orders were cancelled with the venue; paused until resumed');
    }
    touch(state, node.container ?? node);
    touch(state, node);
  }
  return count;
}

function onVenueCancelAll(state: CoreState, accountId: number, commandId: number, venue: number): void {
  if (state.venues[venue] === undefined) return refuse(state, commandId, 'NOT_FOUND', 'no such venue');
  sometimes(state, 'VENUE_CANCEL_ALL');
  const count = cancelAtVenue(state, accountId, venue);
  accept(state, commandId, accountId, { kind: 'cancelled', venue, count });
  return undefined;
}

type SetBalances = Extract<Command, { kind: 'set_balances' }>;

function onSetBalances(state: CoreState, accountId: number, commandId: number, command: SetBalances): void {
  const account = must(state.accounts[accountId], 'account');
  if (command.replace) {
    for (const balance of account.balances) balance?.total.clear();
    for (const position of account.positions) {
      if (position === null) continue;
      position.lots = 0;
      position.cost.clear();
    }
  }
  for (const entry of command.balances) {
    const balance = balanceOf(state, accountId, entry.venue, entry.asset);
    balance.total.setBigInt(BigInt(entry.total1e8));
    balance.asOfAtNs = state.tNs;
  }
  for (const entry of command.perps) {
    const position = positionOf(state, accountId, entry.listing);
    position.lots = entry.lots;
    position.cost.clear();
    position.cost.addProduct(entry.lots, entry.entryTicks);
    position.asOfAtNs = state.tNs;
  }
  accept(state, commandId, accountId, { kind: 'done' });
}
