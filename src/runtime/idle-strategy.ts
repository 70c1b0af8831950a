/** What a duty loop does when no agent had work. */
import type { DoorbellSleeper } from '../memory/doorbell.js';

export const idleStrategyNames = ['spin', 'backoff', 'wait'] as const;
export type IdleStrategyName = (typeof idleStrategyNames)[number];

export interface IdleStrategy {
  /** Forgets how long it has been idle. */
  reset(): void;
  /**
   * Called after a round without work.
   * @param lookAgain one more round, between announcing sleep and sleeping; true when there was work
   * @param sleepMsMax the nearest due time; may be 0
   */
  idle(lookAgain: () => boolean, sleepMsMax: number): void;
}

/** Never sleeps: lowest latency, a whole core. */
export class SpinIdle implements IdleStrategy {
  reset(): void {
    // Spinning has no memory.
  }

  idle(): void {
    // The next round follows at once.
  }
}

/** A thread without work spins for so long before it begins to nap; rounds may be cheap or dear, so time decides. */
const SPIN_MS = 0.1;
/** Looks at the clock every so many rounds. */
const ROUNDS_A_LOOK = 16;
/** Naps before it sleeps until rung: half a millisecond. */
const NAPS = 6;
const NAP_MS = 0.05;

/** Spin, then nap, then sleep until the doorbell or the next due time. */
export class BackoffIdle implements IdleStrategy {
  readonly #sleeper: DoorbellSleeper;
  readonly #nowMs: () => number;
  #rounds = 0;
  #sinceMs = 0;
  #naps = 0;

  constructor(sleeper: DoorbellSleeper, nowMs: () => number = () => performance.now()) {
    this.#sleeper = sleeper;
    this.#nowMs = nowMs;
  }

  reset(): void {
    this.#rounds = 0;
    this.#naps = 0;
  }

  idle(lookAgain: () => boolean, sleepMsMax: number): void {
    if (this.#naps === 0 && this.#spins()) return;
    const sleepMs = ++this.#naps <= NAPS ? Math.min(NAP_MS, sleepMsMax) : sleepMsMax;
    sleepUnlessWork(this.#sleeper, lookAgain, sleepMs, this);
  }

  #spins(): boolean {
    if (this.#rounds++ === 0) this.#sinceMs = this.#nowMs();
    else if (this.#rounds % ROUNDS_A_LOOK === 0) return this.#nowMs() - this.#sinceMs < SPIN_MS;
    return true;
  }
}

/** Sleeps at the first empty round. */
export class WaitIdle implements IdleStrategy {
  readonly #sleeper: DoorbellSleeper;

  constructor(sleeper: DoorbellSleeper) {
    this.#sleeper = sleeper;
  }

  reset(): void {
    // Sleeping has no memory.
  }

  idle(lookAgain: () => boolean, sleepMsMax: number): void {
    sleepUnlessWork(this.#sleeper, lookAgain, sleepMsMax, this);
  }
}

function sleepUnlessWork(
  sleeper: DoorbellSleeper, lookAgain: () => boolean, sleepMs: number, strategy: IdleStrategy,
): void {
  sleeper.announce();
  if (lookAgain()) {
    sleeper.stayAwake();
    strategy.reset();
    return;
  }
  sleeper.sleep(sleepMs);
}

export function makeIdleStrategy(name: IdleStrategyName, sleeper: DoorbellSleeper): IdleStrategy {
  switch (name) {
    case 'spin':
      return new SpinIdle();
    case 'backoff':
      return new BackoffIdle(sleeper);
    case 'wait':
      return new WaitIdle(sleeper);
  }
}
