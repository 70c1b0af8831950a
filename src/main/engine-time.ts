/**
 * Where engine time begins again after a recovery. Times are ns since a base in doubles, which hold every whole number
 * up to 2^53 only (104 days): a base that is old is renewed at a start.
 */
import type { CoreState } from '../core/state.js';

const DAY_NS = 86_400_000_000_000;

/** A younger base is kept. */
export const RENEW_AFTER_NS = 60 * DAY_NS;

/** So much of the past stays after the new base, and up to so much for graphs that were open all the time. */
const KEEP_NS = 30 * DAY_NS;
const KEEP_FOR_OPEN_NS = 75 * DAY_NS;

export interface EngineTime {
  readonly baseNs: bigint;
  readonly nowNs: number;
}

/**
 * At speed 1 a recovered engine's time is the wall's, so that what fell due meanwhile is due now; it never goes back.
 * A renewed base lies before all that open graphs remember, up to 75 days back; older times of theirs read as that old.
 * @param wallNs ns since 1970
 */
export function resumeTime(recovered: { readonly state: CoreState; readonly lastNs: number } | null, speed: number, wallNs: bigint): EngineTime {
  if (recovered === null) return { baseNs: wallNs, nowNs: 0 };
  const { state, lastNs } = recovered;
  const baseNs = BigInt(state.baseNs);
  const nowNs = speed === 1 ? Math.max(lastNs, Number(wallNs - baseNs)) : lastNs;
  if (nowNs <= RENEW_AFTER_NS) return { baseNs, nowNs };
  let oldestNs = nowNs - KEEP_NS;
  for (const graph of state.open.values()) oldestNs = Math.min(oldestNs, graph.createdAtNs);
  // Whole days: exact in a double however far it goes.
  const shiftNs = Math.floor(Math.max(oldestNs, nowNs - KEEP_FOR_OPEN_NS) / DAY_NS) * DAY_NS;
  return { baseNs: baseNs + BigInt(shiftNs), nowNs: nowNs - shiftNs };
}
