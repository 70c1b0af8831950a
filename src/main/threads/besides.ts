/** Agents that a caller puts beside a thread's own: drills and tests bring theirs by module. */
import type { Agent } from '../../runtime/agent.js';
import type { EngineMemory } from './engine-memory.js';
import type { ThreadClock } from './thread-clock.js';

export interface Besides {
  /** Thread's name. */
  readonly thread: string;
  /** URL of a module that exports `makeAgent(data: unknown, around: Surroundings): Agent`. */
  readonly module: string;
  /** Plain values and shared memory. */
  readonly data: unknown;
}

/** What the thread's own agents work with. */
export interface Surroundings {
  readonly memory: EngineMemory;
  readonly clock: ThreadClock;
}

interface AgentModule {
  makeAgent(data: unknown, around: Surroundings): Agent;
}

export function makeBesides(all: readonly Besides[], thread: string, around: Surroundings): Promise<Agent[]> {
  return Promise.all(all.filter((each) => each.thread === thread).map(async ({ module, data }) => {
    const loaded = (await import(module)) as AgentModule; // said by who started the engine
    return loaded.makeAgent(data, around);
  }));
}
