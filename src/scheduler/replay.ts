/**
 * A journal's events through the core again: recovery, time travel and audits share it. Effects go to a listener
 * (history, traces), never to a venue: what was sent was sent.
 */
import type { Effect } from '../protocol/effects.js';
import { EventType, type EngineEvent } from '../protocol/events.js';
import type { Core } from './core-port.js';

export interface Replayed<State> {
  readonly state: State;
  readonly events: number;
  /** Time of the last event; 0 without one. */
  readonly lastNs: number;
  /** From the last time base; null when the journal holds none. */
  readonly baseNs: bigint | null;
  readonly epoch: number;
}

/**
 * @param state where to begin: a fresh state or a snapshot's
 * @param events in journal order; each is applied before the next is read, so a reader may reuse its objects
 * @param listen told every effect with the time of its event
 * @param stopAt ends before the first event for which it is true
 */
export function replay<State>(
  core: Core<State>,
  state: State,
  events: Iterable<EngineEvent>,
  listen: (effect: Effect, tNs: number) => void,
  stopAt: (event: EngineEvent, index: number) => boolean = () => false,
): Replayed<State> {
  let count = 0;
  let lastNs = 0;
  let baseNs: bigint | null = null;
  let epoch = 0;
  const out = { push: (effect: Effect): void => listen(effect, lastNs) };
  for (const event of events) {
    if (stopAt(event, count)) break;
    lastNs = event.tNs;
    count++;
    if (event.type === EventType.timeBase) {
      baseNs = BigInt(event.baseNs);
      epoch = event.epoch;
    }
    core.apply(state, event, out);
  }
  return { state, events: count, lastNs, baseNs, epoch };
}
