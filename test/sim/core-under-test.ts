/** The core as the scheduler takes it, in one place. */
import { apply, createState } from '../../src/core/apply.js';
import { needsSample } from '../../src/core/market.js';
import { interestingInstruments } from '../../src/core/sample.js';
import { stateHash } from '../../src/core/state-hash.js';
import type { CoreState } from '../../src/core/state.js';
import { nextTimerNs } from '../../src/core/timers.js';
import type { Core } from '../../src/scheduler/core-port.js';

export { stateHash as hashOf };

export const core: Core<CoreState> = {
  create: createState, apply, nextTimerNs, needsSample, interesting: interestingInstruments,
};
