/**
 * Edges: armed, fired, dead (semantics §4). A firing releases quantity to the child and marks it for activation; the
 * child itself is looked at later in the same event, in the order of firings.
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitTrace } from '../emit.js';
import { addLevel, removeLevel, sourceIndex } from '../levels.js';
import { listingIndex } from '../market.js';
import { planted } from '../planted.js';
import type { CoreState, Edge, Graph, Node } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { awaitQuotes, touch, touchAll } from './dirty.js';
import { hasToClose } from './allowance.js';
import { isTerminalGraph } from './graph-table.js';
import { onGroupTriggered } from './groups.js';
import { isTerminalNode } from './node-table.js';
import { instrumentOf, mulDivFloor, nodeAt } from './quantities.js';
import { isOver, recomputeReleased, refreshRelease, tracks } from './sizing.js';
import { firedText } from '../views/trace-text.js';

export function edgeAt(graph: Graph, index: number): Edge {
  return must(graph.edges[index], 'edge of a graph');
}

/** The listing index an edge watches alone (its child is pinned to a venue), or -1. */
export function pinOf(state: CoreState, edge: Edge): number {
  const child = nodeAt(edge.graph, edge.to);
  assert(!child.spec.pinned || child.spec.venues === null || child.spec.venues.length > 0, 'a pinned node has a venue');
  if (!child.spec.pinned || child.spec.venues === null || edge.spec.trigger.kind !== 'on_price') return -1;
  return listingIndex(state.universe, edge.spec.trigger.instrument, child.spec.venues[0] ?? -1);
}

/** Arms every edge of a node that was just activated. */
export function armEdges(state: CoreState, node: Node): void {
  const run = must(node.run, 'run of an activated node');
  assert(node.status === 'pending', 'edges are armed with the activation of their node');
  for (let i = 0; i < node.outEdges.length; i++) {
    const index = node.outEdges[i] ?? -1;
    const edge = edgeAt(node.graph, index);
    if (edge.state !== 'idle') continue;
    assert(edge.firedCount === 0 && edge.heapPos === -1, 'an idle edge has not fired and watches nothing');
    const { trigger } = edge.spec;
    if (trigger.kind === 'on_price' && trigger.level.kind === 'graph_entry_price') continue;
    edge.state = 'armed';
    edge.armedAtNs = state.tNs;
    if (trigger.kind === 'on_timeout') {
      const due = run.activatedAtNs + edge.afterNs;
      if (!planted(state, 'TIMEOUT_NEVER_FIRES')) edge.timer = startTimer(state, TimerKind.edgeTimeout, due, edge);
    } else if (trigger.kind === 'on_price') {
      armPrice(state, edge);
    }
  }
}

function armPrice(state: CoreState, edge: Edge): void {
  const { trigger } = edge.spec;
  assert(trigger.kind === 'on_price', 'only price edges have a level');
  assert(edge.state === 'armed' && edge.heapPos === -1, 'an edge is under watch once');
  awaitQuotes(state, trigger.instrument, edge);
}

/** Puts an edge that was dead under watch again (late fill). */
export function armAgain(state: CoreState, edge: Edge): void {
  assert(edge.heapPos < 0 && edge.firedCount === 0, 'what watches or fired is not armed again');
  edge.state = 'armed';
  edge.armedAtNs = state.tNs;
  armPrice(state, edge);
  if (edge.spec.trigger.kind === 'on_price' && edge.spec.trigger.level.kind === 'arrival_mid') {
    levelByArrival(state, nodeAt(edge.graph, edge.from));
  }
}

/** Reference times (1 + offset ppm) in quarter ticks, exact; `below` rounds down, `above` up. */
function offsetLevel(numerator: bigint, denominator: bigint, offsetPpm: number, below: boolean): number {
  assert(denominator > 0n && offsetPpm > -1_000_000, 'a level is a share of a price');
  assert(numerator >= 0n, 'a reference is a price');
  const top = numerator * BigInt(1_000_000 + offsetPpm);
  const bottom = denominator * 1_000_000n;
  const down = top / bottom;
  return Number(below || down * bottom === top ? down : down + 1n);
}

