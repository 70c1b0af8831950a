/**
 * Heartbeats: each thread says when it last finished a round; the watchdog says who has not for too long.
 *
 *   byte 128·i + 0  beat   its thread publishes, the watchdog observes
 *   byte 128·i + 4  state  likewise
 *   byte 128·i + 8  stop   the main thread publishes, the thread observes
 *
 * Every word stands alone: nothing else is concluded from it.   Allocates: the watchdog's report.
 */
import { must } from '../base/assert.js';
import { LINE_BYTES, int32View, requireRegion } from '../memory/region.js';
import { observeInt32, publishInt32 } from '../memory/words.js';
import {
  BEAT_MS, BEAT_STATE, BEAT_STOP, THREAD_CLOSED, THREAD_FAILED, THREAD_NEW, THREAD_RUNNING, heartbeatBytes, type Heartbeats,
} from './heartbeat-layout.js';

/** A thread's own line. */
export class Heartbeat {
  readonly #words: Int32Array;
  readonly #line: number;

  /** @param name one of the set's names */
  constructor(beats: Heartbeats, name: string) {
    requireRegion(beats.region, heartbeatBytes(beats.names.length), 'heartbeats');
    const index = beats.names.indexOf(name);
    must(beats.names[index], `a heartbeat line named ${name}`);
    this.#words = int32View(beats.region);
    this.#line = (index * LINE_BYTES) >> 2;
  }

  beat(nowNs: number): void {
    publishInt32(this.#words, this.#line + (BEAT_MS >> 2), Math.floor(nowNs / 1e6) | 0);
  }

  setState(state: number): void {
    publishInt32(this.#words, this.#line + (BEAT_STATE >> 2), state);
  }

  stopAsked(): boolean {
    return observeInt32(this.#words, this.#line + (BEAT_STOP >> 2)) === 1;
  }
}

export interface ThreadHealth {
  readonly name: string;
  readonly state: 'new' | 'running' | 'closed' | 'failed';
  /** Since its last finished round. */
  readonly ageMs: number;
  /** Running, but silent for too long. */
  readonly stuck: boolean;
}

const STATE_NAMES = { [THREAD_NEW]: 'new', [THREAD_RUNNING]: 'running', [THREAD_CLOSED]: 'closed', [THREAD_FAILED]: 'failed' } as const;

export class Watchdog {
  readonly #beats: Heartbeats;
  readonly #words: Int32Array;
  readonly #stuckAfterMs: number;

  /** @param stuckAfterMs more than the longest sleep of an idle thread */
  constructor(beats: Heartbeats, stuckAfterMs: number) {
    this.#beats = beats;
    this.#words = int32View(beats.region);
    this.#stuckAfterMs = stuckAfterMs;
  }

  report(nowNs: number): ThreadHealth[] {
    const nowMs = Math.floor(nowNs / 1e6) | 0;
    return this.#beats.names.map((name, index) => {
      const line = (index * LINE_BYTES) >> 2;
      const word = observeInt32(this.#words, line + (BEAT_STATE >> 2)) as keyof typeof STATE_NAMES; // setState's words
      const state = STATE_NAMES[word];
      const ageMs = word === THREAD_NEW ? 0 : (nowMs - observeInt32(this.#words, line + (BEAT_MS >> 2))) | 0;
      return { name, state, ageMs, stuck: state === 'running' && ageMs > this.#stuckAfterMs };
    });
  }

  /** Asks a thread to end after its round; ring its doorbell too. */
  askStop(name: string): void {
    const index = this.#beats.names.indexOf(name);
    must(this.#beats.names[index], `a heartbeat line named ${name}`);
    publishInt32(this.#words, ((index * LINE_BYTES) >> 2) + (BEAT_STOP >> 2), 1);
  }
}
