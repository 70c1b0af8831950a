/** Engine time in ns since the journaled base: from the wall clock at a speed, or moved by hand. */
export interface Clock {
  nowNs(): number;
  /** Its ns in one of the machine's; 1 if not given. */
  readonly speed?: number;
}

/** Engine time runs `speed` times as fast as the machine's monotonic clock. */
export class WallClock implements Clock {
  readonly #startedNs: bigint;
  readonly speed: number;
  readonly #offsetNs: number;

  /** @param offsetNs engine time at construction, for a run that goes on after recovery */
  constructor(speed: number, offsetNs = 0) {
    this.#startedNs = process.hrtime.bigint();
    this.speed = speed;
    this.#offsetNs = offsetNs;
  }

  nowNs(): number {
    const elapsed = Number(process.hrtime.bigint() - this.#startedNs);
    return this.#offsetNs + Math.floor(elapsed * this.speed);
  }
}

/** Stands still until moved; never back. */
export class VirtualClock implements Clock {
  #now = 0;

  nowNs(): number {
    return this.#now;
  }

  moveTo(nowNs: number): void {
    if (nowNs > this.#now) this.#now = nowNs;
  }
}
