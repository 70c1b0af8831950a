/**
 * Work lists of one `apply`: nodes to look at again, graphs to say something about, books to ask for. First in,
 * first out, so that one event has one order of consequences.
 */
import { assert, must } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import { added } from '../../base/lists.js';
import type { CoreState, Edge, Graph, Node } from '../state.js';
import { isTerminalNode } from './node-table.js';

/** Something of the graph changes in this event: for those who watch it; one comparison in production. */
export function note(state: CoreState, graph: Graph): void {
  if (state.scratch.touched !== null) state.scratch.touched.add(graph);
}

export function touch(state: CoreState, node: Node): void {
  if (node.dirty === 1) return;
  assert(node.index >= 0 && node.index < node.graph.nodes.length, 'a node is one of its graph');
  node.dirty = 1;
  state.scratch.dirtyNodes.push(node);
  note(state, node.graph);
}

export function touchAll(state: CoreState, graph: Graph, indices: readonly number[]): void {
  for (let i = 0; i < indices.length; i++) touch(state, must(graph.nodes[indices[i] ?? -1], 'node to touch'));
}

export function touchGraph(state: CoreState, graph: Graph): void {
  if (graph.dirty === 1) return;
  assert(graph.serial > 0, 'a graph that is looked at was taken');
  graph.dirty = 1;
  state.scratch.dirtyGraphs.push(graph);
  note(state, graph);
}

/** The node goes on when the next sample with books comes. @param lots that its plan may use of one listing */
export function awaitBooks(state: CoreState, node: Node, lots: number): void {
  const run = must(node.run, 'run of a node that plans');
  if (run.waitingBooks === 1) return;
  assert(lots > 0 && !isTerminalNode(node.status), 'books are asked for by a node that goes on, for a quantity');
  run.waitingBooks = 1;
  const market = must(state.markets[node.spec.instrument], 'market to wait for');
  if (node.spec.side === 1) market.wantedAskLots = Math.max(market.wantedAskLots, lots);
  else market.wantedBidLots = Math.max(market.wantedBidLots, lots);
  await_(state, node.spec.instrument, limits.planLevelsMax, node, null);
}

/** The same for a policy that rests at the touch: it plans nothing and needs no level below. */
export function awaitTouch(state: CoreState, node: Node): void {
  const run = must(node.run, 'run of a node that rests');
  if (run.waitingBooks === 1) return;
  assert(run.stop === null && !isTerminalNode(node.status), 'a touch is asked for by a node that goes on');
  run.waitingBooks = 1;
  await_(state, node.spec.instrument, 1, node, null);
}

/** The edge is judged on the next sample of the instrument it watches or sizes by. */
export function awaitQuotes(state: CoreState, instrument: number, edge: Edge): void {
  await_(state, instrument, 1, null, edge);
}

function await_(state: CoreState, instrument: number, levels: number, node: Node | null, edge: Edge | null): void {
  const market = must(state.markets[instrument], 'market to wait for');
  assert((node === null) !== (edge === null), 'a node or an edge waits');
  assert(levels >= 1 && levels <= limits.planLevelsMax, 'levels are asked for within what a sample has');
  market.waiters = added(market.waiters, { node, edge, graph: null });
  if (market.wantedLevels >= levels) return;
  market.wantedLevels = levels;
  if (!state.scratch.wanted.includes(instrument)) state.scratch.wanted.push(instrument);
}
