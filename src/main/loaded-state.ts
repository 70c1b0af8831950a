import { createState } from '../core/apply.js';
import { decodeInto } from '../core/codec.js';
import type { CoreState } from '../core/state.js';
import type { LoadedSnapshot } from '../journal/snapshot.js';

/** The state that a snapshot holds. @throws InvariantError for one of another version of the state */
export function loadedState(snapshot: LoadedSnapshot): CoreState {
  return decodeInto(Buffer.concat(snapshot.chunks).toString('utf8'), createState());
}
