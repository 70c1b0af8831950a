/**
 * Why a graph may still be open when faults have ended, venues have told all they owe and everything was resumed. Who has
 * an order's worth to send looks again within seconds. Who has none rests what it sent, waits for an edge that can still
 * fire or release more, or for a position that can still change. Anything else is a graph that hangs.
 */
import { must } from '../../src/base/assert.js';
import { exitClaim, explicitLeft, isCapped, ownTarget, targetNow } from '../../src/core/graph/allowance.js';
import { followsPosition, wanted } from '../../src/core/graph/drive.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import { nodeAt, openPosition, positionLots, smallestOrder } from '../../src/core/graph/quantities.js';
import { PausedBy, type Child, type CoreState, type Edge, type Graph, type Node } from '../../src/core/state.js';
import type { Timer } from '../../src/core/timers.js';

/** Longest pause of a policy between two looks, of an order that does not rest, of a slice. */
const SOON_NS = 5_000_000_000;

/** One line for each open node without an explanation. */
export function unexplained(state: CoreState): string[] {
  const lines: string[] = [];
  for (const graph of state.open.values()) {
    if (graph.status === 'cancelling') {
      lines.push(`${graph.graphId} is still cancelling after healing`);
      continue;
    }
    for (const node of graph.nodes) {
      if (isTerminalNode(node.status) || explains(state, graph, node)) continue;
      lines.push(`${graph.graphId}:${node.nodeId} is still ${node.status} after healing, and nothing says why`);
    }
  }
  return lines;
}

function explains(state: CoreState, graph: Graph, node: Node): boolean {
  const { run } = node;
  if (run === null || node.status === 'waiting') return node.inEdges.some((index) => mayRelease(graph, index));
  // A container is what its slices are, each looked at itself, and those to come.
  if (node.pace !== null) return isSoon(state, node.pace.timer) || graph.nodes.some((slice) => slice.container === node && !isTerminalNode(slice.status));
  const live = run.children.filter((child) => child.doneAtNs < 0);
  if (live.some((child) => !isGood(state, child))) return false;
  // Breached again since it was resumed: its opening nodes wait for the user, protective ones act.
  if (graph.pausedBy !== 0 && node.role === 'opening') return graph.pausedBy === PausedBy.breach && live.length === 0;
  if (wanted(state, node) > 0 || tooMuch(state, node) >= smallestOrder(state, node)) return isSoon(state, run.policyTimer) || isSoon(state, run.retryTimer);
  return live.length > 0 || waits(state, node);
}

function isSoon(state: CoreState, timer: Timer | null): boolean {
  return timer !== null && timer.dueAtNs - state.tNs <= SOON_NS;
}

/** A live order that rests as its venue knows, or one that was sent just now. */
function isGood(state: CoreState, child: Child): boolean {
  if (child.state === 'unknown' || child.cancelAsked === 1) return false;
  const rests = (child.tif === 'gtc' || child.tif === 'post_only') && child.state !== 'sent';
  return rests || state.tNs - child.sentAtNs <= SOON_NS;
}

/** Lots that a net hedge has beyond what is released to it, and that nothing buys back yet (semantics §5). */
function tooMuch(state: CoreState, node: Node): number {
  const run = must(node.run, 'run');
  const nets = node.inEdges.some((index) => {
    const { firedCount, spec: { sizing } } = must(node.graph.edges[index], 'edge');
    return firedCount > 0 && sizing.kind === 'linear_hedge' && sizing.net;
  });
  return nets ? Math.min(node.filled - run.counterFilled - ownTarget(node), openPosition(state, node)) - run.counterLive : 0;
}

/** Idle with nothing that it may send or buy back now: what can give it more, or end it. */
function waits(state: CoreState, node: Node): boolean {
  const { graph } = node;
  const owner = node.container ?? node;
  const { pace } = owner;
  if (pace !== null && pace.made < must(owner.spec.pacing, 'pacing').slices) return isSoon(state, pace.timer);
  if (owner.role === 'exit' && isCapped(owner)) {
    if (explicitLeft(owner) === 0 && positionLots(state, owner) < smallestOrder(state, owner)) return hasOpenParent(owner) || mayGetExplicit(owner);
    if (waitsForPeer(state, owner)) return true;
  }
  if (owner.role === 'hedge') {
    if (followsPosition(owner)) return true;
    // Cut to its protected part, which its parents may raise; by a breach also until the user resumes (semantics §5, §9).
    if (targetNow(state, owner) < ownTarget(owner) && (hasOpenParent(owner) || graph.pausedBy === PausedBy.breach)) return true;
  }
  return owner.inEdges.some((index) => mayRelease(graph, index));
}

function hasOpenParent(node: Node): boolean {
  return node.ps.some((index) => !isTerminalNode(nodeAt(node.graph, index).status));
}

/** An edge of explicit size, which gives what it says whatever the position is, may still fire (semantics §6). */
function mayGetExplicit(exit: Node): boolean {
  return exit.inEdges.some((index) => {
    const edge = must(exit.graph.edges[index], 'edge');
    return edge.spec.sizing.kind === 'fixed' && edge.firedCount === 0 && mayRelease(exit.graph, index);
  });
}

/** What it could sell is claimed by other exits of its Ps that are under way, and so looked at themselves. */
function waitsForPeer(state: CoreState, exit: Node): boolean {
  const least = smallestOrder(state, exit);
  if (ownTarget(exit) - exit.filled < least || exitClaim(state, exit) >= least) return false;
  return exit.peers.some((index) => {
    const peer = nodeAt(exit.graph, index);
    return peer !== exit && peer.run !== null && !isTerminalNode(peer.status) && isCapped(peer) && exitClaim(state, peer) > 0;
  });
}

/** An edge that may fire, or has and releases more with what its parent does. */
function mayRelease(graph: Graph, index: number): boolean {
  const edge = must(graph.edges[index], 'edge');
  const parentOpen = !isTerminalNode(nodeAt(graph, edge.from).status);
  if (edge.state === 'dead') return false;
  if (edge.state === 'fired') return parentOpen && follows(edge);
  // Under watch or held to be confirmed; its level may hang on its parent, which is looked at itself.
  if (edge.state === 'armed' && edge.timer === null && edge.heapPos < 0 && edge.spec.trigger.kind === 'on_price') return parentOpen && !Number.isFinite(edge.level);
  return edge.timer !== null || edge.heapPos >= 0 || parentOpen;
}

function follows({ spec: { trigger, sizing } }: Edge): boolean {
  if (sizing.kind === 'fixed') return false;
  return trigger.kind === 'on_fill' || sizing.kind === 'parent_filled_qty' || sizing.kind === 'linear_hedge' || sizing.kind === 'residual';
}
