/**
 * The one place that looks at a node and does what is due: activate, stop, cut back, end, pause, ask for books. It
 * is called for every node that an event touched, until nothing is left to look at.
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert } from '../emit.js';
import { amendChild, cancelAllChildren, cancelChild } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import { planted } from '../planted.js';
import { isReady } from '../policies/act.js';
import { stopAlgo } from '../policies/algo-phase.js';
import { restsAtTouch, unfollow } from '../policies/passive.js';
import { positionOf } from '../risk/balances.js';
import { killCovers } from '../risk/kill.js';
import { flattens } from '../risk/pretrade.js';
import { balanceHedge, isNetHedge } from '../risk/hedge-watch.js';
import { smallestAt } from './quantities.js';
import { PausedBy, type Child, type CoreState, type Node, type Stop } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { closesPosition, committed, cutByShortParents, endsFlat, exitClaim, excess, isCapped, isMoney, ownTarget, parentsOver, sendable, targetNow, waitsForDoubt } from './allowance.js';
import { clearAttempt } from './attempts.js';
import { awaitBooks, awaitTouch, touch, touchAll } from './dirty.js';
import { canActivate, edgeAt, isActivated, mayRelease } from './edges.js';
import { onGroupTriggered } from './groups.js';
import { ALL_LOTS, lotsToSee } from './look.js';
import { activate, finish, newRun, skip } from './lifecycle.js';
import { isTerminalNode } from './node-table.js';
import { carryRest, advance, mayJoin, pacingEndNs, respread, startPacing } from './pacing.js';
import { floorTo, instrumentOf, nodeAt, positionLots, smallestOrder, tradeLot } from './quantities.js';
import { refreshRelease } from './sizing.js';
import { setNodeStatus } from './transitions.js';

/** A protective node unfilled for so long is alerted as unprotected. */
const UNPROTECTED_NS = 5_000_000_000;

export function drive(state: CoreState, node: Node): void {
  if (isTerminalNode(node.status)) return node.superseded === 1 ? carryRest(state, node) : undefined;
  if (node.mustRun === 1) {
    node.mustRun = 0;
    node.run = newRun(state);
    node.order = ++node.graph.orderCounter;
  }
  if (node.status === 'waiting' && !driveWaiting(state, node)) return undefined;
  const run = must(node.run, 'run of an activated node');
  assert(node.status !== 'waiting', 'what is activated does not wait');
  // A resting exit may have been triggered since it was activated.
  if (node.role === 'exit' && node.triggered === 1 && run.stop === null) onGroupTriggered(state, node);
  if (run.stop !== null) return driveStop(state, node);
  if (node.pace !== null) return driveContainer(state, node);
  if (run.cancelRest === 1) dropRest(state, node);
  cutBack(state, node);
  if (node.role === 'hedge' && balanceHedge(state, node)) return undefined;
  if (isComplete(state, node)) return undefined;
  if (held(state, node)) return undefined;
  if (node.status === 'paused') setNodeStatus(state, node, 'resume');
  if (node.status === 'working' && run.live + run.counterLive === 0) setNodeStatus(state, node, 'idle');
  if (node.status === 'pending' && run.live > 0) setNodeStatus(state, node, 'send');
  watchProtection(state, node);
  watchBlocked(state, node);
  const want = wanted(state, node);
  if (want <= 0 && node.triggered === 1 && isCapped(node) && exitClaim(state, node) > run.live) sometimes(state, 'STOP_WAITS_FOR_TP_CANCEL');
  if (node.lookDue === 1 && run.attemptAtNs >= 0) return look(state, node, want, true);
  if (want <= 0) {
    if (run.live === 0 && run.attemptAtNs >= 0 && run.retryTimer === null && !isMoney(node)) clearAttempt(state, node);
    return undefined;
  }
  if (isReady(state, node)) look(state, node, want, false);
  return undefined;
}

/** The node waits for a sample to decide on; one that is stepping (settle.ts) has it before it and asks for no other. */
function look(state: CoreState, node: Node, want: number, whole: boolean): void {
  const { scratch } = state;
  scratch.want = want;
  if (scratch.stepping === node) must(node.run, 'run').waitingBooks = 1;
  else if (restsAtTouch(state, node)) awaitTouch(state, node);
  else awaitBooks(state, node, whole ? ALL_LOTS : lotsToSee(state, node, want));
}

