/**
 * How much a node may have live and how much of it is too much: the one place that knows caps of exits, claims of
 * triggered ones, protected parts of hedges (semantics §5, §6, §9).
 */
import { assert, must } from '../../base/assert.js';
import { isLiveChild } from '../orders/child-table.js';
import { sometimes } from '../coverage.js';
import { planted } from '../planted.js';
import { PausedBy, type CoreState, type Node } from '../state.js';
import { isTerminalNode } from './node-table.js';
import { nodeAt, positionLots, protectedLots, smallestOrder } from './quantities.js';
import { explicitReleased, isOver } from './sizing.js';

export function isMoney(node: Node): boolean {
  return node.spec.quantity.kind === 'notional';
}

export function isProtective(node: Node): boolean {
  return node.role !== 'opening';
}

/** Own limit of what it may ever have filled, before groups and positions. */
export function ownTarget(node: Node): number {
  assert(node.released >= 0 && node.ceiling >= 0, 'what is released and the ceiling are never negative');
  return Math.min(node.released, node.ceiling);
}

/** Every P of an exit or hedge is over. */
export function parentsOver(node: Node): boolean {
  assert(node.role !== 'opening' || node.ps.length === 0, 'only exits and hedges belong to others');
  for (const p of node.ps) if (!isOver(nodeAt(node.graph, p))) return false;
  return true;
}

function unsized(node: Node): boolean {
  assert(node.role === 'hedge', 'only of hedges is it asked whether they are sized');
  for (let i = 0; i < node.inEdges.length; i++) {
    const index = node.inEdges[i] ?? -1;
    const edge = must(node.graph.edges[index], 'edge');
    if (edge.firedCount > 0 && edge.spec.sizing.kind === 'none' && edge.spec.trigger.kind !== 'on_fill') return true;
  }
  return false;
}

/** True while a hedge may only have its protected part live (breach, pause, stopped parent, disconnect, retries). */
function hedgeIsCut(node: Node, live: boolean): boolean {
  const { graph } = node;
  assert(node.role === 'hedge', 'only hedges are cut to their protected part');
  // A kill switch takes nothing back by itself (semantics §9).
  const paused = live ? graph.pausedBy & ~PausedBy.kill : graph.pausedBy;
  if (paused !== 0 || graph.openingStopped === 1 || must(node.run, 'run').failures > 0) return true;
  for (const p of node.ps) if (nodeAt(graph, p).stopped === 1) return true;
  return cutByShortParents(node);
}

/** An unsized hedge whose parents ended with less than they were to fill: the rest beyond their fill is cancelled. */
export function cutByShortParents(node: Node): boolean {
  return unsized(node) && parentsEndedShort(node);
}

/** Every P is over and one of them is not `filled`: the whole quantity is no longer what there is to hedge. */
function parentsEndedShort(node: Node): boolean {
  return parentsOver(node) && node.ps.some((p) => nodeAt(node.graph, p).status !== 'filled');
}

/** Lots that a node may have filled in the end, as things stand; `live`: with what it has live already. */
export function targetNow(state: CoreState, node: Node, live = false): number {
  const target = ownTarget(node);
  assert(target >= 0, 'a target is never negative');
  // Of a paced hedge the container is cut, and its slices by what that may send.
  if (node.role !== 'hedge' || node.container !== null || node.run === null || !hedgeIsCut(node, live)) return target;
  return Math.min(target, Math.max(protectedLots(state, node), node.filled - node.run.counterFilled));
}

/** An exit that closes its Ps' position and no more: each, or with `auto_groups: false` the members of `ouo` groups (semantics §6). */
export function closesPosition(node: Node): boolean {
  if (node.role !== 'exit') return false;
  return node.graph.spec.autoGroups || node.groups.some((index) => must(node.graph.groups[index], 'group').spec.type === 'ouo');
}

/** Whether anything of an exit is capped by its position: all but what edges of explicit size gave it. */
export function isCapped(node: Node): boolean {
  if (!closesPosition(node)) return false;
  assert(node.role === 'exit', 'only exits are capped by a position');
  if (node.uncapped === 0) return true;
  return node.inEdges.length > 0 && explicitReleased(node) < ownTarget(node);
}

/** Lots that an exit is still to do whatever the position is; nobody else is held back by them. */
export function explicitLeft(exit: Node): number {
  if (exit.uncapped === 0) return 0;
  assert(exit.filled >= 0, 'what is filled is never negative');
  return Math.max(0, (exit.inEdges.length > 0 ? explicitReleased(exit) : ownTarget(exit)) - exit.filled);
}

