/** What every worker of an engine does around its agents: idle strategy, heartbeat, stop, and the reason of a failure. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { must } from '../../base/assert.js';
import { DoorbellSleeper } from '../../memory/doorbell.js';
import type { Agent } from '../../runtime/agent.js';
import { DutyLoop } from '../../runtime/duty-loop.js';
import { Heartbeat } from '../../runtime/heartbeat.js';
import { makeIdleStrategy, type IdleStrategyName } from '../../runtime/idle-strategy.js';
import type { EngineMemory } from './engine-memory.js';
import type { ThreadClock } from './thread-clock.js';

/** Promises and messages of a thread's helpers wait no longer than this. */
const GIVE_WAY_MS = 5;

/** To the main thread; off the order path. */
export function toMain(): MessagePort {
  return must(parentPort, 'this module runs as a worker of an engine');
}

export async function runThread(
  memory: EngineMemory, name: string, idle: IdleStrategyName, clock: ThreadClock, agents: readonly Agent[], giveWayMs = GIVE_WAY_MS,
): Promise<void> {
  const bell = must(memory.doorbells[name], 'doorbell of this thread');
  const loop = new DutyLoop({
    agents, idle: makeIdleStrategy(idle, new DoorbellSleeper(bell)), heartbeat: new Heartbeat(memory.heartbeats, name),
    nowNs: () => clock.machine.nowNs(), pace: clock,
  });
  await loop.runGivingWay(giveWayMs);
}
