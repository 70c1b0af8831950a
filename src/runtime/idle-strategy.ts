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

/** Empty rounds before a spinning thread begins to nap: some 100 µs. */
const SPINS = 2_000;
/** Naps before it sleeps until rung: some 2 ms. */
const NAPS = 20;
const NAP_MS = 0.05;

/** Spin, then nap, then sleep until the doorbell or the next due time. */
export class BackoffIdle implements IdleStrategy {
  readonly #sleeper: DoorbellSleeper;
  #rounds = 0;

  constructor(sleeper: DoorbellSleeper) {
    this.#sleeper = sleeper;
  }

  reset(): void {
    this.#rounds = 0;
  }

  idle(lookAgain: () => boolean, sleepMsMax: number): void {
    this.#rounds++;
    if (this.#rounds <= SPINS) return;
    sleepUnlessWork(this.#sleeper, lookAgain, this.#rounds <= SPINS + NAPS ? Math.min(NAP_MS, sleepMsMax) : sleepMsMax, this);
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