/** Lots to send now: in trade lots, at least one smallest order. */
export function wanted(state: CoreState, node: Node): number {
  const lots = sendable(state, node);
  if (!Number.isFinite(lots)) return lots;
  const floored = floorTo(lots, tradeLot(state, node));
  assert(lots >= 0 && floored >= 0 && floored <= lots, 'what is wanted is what may be sent, on the grid');
  return floored > 0 && floored >= smallestOrder(state, node) ? floored : 0;
}

/** Activates or ends a waiting node; true when it was activated. */
function driveWaiting(state: CoreState, node: Node): boolean {
  const { graph } = node;
  assert(node.status === 'waiting' && node.superseded === 0, 'what waits was not overtaken');
  if (node.groupCancelled === 1) {
    finish(state, node, { status: 'cancelled', reason: 'GROUP' });
    return false;
  }
  if (node.stopReason === 'EXIT_TRIGGERED' && isActivated(node) && node.released > 0) {
    // Fired before the exit that stops it, in the same step: it was active, if only for that.
    activate(state, node);
    must(node.run, 'run').stop = { status: 'cancelled', reason: node.stopReason };
    return true;
  }
  if (node.stopReason !== '' || graph.status === 'cancelling') {
    finish(state, node, { status: 'cancelled', reason: node.stopReason === '' ? 'GRAPH_CANCELLED' : node.stopReason });
    return false;
  }
  if (isActivated(node)) {
    if (nothingToDo(state, node)) {
      if (!endsFlat(state, node) || endsFlatNow(state, node)) skip(state, node, 'NOTHING_TO_DO');
      return false;
    }
    if (node.inEdges.length > 0 && node.released <= 0) return false;
    if (graph.openingStopped === 1 && node.role === 'opening') {
      finish(state, node, { status: 'cancelled', reason: 'BREACH' });
      return false;
    }
    activate(state, node);
    if (node.role === 'exit' && node.triggered === 1) {
      onGroupTriggered(state, node);
      touchAll(state, graph, node.peers);
    }
    return true;
  }
  if (!canActivate(node)) skip(state, node, node.inEdges.length === 0 ? 'NOTHING_TO_DO' : 'NEVER');
  else if (parentsOver(node) && endsFlatNow(state, node)) {
    sometimes(state, 'EXIT_ENDED_FLAT');
    finish(state, node, { status: 'cancelled', reason: 'FLAT' });
  }
  return false;
}

/** Flat, and no parent of it is to end flat in this step: that fires and kills its edges first (semantics §4, ties). */
function endsFlatNow(state: CoreState, node: Node): boolean {
  assert(!isTerminalNode(node.status), 'what ended does not end again');
  if (!endsFlat(state, node)) return false;
  for (let i = 0; i < node.inEdges.length; i++) {
    const { state: stands, from } = edgeAt(node.graph, node.inEdges[i] ?? -1);
    const parent = nodeAt(node.graph, from);
    if (stands === 'armed' && !isTerminalNode(parent.status) && parent.run?.live === 0 && endsFlat(state, parent)) return false;
  }
  return true;
}

/** Fired, and nothing to do now or ever (semantics §4, joins). */
function nothingToDo(state: CoreState, node: Node): boolean {
  assert(isActivated(node), 'what is judged has fired');
  if (endsFlat(state, node)) return true;
  if (node.inEdges.length === 0 || node.released > 0) return false;
  return !mayRelease(state, node);
}