/** Entry-price levels follow the parent's average; armed at its first fill. */
export function relevel(state: CoreState, edge: Edge): void {
  const { trigger } = edge.spec;
  if (trigger.kind !== 'on_price' || trigger.level.kind !== 'graph_entry_price') return;
  if (edge.state !== 'idle' && edge.state !== 'armed') return;
  if (edge.state === 'armed' && planted(state, 'LEVEL_NOT_UPDATED_BY_FILL')) return;
  const parent = nodeAt(edge.graph, edge.from);
  if (parent.filled <= 0) return;
  const run = must(parent.run, 'run of a parent with fills');
  const from = instrumentOf(state, parent);
  const watched = must(state.universe.instruments[trigger.instrument], 'watched instrument');
  assert(run.value.sign() > 0, 'fills have a price');
  const top = run.value.toBigInt() * 4n * BigInt(from.tick1e9);
  const bottom = BigInt(parent.filled) * BigInt(watched.tick1e9);
  const level = offsetLevel(top, bottom, trigger.level.offsetPpm, trigger.direction === 'below');
  if (edge.state === 'idle') {
    edge.state = 'armed';
    edge.armedAtNs = state.tNs;
  }
  assert(level >= 0, 'a level is a price');
  if (edge.level === level) return;
  unindex(state, edge);
  edge.level = level;
  awaitQuotes(state, trigger.instrument, edge);
}

/** Arrival-mid levels, once the parent's arrival is known. */
export function levelByArrival(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  for (let i = 0; i < node.outEdges.length; i++) {
    const index = node.outEdges[i] ?? -1;
    const edge = edgeAt(node.graph, index);
    const { trigger } = edge.spec;
    if (trigger.kind !== 'on_price' || trigger.level.kind !== 'arrival_mid' || edge.state !== 'armed') continue;
    const watched = must(state.markets[trigger.instrument], 'watched market');
    const reference = trigger.instrument === node.spec.instrument ? run.arrivalMidQ : watched.midQ;
    assert(edge.heapPos === -1 || Number.isFinite(edge.level), 'what is watched has a level');
    assert(reference >= 0, 'a reference is a price or none');
    if (reference <= 0 || Number.isFinite(edge.level)) continue;
    edge.level = offsetLevel(BigInt(reference), 1n, trigger.level.offsetPpm, trigger.direction === 'below');
    awaitQuotes(state, trigger.instrument, edge);
  }
}

/** Puts a price edge under watch at a sample of its instrument. */
export function watch(state: CoreState, edge: Edge): void {
  const { trigger } = edge.spec;
  if (trigger.kind !== 'on_price' || edge.state !== 'armed' || edge.heapPos >= 0 || !Number.isFinite(edge.level)) return;
  assert(edge.timer === null && edge.heldSinceAtNs === -1, 'what is not watched yet holds nothing');
  const direction = trigger.direction === 'above' ? 1 : -1;
  const market = must(state.markets[trigger.instrument], 'watched market');
  addLevel(market.levels, edge, pinOf(state, edge), sourceIndex[trigger.source], direction, 0);
}

export function unindex(state: CoreState, edge: Edge): void {
  edge.timer = stopTimer(state, edge.timer);
  edge.heldSinceAtNs = -1;
  if (edge.heapPos < 0) return;
  const { trigger } = edge.spec;
  assert(trigger.kind === 'on_price', 'only price edges are indexed');
  removeLevel(must(state.markets[trigger.instrument], 'watched market').levels, edge);
  assert(edge.heapPos === -1, 'what is taken from watch is watched nowhere');
}

export function killEdge(state: CoreState, edge: Edge): void {
  if (edge.state === 'dead') return;
  unindex(state, edge);
  assert(edge.timer === null && edge.heapPos === -1, 'what is dead waits for nothing');
  if (edge.state !== 'fired') edge.state = 'dead';
  touch(state, nodeAt(edge.graph, edge.to));
}

/** Fires an edge: once, or again where it repeats. */
export function fireEdge(state: CoreState, edge: Edge, fillLots: number, fillFee1e8: number): void {
  const { graph } = edge;
  if (isTerminalGraph(graph.status) || graph.status === 'cancelling' || edge.state === 'dead') return;
  const repeats = edge.spec.trigger.kind === 'on_fill';
  const twice = planted(state, 'EDGE_FIRES_TWICE') && edge.firedCount === 1;
  assert(repeats || edge.state !== 'fired' || twice, 'a one-shot edge fires once');
  const parent = nodeAt(graph, edge.from);
  const child = nodeAt(graph, edge.to);
  assert(fillLots >= 0 && fillLots <= parent.filled, 'the fill that fires an edge is booked');
  if (edge.state !== 'fired') unindex(state, edge);
  edge.state = 'fired';
  assert(edge.firedCount >= 0, 'firings are counted');
  edge.firedCount += 1;
  edge.firedAtNs = state.tNs;
  if (edge.firedCount === 1) {
    edge.baseLots = parent.filled - fillLots;
    edge.baseFee1e8 = (parent.run === null ? 0 : parent.run.baseFee1e8) - fillFee1e8;
  }
  assert(edge.heapPos === -1 && edge.baseLots >= 0, 'what fired watches nothing and counts from its first firing');
  if (state.tracing) emitTrace(state, child, firedText(state, edge));
  noteKind(state, edge);
  const all = child.spec.join === 'all';
  if (all && !allFired(child)) return undefined;
  // Of a join of all, what a firing does to others is done when the last has fired.
  if (all && edge.firedCount === 1) {
    sometimes(state, 'JOIN_ALL_ACTIVATED');
    for (let i = 0; i < child.inEdges.length; i++) takeEffect(state, edgeAt(graph, child.inEdges[i] ?? -1), child);
  } else takeEffect(state, edge, child);
  for (let i = 0; i < child.inEdges.length; i++) {
    const index = child.inEdges[i] ?? -1;
    const other = edgeAt(graph, index);
    if (other.firedCount > 0 && (other === edge || (all && edge.firedCount === 1))) refreshRelease(state, other);
  }
  decideGroups(state, child);
  return touch(state, child);
}

