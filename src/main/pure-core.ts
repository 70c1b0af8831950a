import { apply, createState } from '../core/apply.js';
import { needsSample, watches } from '../core/market.js';
import { interestingInstruments } from '../core/sample.js';
import type { CoreState } from '../core/state.js';
import { nextTimerNs } from '../core/timers.js';
import type { Core } from '../scheduler/core-port.js';

/** The core as the scheduler wants it. */
export const pureCore: Core<CoreState> = {
  create: createState,
  apply,
  nextTimerNs: (state) => nextTimerNs(state),
  needsSample,
  watches,
  interesting: interestingInstruments,
};
