/**
 * What must hold after every event (semantics §11). Costs a walk over the open graphs: for tests and the simulator;
 * production keeps the assertions inside the functions. `invariants-watch.ts` looks only at what an event touched,
 * and at what changed between two events.
 */
import { assert, must } from '../base/assert.js';
import { isTerminalGraph } from './graph/graph-table.js';
import { isTerminalNode } from './graph/node-table.js';
import { nodeAt } from './graph/quantities.js';
import { checkLevel, checkNode } from './invariants-nodes.js';
import { rests } from './orders/resting.js';
import type { CoreState, Graph } from './state.js';

/** Everything, of every open graph and account. */
export function checkInvariants(state: CoreState): void {
  for (const graph of state.open.values()) checkGraph(state, graph);
  checkBooks(state);
  checkTimers(state);
}

/** One graph, open or ended (a late fill touches ended ones too). */
export function checkGraph(state: CoreState, graph: Graph): void {
  const ended = isTerminalGraph(graph.status);
  assert(state.open.has(graph.serial) !== ended, '10: the open graphs are those that are not over');
  let open = 0;
  let live = 0;
  for (const node of graph.nodes) {
    if (!isTerminalNode(node.status)) open += 1;
    live += checkNode(state, node);
  }
  assert(open === graph.openNodes, 'open nodes are counted right');
  assert(live === graph.liveChildren, 'live children are counted right');
  if (ended) assert(open === 0 && live === 0, '5: a graph that is over has nothing that acts and nothing live');
  else assert(graph.openNodes > 0 || graph.liveChildren > 0, 'a graph with nothing to do is over');
  for (const edge of graph.edges) {
    if (edge.firedCount > 1 && edge.spec.trigger.kind !== 'on_fill') {
      assert(false, `2: edge ${edge.edgeId} fired ${edge.firedCount} times`);
    }
    assert(edge.state === 'armed' || edge.heapPos === -1, 'only armed edges are indexed');
    checkLevel(state, edge);
    const child = nodeAt(graph, edge.to);
    if (child.inEdges.length > 0 && child.run !== null && child.run.childCount > 0 && child.reopened === 0) {
      assert(child.inEdges.some((index) => must(graph.edges[index], 'edge').firedCount > 0), '2: no child acts before an edge fired');
    }
  }
}

/** What accounts and venues keep about live children, against the children. */
export function checkBooks(state: CoreState): void {
  let live = 0;
  for (const graph of state.open.values()) live += graph.liveChildren;
  let listed = 0;
  for (const venue of state.venues) {
    listed += venue.live.length;
    for (const child of venue.live) assert(state.children.get(child.clientOrderId) === child, '7: client order ids never repeat');
  }
  assert(listed === live, 'every live child is listed at its venue, and no other');
  checkResting(state);
  checkReservations(state);
}

function checkResting(state: CoreState): void {
  const { resting } = state.scratch;
  if (resting === null) return;
  let indexed = 0;
  let resters = 0;
  for (const there of resting) if (there !== undefined) indexed += there.size;
  for (const venue of state.venues) {
    for (const child of venue.live) {
      if (!rests(child)) continue;
      resters += 1;
      assert(resting[child.listing]?.has(child) === true, 'an order that rests is indexed at its listing');
    }
  }
  assert(indexed === resters, 'no other order is indexed as resting');
}

let held = new Float64Array(64);

function checkReservations(state: CoreState): void {
  const assets = state.universe.assets.length;
  const venues = state.venues.length;
  const size = state.accounts.length * venues * assets;
  if (held.length < size) held = new Float64Array(size);
  else held.fill(0, 0, size);
  for (const venue of state.venues) {
    for (const child of venue.live) {
      const listing = must(state.universe.listings[child.listing], 'listing');
      const { base } = must(state.universe.instruments[listing.instrument], 'instrument');
      const row = (child.node.graph.accountId * venues + child.venue) * assets;
      held[row + listing.quote] = (held[row + listing.quote] ?? 0) + child.reservedQuote;
      held[row + base] = (held[row + base] ?? 0) + child.reservedBase;
    }
  }
  for (const account of state.accounts) {
    for (const balance of account.balances) {
      if (balance === null) continue;
      const sum = held[(account.id * venues + balance.venue) * assets + balance.asset];
      assert(balance.reserved.toNumber() === sum, '4: what is reserved is what live children hold');
    }
  }
}

export function checkTimers(state: CoreState): void {
  const { items } = state.timers;
  for (let i = 1; i < items.length; i++) {
    const up = must(items[(i - 1) >> 1], 'timer');
    const here = must(items[i], 'timer');
    assert(up.dueAtNs < here.dueAtNs || (up.dueAtNs === here.dueAtNs && up.order < here.order), 'timers are a heap');
    assert(here.pos === i, 'a timer knows its place');
  }
}
