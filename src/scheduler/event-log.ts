/**
 * Where the scheduler writes what the core is about to see. The journal room's writer fits behind it; tests and
 * demos use the recorder below.
 */
import type { EngineEvent } from '../protocol/events.js';

export interface EventLog {
  /** True where a commit waits for the disk, so that one more in a cycle costs as much as all before. */
  readonly commitIsSlow?: boolean;
  /** Takes a copy before it returns: the event may be reused. Returns its sequence number. */
  append(event: EngineEvent): number;
  /** After this returns everything appended is as durable as the log's class promises. */
  commit(): void;
}

/** Keeps nothing: durability class `memory` without a record. */
export const noLog: EventLog = {
  append: () => 0,
  commit: () => undefined,
};

/** Keeps deep copies of every event, for replay in the same process. */
export class RecordedEvents implements EventLog {
  readonly events: EngineEvent[] = [];

  append(event: EngineEvent): number {
    this.events.push(structuredClone(event));
    return this.events.length;
  }

  commit(): void {}
}
