/**
 * Runs agents between the turns of an event loop: for the main thread, whose sockets must be served too. Busy: polls by
 * setImmediate. Idle for a while: sleeps until the doorbell (asynchronously) or the next due time; without an
 * asynchronous wait in the JavaScript engine it is polled by timer instead.
 */
import type { DoorbellSleeper } from '../memory/doorbell.js';
import type { Agent, Pace } from './agent.js';
import { closeAll } from './duty-loop.js';
import { THREAD_CLOSED, THREAD_FAILED, THREAD_RUNNING } from './heartbeat-layout.js';
import type { Heartbeat } from './heartbeat.js';

/** Empty turns before it sleeps: some 50 µs. */
const IDLE_TURNS = 50;
const SLEEP_MS_MAX = 100;
/** Without waitAsync: how often to look. */
const POLL_MS = 1;

export interface EventLoopParts {
  readonly agents: readonly Agent[];
  readonly sleeper: DoorbellSleeper;
  readonly heartbeat: Heartbeat;
  /** The machine's clock: heartbeats. */
  nowNs(): number;
  /** The clock that agents' due times count by, if another one. */
  readonly pace?: Pace;
  /** An agent threw: the runner has stopped and closed its agents. */
  onFailure(error: unknown): void;
}

export class EventLoopRunner {
  turns = 0;
  sleeps = 0;
  readonly #parts: EventLoopParts;
  readonly #turn = (): void => this.#onTurn();
  /** Something keeps the process alive while the runner sleeps: the asynchronous wait alone doesn't. */
  #keepAlive: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sleepNumber = 0;
  #idleTurns = 0;
  #running = false;
  #isAsleep = false;

  constructor(parts: EventLoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = true;
    this.#keepAlive = setInterval(() => this.#parts.heartbeat.beat(this.#parts.nowNs()), SLEEP_MS_MAX);
    this.#parts.heartbeat.beat(this.#parts.nowNs());
    this.#parts.heartbeat.setState(THREAD_RUNNING);
    setImmediate(this.#turn);
  }

  /** Something is expected soon: looks for it at once instead of sleeping on. */
  wake(): void {
    this.#idleTurns = 0;
    if (this.#isAsleep) this.#woken(this.#sleepNumber);
  }

  /** Closes the agents; no turn follows. */
  stop(): void {
    if (!this.#running) return;
    this.#end(THREAD_CLOSED);
    closeAll(this.#parts.agents);
  }

  #onTurn(): void {
    if (!this.#running) return;
    this.turns++;
    try {
      if (this.#round() > 0) this.#idleTurns = 0;
      else if (++this.#idleTurns > IDLE_TURNS && this.#sleep()) return;
    } catch (error) {
      this.#fail(error);
      return;
    }
    setImmediate(this.#turn);
  }

  #round(): number {
    let work = 0;
    for (const agent of this.#parts.agents) work += agent.doWork();
    return work;
  }

  /** False when work came between announcing and sleeping. */
  #sleep(): boolean {
    const { sleeper } = this.#parts;
    this.#parts.heartbeat.beat(this.#parts.nowNs());
    sleeper.announce();
    if (this.#round() > 0) {
      sleeper.stayAwake();
      this.#idleTurns = 0;
      return false;
    }
    this.sleeps++;
    const number = ++this.#sleepNumber;
    this.#isAsleep = true;
    const woken = (): void => this.#woken(number);
    const ms = this.#sleepMs();
    // A timer of its own: Node doesn't look at a waiting promise's timeout while its event loop sleeps.
    this.#timer = setTimeout(woken, sleeper.sleepAsync(SLEEP_MS_MAX * 10, woken) ? ms : Math.min(ms, POLL_MS));
    return true;
  }

  /** Rung or timed out, whichever came first; the other comes too late and is ignored. */
  #woken(number: number): void {
    if (number !== this.#sleepNumber || !this.#running) return;
    this.#sleepNumber++;
    this.#isAsleep = false;
    clearTimeout(this.#timer);
    this.#parts.sleeper.rouse();
    this.#idleTurns = 0;
    setImmediate(this.#turn);
  }

  #sleepMs(): number {
    let due = Infinity;
    for (const agent of this.#parts.agents) {
      if (agent.nextDueNs !== undefined) due = Math.min(due, agent.nextDueNs());
    }
    const { pace } = this.#parts;
    const ms = pace === undefined ? (due - this.#parts.nowNs()) / 1e6 : (due - pace.nowNs()) / (1e6 * pace.speed);
    return Math.max(0, Math.min(SLEEP_MS_MAX, ms));
  }

  #fail(error: unknown): void {
    this.#end(THREAD_FAILED);
    try {
      closeAll(this.#parts.agents);
    } finally {
      this.#parts.onFailure(error);
    }
  }

  #end(state: number): void {
    this.#running = false;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#timer);
    this.#parts.heartbeat.setState(state);
  }
}
