/**
 * Timers of the core: a binary heap by (due, creation order) with positions, so that a cancelled timer is gone
 * and not waited for. Push, cancel and fire cost O(log n) in what is armed, a tick costs nothing.
 */
import { assert, must } from '../base/assert.js';
import type { Child, CoreState, Edge, Graph, Node } from './state.js';

export const TimerKind = {
  edgeTimeout: 1,
  edgeHold: 2,
  nodePolicy: 4,
  nodeRetry: 5,
  nodeHorizon: 6,
  nodeGtd: 7,
  nodeAlert: 8,
  sliceDue: 9,
  childUnknown: 10,
  evict: 11,
  groupStuck: 12,
  day: 13,
} as const;
export type TimerKind = (typeof TimerKind)[keyof typeof TimerKind];

export interface Timer {
  dueAtNs: number;
  order: number;
  /** Index in the heap; -1 = fired or cancelled. */
  pos: number;
  kind: TimerKind;
  /** What it is of, by its kind; null = the core's own (evict, day). */
  owner: Node | Edge | Child | null;
}

/** What a timer of an edge, of a node, of an order belongs to: the kind says which. */
export function edgeOf(timer: Timer): Edge {
  assert(timer.kind === TimerKind.edgeTimeout || timer.kind === TimerKind.edgeHold, 'a timer of an edge');
  return must(timer.owner, 'edge of a timer') as Edge; // by its kind
}

export function nodeOf(timer: Timer): Node {
  assert(timer.kind >= TimerKind.nodePolicy && timer.kind !== TimerKind.childUnknown && isOwned(timer.kind), 'a timer of a node');
  return must(timer.owner, 'node of a timer') as Node; // by its kind
}

export function childOf(timer: Timer): Child {
  assert(timer.kind === TimerKind.childUnknown, 'a timer of an order');
  return must(timer.owner, 'order of a timer') as Child; // by its kind
}

function isOwned(kind: TimerKind): boolean {
  return kind !== TimerKind.evict && kind !== TimerKind.day;
}

/** The graph that a timer concerns, or null. */
export function graphOf(timer: Timer): Graph | null {
  if (timer.owner === null) return null;
  return timer.kind === TimerKind.childUnknown ? childOf(timer).node.graph : (timer.owner as Node | Edge).graph; // by its kind
}

export interface TimerHeap {
  items: Timer[];
}

/** Arms a timer; a time in the past fires at the next timer event. */
export function startTimer(state: CoreState, kind: TimerKind, dueAtNs: number, owner: Node | Edge | Child | null): Timer {
  // Beyond 2^53 (a base 104 days old, see main/engine-time.ts) a double holds every second ns: whole still.
  assert(Number.isInteger(dueAtNs), 'a timer is due at a whole number of ns');
  assert((owner !== null) === isOwned(kind), 'a timer has an owner');
  const timer: Timer = { dueAtNs, order: state.timerSeq++, pos: state.timers.items.length, kind, owner };
  assert(timer.order >= 0 && Number.isSafeInteger(timer.order), 'timers are numbered');
  state.timers.items.push(timer);
  siftUp(state.timers.items, timer.pos);
  return timer;
}

/** Cancels if it still waits; null is fine. Returns null, to be stored where the timer was. */
export function stopTimer(state: CoreState, timer: Timer | null): null {
  if (timer === null || timer.pos < 0) return null;
  assert(timer.pos < state.timers.items.length, 'a waiting timer is in the heap');
  assert(state.timers.items[timer.pos] === timer, 'a waiting timer is where it says');
  removeAt(state.timers.items, timer.pos);
  timer.pos = -1;
  return null;
}

export function nextTimerNs(state: CoreState): number {
  const first = state.timers.items[0];
  return first === undefined ? Infinity : first.dueAtNs;
}

/** Takes the next timer due at or before `tNs`, or null. */
export function takeDueTimer(state: CoreState, tNs: number): Timer | null {
  const first = state.timers.items[0];
  if (first === undefined || first.dueAtNs > tNs) return null;
  assert(first.pos === 0, 'the next timer knows that it is the next');
  removeAt(state.timers.items, 0);
  first.pos = -1;
  const next = state.timers.items[0];
  assert(next === undefined || before(first, next), 'timers come in their order');
  return first;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueAtNs < b.dueAtNs || (a.dueAtNs === b.dueAtNs && a.order < b.order);
}

function removeAt(items: Timer[], pos: number): void {
  assert(pos >= 0 && pos < items.length, 'what is taken out is in the heap');
  const last = must(items.pop(), 'a timer in the heap');
  if (pos === items.length) return;
  items[pos] = last;
  last.pos = pos;
  siftUp(items, pos);
  siftDown(items, last.pos);
}

function siftUp(items: Timer[], from: number): void {
  let pos = from;
  const item = must(items[pos], 'timer to lift');
  while (pos > 0) {
    const up = (pos - 1) >> 1;
    const parent = must(items[up], 'parent timer');
    assert(parent.pos === up, 'a timer knows its place');
    if (!before(item, parent)) break;
    items[pos] = parent;
    parent.pos = pos;
    pos = up;
  }
  items[pos] = item;
  item.pos = pos;
}

function siftDown(items: Timer[], from: number): void {
  let pos = from;
  const item = must(items[pos], 'timer to sink');
  for (;;) {
    let down = 2 * pos + 1;
    if (down >= items.length) break;
    let child = must(items[down], 'child timer');
    const other = items[down + 1];
    if (other !== undefined && before(other, child)) {
      child = other;
      down += 1;
    }
    assert(child.pos === down, 'a timer knows its place');
    if (!before(child, item)) break;
    items[pos] = child;
    child.pos = pos;
    pos = down;
  }
  items[pos] = item;
  item.pos = pos;
}