/** Being stopped: everything live is cancelled; ends once nothing is. */
function driveStop(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  const stop = must(run.stop, 'stop');
  assert(run.live >= 0 && run.counterLive >= 0, 'what is live is never negative');
  stopAlgo(state, node, stop.reason);
  cancelAllChildren(state, node);
  if (node.pace !== null) stopSlices(state, node, stop.status, stop.reason);
  else if (node.superseded === 1) carryRest(state, node);
  if (run.live + run.counterLive > 0) {
    for (let i = 0; i < node.outEdges.length; i++) {
      const index = node.outEdges[i] ?? -1;
      const edge = edgeAt(node.graph, index);
      // A residual has what can't fill here any more; what is live is held back from it until its fate is known.
      if (edge.state === 'fired' && edge.spec.sizing.kind === 'residual' && node.graph.status !== 'cancelling') refreshRelease(state, edge);
      touch(state, nodeAt(node.graph, edge.to));
    }
    return undefined;
  }
  if (node.pace !== null && slicesOpen(node)) return undefined;
  unfollow(state, node);
  const reached = stop.status !== 'filled' && node.superseded === 0 && reachedItsTarget(state, node);
  const status = reached ? 'filled' : stop.status === 'rejected' && node.filled > 0 ? 'expired' : stop.status;
  finish(state, node, { status, reason: reached ? '' : stop.reason });
  if (node.role === 'exit' && stop.reason === 'EXIT_EXPIRED') emitAlert(state, 'EXIT_EXPIRED', node.graph, node.nodeId, 'its good-till-date passed with position left');
  return undefined;
}

/**
 * A node that was to be stopped and had nothing left to do ends `filled`: within a smallest order of its ceiling or,
 * once its edges can release no more, of what they released.
 */
function reachedItsTarget(state: CoreState, node: Node): boolean {
  if (node.filled === 0 || isMoney(node)) return false;
  const rest = (mayRelease(state, node) ? node.ceiling : ownTarget(node)) - node.filled;
  if (rest >= smallestOrder(state, node)) return false;
  assert(Number.isFinite(rest), 'a target that is reached is a quantity');
  must(node.run, 'run').dust += Math.max(0, rest);
  return true;
}

function stopSlices(state: CoreState, container: Node, status: 'cancelled' | 'expired' | 'rejected' | 'filled', reason: string): void {
  for (const slice of container.graph.nodes) {
    if (slice.container !== container || isTerminalNode(slice.status)) continue;
    assert(slice.pace === null && slice.sliceIndex > 0, 'slices are numbered from 1 and have no slices');
    if (slice.run === null) continue;
    if (slice.run.stop === null) {
      slice.run.stop = { status: status === 'filled' ? 'cancelled' : status, reason };
      touch(state, slice);
    }
    // With nothing live it ends now, and its container with it: what that takes away is taken in the same step.
    if (slice.run.live + slice.run.counterLive === 0) driveStop(state, slice);
  }
  const pace = must(container.pace, 'pace');
  assert(pace.current === null || pace.current.container === container, 'the running slice is the own');
  pace.timer = stopTimer(state, pace.timer);
  pace.ended = 1;
}

function slicesOpen(container: Node): boolean {
  return container.graph.nodes.some((slice) => slice.container === container && !isTerminalNode(slice.status));
}

function driveContainer(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  const pace = must(node.pace, 'pace');
  assert(node.container === null && run.children.length === 0, 'a container sends through its slices');
  if (pace.startAtNs < 0) startPacing(state, node);
  else if (pace.late === 1) advance(state, node);
  respread(state, node);
  const isHeld = held(state, node);
  if (!isHeld && node.status === 'paused') setNodeStatus(state, node, 'resume');
  if (node.status === 'pending' && (run.live > 0 || node.filled > 0)) setNodeStatus(state, node, 'send');
  if (pace.current !== null) touch(state, pace.current);
  if (run.live === 0 && endsFlatNow(state, node)) {
    run.stop = flatEnd(state, node);
    return driveStop(state, node);
  }
  if (run.live > 0) return undefined;
  const target = ownTarget(node);
  const cut = targetNow(state, node);
  if (cut < target && !isFull(state, node)) {
    const end = endOfCutHedge(state, node, cut - node.filled);
    // What its policy gave up expires with the time of its last slice.
    if (end === null || (end.status === 'expired' && state.tNs < pacingEndNs(node))) return undefined;
    run.stop = end;
    return driveStop(state, node);
  }
  const rest = target - node.filled;
  assert(run.live === 0 && cut <= target, 'a container is judged with nothing live');
  // Reached, or what is left is nothing to any venue, in whatever slice it is.
  if (isFull(state, node) || (node.filled > 0 && !mayRelease(state, node) && rest < smallestOrder(state, node))) {
    run.dust = Math.max(0, rest);
    run.stop = { status: 'filled', reason: '' };
    return driveStop(state, node);
  }
  if (pace.ended === 0 || slicesOpen(node)) return undefined;
  // Its time is over: while its edges might have released more, it was to do its ceiling.
  const short = mayRelease(state, node) ? node.ceiling - node.filled : rest;
  const dust = node.filled > 0 && short < smallestOrder(state, node);
  run.dust = dust ? rest : 0;
  if (dust) run.stop = { status: 'filled', reason: '' };
  else run.stop = everySliceRefused(node) ? { status: 'rejected', reason: 'VENUE_REJECTED' } : { status: 'expired', reason: 'PACING_ENDED' };
  return touch(state, node);
}

