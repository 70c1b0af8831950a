/**
 * What must hold after every event (semantics §11). Costs a walk over the open graphs: for tests and the simulator;
 * production keeps the assertions inside the functions.
 */
import { assert, must } from '../base/assert.js';
import { isTerminalGraph } from './graph/graph-table.js';
import { isTerminalNode } from './graph/node-table.js';
import { netLots, nodeAt } from './graph/quantities.js';
import { committed, isCapped } from './graph/allowance.js';
import { openLots } from './orders/child.js';
import { isLiveChild } from './orders/child-table.js';
import type { CoreState, Graph, Node } from './state.js';

export function checkInvariants(state: CoreState): void {
  let live = 0;
  for (const graph of state.open.values()) live += checkGraph(state, graph);
  const listed = state.venues.reduce((sum, venue) => sum + venue.live.length, 0);
  assert(listed === live, 'every live child is listed at its venue, and no other');
  checkReservations(state);
  checkTimers(state);
  checkIds(state);
}

function checkGraph(state: CoreState, graph: Graph): number {
  assert(!isTerminalGraph(graph.status), '10: only graphs that are not over are open');
  let open = 0;
  let live = 0;
  for (const node of graph.nodes) {
    if (!isTerminalNode(node.status)) open += 1;
    live += checkNode(state, node);
  }
  assert(open === graph.openNodes, 'open nodes are counted right');
  assert(live === graph.liveChildren, 'live children are counted right');
  assert(graph.openNodes > 0 || graph.liveChildren > 0, 'a graph with nothing to do is over');
  for (const edge of graph.edges) {
    const { kind } = edge.spec.trigger;
    assert(edge.firedCount <= 1 || kind === 'on_fill', `2: edge ${edge.spec.edgeId} fired ${edge.firedCount} times`);
    assert(edge.state === 'armed' || edge.heapPos === -1, 'only armed edges are indexed');
    const child = nodeAt(graph, edge.spec.to);
    if (child.inEdges.length > 0 && child.run !== null && child.run.childCount > 0 && child.reopened === 0) {
      assert(child.inEdges.some((index) => must(graph.edges[index], 'edge').firedCount > 0), '2: no child acts before an edge fired');
    }
  }
  return live;
}

function checkNode(state: CoreState, node: Node): number {
  const { run } = node;
  if (run === null) {
    assert(node.filled === 0, '1: no fills without activation');
    return 0;
  }
  let filled = 0;
  let counter = 0;
  let open = 0;
  let count = 0;
  for (const child of run.children) {
    if (child.counter === 1) counter += child.filled;
    else filled += child.filled;
    if (!isLiveChild(child.state)) continue;
    count += 1;
    if (child.counter === 0) open += openLots(child);
  }
  if (node.pace === null) {
    assert(filled === node.filled, `1: fills of ${node.nodeId} sum to its filled quantity`);
    assert(counter === run.counterFilled, '1: counter fills sum');
    assert(open === run.live, `3: live quantity of ${node.nodeId} is that of its children`);
  } else checkContainer(node);
  if (isTerminalNode(node.status) && node.pace === null) assert(open === 0 || run.lateFill === 1, '5: nothing of a terminal node is live');
  checkReleased(node);
  if (node.role === 'exit' && isCapped(node) && node.container === null) checkExit(state, node);
  return count;
}

/**
 * Live + filled is within what was released. Out of it: what is being called back (its cancel or decrease is under way),
 * for the whole node or, of a paced one, order by order; and what was told as an overfill.
 */
function checkReleased(node: Node): void {
  const run = must(node.run, 'run');
  const released = node.container === null ? Math.min(node.released, node.ceiling) : Infinity;
  if (!Number.isFinite(released) || node.role === 'hedge' || follows(node)) return;
  const said = `3: live + filled of ${node.nodeId} is within what was released`;
  if (node.pace !== null) return assert(node.filled + committedOfSlices(node) <= released + run.overfill, said);
  const amending = run.children.some((child) => child.amendLots >= 0 || child.cancelAsked === 1);
  // What was live at an amend down may still fill: an immediate leg cannot be called back.
  const amended = node.spec.quantity.kind === 'fixed' && node.ceiling !== node.spec.quantity.lots;
  if (run.overfill === 0 && !amending && !amended && run.lateFill === 0) assert(node.filled + run.live <= released, said);
}

/** Live lots of a container's slices that nobody is calling back. */
function committedOfSlices(container: Node): number {
  let lots = 0;
  for (const slice of container.graph.nodes) if (slice.container === container && slice.run !== null) lots += committed(slice);
  return lots;
}

