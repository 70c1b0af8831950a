/** Price edges judged on a sample: crossings, conditions that must hold, blindness (semantics §1 and §4). */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert } from '../emit.js';
import { addLevel, reached, removeLevel, sourceIndex, topLevel, type LevelHeap } from '../levels.js';
import { lastQ, priceQ, type Market } from '../market.js';
import type { CoreState, Edge } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { awaitQuotes, note } from './dirty.js';
import { fireEdge } from './edges.js';

/** After a change of the set of fresh venues a condition must hold so long (semantics §1). */
export const SET_CHANGE_HOLD_NS = 500_000_000;
/** Without a fresh price for so long an armed edge is blind. */
export const STALE_AFTER_NS = 2_000_000_000;

function valueOf(state: CoreState, market: Market, heap: LevelHeap, sinceNs: number): number {
  assert(sinceNs <= state.tNs && heap.source >= 0, 'a price is asked for of a source, since a time that was');
  if (heap.source === sourceIndex.last) return lastQ(market, heap.pin, heap.direction, state.tNs, sinceNs);
  return priceQ(market.quotes, heap.pin, heap.source);
}

/** Fires what the sample decides, by graph and edge order; ties at one instant are settled before by the caller. */
export function judgeLevels(state: CoreState, market: Market): void {
  const { levels } = market;
  if (levels.count === 0) return;
  let fire: Edge[] | null = null;
  for (let i = 0; i < levels.used.length; i++) {
    const heap = must(levels.heaps[levels.used[i] ?? -1], 'level heap');
    if (heap.edges.length === 0) continue;
    const value = valueOf(state, market, heap, -1);
    if (!noteBlind(state, heap, value)) continue;
    for (let top = topLevel(heap); top !== null; top = topLevel(heap)) {
      if (reached(heap.direction, value, top.level) !== (heap.holding === 0)) break;
      if (heap.source === sourceIndex.last && !reached(heap.direction, orFar(valueOf(state, market, heap, top.armedAtNs), heap), top.level)) break;
      assert(top.state === 'armed', 'only armed edges are watched');
      removeLevel(levels, top);
      note(state, top.graph);
      assert(top.heapPos === -1 && Number.isFinite(top.level), 'what is judged is taken from watch and has a level');
      if (heap.holding === 1) stopHolding(state, market, heap, top);
      else if (!mustHold(state, market, heap, top)) {
        top.firedPriceQ = value;
        if (fire === null) fire = [top];
        else fire.push(top);
      }
    }
  }
  if (fire === null) return;
  assert(levels.count >= 0, 'levels are counted');
  if (fire.length > 1) fire.sort((a, b) => a.graph.serial - b.graph.serial || a.index - b.index);
  for (const edge of fire) {
    if (edge.armedAtNs === state.tNs) sometimes(state, 'EDGE_FIRED_ALREADY_BEYOND');
    if (edge.state === 'armed') fireEdge(state, edge, 0, 0);
  }
}

/** A price that is not there is never beyond a level. */
function orFar(value: number, heap: LevelHeap): number {
  return value > 0 ? value : heap.direction === 1 ? -Infinity : Infinity;
}

/** False while there is no fresh price; alerts once each armed edge after STALE_AFTER_NS. */
function noteBlind(state: CoreState, heap: LevelHeap, value: number): boolean {
  if (value > 0) {
    heap.seenAtNs = state.tNs;
    heap.blind = 0;
    return true;
  }
  if (heap.source === sourceIndex.last) return false;
  if (heap.seenAtNs < 0) heap.seenAtNs = state.tNs;
  assert(heap.seenAtNs <= state.tNs, 'a price was seen at a time that was');
  if (heap.blind === 1 || state.tNs - heap.seenAtNs < STALE_AFTER_NS) return false;
  heap.blind = 1;
  sometimes(state, 'EDGE_BLIND');
  for (const edge of heap.edges) {
    const child = must(edge.graph.nodes[edge.to], 'child');
    emitAlert(state, 'TRIGGER_BLIND', edge.graph, child.nodeId, `edge ${edge.edgeId}: no fresh price to judge it by`);
  }
  return false;
}

/** Starts holding where the edge asks for it or the set of fresh venues just changed. */
function mustHold(state: CoreState, market: Market, heap: LevelHeap, edge: Edge): boolean {
  const { trigger } = edge.spec;
  if (trigger.kind !== 'on_price' || heap.source === sourceIndex.last) return false;
  let until = trigger.confirmNs > 0 ? state.tNs + trigger.confirmNs : 0;
  if (market.freshChangedAtNs >= 0 && state.tNs < market.freshChangedAtNs + SET_CHANGE_HOLD_NS) {
    until = Math.max(until, market.freshChangedAtNs + SET_CHANGE_HOLD_NS);
    sometimes(state, 'EDGE_HELD_AFTER_VENUE_SET_CHANGE');
  }
  if (until === 0) return false;
  assert(until > state.tNs && edge.timer === null, 'a hold ends later, once');
  edge.heldSinceAtNs = state.tNs;
  edge.timer = startTimer(state, TimerKind.edgeHold, until, edge);
  addLevel(market.levels, edge, heap.pin, heap.source, heap.direction, 1);
  return true;
}

function stopHolding(state: CoreState, market: Market, heap: LevelHeap, edge: Edge): void {
  assert(edge.heldSinceAtNs >= 0 && edge.heapPos === -1, 'what stops holding held');
  sometimes(state, 'EDGE_HOLD_BROKEN');
  edge.timer = stopTimer(state, edge.timer);
  edge.heldSinceAtNs = -1;
  addLevel(market.levels, edge, heap.pin, heap.source, heap.direction, 0);
}

/** The hold is over: judged on the next look at the books. */
export function onHoldTimer(state: CoreState, edge: Edge): void {
  assert(edge.timer !== null && edge.timer.pos === -1, 'the timer that fired is the edge own');
  edge.timer = null;
  assert(edge.state !== 'armed' || edge.heldSinceAtNs >= 0, 'a hold is of what holds');
  if (edge.state !== 'armed' || edge.spec.trigger.kind !== 'on_price') return;
  awaitQuotes(state, edge.spec.trigger.instrument, edge);
}

/** A sample came for an edge whose hold is over: fires if the condition still holds. */
export function judgeHeld(state: CoreState, market: Market, edge: Edge): void {
  assert(edge.heldSinceAtNs <= state.tNs, 'a hold began at a time that was');
  if (edge.state !== 'armed' || edge.heapPos < 0 || edge.heldSinceAtNs < 0 || edge.timer !== null) return;
  const heap = must(market.levels.heaps[edge.heapKey], 'heap of a held edge');
  assert(heap.edges[edge.heapPos] === edge && heap.holding === 1, 'what is held is where it says');
  const value = valueOf(state, market, heap, -1);
  if (value === 0) {
    // Blind now: judged on the first fresh sample.
    edge.timer = startTimer(state, TimerKind.edgeHold, state.tNs + SET_CHANGE_HOLD_NS, edge);
    return;
  }
  assert(value > 0 && Number.isFinite(edge.level), 'a hold is judged by a price against a level');
  if (!reached(heap.direction, value, edge.level)) return;
  const until = market.freshChangedAtNs + SET_CHANGE_HOLD_NS;
  if (market.freshChangedAtNs >= 0 && state.tNs < until) {
    edge.timer = startTimer(state, TimerKind.edgeHold, until, edge);
    return;
  }
  removeLevel(market.levels, edge);
  edge.firedPriceQ = value;
  fireEdge(state, edge, 0, 0);
}
