/** Commands other than submit: cancel, amend, pause, resume, kill switch, limits, balances (semantics §9, §10). */
import { assert, must } from '../../base/assert.js';
import type { Command, KillScope, PositionLeft } from '../../protocol/commands.js';
import { graphKey } from '../../protocol/graph-key.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitAlert } from '../emit.js';
import { cancelAllChildren, cancelChild } from '../orders/child.js';
import { planted } from '../planted.js';
import { balanceOf, positionOf } from '../risk/balances.js';
import { killCovers, killsOf, scopeCovers } from '../risk/kill.js';
import { pauseGraph, resumeGraph, stopNode } from '../risk/runtime.js';
import { PausedBy, type CoreState, type Graph, type Node } from '../state.js';
import { nodeOrderId } from '../views/order-view.js';
import { lotsText } from '../views/trace-text.js';
import { amendNode, type Amend } from './amend.js';
import { touch, touchGraph } from './dirty.js';
import { killEdge } from './edges.js';
import { isTerminalGraph } from './graph-table.js';
import { makeRoom } from './kept.js';
import { isTerminalNode } from './node-table.js';
import { positionLeft } from './position-left.js';
import { accept, onAnswered, onSubmit, refuse } from './submit.js';
import { setGraphStatus } from './transitions.js';
import { PlainFacts } from '../views/told.js';

export function onCommand(state: CoreState, accountId: number, commandId: number, command: Command): void {
  assert(state.accounts[accountId] !== undefined && commandId >= 0, 'a command is of an account, numbered for its answer');
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
      emitAccount(state, accountId, 'risk', '', '', new PlainFacts({ type: 'limits', limits: command.limits }));
      return void accept(state, commandId, accountId, { kind: 'done' });
    case 'keep_ended':
      state.keep = { wholeBytes: command.wholeBytes, recordBytes: command.recordBytes };
      makeRoom(state);
      return void accept(state, commandId, accountId, { kind: 'done' });
    case 'set_balances':
      return onSetBalances(state, accountId, commandId, command);
  }
}

function own(state: CoreState, accountId: number, commandId: number, graphId: string): Graph | null {
  const key = graphKey(accountId, graphId);
  const graph = state.graphs.get(key);
  assert(graph === undefined || graph.accountId === accountId, 'a key leads to a graph of its account');
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
  assert(reason !== '', 'a graph is cancelled for a reason');
  if (isTerminalGraph(graph.status)) return;
  graph.userCancelled = 1;
  graph.pausedBy = 0;
  if (flatten) graph.flattening ??= { reason, made: 0 };
  setGraphStatus(state, graph, 'cancel', reason);
  assert(graph.status === 'cancelling' && graph.pausedBy === 0, 'a graph that is being cancelled waits for nobody');
  for (const node of graph.nodes) {
    if (!isTerminalNode(node.status)) stopNode(node, reason === 'USER' ? 'GRAPH_CANCELLED' : reason);
    touch(state, node);
  }
  for (const edge of graph.edges) {
    killEdge(state, edge);
    assert(edge.heapPos === -1 && edge.state !== 'armed', 'nothing of a graph that is being cancelled watches a price');
  }
  touchGraph(state, graph);
}

function onCancelGraph(state: CoreState, accountId: number, commandId: number, graphId: string, flatten: boolean): void {
  const compact = state.ended.get(graphKey(accountId, graphId));
  if (compact?.status === 'cancelled') {
    return void accept(state, commandId, accountId, { kind: 'graph', graphId, status: compact.status, left: compact.left === '' ? [] : (JSON.parse(compact.left) as PositionLeft[]) });
  }
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (graph.status === 'completed' || graph.status === 'failed') {
    const filled = graph.nodes.map((node) => `${node.nodeId} ${lotsText(state, node, node.filled)}`).join(', ');
    return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}; filled: ${filled}`);
  }
  assert(state.graphs.get(graphKey(accountId, graphId)) === graph, 'a graph is kept by its key');
  if (graph.status !== 'cancelled') cancelGraph(state, graph, 'USER', flatten);
  return answerGraph(state, commandId, graph);
}

function findNode(state: CoreState, graph: Graph, commandId: number, nodeId: string): Node | null {
  const node = graph.nodes.find((entry) => entry.nodeId === nodeId);
  assert(node === undefined || node.graph === graph, 'a node is one of its graph');
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
  assert(!isTerminalGraph(node.graph.status) || node.graph.openNodes > 0, 'a graph with a node to cancel is not over');
  if (planted(state, 'CANCELLED_NODE_SENDS_AGAIN')) cancelAllChildren(state, node);
  else stopNode(node, 'USER');
  touch(state, node);
  return answerNode(state, commandId, node, null);
}

function onAmendNode(state: CoreState, accountId: number, commandId: number, command: Amend): void {
  const graph = own(state, accountId, commandId, command.graphId);
  const node = graph === null ? null : findNode(state, graph, commandId, command.nodeId);
  if (node === null) return;
  const answer = amendNode(state, node, command);
  if (!answer.ok) return refuse(state, commandId, answer.code, answer.message);
  assert(command.lots === null || node.ceiling === command.lots, 'an amend sets the total that was asked for');
  assert(command.limitTicks === null || node.limitTicks === command.limitTicks, 'an amend sets the limit that was asked for');
  return answerNode(state, commandId, node, answer.mode);
}

function onPause(state: CoreState, accountId: number, commandId: number, graphId: string): void {
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling') return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}`);
  sometimes(state, 'PAUSED_BY_USER');
  pauseGraph(state, graph, PausedBy.user, 'USER');
  assert(graph.status === 'paused' && (graph.pausedBy & PausedBy.user) !== 0, 'what the user pauses is paused');
  return answerGraph(state, commandId, graph);
}