/** A residual shrinks when its parent fills late: what it sent before may be beyond. */
function follows(node: Node): boolean {
  return node.inEdges.some((index) => must(node.graph.edges[index], 'edge').spec.sizing.kind === 'residual');
}

function checkContainer(container: Node): void {
  let filled = 0;
  let live = 0;
  for (const slice of container.graph.nodes) {
    if (slice.container !== container) continue;
    filled += slice.filled;
    live += slice.run?.live ?? 0;
    const pace = must(container.pace, 'pace');
    // Beyond that only what it really filled.
    const most = Math.max(2 * slice.planLots, slice.filled);
    if (container.role === 'opening') assert(slice.released <= most || pace.ended === 1, 'a slice never grows beyond twice its plan');
    assert(slice.released >= slice.filled, '3: a slice holds what it filled');
  }
  assert(filled === container.filled, '1: a container has filled what its slices filled');
  assert(live === must(container.run, 'run').live, '3: a container has live what its slices have');
}

/**
 * Exits never close more than there is, overfills aside: what the exits of some Ps (and of no others) filled and have
 * live is within the F of those Ps. Looked at for the exit's own Ps, and for all Ps that shared exits tie together.
 */
function checkExit(state: CoreState, exit: Node): void {
  checkClosed(state, exit, new Set(exit.ps));
  const tied = new Set(exit.ps);
  // A set grows while it is walked: every P that is found is followed too.
  for (const p of tied) for (const index of nodeAt(exit.graph, p).exits) for (const more of nodeAt(exit.graph, index).ps) tied.add(more);
  if (tied.size > exit.ps.length) checkClosed(state, exit, tied);
}

function checkClosed(state: CoreState, { graph, nodeId }: Node, ps: ReadonlySet<number>): void {
  const exits = graph.nodes.filter((node) => node.role === 'exit' && node.ps.length > 0 && node.ps.every((p) => ps.has(p)));
  const flagged = exits.some((peer) => {
    const stuck = peer.groups.some((group) => must(graph.groups[group], 'group').spec.stuck === 'send');
    return !isCapped(peer) || stuck || (peer.run !== null && (peer.run.overfill > 0 || peer.run.lateFill === 1));
  });
  if (flagged) return;
  let position = 0;
  for (const p of ps) position += netLots(state, nodeAt(graph, p));
  for (const peer of exits) position -= peer.filled;
  assert(position >= 0, `1: exits of ${nodeId}'s parents closed more than was filled`);
  let live = 0;
  // What is being cancelled may be beyond it: an execution that follows its order's cancel lowers the position.
  for (const peer of exits) {
    for (const child of peer.run?.children ?? []) {
      if (child.counter === 0 && child.cancelAsked === 0 && isLiveChild(child.state)) live += openLots(child);
    }
  }
  assert(live <= position, `6: exits have ${live} live with a position of ${position}`);
}

function checkReservations(state: CoreState): void {
  const sums = new Map<string, number>();
  for (const venue of state.venues) {
    for (const child of venue.live) {
      const listing = must(state.universe.listings[child.listing], 'listing');
      const { base } = must(state.universe.instruments[listing.instrument], 'instrument');
      const add = (asset: number, amount: number): void => {
        const key = `${child.node.graph.accountId}/${child.venue}/${asset}`;
        sums.set(key, (sums.get(key) ?? 0) + amount);
      };
      add(listing.quote, child.reservedQuote);
      add(base, child.reservedBase);
    }
  }
  for (const account of state.accounts) {
    for (const balance of account.balances) {
      if (balance === null) continue;
      const held = sums.get(`${account.id}/${balance.venue}/${balance.asset}`) ?? 0;
      assert(balance.reserved.toNumber() === held, '4: what is reserved is what live children hold');
    }
  }
}

function checkTimers(state: CoreState): void {
  const { items } = state.timers;
  for (let i = 1; i < items.length; i++) {
    const up = must(items[(i - 1) >> 1], 'timer');
    const here = must(items[i], 'timer');
    assert(up.dueAtNs < here.dueAtNs || (up.dueAtNs === here.dueAtNs && up.order < here.order), 'timers are a heap');
    assert(here.pos === i, 'a timer knows its place');
  }
}

function checkIds(state: CoreState): void {
  for (const venue of state.venues) {
    for (const child of venue.live) assert(state.children.get(child.clientOrderId) === child, '7: client order ids never repeat');
  }
}
