/**
 * Bugs that tests can switch on, to see that the checks would notice: each named place misbehaves when
 * `state.planted` holds its number. 0, always in production, costs one comparison.
 */
import type { CoreState } from './state.js';

export const plantedBugs = {
  EDGE_FIRES_TWICE: 1,
  CARRY_LOST: 2,
  RESERVATION_KEPT: 3,
  EXIT_NOT_REDUCED: 4,
  LATE_FILL_DROPPED: 5,
  STOP_EXPIRES: 6,
  DUPLICATE_EXEC_BOOKED: 7,
  PARENT_NOT_STOPPED_BY_EXIT: 8,
  EXIT_IGNORES_BASE_FEE: 9,
  UNKNOWN_COUNTS_AS_DEAD: 10,
  STOP_SENDS_BEFORE_CANCEL_CONFIRMED: 11,
  HEDGE_ROUNDS_UP: 12,
  RELEASE_FORGETS_WHAT_WAS_RELEASED: 13,
  OCO_LEAVES_SIBLING: 14,
  GRAPH_ENDS_WITH_LIVE_CHILD: 15,
  CHILD_ID_REPEATED: 16,
  PAUSE_LETS_OPENING_SEND: 17,
  KILL_SWITCH_LEAKS: 18,
  CANCELLED_NODE_SENDS_AGAIN: 19,
  LEVEL_NOT_UPDATED_BY_FILL: 20,
  RESERVATION_RELEASED_TWICE: 21,
  TIMEOUT_NEVER_FIRES: 22,
  SLICE_NOT_CANCELLED: 23,
  FILL_RATIO_OFF_BY_ONE: 24,
  LIMIT_WORSE_BY_A_TICK: 25,
  SKIPPED_NEVER_REOPENS: 26,
  SEQ_GAP: 27,
  EXIT_NOT_RETRIED: 28,
  ANSWER_NOT_REPEATED: 29,
} as const;
export type PlantedBug = keyof typeof plantedBugs;

export function planted(state: CoreState, name: PlantedBug): boolean {
  return state.planted !== 0 && state.planted === plantedBugs[name];
}