/** A container's status is its slices' sum: it is refused when every order of every slice was. */
function everySliceRefused({ graph, index }: Node): boolean {
  let refused = 0;
  for (const slice of graph.nodes) {
    if (slice.container?.index !== index) continue;
    assert(slice.pace === null, 'slices have no slices');
    const aside = slice.run?.aside ?? null;
    if (aside?.accepted === 1) return false;
    refused += aside?.count ?? 0;
    for (const child of slice.run?.children ?? []) {
      if (child.state !== 'rejected') return false;
      refused += 1;
    }
  }
  return refused > 0;
}

/** What rests of an ended attempt comes off; what the next one has sent meanwhile stays. */
function dropRest(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  let old = 0;
  for (const child of run.children) {
    if (!isLiveChild(child.state) || (run.attemptAtNs >= 0 && child.sentAtNs >= run.attemptAtNs)) continue;
    old += 1;
    cancelChild(state, child);
  }
  assert(run.cancelRest === 1, 'a rest is dropped when that is due');
  if (old === 0) run.cancelRest = 0;
  if (run.attemptAtNs < 0) unfollow(state, node);
}

/** Cancels or decreases live quantity beyond the allowance, the latest order first. */
function cutBack(state: CoreState, node: Node): void {
  const over = excess(state, node);
  const run = must(node.run, 'run');
  if (over === 0) return;
  assert(over > 0 && over <= run.live, 'what is too much is live');
  if (node.role === 'hedge' && node.filled > targetNow(state, node) - run.live) sometimes(state, 'HEDGE_OVER_PARENT');
  let cut = committed(node) - (run.live - over);
  for (let i = run.children.length - 1; i >= 0 && cut > 0; i--) {
    const child = must(run.children[i], 'child');
    if (!isLiveChild(child.state) || child.cancelAsked === 1 || child.counter === 1) continue;
    if (child.amendLots >= 0) continue;
    const open = child.lots - child.filled;
    sometimes(state, node.role === 'exit' ? 'EXIT_REDUCED' : 'HEDGE_CUT_TO_PROTECTED');
    if (!decrease(state, child, open - cut)) cancelChild(state, child);
    cut -= Math.min(open, cut);
    assert(cut >= 0, 'no more is called back than is too much');
  }
}

/** Decreases natively to `rest` open lots where the venue can and the rest is a valid order; false = cancel instead. */
function decrease(state: CoreState, child: Child, rest: number): boolean {
  const venue = must(state.universe.venues[child.venue], 'venue');
  if (!venue.nativeAmend || child.noAmend === 1 || (child.state !== 'live' && child.state !== 'partial')) return false;
  const listing = must(state.universe.listings[child.listing], 'listing');
  const keep = floorTo(rest, listing.lotMultiple);
  if (keep <= 0 || keep < smallestAt(instrumentOf(state, child.node), listing, child.limitTicks)) return false;
  assert(rest < child.lots - child.filled, 'what is kept of an order is less than it has open');
  const total = child.filled + keep;
  if (total % listing.lotMultiple !== 0 || total >= child.lots) return false;
  amendChild(state, child, total, child.limitTicks);
  return true;
}

function flatEnd(state: CoreState, node: Node): { status: 'filled' | 'cancelled'; reason: string } {
  assert(node.role === 'exit', 'only exits end flat');
  const rest = Math.max(0, positionLots(state, node));
  must(node.run, 'run').dust = rest;
  if (preemptedByTriggered(state, node)) {
    sometimes(state, 'EXIT_ENDED_GROUP');
    return { status: 'cancelled', reason: 'GROUP' };
  }
  sometimes(state, 'EXIT_ENDED_FLAT');
  return node.filled > 0 ? { status: 'filled', reason: '' } : { status: 'cancelled', reason: 'FLAT' };
}