/** Lots that an exit may do beyond what it has filled: its claim on the position. Triggered first, then by activation. */
export function exitClaim(state: CoreState, exit: Node): number {
  assert(exit.role === 'exit', 'only exits have a claim on a position');
  let left = Math.max(0, positionLots(state, exit));
  const mine = rank(exit);
  assert(mine >= 0, 'exits have an order');
  const own = Math.max(0, ownTarget(exit) - exit.filled);
  for (let i = 0; i < exit.peers.length; i++) {
    const index = exit.peers[i] ?? -1;
    const peer = nodeAt(exit.graph, index);
    if (peer === exit || peer.run === null || isTerminalNode(peer.status) || !isCapped(peer)) continue;
    if (rank(peer) > mine) continue;
    if (peer.run.stop !== null) continue;
    left -= Math.min(left, Math.max(0, ownTarget(peer) - peer.filled - explicitLeft(peer)));
  }
  assert(left >= 0 && own >= 0, 'what is left of a position to claim is never negative');
  return Math.max(Math.min(own, left), explicitLeft(exit));
}

/** Triggered exits before resting ones, each kind in the order of activation. */
function rank(exit: Node): number {
  assert(exit.order >= 0 && exit.order < 1e9, 'exits are numbered below the step between triggered and resting ones');
  return exit.order + (exit.triggered === 1 ? 0 : 1e9);
}

/** Live and doubtful quantity of the other exits of the same Ps. */
function liveOfOthers(state: CoreState, exit: Node, countUnknown: boolean): number {
  assert(exit.peers.includes(exit.index), 'an exit is among those that share its parents');
  let live = 0;
  for (let i = 0; i < exit.peers.length; i++) {
    const index = exit.peers[i] ?? -1;
    const peer = nodeAt(exit.graph, index);
    if (peer === exit || peer.run === null || !isCapped(peer)) continue;
    const known = countUnknown ? peer.run.live : peer.run.live - doubtful(state, peer);
    assert(known >= 0, 'what is doubtful is part of what is live');
    live += Math.max(0, known - explicitLeft(peer));
  }
  return live;
}

/** More lots that the node may send now; Infinity for a money target. */
export function sendable(state: CoreState, node: Node): number {
  const run = must(node.run, 'run');
  assert(run.live >= 0 && run.counterFilled >= 0, 'what is live and bought back is never negative');
  if (node.container !== null) return sliceSendable(state, node, node.container);
  if (isMoney(node)) return Infinity;
  // What a net hedge bought back it may sell again.
  if (!isCapped(node)) return Math.max(0, targetNow(state, node) - node.filled + run.counterFilled - run.live);
  const claim = exitClaim(state, node);
  const countUnknown = !mayOverlap(state, node);
  const others = planted(state, 'STOP_SENDS_BEFORE_CANCEL_CONFIRMED') ? 0 : liveOfOthers(state, node, countUnknown);
  return Math.max(0, Math.max(Math.min(claim, positionLots(state, node) - others), explicitLeft(node)) - run.live);
}

/** Lots of a node whose fate is not known: doubtful orders, and cancels asked of a venue that is away. */
function doubtful(state: CoreState, node: Node): number {
  let lots = 0;
  for (const child of node.run?.children ?? []) {
    if (!isLiveChild(child.state)) continue;
    const away = must(state.venues[child.venue], 'venue').connected === 0;
    if (child.state === 'unknown' || away) lots += child.lots - child.filled;
  }
  assert(lots <= (node.run?.live ?? 0) + (node.run?.counterLive ?? 0), 'what is doubtful is part of what is live');
  return lots;
}

/** Whether a triggered exit waits only for doubtful quantity of the others (semantics §6, stuck). */
export function waitsForDoubt(state: CoreState, exit: Node): boolean {
  assert(exit.role === 'exit', 'only exits wait for quantity of others');
  if (exit.triggered === 0 || !isCapped(exit) || exit.container !== null) return false;
  if (exitClaim(state, exit) <= must(exit.run, 'run').live || sendable(state, exit) > 0) return false;
  return exit.peers.some((index) => index !== exit.index && doubtful(state, nodeAt(exit.graph, index)) > 0);
}

