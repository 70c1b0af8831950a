/** Full hash of a state: two states that would act alike for ever hash alike; replay compares it. */
import { assert } from '../base/assert.js';
import { RunningHash } from '../base/hash.js';
import { encodeState } from './codec.js';
import type { CoreState } from './state.js';

export function stateHash(state: CoreState): string {
  assert(state.scratch.dirtyNodes.length === 0 && state.scratch.dirtyGraphs.length === 0, 'a state is hashed between events');
  const hash = new RunningHash();
  hash.bytes(encodeState(state));
  return hash.hex();
}

/** Running hash over every effect since the start: one seed, one trace. 16 hexadecimal digits. */
export function traceHash(state: CoreState): string {
  const lane = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
  assert(state.traceCount >= 0, 'effects are counted');
  return lane(state.traceA) + lane(state.traceB);
}
