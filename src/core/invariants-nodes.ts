/** The invariants of one node, its exits and its edges' levels (semantics §11: 1, 3, 5, 6). */
import { assert, must } from '../base/assert.js';
import { closesPosition, committed, exitClaim, explicitLeft, isCapped, isMoney } from './graph/allowance.js';
import { isTerminalNode } from './graph/node-table.js';
import { planOf } from './graph/pacing.js';
import { instrumentOf, netLots, nodeAt, protectedLots, smallestOrder, tradeLot } from './graph/quantities.js';
import { explicitReleased } from './graph/sizing.js';
import { openLots } from './orders/child.js';
import { isLiveChild } from './orders/child-table.js';
import type { CoreState, Edge, Node, NodeRun } from './state.js';
import type { Timer } from './timers.js';

function nameOf(node: Node): string {
  return `${node.graph.graphId}:${node.nodeId}`;
}

/** Returns how many children are live or unknown. */
export function checkNode(state: CoreState, node: Node): number {
  const { run } = node;
  if (run === null) {
    assert(node.filled === 0, '1: no fills without activation');
    return 0;
  }
  let filled = 0;
  let counter = 0;
  let open = 0;
  let count = 0;
  let changing = run.aside?.called === 1;
  if (run.aside !== null) {
    for (const at of run.aside.at) {
      filled += at.filled;
      counter += at.counterFilled;
    }
    for (const child of run.aside.orders) assert(child.livePos === -1 && child.doneAtNs >= 0, '3: only what is over is set aside');
  }
  assert(run.children.length + (run.aside?.count ?? 0) === run.childCount, '7: orders of a node are kept or were set aside');
  for (const child of run.children) {
    if (child.counter === 1) counter += child.filled;
    else filled += child.filled;
    if (child.amendLots >= 0 || child.cancelAsked === 1) changing = true;
    if (!isLiveChild(child.state)) continue;
    count += 1;
    if (child.counter === 0) open += openLots(child);
  }
  if (node.pace === null) {
    if (filled !== node.filled) assert(false, `1: fills of ${nameOf(node)} sum to its filled quantity`);
    assert(counter === run.counterFilled, '1: counter fills sum');
    if (open !== run.live) assert(false, `3: live quantity of ${nameOf(node)} is that of its children`);
  } else checkContainer(state, node);
  const over = isTerminalNode(node.status);
  if (over && node.pace === null) assert(count === 0 || run.lateFill === 1, '5: nothing of a terminal node is live');
  checkReleased(node, run, changing);
  if (!over && node.role !== 'opening' && node.container === null && node.pace === null) checkProtected(state, node);
  if (node.role === 'exit' && isCapped(node) && node.container === null) {
    checkExit(state, node);
    if (!over && node.pace === null) checkReduced(state, node);
  }
  return count;
}

/**
 * 3: what is live and filled is within what was released. Out of it: what is being called back (its cancel or decrease is
 * under way), for the whole node or, of a paced one, order by order; and what was told as an overfill.
 */
function checkReleased(node: Node, run: NodeRun, changing: boolean): void {
  const released = node.container === null ? Math.min(node.released, node.ceiling) : Infinity;
  if (!Number.isFinite(released) || node.role === 'hedge' || follows(node)) return;
  let held = node.filled + run.live;
  if (node.pace !== null) held = node.filled + committedOfSlices(node) - run.overfill;
  // What was live at an amend down may still fill: an immediate leg cannot be called back.
  else if (changing || run.overfill > 0 || run.lateFill === 1 || isAmended(node)) return;
  if (held > released) assert(false, `3: live + filled of ${nameOf(node)} is within what was released`);
}

function isAmended(node: Node): boolean {
  return node.spec.quantity.kind === 'fixed' && node.ceiling !== node.spec.quantity.lots;
}

