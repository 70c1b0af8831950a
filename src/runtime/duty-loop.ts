/**
 * Runs agents on a thread of their own until asked to stop. Round: every agent's doWork(), once; nothing done: the
 * idle strategy. An agent that throws ends the loop: all agents are closed and the error goes on to the thread's owner.
 * Allocates: never per round.
 */
import type { Agent, Pace } from './agent.js';
import { THREAD_CLOSED, THREAD_FAILED, THREAD_RUNNING } from './heartbeat-layout.js';
import type { Heartbeat } from './heartbeat.js';
import type { IdleStrategy } from './idle-strategy.js';

/** The loop beats after so much work, or so many rounds without: rounds may be long, and a look at the clock costs as much as an idle one. */
const WORK_A_BEAT = 64;
/** Longest sleep: a thread that is alive beats this often. */
export const SLEEP_MS_MAX = 100;

export interface DutyLoopParts {
  readonly agents: readonly Agent[];
  readonly idle: IdleStrategy;
  readonly heartbeat: Heartbeat;
  /** The machine's clock: heartbeats. */
  nowNs(): number;
  /** The clock that agents' due times count by, if another one. */
  readonly pace?: Pace;
}

export class DutyLoop {
  readonly #parts: DutyLoopParts;
  readonly #lookAgain: () => boolean;
  readonly #waitsForNews = (): boolean => this.#parts.agents.some((agent) => agent.waitsForNews?.() ?? true);
  readonly #sleepMsMax = (): number => this.#sleepMs();
  /** Rounds, and those in which there was work: for metrics. */
  rounds = 0;
  busyRounds = 0;

  constructor(parts: DutyLoopParts) {
    this.#parts = parts;
    this.#lookAgain = () => this.#parts.heartbeat.stopAsked() || this.#round() > 0;
  }

  /** Blocks the thread until it is asked to stop. */
  run(): void {
    this.#open();
    let failed = true;
    try {
      this.#work(Infinity);
      failed = false;
    } finally {
      this.#close(failed);
    }
  }

  /** As run(), but lets the thread's event loop turn every so often: for a thread with helpers of its own. */
  async runGivingWay(everyMs: number): Promise<void> {
    this.#open();
    let failed = true;
    try {
      while (!this.#work(performance.now() + everyMs)) await new Promise((resolve) => setImmediate(resolve));
      failed = false;
    } finally {
      this.#close(failed);
    }
  }

  #open(): void {
    const { heartbeat } = this.#parts;
    heartbeat.beat(this.#parts.nowNs());
    heartbeat.setState(THREAD_RUNNING);
  }

  #close(failed: boolean): void {
    try {
      closeAll(this.#parts.agents);
    } finally {
      this.#parts.heartbeat.setState(failed ? THREAD_FAILED : THREAD_CLOSED);
    }
  }

  /** True when it was asked to stop, false when the time is over. */
  #work(untilMs: number): boolean {
    const { idle, heartbeat } = this.#parts;
    let done = 0;
    while (true) {
      const work = this.#round();
      let hasSlept = false;
      if (work > 0) idle.reset();
      else hasSlept = idle.idle(this.#lookAgain, this.#sleepMsMax, this.#waitsForNews);
      done += Math.max(work, 1);
      if (done >= WORK_A_BEAT || hasSlept) {
        done = 0;
        heartbeat.beat(this.#parts.nowNs());
        if (heartbeat.stopAsked()) return true;
        if (untilMs !== Infinity && performance.now() >= untilMs) return false;
      } else if (work === 0 && heartbeat.stopAsked()) {
        return true;
      }
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
    const { pace } = this.#parts;
    const ms = pace === undefined ? (due - this.#parts.nowNs()) / 1e6 : (due - pace.nowNs()) / (1e6 * pace.speed);
    return Math.max(0, Math.min(SLEEP_MS_MAX, ms));
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