/** A resting exit that lost its position to a triggered one ends by its group. */
function preemptedByTriggered(state: CoreState, node: Node): boolean {
  assert(node.role === 'exit' && node.peers.includes(node.index), 'an exit is among those that share its parents');
  if (node.triggered === 1 || ownTarget(node) - node.filled < smallestOrder(state, node)) return false;
  return node.peers.some((index) => {
    const peer = nodeAt(node.graph, index);
    return peer !== node && peer.triggered === 1 && peer.filled > 0 && closesPosition(peer);
  });
}

/** Ends the node when its target is reached or what is left is nothing to any venue. True when it ended. */
function isComplete(state: CoreState, node: Node): boolean {
  const run = must(node.run, 'run');
  if (run.live + run.counterLive > 0) return false;
  if (isMoney(node)) return false;
  assert(node.pace === null && run.stop === null, 'a container ends with its slices, what is stopped by its stop');
  if (node.container !== null && mayJoin(state, node)) return false;
  if (node.container === null && endsFlatNow(state, node)) {
    finish(state, node, flatEnd(state, node));
    return true;
  }
  if (nothingToReduce(state, node)) {
    emitAlert(state, 'POSITION_GONE', node.graph, node.nodeId, 'the account has no position left on this side here: the rest is not flattened');
    finish(state, node, { status: node.filled > 0 ? 'filled' : 'cancelled', reason: 'POSITION_GONE' });
    return true;
  }
  const target = targetNow(state, node);
  const rest = target - (node.filled - (node.role === 'hedge' ? run.counterFilled : 0));
  // A net hedge goes on while its parent's position may be closed, and while it has too much.
  if (followsPosition(node) || (-rest >= smallestOrder(state, node) && isNetHedge(node))) return false;
  if (isFull(state, node)) {
    run.dust += Math.max(0, node.ceiling - node.filled);
    finish(state, node, { status: 'filled', reason: '' });
    return true;
  }
  const grows = node.container === null && mayRelease(state, node);
  if (node.role === 'hedge' && node.container === null && target < ownTarget(node)) {
    const end = endOfCutHedge(state, node, rest);
    if (end !== null) finish(state, node, end);
    return end !== null;
  }
  if (rest <= 0 && !(grows && target < node.ceiling)) {
    if (node.filled === 0 && target === 0 && (grows || !parentsOver(node))) return false;
    finish(state, node, node.filled > 0 ? { status: 'filled', reason: '' } : { status: 'cancelled', reason: 'NOTHING_LEFT' });
    return true;
  }
  if (grows || rest >= smallestOrder(state, node)) return false;
  run.dust += Math.max(0, rest);
  finish(state, node, node.filled > 0 ? { status: 'filled', reason: '' } : { status: 'expired', reason: 'DUST' });
  return true;
}

/** Nothing that its edges may still release would be an order within its ceiling. */
function isFull(state: CoreState, node: Node): boolean {
  if (node.filled === 0 || must(node.run, 'run').counterFilled > 0 || followsPosition(node)) return false;
  return node.ceiling - node.filled < smallestOrder(state, node);
}

/**
 * A hedge that may only do its protected part waits while that can grow, or the pause that cut it lasts. With nothing
 * left of it, it ends: cut to what its parents filled, given up beyond that by its policy, or stopped by a breach.
 */
function endOfCutHedge(state: CoreState, node: Node, rest: number): Stop | null {
  assert(node.role === 'hedge', 'only hedges are cut to their protected part');
  if (rest >= smallestOrder(state, node) || !parentsOver(node)) return null;
  if (mayRelease(state, node) || followsPosition(node)) return null;
  // A pause keeps the rest for later; what the parents' end took away does not come back.
  if (node.graph.pausedBy !== 0 && !cutByShortParents(node)) return null;
  must(node.run, 'run').dust += Math.max(0, rest);
  const dust = ownTarget(node) - node.filled < smallestOrder(state, node);
  if (node.filled > 0 && dust) return { status: 'filled', reason: '' };
  if (cutByShortParents(node)) return node.filled > 0 ? { status: 'filled', reason: '' } : { status: 'cancelled', reason: 'NOTHING_LEFT' };
  if (node.graph.openingStopped === 1) return { status: 'cancelled', reason: 'BREACH' };
  return { status: 'expired', reason: 'POLICY_ENDED' };
}