/** Live lots of a container's slices that nobody is calling back. */
function committedOfSlices(container: Node): number {
  let lots = 0;
  for (const slice of container.graph.nodes) if (slice.container === container && slice.run !== null) lots += committed(slice);
  assert(lots >= 0, '3: what nobody calls back is never negative');
  return lots;
}

/** A residual shrinks when its parent fills late: what it sent before may be beyond. */
function follows(node: Node): boolean {
  return node.inEdges.some((index) => must(node.graph.edges[index], 'edge').spec.sizing.kind === 'residual');
}

function checkContainer(state: CoreState, container: Node): void {
  let filled = 0;
  let live = 0;
  let released = 0;
  const pace = must(container.pace, 'pace');
  for (const slice of container.graph.nodes) {
    if (slice.container !== container) continue;
    filled += slice.filled;
    live += slice.run?.live ?? 0;
    released += slice.released;
    // Beyond that only what it really filled.
    const most = Math.max(2 * slice.planLots, slice.filled);
    if (container.role === 'opening') assert(slice.released <= most || pace.ended === 1, 'a slice never grows beyond twice its plan');
    assert(slice.released >= slice.filled, '3: a slice holds what it filled');
    if (slice.superseded === 1) assert(isTerminalNode(slice.status) || must(slice.run, 'run').stop !== null, '2: a slice whose time is over is being ended');
  }
  assert(filled === container.filled, '1: a container has filled what its slices filled');
  assert(live === must(container.run, 'run').live, '3: a container has live what its slices have');
  if (pace.startAtNs < 0 || !Number.isFinite(pace.totalLots)) return;
  // What was planned so far is with a slice, waits to be carried, or was dropped and said: nothing gets lost between slices.
  const { slices } = must(container.spec.pacing, 'pacing');
  let planned = pace.baseLots;
  for (let i = pace.baseIndex + 1; i <= pace.made; i++) planned += planOf(tradeLot(state, container), pace, slices, i);
  if (planned !== released + pace.pool + pace.dropped) {
    assert(false, `3: slices of ${nameOf(container)} hold ${released}, ${pace.pool} carried, ${pace.dropped} dropped; ${planned} were planned`);
  }
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
  const free = exits.some((peer) => peer.groups.some((group) => must(graph.groups[group], 'group').spec.stuck === 'send'));
  if (free) return;
  // Without automatic groups only members of a group are held to the position, which the others may pass.
  const held = exits.filter(closesPosition);
  let position = 0;
  for (const p of ps) position += netLots(state, nodeAt(graph, p));
  let explicit = 0;
  for (const peer of exits) {
    position -= peer.filled;
    if (peer.uncapped === 1 || peer.reopened > 0) explicit += Math.min(peer.filled, explicitReleased(peer));
  }
  // Only what venues told after an order's end, or beyond its size, may have closed too much; and then it was said.
  if (position + explicit < 0 && held.length === exits.length) {
    const unasked = exits.reduce((sum, peer) => sum + unaskedOf(peer), 0);
    if (position + explicit + unasked < 0) assert(false, `1: exits of ${graph.graphId}:${nodeId}'s parents closed more than was filled`);
    assert(exits.some((peer) => peer.run !== null && peer.run.overfill > 0), '1: what was closed too much was said');
  }
  let live = 0;
  // What is being cancelled may be beyond it: an execution that follows its order's cancel lowers the position.
  for (const peer of held) {
    let open = 0;
    for (const child of peer.run?.children ?? []) {
      // A change under way is answered first; what is too much by then is called back with the answer.
      if (child.counter === 1 || child.cancelAsked === 1 || child.amendLots >= 0 || !isLiveChild(child.state)) continue;
      open += openLots(child);
    }
    live += Math.max(0, open - explicitLeft(peer));
  }
  if (live > Math.max(0, position)) assert(false, `6: exits of ${graph.graphId}:${nodeId}'s parents have ${live} live with a position of ${position}`);
}

