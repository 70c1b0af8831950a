/** Short lists of indices, as nodes keep them: made to measure, and one for all where that is easy. Never changed. */
import { assert, must } from '../../base/assert.js';

/** Shared by every node without edges, exits or groups. */
export const NONE: readonly number[] = Object.freeze([]) as readonly number[];

/** Lists of one small index: most nodes have one edge into them. */
const ONES: readonly (readonly number[])[] = Array.from({ length: 1_024 }, (_, index) => [index]);

/** A list with what `indices` holds, without the room that it grew by. */
export function indexList(indices: readonly number[]): readonly number[] {
  if (indices.length === 0) return NONE;
  if (indices.length > 1) return indices.slice();
  const only = must(indices[0], 'the only index');
  assert(only >= 0, 'an index counts from 0');
  return ONES[only] ?? [only];
}