/**
 * A triggered exit with something to do decides its `oco` groups as it fires, before anything ends in the same instant
 * (semantics §4, ties; §6).
 */
function decideGroups(state: CoreState, child: Node): void {
  assert(child.groupCancelled === 0 || child.groups.length > 0, 'only members of groups are cancelled by them');
  if (child.role !== 'exit' || child.triggered === 0 || child.groups.length === 0 || isTerminalNode(child.status)) return;
  if (child.run !== null) return child.run.stop === null ? onGroupTriggered(state, child) : undefined;
  if (child.stopReason !== '' || child.groupCancelled === 1 || child.released <= 0 || !isActivated(child)) return;
  if (hasToClose(state, child)) onGroupTriggered(state, child);
}

function noteKind(state: CoreState, edge: Edge): void {
  const { kind } = edge.spec.trigger;
  assert(edge.state === 'fired' && edge.firedAtNs === state.tNs, 'what is noted has fired now');
  if (kind === 'on_timeout') sometimes(state, 'EDGE_FIRED_BY_TIMEOUT');
  if (kind === 'on_fill_ratio') sometimes(state, 'EDGE_FIRED_BY_RATIO');
  if (kind === 'on_price') sometimes(state, 'EDGE_FIRED_BY_PRICE');
}

/** What a firing means to others: the parent of a residual is stopped, an exit is triggered and stops its P. */
function takeEffect(state: CoreState, edge: Edge, child: Node): void {
  const { kind } = edge.spec.trigger;
  assert(edge.state === 'fired' && edge.firedCount > 0, 'what has not fired has no effect');
  const byEvent = kind === 'on_price' || kind === 'on_timeout' || kind === 'on_cancel' || kind === 'on_done';
  if (edge.spec.sizing.kind === 'residual') stopForResidual(state, nodeAt(edge.graph, edge.from));
  if (edge.spec.sizing.kind === 'fixed' && child.reopened === 0) child.uncapped = 1;
  if (child.role !== 'exit') return;
  if (byEvent || child.spec.orderType === 'market') {
    // One that rested claims before the others from now on; one that waits does when it is activated.
    if (child.triggered === 0 && child.status !== 'waiting') touchAll(state, child.graph, child.peers);
    child.triggered = 1;
  }
  if (kind !== 'on_price') return;
  for (const peer of child.peers) {
    const other = nodeAt(child.graph, peer);
    if (other !== child && other.filled > 0 && !isTerminalNode(other.status)) sometimes(state, 'STOP_FIRED_WITH_TP_PARTLY_FILLED');
  }
  if (edge.spec.keepParent || planted(state, 'PARENT_NOT_STOPPED_BY_EXIT')) return;
  for (const p of child.ps) {
    const parent = nodeAt(child.graph, p);
    if (isTerminalNode(parent.status)) continue;
    sometimes(state, 'STOP_FIRED_BEFORE_ENTRY_COMPLETE');
    // One that still waits would open what was just stopped out: it ends too.
    if (parent.run !== null) parent.run.stop ??= { status: 'cancelled', reason: 'EXIT_TRIGGERED' };
    else if (parent.stopReason === '') parent.stopReason = 'EXIT_TRIGGERED';
    touch(state, parent);
  }
}

function stopForResidual(state: CoreState, parent: Node): void {
  sometimes(state, 'RESIDUAL_TOOK_OVER');
  assert(parent.filled >= 0, 'what a residual takes over is what is not filled');
  if (isTerminalNode(parent.status) || parent.run === null) return;
  parent.run.stop ??= { status: 'cancelled', reason: 'SUPERSEDED' };
  touch(state, parent);
}

