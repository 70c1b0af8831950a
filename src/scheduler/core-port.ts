/**
 * The core as the scheduler sees it: the functions of `core/`, gathered, so that tests and replays can drive the
 * scheduler with another core and the scheduler names the core in one place.
 */
import type { EngineEvent, ListingQuote } from '../protocol/events.js';
import type { Out } from '../protocol/effects.js';
import type { InstrumentId } from '../protocol/universe.js';

export interface Core<State> {
  create(): State;
  apply(state: State, event: EngineEvent, out: Out): void;
  /** Due time of the earliest timer, Infinity without one. */
  nextTimerNs(state: State): number;
  /** The pure pre-filter: does anything in the core wait for these prices? */
  needsSample(state: State, instrument: InstrumentId, quotes: readonly ListingQuote[]): boolean;
  /** Whether anything waits for prices of the instrument at all: false means that needsSample() is false, whatever they are. */
  watches(state: State, instrument: InstrumentId): boolean;
  /** Instruments that want a mark once a second. */
  interesting(state: State): readonly InstrumentId[];
}
