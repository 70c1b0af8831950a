/** What a bench of orders sent must have become at the end: real ones, each filled. */
import type { SimEngine } from '../../src/main/sim-engine.js';

const DEADLINE_MS = 60_000;

/** Waits until nothing is open. @throws Error when fewer orders of the account filled than `count` */
export async function filled(sim: SimEngine, count: number): Promise<void> {
  const { history, scheduler: { state } } = sim.engine;
  for (const deadline = Date.now() + DEADLINE_MS; state.open.size > 0; ) {
    if (Date.now() > deadline) throw new Error(`${state.open.size} orders are still open`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const fills = new Set(history.fills(0).map((fill) => fill.graphId)).size;
  if (fills < count) throw new Error(`expected ${count} orders to fill, ${fills} did`);
}
