/** Engine time for every thread of an engine: the machine's clock since a shared base, at a speed. */
import { MonotonicClock } from '../../runtime/monotonic-clock.js';
import type { Pace } from '../../runtime/agent.js';
import type { Clock } from '../clock.js';

export interface ThreadClockSpec {
  readonly baseHrNs: bigint;
  readonly speed: number;
  /** Engine time at the base. */
  readonly offsetNs: number;
}

export class ThreadClock implements Clock, Pace {
  /** For stamps. */
  readonly machine: MonotonicClock;
  readonly speed: number;
  readonly offsetNs: number;
  #lastNs = 0;

  /** Threads agree to within a microsecond. */
  constructor({ baseHrNs, speed, offsetNs }: ThreadClockSpec) {
    this.machine = new MonotonicClock(baseHrNs);
    this.speed = speed;
    this.offsetNs = offsetNs;
  }

  /** Never goes back. */
  nowNs(): number {
    const now = this.offsetNs + Math.floor(this.machine.nowNs() * this.speed);
    if (now > this.#lastNs) this.#lastNs = now;
    return this.#lastNs;
  }
}
