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
   * @param sleepMsMax until the nearest due time; may be 0; asked before a sleep only
   * @param waitsForNews false: books may change without waking it; asked before a sleep only
   * @returns true when it may have slept: much time may have passed
   */
  idle(lookAgain: () => boolean, sleepMsMax: () => number, waitsForNews: () => boolean): boolean;
}

/** Never sleeps: lowest latency, a whole core. */
export class SpinIdle implements IdleStrategy {
  reset(): void {
    // Spinning has no memory.
  }

  /** The next round follows at once. */
  idle(): boolean {
    return false;
  }
}

/** A thread without work spins for so long before it begins to nap; rounds may be cheap or dear, so time decides. */
const SPIN_MS = 0.1;
/** Looks at the clock every so many rounds. */
const ROUNDS_A_LOOK = 16;
/** Naps before it sleeps until rung: half a millisecond. */
const NAPS = 6;
const NAP_MS = 0.05;
/** Work that comes sooner than this is met spinning or napping. */
const PATIENCE_MS = SPIN_MS + NAPS * NAP_MS;
/** So many times in a row that it came later: waiting for it awake is in vain. */
const VAIN_MAX = 4;

/**
 * Spin, then nap, then sleep until the doorbell or the next due time. Where work comes so seldom that it always ends in a
 * sleep, it sleeps at once: the wake-up costs the same, the spinning before it is saved. Work that comes soon again ends that.
 */
export class BackoffIdle implements IdleStrategy {
  readonly #sleeper: DoorbellSleeper;
  readonly #nowMs: () => number;
  #rounds = 0;
  #sinceMs = 0;
  #naps = 0;
  /** Idle times in a row that lasted longer than its patience. */
  #vain = 0;

  constructor(sleeper: DoorbellSleeper, nowMs: () => number = () => performance.now()) {
    this.#sleeper = sleeper;
    this.#nowMs = nowMs;
  }

  reset(): void {
    if (this.#rounds === 0) return;
    this.#vain = this.#naps > 0 && this.#nowMs() - this.#sinceMs > PATIENCE_MS ? this.#vain + 1 : 0;
    this.#rounds = 0;
    this.#naps = 0;
  }

  idle(lookAgain: () => boolean, sleepMsMax: () => number, waitsForNews: () => boolean): boolean {
    if (this.#naps === 0 && this.#spins()) return false;
    const sleepMs = ++this.#naps <= NAPS && !this.#isVain() ? Math.min(NAP_MS, sleepMsMax()) : sleepMsMax();
    return sleepUnlessWork(this.#sleeper, lookAgain, sleepMs, waitsForNews(), this);
  }

  #spins(): boolean {
    if (this.#rounds++ === 0) this.#sinceMs = this.#nowMs();
    else if (this.#rounds % ROUNDS_A_LOOK === 0) return this.#nowMs() - this.#sinceMs < SPIN_MS;
    return !this.#isVain();
  }

  #isVain(): boolean {
    return this.#vain >= VAIN_MAX;
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

  idle(lookAgain: () => boolean, sleepMsMax: () => number, waitsForNews: () => boolean): boolean {
    return sleepUnlessWork(this.#sleeper, lookAgain, sleepMsMax(), waitsForNews(), this);
  }
}

function sleepUnlessWork(
  sleeper: DoorbellSleeper, lookAgain: () => boolean, sleepMs: number, waitsForNews: boolean, strategy: IdleStrategy,
): boolean {
  sleeper.announce(!waitsForNews);
  if (lookAgain()) {
    sleeper.stayAwake();
    strategy.reset();
    return false;
  }
  sleeper.sleep(sleepMs);
  return true;
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
