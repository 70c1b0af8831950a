/** What orders sent by a bench must have become: real ones, each filled; and how long that takes after the last answer. */
import type { SimEngine } from '../../src/main/sim-engine.js';

const DEADLINE_MS = 60_000;

/** Waits until nothing is open. Returns how long that took, s: a rate of answers that leaves work behind is not sustained. */
export async function settled(sim: SimEngine): Promise<number> {
  const { state } = sim.engine.scheduler;
  const started = performance.now();
  while (state.open.size > 0) {
    if (performance.now() - started > DEADLINE_MS) throw new Error(`${state.open.size} orders are still open`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return (performance.now() - started) / 1000;
}

/** Waits as `settled`. @throws Error when fewer orders of the account filled than `count` */
export async function filled(sim: SimEngine, count: number): Promise<void> {
  await settled(sim);
  const fills = new Set(sim.engine.history.fills(0).map((fill) => fill.graphId)).size;
  if (fills < count) throw new Error(`expected ${count} orders to fill, ${fills} did`);
}
