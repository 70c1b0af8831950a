/**
 * Why a graph may still be open when faults have ended, venues have told all they owe and everything was resumed: each
 * of its open nodes waits for an edge that can still fire or a position that can still change, rests an order beyond the
 * market, or trades on by its policy with a look due within seconds. Anything else is a graph that hangs.
 */
import { must } from '../../src/base/assert.js';
import { exitClaim, isCapped, ownTarget, targetNow } from '../../src/core/graph/allowance.js';
import { followsPosition, wanted } from '../../src/core/graph/drive.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import { smallestOrder } from '../../src/core/graph/quantities.js';
import { PausedBy, type CoreState, type Graph, type Node } from '../../src/core/state.js';

/** Longest pause of a policy between two looks (a ladder's horizon, a slice's interval). */
const SOON_NS = 12_000_000_000;

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
  if (run === null || node.status === 'waiting') return node.inEdges.some((index) => canFire(graph, index));
  // Breached again since it was resumed: its opening nodes wait for the user, protective ones act.
  if (graph.pausedBy !== 0 && node.role === 'opening') return graph.pausedBy === PausedBy.breach;
  const live = run.children.filter((child) => child.doneAtNs < 0);
  if (live.some((child) => child.state === 'unknown' || child.cancelAsked === 1)) return false;
  if (live.some((child) => child.tif === 'gtc' || child.tif === 'post_only')) return true;
  if (live.length > 0) return true;
  // A breach cuts a hedge to its protected part; with that done the rest is kept for the resume (semantics §9).
  const owner = node.container ?? node;
  const ownerRun = must(owner.run, 'run of a container');
  if (graph.pausedBy === PausedBy.breach && node.role === 'hedge' && targetNow(state, owner) - owner.filled + ownerRun.counterFilled < smallestOrder(state, node)) return true;
  if (node.pace !== null) return node.pace.timer !== null || graph.nodes.some((slice) => slice.container === node && !isTerminalNode(slice.status));
  if (node.role === 'exit' && isCapped(node) && waitsForPeer(state, node)) return true;
  if (node.role === 'exit' && waitsForParent(state, node)) return true;
  if (node.role === 'hedge' && node.container === null && waitsForExits(state, node)) return true;
  const timers = [run.policyTimer, run.retryTimer, run.horizonTimer, run.gtdTimer];
  if (timers.some((timer) => timer !== null && timer.dueAtNs - state.tNs <= SOON_NS)) return true;
  // Filled all it was released and waits for more; a slice that has its own for what its container is to get.
  if (node.container !== null && node.released - node.filled >= smallestOrder(state, node)) return false;
  return owner.inEdges.some((index) => canFire(graph, index));
}

/** What it could sell is claimed by other exits of its Ps that are open, and so looked at themselves. */
function waitsForPeer(state: CoreState, exit: Node): boolean {
  if (exitClaim(state, exit) >= smallestOrder(state, exit)) return false;
  return exit.peers.some((index) => {
    const peer = exit.graph.nodes[index];
    return peer !== undefined && peer !== exit && !isTerminalNode(peer.status) && peer.status !== 'waiting';
  });
}

/** It, or the container whose slice it is, closed all that its Ps hold, and they may still get more. */
function waitsForParent(state: CoreState, node: Node): boolean {
  const exit = node.container ?? node;
  if (!isCapped(exit) || wanted(state, node) > 0 || exitClaim(state, exit) >= smallestOrder(state, exit)) return false;
  return exit.ps.some((index) => {
    const p = exit.graph.nodes[index];
    return p !== undefined && !isTerminalNode(p.status);
  });
}

/** A net hedge holds what its parent's position asks for, and follows it while an exit may close that (semantics §5). */
function waitsForExits(state: CoreState, hedge: Node): boolean {
  const held = hedge.filled - (hedge.run?.counterFilled ?? 0);
  return followsPosition(hedge) && wanted(state, hedge) <= 0 && held - ownTarget(hedge) < smallestOrder(state, hedge);
}

function canFire(graph: Graph, index: number): boolean {
  const edge = graph.edges[index];
  const parent = edge === undefined ? undefined : graph.nodes[edge.from];
  if (edge === undefined || parent === undefined || edge.state === 'dead') return false;
  if (edge.state === 'armed' && edge.spec.trigger.kind === 'on_price') return true;
  if (edge.state === 'armed' && edge.timer !== null) return true;
  // Everything else hangs on its parent, which is looked at itself.
  return !isTerminalNode(parent.status);
}