/** `stuck: send`: after its time a triggered exit no longer waits for quantity whose fate is unknown. */
function mayOverlap(state: CoreState, node: Node): boolean {
  assert(node.role === 'exit', 'only exits may overlap');
  if (node.triggered === 0) return false;
  for (let i = 0; i < node.groups.length; i++) {
    const index = node.groups[i] ?? -1;
    const group = must(node.graph.groups[index], 'group');
    if (group.spec.stuck !== 'send' || group.blockedAtNs < 0 || state.tNs < group.blockedAtNs + group.spec.stuckNs) continue;
    assert(group.blockedAtNs <= state.tNs, 'a group is blocked since a time that was');
    sometimes(state, 'GROUP_SENT_OVERLAP');
    return true;
  }
  return false;
}

function sliceSendable(state: CoreState, slice: Node, container: Node): number {
  assert(slice.container === container && slice.sliceIndex > 0, 'a slice is of its container, numbered from 1');
  const run = must(slice.run, 'run of a slice');
  const own = Math.max(0, Math.min(slice.released, slice.ceiling) - slice.filled - run.live);
  assert(container.pace !== null && container.role === slice.role, 'a slice does what its container is for');
  if (isMoney(container)) return own;
  return container.role === 'opening' ? own : Math.min(own, sendable(state, container));
}

/** Lots live beyond what is allowed: to be cancelled or decreased. */
export function excess(state: CoreState, node: Node): number {
  const run = must(node.run, 'run');
  if (planted(state, 'EXIT_NOT_REDUCED') && node.role === 'exit') return 0;
  const { container } = node;
  if (container === null) return isMoney(node) ? 0 : Math.max(0, run.live - allowedLive(state, node));
  assert(container.pace !== null, 'a slice is part of a paced node');
  // What older slices still have out is being cancelled: the whole of what the container may have is the running one's.
  const own = Math.max(0, node.released - node.filled);
  return Math.max(0, run.live - (isMoney(container) ? own : Math.min(own, allowedLive(state, container))));
}

function allowedLive(state: CoreState, node: Node): number {
  if (isCapped(node)) return exitClaim(state, node);
  assert(node.container === null, 'of a paced node the container is allowed');
  return Math.max(0, targetNow(state, node, true) - node.filled + (node.run?.counterFilled ?? 0));
}

/** Live lots not already being cancelled or decreased. */
export function committed(node: Node): number {
  let lots = 0;
  for (const child of must(node.run, 'run').children) {
    if (child.counter === 1 || child.cancelAsked === 1 || !isLiveChild(child.state)) continue;
    lots += (child.amendLots >= 0 ? Math.min(child.amendLots, child.lots) : child.lots) - child.filled;
  }
  assert(lots <= must(node.run, 'run').live, 'what nobody calls back is part of what is live');
  return lots;
}

/** Over, or stopped with nothing live: it ends in this step. */
function mayFillMore({ status, run }: Node): boolean {
  if (run === null) return !isTerminalNode(status);
  assert(run.live >= 0 && run.counterLive >= 0, 'what is live is never negative');
  return run.live + run.counterLive > 0 || (run.stop === null && !isTerminalNode(status));
}

/** Ps can fill no more and nothing left that any eligible venue would take (semantics §6). */
export function isFlat(state: CoreState, exit: Node): boolean {
  assert(exit.role === 'exit', 'only exits can be flat');
  for (const p of exit.ps) if (mayFillMore(nodeAt(exit.graph, p))) return false;
  const position = positionLots(state, exit);
  assert(Number.isInteger(position), 'a position is whole');
  return position <= 0 || position < smallestOrder(state, exit);
}

/** An exit that fires now has something to do: a position that makes an order, orders of a P that may make it one, an explicit quantity. */
export function hasToClose(state: CoreState, exit: Node): boolean {
  assert(exit.role === 'exit', 'only exits close positions');
  if (!closesPosition(exit) || explicitLeft(exit) > 0) return true;
  if (exit.ps.some((p) => (nodeAt(exit.graph, p).run?.live ?? 0) > 0)) return true;
  return positionLots(state, exit) >= smallestOrder(state, exit);
}

/**
 * An exit of which nothing is left to close: its P can fill no more and are flat, and no explicit quantity, which is done
 * whatever the position is, is left or may still fire (semantics §6).
 */
export function endsFlat(state: CoreState, node: Node): boolean {
  assert(node.container === null || node.pace === null, 'slices have no slices');
  if (!closesPosition(node) || node.inEdges.length === 0 || !isFlat(state, node)) return false;
  for (let i = 0; i < node.inEdges.length; i++) {
    const index = node.inEdges[i] ?? -1;
    const edge = must(node.graph.edges[index], 'edge');
    if (edge.state !== 'dead' && edge.released === 0 && edge.spec.sizing.kind === 'fixed') return false;
  }
  return explicitLeft(node) < smallestOrder(state, node);
}
