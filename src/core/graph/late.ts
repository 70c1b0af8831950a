/**
 * Fills after the end of a node (semantics §3): flagged and alerted; exits of the node re-open, tracking hedges
 * follow, a completed graph is active again, unless the user cancelled.
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert } from '../emit.js';
import { planted } from '../planted.js';
import type { CoreState, Edge, Node } from '../state.js';
import { touch } from './dirty.js';
import { armAgain, edgeAt, relevel } from './edges.js';
import { isTerminalGraph } from './graph-table.js';
import { isTerminalNode } from './node-table.js';
import { nodeAt, openPosition, smallestOrder } from './quantities.js';
import { recomputeReleased, tracks } from './sizing.js';
import { setGraphStatus, setNodeStatus } from './transitions.js';

export function onLateFill(state: CoreState, node: Node): void {
  assert(isTerminalNode(node.status) && node.filled > 0, 'a fill is late only after the end');
  const { graph } = node;
  must(node.run, 'run').lateFill = 1;
  emitAlert(state, 'LATE_FILL', graph, node.nodeId, `a fill came after the node was ${node.status}`);
  if (graph.userCancelled === 1 || graph.status === 'cancelling') {
    sometimes(state, 'LATE_FILL_AFTER_USER_CANCEL');
    emitAlert(state, 'LATE_POSITION', graph, node.nodeId, 'the position left changed after the cancel');
    return;
  }
  if (node.role === 'exit') return;
  assert(node.peers.length === 0, 'only exits have peers');
  if (node.exits.length + node.hedges.length === 0) return;
  reopenExits(state, node);
  for (const index of node.hedges) reopenHedge(state, node, nodeAt(graph, index));
}

/** Ended exits of a node that has position again: filled late itself, or a hedge that was re-opened to follow. */
export function reopenExits(state: CoreState, node: Node): void {
  const { graph } = node;
  if (graph.userCancelled === 1 || graph.status === 'cancelling' || openPosition(state, node) <= 0) return;
  assert(node.filled > 0, 'position comes from fills');
  for (const index of node.exits) {
    const exit = nodeAt(graph, index);
    assert(exit.role === 'exit', 'exits of a node are exits');
    if (isTerminalNode(exit.status) && openPosition(state, node) >= smallestOrder(state, exit)) reopenExit(state, exit);
  }
}

function reopenGraph(state: CoreState, node: Node): void {
  const { graph } = node;
  if (!isTerminalGraph(graph.status)) return;
  sometimes(state, 'GRAPH_REOPENED_BY_LATE_FILL');
  setGraphStatus(state, graph, 'lateFill', 'LATE_FILL');
  if (isTerminalGraph(graph.status)) return;
  assert(graph.endedAtNs !== -1 && !state.open.has(graph.serial), 'a graph that is opened again had ended');
  graph.endedAtNs = -1;
  state.open.set(graph.serial, graph);
}

function reopenExit(state: CoreState, exit: Node): void {
  assert(exit.role === 'exit' && isTerminalNode(exit.status), 'only an exit that ended is opened again');
  if (exit.reason === 'USER') return;
  if (exit.status === 'skipped' && planted(state, 'SKIPPED_NEVER_REOPENS')) return;
  sometimes(state, exit.status === 'skipped' ? 'EXIT_REOPENED_AFTER_SKIP' : 'EXIT_REOPENED_BY_LATE_FILL');
  reopenGraph(state, exit);
  assert(exit.run === null || exit.run.stop === null, 'an end leaves no stop behind');
  exit.reopened += 1;
  exit.reason = '';
  // What a late fill left is closed, and no explicit quantity beyond it: from now on all of it is capped.
  exit.uncapped = 0;
  const price = exit.inEdges.map((index) => edgeAt(exit.graph, index)).find((edge) => edge.spec.trigger.kind === 'on_price');
  if (price !== undefined && price.firedCount === 0) {
    price.state = 'idle';
    if (price.spec.trigger.kind === 'on_price' && price.spec.trigger.level.kind !== 'absolute') price.level = NaN;
    // Of a join of all, what can't come any more is taken for come: the price decides.
    if (exit.spec.join === 'all') for (const index of exit.inEdges) takeForFired(state, edgeAt(exit.graph, index));
    setNodeStatus(state, exit, 'rearm');
    rearm(state, exit);
    return;
  }
  for (const index of exit.inEdges) {
    const edge = edgeAt(exit.graph, index);
    if (edge.released > 0) continue;
    // It never fired: what it waited for cannot come any more, what it protects is there.
    edge.state = 'dead';
    takeForFired(state, edge);
    edge.released = Number.isFinite(exit.ceiling) ? exit.ceiling : Number.MAX_SAFE_INTEGER;
  }
  recomputeReleased(state, exit);
  setNodeStatus(state, exit, 'reopen');
  resetRun(exit, state);
  touch(state, exit);
}

function takeForFired(state: CoreState, edge: Edge): void {
  if (edge.state !== 'dead') return;
  assert(edge.timer === null, 'a dead edge waits for nothing');
  edge.state = 'fired';
  assert(edge.heapPos === -1, 'a dead edge watches nothing');
  edge.firedCount = Math.max(1, edge.firedCount);
  edge.firedAtNs = state.tNs;
}

function rearm(state: CoreState, exit: Node): void {
  assert(exit.status === 'waiting', 'an exit that watches a price again waits');
  for (const index of exit.inEdges) {
    const edge = edgeAt(exit.graph, index);
    if (edge.spec.trigger.kind !== 'on_price' || edge.state !== 'idle') continue;
    if (edge.spec.trigger.level.kind === 'graph_entry_price') relevel(state, edge);
    else armAgain(state, edge);
  }
  touch(state, exit);
}

function resetRun(node: Node, state: CoreState): void {
  const { run } = node;
  assert(node.reopened > 0, 'what is set back was opened again');
  if (run === null) {
    node.mustRun = 1;
    return;
  }
  assert(!isTerminalNode(node.status), 'what is opened again goes on');
  run.doneAtNs = -1;
  run.stop = null;
  run.attemptAtNs = -1;
  run.stuckSaid = 0;
  run.unprotectedSaid = 0;
  run.updatedAtNs = state.tNs;
}

function reopenHedge(state: CoreState, parent: Node, hedge: Node): void {
  assert(parent.filled > 0 && parent.index !== hedge.index, 'a hedge follows what its parent filled');
  const edges = hedge.inEdges.map((index) => edgeAt(hedge.graph, index)).filter((edge) => edge.from === parent.index && tracks(edge));
  assert(hedge.role === 'hedge', 'hedges of a node are hedges');
  if (edges.length === 0 || hedge.reason === 'USER') return;
  sometimes(state, 'HEDGE_FOLLOWED_LATE_FILL');
  for (const edge of edges) if (edge.state === 'dead' && edge.spec.trigger.kind === 'on_fill') edge.state = 'armed';
  if (!isTerminalNode(hedge.status)) return;
  reopenGraph(state, hedge);
  assert(hedge.run === null || hedge.run.stop === null, 'an end leaves no stop behind');
  hedge.reopened += 1;
  hedge.reason = '';
  setNodeStatus(state, hedge, 'reopen');
  assert(hedge.status === 'pending', 'what is opened again is under way');
  resetRun(hedge, state);
  touch(state, hedge);
}
