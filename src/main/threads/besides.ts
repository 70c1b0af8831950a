/** Agents that a caller puts beside a thread's own: drills and tests bring theirs by module. */
import type { Agent } from '../../runtime/agent.js';

export interface Besides {
  /** Thread's name. */
  readonly thread: string;
  /** URL of a module that exports `makeAgent(data: unknown): Agent`. */
  readonly module: string;
  /** Plain values and shared memory. */
  readonly data: unknown;
}

interface AgentModule {
  makeAgent(data: unknown): Agent;
}

export function makeBesides(all: readonly Besides[], thread: string): Promise<Agent[]> {
  return Promise.all(all.filter((each) => each.thread === thread).map(async ({ module, data }) => {
    const loaded = (await import(module)) as AgentModule; // said by who started the engine
    return loaded.makeAgent(data);
  }));
}