function onResume(state: CoreState, accountId: number, commandId: number, graphId: string): void {
  const graph = own(state, accountId, commandId, graphId);
  if (graph === null) return;
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling') return refuse(state, commandId, 'CONFLICT', `graph ${graphId} is ${graph.status}`);
  if (killCovers(state, graph, false)) return refuse(state, commandId, 'KILL_SWITCH', 'a kill switch covers this graph; clear it first');
  const warnings: Graph['warnings'] = [];
  assert(graph.breaches.length <= 3, 'a graph has three limits that it may breach');
  for (const breach of graph.breaches) {
    if (breach.active === 0) continue;
    breach.acknowledged = breach.value;
    sometimes(state, 'RESUMED_STILL_BREACHED');
    warnings.push({ code: 'STILL_BREACHED', message: `${breach.limit} is still exceeded; taken as acknowledged at ${breach.value}` });
  }
  sometimes(state, 'RESUMED_BY_USER');
  resumeGraph(state, graph, PausedBy.user | PausedBy.breach | PausedBy.kill | PausedBy.disconnect | PausedBy.stale);
  assert(graph.pausedBy === 0 && graph.status !== 'paused', 'what the user resumes goes on');
  return answerGraph(state, commandId, graph, warnings);
}

function sameScope(a: KillScope, b: KillScope): boolean {
  if (a.kind === 'global' || b.kind === 'global') return a.kind === b.kind;
  if (a.kind === 'account' && b.kind === 'account') return a.accountId === b.accountId;
  if (a.kind === 'venue' && b.kind === 'venue') return a.venue === b.venue && a.accountId === b.accountId;
  return a.kind === 'graph' && b.kind === 'graph' && a.graphId === b.graphId && a.accountId === b.accountId;
}

/** A switch is the account's own, or everybody's (the gateway lets administrators set that one). */
function refuseScope(state: CoreState, accountId: number, commandId: number, scope: KillScope): boolean {
  assert(scope.kind !== 'venue' || scope.venue >= 0, 'a venue is known by its number');
  if (scope.kind !== 'global' && scope.accountId !== accountId) {
    refuse(state, commandId, 'FORBIDDEN', 'a kill switch of another account', '/scope');
    return true;
  }
  if (scope.kind !== 'graph') return false;
  const key = graphKey(accountId, scope.graphId);
  if (state.graphs.known(key) !== undefined) return false;
  refuse(state, commandId, 'NOT_FOUND', `no graph ${scope.graphId} of this account`, '/scope');
  return true;
}

/** The switches that concern an account, and which of its own graphs they stopped. */
function acceptKill(state: CoreState, accountId: number, commandId: number, graphs: readonly Graph[]): void {
  assert(state.accounts[accountId] !== undefined, 'a switch is set by an account');
  const mine = graphs.filter((graph) => graph.accountId === accountId).map((graph) => graph.graphId);
  accept(state, commandId, accountId, { kind: 'kill', active: killsOf(state, accountId), graphs: mine });
}

type KillCommand = Extract<Command, { kind: 'kill' }>;

function onKill(state: CoreState, accountId: number, commandId: number, command: KillCommand): void {
  if (refuseScope(state, accountId, commandId, command.scope)) return;
  sometimes(state, 'KILL_SWITCH_SET');
  state.kills = state.kills.filter((kill) => !sameScope(kill.scope, command.scope));
  state.kills.push({ scope: command.scope, reason: command.reason, allowExits: command.allowExits, sinceNs: state.tNs });
  assert(state.kills.some((kill) => sameScope(kill.scope, command.scope)), 'a switch that is set is kept, once');
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
  assert(state.kills.every((kill) => kill.sinceNs <= state.tNs), 'a switch was set at a time that was');
  state.kills = state.kills.filter((kill) => !sameScope(kill.scope, scope));
  assert(state.kills.length >= before - 1, 'a scope has one switch');
  if (state.kills.length < before) sometimes(state, 'KILL_SWITCH_CLEARED');
  // Nobody resumes a graph that is being cancelled: what flattens it goes on by itself.
  for (const graph of state.open.values()) {
    if (graph.status === 'cancelling') for (const node of graph.nodes) touch(state, node);
  }
  acceptKill(state, accountId, commandId, [...state.open.values()].filter((graph) => (graph.pausedBy & PausedBy.kill) !== 0));
}

/** The account's live children there are cancelled; their opening nodes end, protective ones are paused with an alert. */
function cancelAtVenue(state: CoreState, accountId: number, venue: number): number {
  assert(accountId >= 0 && venue < state.venues.length, 'orders are cancelled of an account at a venue');
  let count = 0;
  for (const child of [...must(state.venues[venue], 'venue').live]) {
    const { node } = child;
    if (node.graph.accountId !== accountId) continue;
    assert(child.venue === venue && child.livePos >= 0, 'what is live at a venue is listed there');
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
  assert(count <= must(state.venues[venue], 'venue').live.length, 'no more is cancelled than is live');
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
    assert(balance.reserved.sign() >= 0, 'what is set aside stays set aside');
  }
  for (const entry of command.perps) {
    const position = positionOf(state, accountId, entry.listing);
    position.lots = entry.lots;
    position.cost.clear();
    position.cost.addProduct(entry.lots, entry.entryTicks);
    position.asOfAtNs = state.tNs;
    assert(position.openBuy >= 0 && position.openSell >= 0, 'what is open stays open');
  }
  accept(state, commandId, accountId, { kind: 'done' });
}