/** What a join of all holds back starts with its last firing; nothing starts once the graph is being cancelled. */
function streams(edge: Edge): boolean {
  const child = nodeAt(edge.graph, edge.to);
  assert(edge.firedCount > 0, 'only what has fired releases more');
  return edge.graph.status !== 'cancelling' && (child.spec.join !== 'all' || allFired(child));
}

function allFired(child: Node): boolean {
  assert(child.inEdges.length > 0, 'a join is of edges');
  for (let i = 0; i < child.inEdges.length; i++) if (edgeAt(child.graph, child.inEdges[i] ?? -1).firedCount === 0) return false;
  return true;
}

/** Whether a node was activated by its edges. */
export function isActivated(child: Node): boolean {
  assert(child.released >= 0, 'what is released is never negative');
  if (child.inEdges.length === 0) return true;
  if (child.spec.join === 'all') return allFired(child);
  for (let i = 0; i < child.inEdges.length; i++) if (edgeAt(child.graph, child.inEdges[i] ?? -1).firedCount > 0) return true;
  return false;
}

/** Whether enough of its edges may still fire, or have. */
export function canActivate(child: Node): boolean {
  let alive = 0;
  for (let i = 0; i < child.inEdges.length; i++) if (edgeAt(child.graph, child.inEdges[i] ?? -1).state !== 'dead') alive += 1;
  assert(alive <= child.inEdges.length, 'no more edges live than there are');
  return child.spec.join === 'all' ? alive === child.inEdges.length : alive > 0;
}

/** Whether an incoming edge may still fire or release more. */
export function mayRelease(state: CoreState, child: Node): boolean {
  // Nothing is released once its cancel is acknowledged, whatever parents still fill.
  if (child.graph.status === 'cancelling') return false;
  for (let i = 0; i < child.inEdges.length; i++) {
    const index = child.inEdges[i] ?? -1;
    const edge = edgeAt(child.graph, index);
    if (edge.state === 'idle' || edge.state === 'armed') return true;
    if (edge.state !== 'fired') continue;
    assert(edge.firedCount > 0, 'what is fired was fired');
    if (tracks(edge) && !isOver(nodeAt(child.graph, edge.from))) return true;
    if (edge.spec.sizing.kind === 'scaled_notional' && waitsForPrice(state, edge, child)) return true;
  }
  return false;
}

/** A money sizing has fired and waits for a look at the books. */
function waitsForPrice(state: CoreState, edge: Edge, child: Node): boolean {
  return must(state.markets[child.spec.instrument], 'market').waiters.some((waiter) => waiter.edge === edge);
}

/** Filled over target at least p; a money target counts what was spent. */
function ratioReached(state: CoreState, parent: Node, ratioE8: number): boolean {
  const { quantity } = parent.spec;
  if (quantity.kind === 'notional') {
    if (parent.run === null) return false;
    const { tick1e9, lot1e8 } = instrumentOf(state, parent);
    const spent = (parent.run.value.toBigInt() * BigInt(tick1e9) * BigInt(lot1e8)) / 100_000_000n + parent.run.fees.toBigInt();
    return spent * 100_000_000n >= BigInt(quantity.usd1e9) * BigInt(ratioE8);
  }
  const target = Number.isFinite(parent.ceiling) ? parent.ceiling : parent.released;
  if (target <= 0) return false;
  assert(Number.isFinite(target) && ratioE8 >= 0, 'a share is taken of a quantity');
  const slack = planted(state, 'FILL_RATIO_OFF_BY_ONE') ? 1 : 0;
  return parent.filled > 0 && mulDivFloor(parent.filled + slack, 1e8, target) >= ratioE8;
}

/** What a fill of `lots` of the parent fires, in edge order. */
export function edgesOnFill(state: CoreState, parent: Node, lots: number, fee1e8: number): void {
  assert(lots > 0 && parent.filled >= lots, 'a fill is booked before its edges fire');
  for (let i = 0; i < parent.outEdges.length; i++) {
    const index = parent.outEdges[i] ?? -1;
    const edge = edgeAt(parent.graph, index);
    const { kind } = edge.spec.trigger;
    relevel(state, edge);
    if (edge.state === 'fired') {
      if (kind === 'on_fill') fireEdge(state, edge, lots, fee1e8);
      else if (tracks(edge) && streams(edge)) {
        refreshRelease(state, edge);
        decideGroups(state, nodeAt(edge.graph, edge.to));
      }
      if (kind !== 'on_fill' && planted(state, 'EDGE_FIRES_TWICE') && edge.firedCount === 1 && kind === 'on_first_fill') {
        edge.firedCount = 1;
        fireEdge(state, edge, lots, fee1e8);
      }
      continue;
    }
    if (edge.state !== 'armed') continue;
    if (kind === 'on_first_fill' || kind === 'on_fill') fireEdge(state, edge, lots, fee1e8);
    else if (kind === 'on_fill_ratio') judgeRatio(state, edge, lots, fee1e8);
  }
}

