/** Snapshots: exact round trip of a state, versioned. `decodeState(encodeState(s))` acts and hashes like `s`. */
import { createState } from './apply.js';
import { decodeInto } from './codec.js';
import type { CoreState } from './state.js';

export { encodeState } from './codec.js';

/** Throws InvariantError on bytes of another version or shape. */
export function decodeState(bytes: Uint8Array): CoreState {
  return decodeInto(bytes, createState());
}
