/**
 * Doorbell: one word per thread that may sleep.
 *
 *   byte 0  state  0 awake, 1 asleep, 2 asleep to news; the sleeper sets 1 or 2, whoever rings sets it back to 0 and wakes
 *
 * Why no wake-up is lost
 *   S1 publish asleep        P1 publish work (a ring's tail)
 *   S2 look for work again   P2 observe state; asleep: exchange for awake, notify
 *   S3 wait while asleep     All four are sequentially consistent: either S2 sees P1's work, or P2 sees S1.
 *   A ring between S2 and S3 has set the word to awake, so the wait returns at once.
 *   News (a book changed) wakes only who sleeps by 1: who waits for no news says 2 and misses nothing that it waits for.
 *   A ringer that saw the sleep before this one wakes this one for nothing, which is harmless.
 *
 * Sleeper gone: the word stays as it was; ringing it does nothing. Allocates: the asynchronous wait, one promise.
 * Race table: test/race/doorbell.race.ts
 */
import { ASLEEP, ASLEEP_TO_NEWS, AWAKE, DOORBELL_BYTES, DOORBELL_STATE } from './doorbell-layout.js';
import { int32View, requireRegion, type Region } from './region.js';
import { observeInt32, publishInt32 } from './words.js';

const STATE = DOORBELL_STATE >> 2;

type WaitAsync = (
  words: Int32Array, index: number, value: number, timeoutMs: number,
) => { readonly async: boolean; readonly value: Promise<string> | string };

/** In V8 since 8.7, in TypeScript's library only from ES2024 on. */
const waitAsync = (Atomics as unknown as { readonly waitAsync?: WaitAsync }).waitAsync;

/** For whoever publishes work. */
export class DoorbellRinger {
  readonly #words: Int32Array;

  constructor(region: Region) {
    requireRegion(region, DOORBELL_BYTES, 'doorbell');
    this.#words = int32View(region);
  }

  /** After publishing. True when somebody was asleep. */
  ring(): boolean {
    return observeInt32(this.#words, STATE) !== AWAKE && this.#wake();
  }

  /** As ring(), for what matters only to a sleeper that waits for news. */
  news(): boolean {
    return observeInt32(this.#words, STATE) === ASLEEP && this.#wake();
  }

  #wake(): boolean {
    if (Atomics.exchange(this.#words, STATE, AWAKE) === AWAKE) return false;
    Atomics.notify(this.#words, STATE);
    return true;
  }
}

/** For the one thread that sleeps. */
export class DoorbellSleeper {
  readonly #words: Int32Array;
  #announced = ASLEEP;

  constructor(region: Region) {
    requireRegion(region, DOORBELL_BYTES, 'doorbell');
    this.#words = int32View(region);
  }

  /**
   * Says that this thread is going to sleep: look for work once more after this, then sleep() or stayAwake().
   * @param toNews true: news() lets it sleep on
   */
  announce(toNews = false): void {
    this.#announced = toNews ? ASLEEP_TO_NEWS : ASLEEP;
    publishInt32(this.#words, STATE, this.#announced);
  }

  stayAwake(): void {
    publishInt32(this.#words, STATE, AWAKE);
  }

  /** As stayAwake(), and ends an asynchronous sleep that is under way, so that none is left behind. */
  rouse(): void {
    this.stayAwake();
    Atomics.notify(this.#words, STATE);
  }

  /** Blocks until rung or the time is over (false); at once if rung since announce(). Not on the main thread. */
  sleep(timeoutMs: number): boolean {
    const ended = Atomics.wait(this.#words, STATE, this.#announced, timeoutMs);
    publishInt32(this.#words, STATE, AWAKE);
    return ended !== 'timed-out';
  }

  /** As sleep(), without blocking the event loop. Where the engine can't, false: poll by timer instead. */
  sleepAsync(timeoutMs: number, woken: () => void): boolean {
    if (waitAsync === undefined) return false;
    const wait = waitAsync(this.#words, STATE, this.#announced, timeoutMs);
    if (wait.async && typeof wait.value !== 'string') {
      void wait.value.then(woken);
    } else {
      setImmediate(woken);
    }
    return true;
  }
}
