/**
 * Runs agents on a thread of their own until asked to stop. Round: every agent's doWork(), once; nothing done: the
 * idle strategy. An agent that throws ends the loop: all agents are closed and the error goes on to the thread's owner.
 * Allocates: never per round.
 */
import type { Agent } from './agent.js';
import { THREAD_CLOSED, THREAD_FAILED, THREAD_RUNNING } from './heartbeat-layout.js';
import type { Heartbeat } from './heartbeat.js';
import type { IdleStrategy } from './idle-strategy.js';

/** A spinning loop beats and looks at the stop word every so many rounds. */
const ROUNDS_A_BEAT = 64;
/** Longest sleep: a thread that is alive beats this often. */
export const SLEEP_MS_MAX = 100;

export interface DutyLoopParts {
  readonly agents: readonly Agent[];
  readonly idle: IdleStrategy;
  readonly heartbeat: Heartbeat;
  nowNs(): number;
}

export class DutyLoop {
  readonly #parts: DutyLoopParts;
  readonly #lookAgain: () => boolean;
  /** Rounds, and those in which there was work: for metrics. */
  rounds = 0;
  busyRounds = 0;

  constructor(parts: DutyLoopParts) {
    this.#parts = parts;
    this.#lookAgain = () => this.#parts.heartbeat.stopAsked() || this.#round() > 0;
  }

  /** Blocks the thread until it is asked to stop. */
  run(): void {
    const { agents, idle, heartbeat } = this.#parts;
    heartbeat.beat(this.#parts.nowNs());
    heartbeat.setState(THREAD_RUNNING);
    let failed = true;
    try {
      let sinceBeat = 0;
      while (true) {
        const work = this.#round();
        if (work > 0) idle.reset();
        else idle.idle(this.#lookAgain, this.#sleepMs());
        if (work > 0 && ++sinceBeat < ROUNDS_A_BEAT) continue;
        sinceBeat = 0;
        heartbeat.beat(this.#parts.nowNs());
        if (heartbeat.stopAsked()) break;
      }
      failed = false;
    } finally {
      closeAll(agents);
      heartbeat.setState(failed ? THREAD_FAILED : THREAD_CLOSED);
    }
  }

  #round(): number {
    let work = 0;
    for (const agent of this.#parts.agents) work += agent.doWork();
    this.rounds++;
    if (work > 0) this.busyRounds++;
    return work;
  }

  #sleepMs(): number {
    let due = Infinity;
    for (const agent of this.#parts.agents) {
      if (agent.nextDueNs !== undefined) due = Math.min(due, agent.nextDueNs());
    }
    if (due === Infinity) return SLEEP_MS_MAX;
    return Math.max(0, Math.min(SLEEP_MS_MAX, (due - this.#parts.nowNs()) / 1e6));
  }
}

/** Closes every agent, even when one of them throws; the first error goes on. */
export function closeAll(agents: readonly Agent[]): void {
  let first: unknown;
  for (const agent of agents) {
    try {
      agent.onClose?.();
    } catch (error) {
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
}
