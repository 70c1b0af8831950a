/** Bytes of a set of counters; the promise is in counters.ts. */
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, type Region } from './region.js';

/** Counters of one writer lie side by side; each writer has a region of its own. */
export interface CounterSet {
  readonly region: Region;
  /** What each is called, in the order of its word. */
  readonly names: readonly string[];
}

export function countersBytes(count: number): number {
  return Math.max(LINE_BYTES, count * 8);
}

/** Counters with a buffer of their own. */
export function createCounters(names: readonly string[]): CounterSet {
  return { names, region: allocateRegion(countersBytes(names.length)) };
}

export const countersLayout: LayoutDescription = {
  name: 'Counters',
  file: 'src/memory/counters-layout.ts',
  purpose: 'How often something happened, for metrics.',
  writer: 'one thread a region',
  reader: 'anybody; may be a moment behind',
  size: 'counters × 8, at least 128',
  limits: 'Exact up to 2^53.',
  fields: [{ at: 0, bytes: 'counters × 8', name: 'counts', order: 'plain', note: 'float64; whole words, so a reader gets an old or a new count, never a mix' }],
};