/** Net hedges of an exit's Ps follow what is left of their position. */
export function followPositions(state: CoreState, exit: Node): void {
  assert(exit.role === 'exit', 'only exits close what hedges follow');
  for (const p of exit.ps) {
    for (const index of nodeAt(exit.graph, p).outEdges) {
      const edge = edgeAt(exit.graph, index);
      const { sizing } = edge.spec;
      if (sizing.kind === 'linear_hedge' && sizing.net && edge.firedCount > 0) refreshRelease(state, edge);
    }
  }
}

export function judgeRatio(state: CoreState, edge: Edge, lots: number, fee1e8: number): void {
  const { trigger } = edge.spec;
  if (trigger.kind !== 'on_fill_ratio' || edge.state !== 'armed') return;
  assert(edge.firedCount === 0 && lots >= 0, 'a share is judged until it is reached');
  if (ratioReached(state, nodeAt(edge.graph, edge.from), trigger.ratioE8)) fireEdge(state, edge, lots, fee1e8);
}

export function edgesOnAccepted(state: CoreState, parent: Node, kind: 'on_accepted' | 'on_venue_ack'): void {
  assert(parent.run !== null, 'what is accepted was activated');
  for (let i = 0; i < parent.outEdges.length; i++) {
    const index = parent.outEdges[i] ?? -1;
    const edge = edgeAt(parent.graph, index);
    if (edge.spec.trigger.kind === kind && edge.state === 'armed') fireEdge(state, edge, 0, 0);
  }
}

/**
 * Reasons that end a node without firing its `on_cancel`: its group, its own exit, a residual, being flat, the graph. A
 * failure action is none of them: what protects acts then, what opens is held back by the action itself.
 */
const SILENT = new Set(['GROUP', 'EXIT_TRIGGERED', 'SUPERSEDED', 'FLAT', 'GRAPH_CANCELLED', 'KILL_SWITCH']);

/** What the end of the parent fires and kills, in edge order. Nothing of it is live any more. */
export function edgesOnEnd(state: CoreState, parent: Node): void {
  assert(isTerminalNode(parent.status), 'only an end ends edges');
  assert(parent.run === null || parent.run.live + parent.run.counterLive === 0, 'nothing of what ends is live');
  for (let i = 0; i < parent.outEdges.length; i++) {
    const index = parent.outEdges[i] ?? -1;
    const edge = edgeAt(parent.graph, index);
    const { trigger } = edge.spec;
    const { kind } = trigger;
    // The end of the parent is no firing: money is sized at those.
    if (edge.state === 'fired' && tracks(edge) && streams(edge) && edge.spec.sizing.kind !== 'scaled_notional') refreshRelease(state, edge);
    touch(state, nodeAt(parent.graph, edge.to));
    if (edge.state !== 'armed' && edge.state !== 'idle') continue;
    // Never activated and ended by being flat or by its group: its edges were never armed.
    const neverArmed = parent.status === 'skipped' || (parent.run === null && parent.reason !== 'USER');
    if (neverArmed) killEdge(state, edge);
    else if (kind === 'on_full_fill' && parent.status === 'filled') fireEdge(state, edge, 0, 0);
    else if (kind === 'on_done') fireEdge(state, edge, 0, 0);
    else if (kind === 'on_cancel' && (parent.status === 'cancelled' || parent.status === 'expired') && !SILENT.has(parent.reason)) {
      fireEdge(state, edge, 0, 0);
    } else if (kind === 'on_price' && trigger.level.kind === 'graph_entry_price' && parent.filled === 0) killEdge(state, edge);
    else if (kind !== 'on_timeout' && kind !== 'on_price') killEdge(state, edge);
    else if (edge.state === 'idle' && kind !== 'on_price') killEdge(state, edge);
    else if (edge.state === 'idle' && parent.run === null) killEdge(state, edge);
  }
  recheckDirect(state, parent);
}

function recheckDirect(state: CoreState, parent: Node): void {
  for (let i = 0; i < parent.outEdges.length; i++) recomputeReleased(state, nodeAt(parent.graph, edgeAt(parent.graph, parent.outEdges[i] ?? -1).to));
}