/** A container's slices count for it. */
function unaskedOf(node: Node): number {
  if (node.pace === null) return node.run === null ? 0 : node.run.unasked;
  let lots = 0;
  for (const slice of node.graph.nodes) if (slice.container === node) lots += slice.run?.unasked ?? 0;
  return lots;
}

/**
 * An exit keeps no order that another one's claim has taken over (semantics §6: resting ones are reduced at once),
 * orders aside that are being cancelled or changed or in doubt: a triggered exit waits for those and nothing else.
 */
function checkReduced(state: CoreState, exit: Node): void {
  const run = must(exit.run, 'run');
  if (run.stop !== null || isMoney(exit) || run.children.some((child) => child.amendLots >= 0)) return;
  let kept = 0;
  // What is in doubt is asked after first: a cancel of it was refused as of an order nobody knows.
  for (const child of run.children) {
    if (child.counter === 0 && child.cancelAsked === 0 && child.state !== 'unknown') kept += openLots(child);
  }
  if (kept === 0) return;
  const claim = exitClaim(state, exit);
  if (kept > claim) assert(false, `6: ${nameOf(exit)} keeps ${kept} live, its claim is ${claim}`);
}

/** An attempt is due within this (semantics §11: 11). */
const ATTEMPT_NS = 1_000_000_000;

/**
 * 11: what a triggered exit or a hedge is to close has an order live, or an attempt due within a second, or an alert
 * that says why not (or is about to: `UNPROTECTED` comes five seconds after there was something to do).
 */
function checkProtected(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  if (run.stop !== null || run.live + run.counterLive > 0 || run.waitingBooks === 1 || isMoney(node)) return;
  if (node.role === 'exit' && (node.triggered === 0 || !isCapped(node))) return;
  const due = node.role === 'exit' ? exitClaim(state, node) : protectedLots(state, node) - node.filled + run.counterFilled;
  if (due < smallestOrder(state, node)) return;
  const soon = (timer: Timer | null): boolean => timer !== null && timer.dueAtNs - state.tNs <= ATTEMPT_NS;
  if (soon(run.policyTimer) || soon(run.retryTimer) || soon(run.horizonTimer)) return;
  const said = run.alertTimer !== null || run.stuckSaid === 1 || run.unprotectedSaid === 1 || run.hedgeFailAtNs >= 0;
  // A kill switch and a cancel of all at a venue say so when they stop it.
  if (said || node.status === 'paused' || node.stopped === 1) return;
  // The orders of others that it waits for are orders for the same position.
  if (node.peers.some((index) => (nodeAt(node.graph, index).run?.live ?? 0) > 0)) return;
  assert(false, `11: ${nameOf(node)} has ${due} lots to close, nothing live, nothing due, and nobody was told`);
}

/** An armed entry-price level is that of the parent's fills so far (semantics §4). */
export function checkLevel(state: CoreState, edge: Edge): void {
  const { trigger } = edge.spec;
  if (edge.state !== 'armed' || trigger.kind !== 'on_price' || trigger.level.kind !== 'graph_entry_price') return;
  const parent = nodeAt(edge.graph, edge.from);
  const run = must(parent.run, 'run of a parent with an armed entry level');
  const watched = must(state.universe.instruments[trigger.instrument], 'watched instrument');
  // level / 4 · tick = average · (1 + offset), rounded to a quarter tick away from the price
  const left = BigInt(edge.level) * BigInt(parent.filled) * BigInt(watched.tick1e9) * 1_000_000n;
  const right = run.value.toBigInt() * 4n * BigInt(instrumentOf(state, parent).tick1e9) * BigInt(1_000_000 + trigger.level.offsetPpm);
  const quarter = BigInt(parent.filled) * BigInt(watched.tick1e9) * 1_000_000n;
  const off = trigger.direction === 'below' ? right - left : left - right;
  if (off < 0n || off >= quarter) assert(false, `4: edge ${edge.graph.graphId}:${edge.edgeId} watches ${edge.level}, not the entry price so far`);
}