/** A flatten of a perp only reduces (semantics §9): over where other trades left the account nothing on that side to reduce. */
function nothingToReduce(state: CoreState, node: Node): boolean {
  if (!node.spec.reduceOnly || !flattens(node)) return false;
  const listings = instrumentOf(state, node).listings.map((id) => must(state.universe.listings[id], 'listing'));
  const listing = must(listings.find((entry) => entry.venue === node.spec.venues?.[0]), 'listing of a flatten');
  const left = -positionOf(state, node.graph.accountId, listing.id).lots * node.spec.side;
  return left < Math.max(listing.minLots, listing.lotMultiple);
}

/** A net hedge goes on while its parent's position may still be closed. */
export function followsPosition(node: Node): boolean {
  assert(node.role === 'hedge' || node.role === 'exit' || node.ps.length === 0, 'only hedges follow a position');
  for (let i = 0; i < node.inEdges.length; i++) {
    const { from, firedCount, spec: { sizing } } = edgeAt(node.graph, node.inEdges[i] ?? -1);
    if (sizing.kind !== 'linear_hedge' || !sizing.net || firedCount === 0) continue;
    const parent = nodeAt(node.graph, from);
    if (parent.exits.some((exit) => !isTerminalNode(nodeAt(node.graph, exit).status))) return true;
  }
  return false;
}

/** Paused, stopped or under a kill switch: sends nothing. True then. */
function held(state: CoreState, node: Node): boolean {
  const { graph } = node;
  const run = must(node.run, 'run');
  const protective = node.role !== 'opening';
  const killed = killCovers(state, graph, protective);
  const paused = !protective && (graph.pausedBy !== 0 || (node.container ?? node).stopped === 1);
  if (planted(state, 'PAUSE_LETS_OPENING_SEND') && !killed) return false;
  if (!killed && !paused && !(protective && node.stopped === 1)) return false;
  // A kill switch cancels nothing by itself (semantics §9).
  const byKillOnly = (graph.pausedBy & ~PausedBy.kill) === 0 && (node.container ?? node).stopped === 0;
  if (!byKillOnly && !protective) cancelAllChildren(state, node);
  if (node.status !== 'paused') {
    setNodeStatus(state, node, 'pause');
    if (killed && node.role === 'exit' && wanted(state, node) > 0) {
      sometimes(state, 'KILL_SWITCH_BLOCKED_EXIT');
      emitAlert(state, 'EXIT_BLOCKED', graph, node.nodeId, 'a kill switch holds this exit; it acts first after resume');
    }
  }
  assert(node.status === 'paused', 'what is held is paused');
  clearAttempt(state, node);
  run.retryTimer = stopTimer(state, run.retryTimer);
  return true;
}

/** Starts the watch over a protective node with something to do. */
function watchProtection(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.stop === null && !isTerminalNode(node.status), 'what goes on is watched');
  if (node.role === 'opening' || run.alertTimer !== null || run.unprotectedSaid === 1 || node.container !== null) return;
  const due = node.role === 'hedge' ? targetNow(state, node) - node.filled : node.triggered === 1 ? exitClaim(state, node) : 0;
  if (due > 0) run.alertTimer = startTimer(state, TimerKind.nodeAlert, state.tNs + UNPROTECTED_NS, node);
}

/** A triggered exit held up by quantity whose fate is unknown: alerted after `stuck_ms`; `send` goes on then. */
function watchBlocked(state: CoreState, node: Node): void {
  if (node.role !== 'exit' || node.triggered === 0) return;
  const blocked = waitsForDoubt(state, node);
  for (let i = 0; i < node.groups.length; i++) {
    const index = node.groups[i] ?? -1;
    const group = must(node.graph.groups[index], 'group');
    if (group.spec.type !== 'ouo') continue;
    if (!blocked) {
      if (group.blockedAtNs >= 0 && wanted(state, node) <= 0 && exitClaim(state, node) === 0) group.blockedAtNs = -1;
      continue;
    }
    assert(group.blockedAtNs <= state.tNs, 'a group is blocked since a time that was');
    if (group.blockedAtNs < 0) {
      group.blockedAtNs = state.tNs;
      startTimer(state, TimerKind.groupStuck, state.tNs + group.spec.stuckNs, node);
    }
  }
}
