/**
 * A text that is equal for two engine states exactly when they will act alike for ever: the whole state, walked in one
 * order, without what only tells (running hashes, sequence numbers of streams, execution ids already seen) and with
 * creation numbers of timers replaced by their rank. Sound for merging paths of the exhaustive search; not for replay.
 */
import type { CoreState } from '../../src/core/state.js';

/** Tell the past and decide nothing: effects are never read back, and the driver never repeats an execution id. */
const TELLS = new Set([
  'traceA', 'traceB', 'traceCount', 'seq', 'timerSeq', 'execIds', 'answeredAtNs', 'answeredSeq', 'scratch', 'coverage', 'planted', 'tracing', 'planner',
  'universe', 'spec', 'venueOrderId', 'updatedAtNs', 'saidStatus', 'saidFilled', 'warnings',
]);

export function stateKey(state: CoreState): string {
  const seen = new Map<object, number>();
  const ranks = new Map<object, number>();
  [...state.timers.items].sort((a, b) => a.order - b.order).forEach((timer, i) => ranks.set(timer, i));
  const out: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return void out.push(String(value));
    const known = seen.get(value);
    if (known !== undefined) return void out.push(`#${known}`);
    seen.set(value, seen.size);
    if (Array.isArray(value)) {
      out.push('[');
      for (const item of value) walk(item);
      return void out.push(']');
    }
    if (value instanceof Map) {
      out.push('{');
      for (const [key, item] of value) {
        out.push(String(key));
        walk(item);
      }
      return void out.push('}');
    }
    const rank = ranks.get(value);
    out.push('(');
    for (const [key, item] of Object.entries(value)) {
      // Where in the heap a timer lies is of no consequence.
      if (TELLS.has(key) || (rank !== undefined && key === 'pos')) continue;
      if (rank !== undefined && key === 'order') out.push(`r${rank}`);
      else walk(item);
    }
    out.push(')');
  };
  walk({ ...state, timers: [...state.timers.items].sort((a, b) => a.dueAtNs - b.dueAtNs || a.order - b.order) });
  return out.join(' ');
}
