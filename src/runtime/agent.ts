/** A clock that runs at a speed: engine time. */
export interface Pace {
  nowNs(): number;
  /** Its ns in one of the machine's. */
  readonly speed: number;
}

/** Something that is polled: a scheduler, a venue, a journal. It doesn't know its thread. */
export interface Agent {
  /** Short and unique in the process: heartbeats and metrics carry it. */
  readonly name: string;
  /** Does what there is to do, a bounded amount, without blocking; returns how much that was (0 = nothing). */
  doWork(): number;
  /** When, by the loop's pace, it next has something to do by itself; Infinity = only when somebody rings. */
  nextDueNs?(): number;
  /** False while no change of a book can matter to it: it then sleeps on. True if not given. */
  waitsForNews?(): boolean;
  /** Once, last, on the agent's own thread. */
  onClose?(): void;
}
