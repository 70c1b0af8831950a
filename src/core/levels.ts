/**
 * Armed price edges of one instrument, sorted by level: one heap for each (pinned listing or none, source,
 * direction), and its mirror for edges whose condition holds but must hold longer. A tick compares the watched price
 * with the top of each heap in use, whatever their number below it.
 */
import { assert, must } from '../base/assert.js';
import type { PriceSource } from '../protocol/graph-spec.js';
import type { Edge } from './state.js';

export const sourceIndex: Readonly<Record<PriceSource, number>> = { mid: 0, bid: 1, ask: 2, mark: 3, last: 4 };
const SOURCES = 5;

export interface LevelHeap {
  key: number;
  /** Listing index within the instrument, -1 = all fresh venues. */
  pin: number;
  source: number;
  /** 1: fires at or above the level (smallest level first), -1: at or below (largest first). */
  direction: 1 | -1;
  /** 1: the condition holds; the heap is ordered by which one ceases to hold first. */
  holding: 0 | 1;
  edges: Edge[];
  /** When there was last a price to judge by, -1 = never; and whether its edges were alerted as blind. */
  seenAtNs: number;
  blind: 0 | 1;
}

export interface LevelIndex {
  heaps: (LevelHeap | null)[];
  /** Keys of heaps that were ever used, ascending. */
  used: number[];
  count: number;
}

export function newLevelIndex(): LevelIndex {
  return { heaps: [], used: [], count: 0 };
}

export function levelKey(pin: number, source: number, direction: 1 | -1, holding: 0 | 1): number {
  return (((pin + 1) * SOURCES + source) * 2 + (direction === 1 ? 1 : 0)) * 2 + holding;
}

/** True when `value` (quarter ticks) is at or beyond a level. */
export function reached(direction: 1 | -1, value: number, level: number): boolean {
  return direction === 1 ? value >= level : value <= level;
}

export function addLevel(index: LevelIndex, edge: Edge, pin: number, source: number, direction: 1 | -1, holding: 0 | 1): void {
  assert(edge.heapPos === -1, 'an edge is in one level heap at most');
  assert(Number.isFinite(edge.level), 'an armed price edge has a level');
  assert(pin >= -1 && source >= 0 && source < SOURCES, 'a level is of a listing or all, by a price source');
  const key = levelKey(pin, source, direction, holding);
  let heap = index.heaps[key];
  if (heap === undefined || heap === null) {
    while (index.heaps.length <= key) index.heaps.push(null);
    heap = { key, pin, source, direction, holding, edges: [], seenAtNs: -1, blind: 0 };
    index.heaps[key] = heap;
    index.used.push(key);
    index.used.sort((a, b) => a - b);
  }
  edge.heapKey = key;
  edge.heapPos = heap.edges.length;
  heap.edges.push(edge);
  index.count += 1;
  assert(heap.key === key && heap.edges[edge.heapPos] === edge, 'an edge is put where it says');
  lift(heap, edge.heapPos);
}

export function removeLevel(index: LevelIndex, edge: Edge): void {
  if (edge.heapPos < 0) return;
  const heap = must(index.heaps[edge.heapKey], 'the heap an edge is in');
  assert(heap.edges[edge.heapPos] === edge, 'an indexed edge is where it says');
  assert(index.count > 0 && heap.key === edge.heapKey, 'levels are counted and kept by their key');
  const pos = edge.heapPos;
  const last = must(heap.edges.pop(), 'last edge of the heap');
  edge.heapPos = -1;
  index.count -= 1;
  if (last === edge) return;
  heap.edges[pos] = last;
  last.heapPos = pos;
  lift(heap, pos);
  sink(heap, last.heapPos);
}

/** The edge whose condition changes first as the price moves, or null. */
export function topLevel(heap: LevelHeap): Edge | null {
  return heap.edges[0] ?? null;
}

/** True when the top of this heap changes side at `value`: reached where it waits, left where it holds. */
export function topMoves(heap: LevelHeap, value: number): boolean {
  assert(value > 0, 'a level is compared with a price');
  const top = heap.edges[0];
  if (top === undefined) return false;
  return reached(heap.direction, value, top.level) === (heap.holding === 0);
}

/** Waiting: smallest level first for `above`; holding: largest first (it is left first), and mirrored. */
function first(heap: LevelHeap, a: Edge, b: Edge): boolean {
  const ascending = (heap.direction === 1) === (heap.holding === 0);
  assert(Number.isFinite(a.level) && Number.isFinite(b.level), 'what is watched has a level');
  if (a.level !== b.level) return ascending ? a.level < b.level : a.level > b.level;
  if (a.graph.serial !== b.graph.serial) return a.graph.serial < b.graph.serial;
  return a.index < b.index;
}

function lift(heap: LevelHeap, from: number): void {
  const { edges } = heap;
  let pos = from;
  const item = must(edges[pos], 'edge to lift');
  while (pos > 0) {
    const up = (pos - 1) >> 1;
    const parent = must(edges[up], 'edge above');
    assert(parent.heapPos === up, 'an edge knows its place');
    if (!first(heap, item, parent)) break;
    edges[pos] = parent;
    parent.heapPos = pos;
    pos = up;
  }
  edges[pos] = item;
  item.heapPos = pos;
}

function sink(heap: LevelHeap, from: number): void {
  const { edges } = heap;
  let pos = from;
  const item = must(edges[pos], 'edge to sink');
  for (;;) {
    let down = 2 * pos + 1;
    if (down >= edges.length) break;
    let below = must(edges[down], 'edge below');
    const other = edges[down + 1];
    if (other !== undefined && first(heap, other, below)) {
      below = other;
      down += 1;
    }
    assert(below.heapPos === down, 'an edge knows its place');
    if (!first(heap, below, item)) break;
    edges[pos] = below;
    below.heapPos = pos;
    pos = down;
  }
  edges[pos] = item;
  item.heapPos = pos;
}
