/**
 * Graphs that neither end nor wait for anything. Every open node must wait for something that will come: a venue's
 * answer, a timer, books, a price, a person, or another node of its graph that itself waits.
 */
import { must } from '../../src/base/assert.js';
import { isAlgo } from '../../src/core/policies/algo-phase.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import { type CoreState, type Edge, type Graph, type Node, PausedBy } from '../../src/core/state.js';
import type { Timer } from '../../src/core/timers.js';

/**
 * One line for each node that waits for nothing. Between two events of one instant a state may say so in passing: who
 * asks looks again before he believes it.
 */
export function stuck(state: CoreState): string[] {
  const lines: string[] = [];
  for (const graph of state.open.values()) {
    if ((graph.pausedBy & ~PausedBy.disconnect) !== 0) continue;
    if (graph.pausedBy !== 0) {
      const back = graph.lostVenues.every((venue) => state.venues[venue]?.reconciled === 1);
      if (back) lines.push(`${graph.graphId}: paused by a disconnect, but its venues are reconciled`);
      continue;
    }
    const found = graph.nodes.filter((node) => !isTerminalNode(node.status) && !waits(state, node));
    for (const node of found) lines.push(describe(state, node));
    const asleep = found.length === 0 && graph.nodes.every((node) => isTerminalNode(node.status) || !movesByItself(state, node));
    if (asleep) lines.push(`${graph.graphId}: its nodes wait for one another only`);
  }
  for (const { clientOrderId, state: child, unknownTimer } of state.venues.flatMap((venue) => venue.live)) {
    if (child === 'unknown' && !runs(unknownTimer)) lines.push(`${clientOrderId}: unknown, and nobody asks`);
  }
  return lines;
}

function describe(state: CoreState, node: Node): string {
  const { run, graph } = node;
  const live = run === null ? 'never activated' : `${run.live} live`;
  const seconds = ((state.tNs - graph.updatedAtNs) / 1e9).toFixed(1);
  return `${graph.graphId}:${node.nodeId} (${node.role}, ${node.status}, ${node.filled} of ${node.released} filled, ${live}) ` +
    `waits for nothing; its graph is ${graph.status}, unchanged for ${seconds} s`;
}

function waits(state: CoreState, node: Node): boolean {
  return movesByItself(state, node) || waitsForOthers(node);
}

/** Something outside its graph will move it: venue, clock, books, price, module. */
function movesByItself(state: CoreState, node: Node): boolean {
  const market = must(state.markets[node.spec.instrument], 'market');
  if (market.waiters.some((waiter) => waiter.node === node || waiter.edge?.to === node.index && waiter.edge.graph === node.graph)) return true;
  if (node.inEdges.some((index) => edgeMoves(state, must(node.graph.edges[index], 'edge')))) return true;
  const { run, pace } = node;
  if (run === null) return false;
  if (run.live + run.counterLive > 0 || runs(pace?.timer ?? null)) return true;
  if (runs(run.policyTimer) || runs(run.retryTimer) || runs(run.horizonTimer) || runs(run.gtdTimer)) return true;
  return market.pegs.some((peg) => peg.node === node) || (isAlgo(node) && run.phase === 1);
}

/** An edge that time or price will fire. */
function edgeMoves(state: CoreState, edge: Edge): boolean {
  if (edge.state !== 'armed') return false;
  if (edge.heapPos >= 0 || runs(edge.timer)) return true;
  const { trigger } = edge.spec;
  if (trigger.kind !== 'on_price') return false;
  return must(state.markets[trigger.instrument], 'market').waiters.some((waiter) => waiter.edge === edge);
}

/** A parent, a slice or an exit that shares its position will move it. */
function waitsForOthers(node: Node): boolean {
  const { graph, container } = node;
  const isOpen = (index: number): boolean => !isTerminalNode(must(graph.nodes[index], 'node').status);
  const wantsMore = node.run === null || node.released - node.filled <= 0;
  if (wantsMore && node.inEdges.some((index) => isOpen(must(graph.edges[index], 'edge').from))) return true;
  if (container !== null) return !isTerminalNode(container.status) && (runs(container.pace?.timer ?? null) || othersLive(graph, node));
  if (node.pace !== null) return graph.nodes.some((slice) => slice.container === node && !isTerminalNode(slice.status));
  if (node.role === 'exit' && node.peers.some((index) => index !== node.index && isOpen(index))) return true;
  return node.role !== 'opening' && node.ps.some(isOpen);
}

function othersLive(graph: Graph, slice: Node): boolean {
  return graph.nodes.some((other) => other !== slice && other.container === slice.container && (other.run?.live ?? 0) > 0);
}

function runs(timer: Timer | null): boolean {
  return timer !== null && timer.pos >= 0;
}
