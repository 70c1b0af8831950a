import { InvariantError } from '../base/assert.js';
import { createState } from '../core/apply.js';
import { decodeInto } from '../core/codec.js';
import type { CoreState } from '../core/state.js';
import type { LoadedSnapshot } from '../journal/snapshot.js';

/** The version of the state that a snapshot holds, NaN if it tells none: the text begins with it. */
export function stateVersionOf(snapshot: LoadedSnapshot): number {
  const begin = Buffer.from(snapshot.chunks[0] ?? []).toString('latin1', 0, 16);
  return Number(/^\[(\d+),/.exec(begin)?.[1]);
}

/** The state that a snapshot holds, or why it can't be used: another build's states may lack what this one needs. */
export function loadedState(snapshot: LoadedSnapshot): CoreState | string {
  try {
    return decodeInto(Buffer.concat(snapshot.chunks).toString('utf8'), createState());
  } catch (cause) {
    if (!(cause instanceof InvariantError)) throw cause;
    return `${snapshot.path}: ${cause.message}`;
  }
}
