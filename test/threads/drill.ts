/**
 * An agent that a test puts beside a thread's own: throws or hangs when its word says so. The module runs in the thread
 * under test; the word is shared with the test.
 */
import type { Agent } from '../../src/runtime/agent.js';

export const DRILL_NONE = 0;
export const DRILL_THROW = 1;
export const DRILL_HANG = 2;

/** Byte 0: what to do; byte 4: 1 while it hangs. */
export type DrillWords = SharedArrayBuffer;

export function makeAgent(data: unknown): Agent {
  const words = new Int32Array(data as DrillWords);
  return {
    name: 'drill',
    doWork: () => {
      const order = Atomics.load(words, 0);
      if (order === DRILL_THROW) throw new Error('the drill says so');
      // As an endless loop would, but without the heat: no other agent of the thread gets a turn.
      if (order === DRILL_HANG) {
        Atomics.store(words, 1, 1);
        Atomics.wait(words, 0, DRILL_HANG);
        Atomics.store(words, 1, 0);
      }
      return 0;
    },
  };
}
