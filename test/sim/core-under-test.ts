/** The core as the scheduler takes it, in one place. */
import { assert } from '../../src/base/assert.js';
import { apply, createState } from '../../src/core/apply.js';
import { needsSample, watches } from '../../src/core/market.js';
import { interestingInstruments } from '../../src/core/sample.js';
import { decodeState, encodeState } from '../../src/core/snapshot.js';
import { stateHash } from '../../src/core/state-hash.js';
import type { CoreState } from '../../src/core/state.js';
import { nextTimerNs } from '../../src/core/timers.js';
import type { Core } from '../../src/scheduler/core-port.js';

export { stateHash as hashOf };

export const core: Core<CoreState> = {
  create: createState, apply, nextTimerNs, watches, interesting: interestingInstruments,
  needsSample: (state, instrument, quotes) => {
    const needs = needsSample(state, instrument, quotes);
    assert(!needs || watches(state, instrument), 'what needs a sample watches the books: a thread asleep to news would miss it');
    return needs;
  },
};

/** The state as another process reads it back: written again it is the same, byte by byte (semantics §11: 8). */
export function throughSnapshot(state: CoreState): CoreState {
  const bytes = encodeState(state);
  const read = decodeState(bytes);
  assert(Buffer.compare(bytes, encodeState(read)) === 0, '8: a state that is read back is the one that was written');
  return read;
}
