/**
 * Account events in `seq` order without gaps, whatever was left out on the way: a gap is filled by asking the engine
 * for what it keeps; events that come meanwhile wait. What it no longer keeps is skipped, as after a restart.
 */
import { limits } from '../../base/limits.js';
import type { AccountEvent } from '../../protocol/effects.js';
import type { AccountId } from '../../protocol/universe.js';

export interface AccountStreamParts {
  /** Asks for the events of an account after `fromSeq`; null when some of them are gone. */
  readonly ask: (accountId: AccountId, fromSeq: number, limit: number, done: (events: readonly AccountEvent[] | null) => void) => void;
  readonly deliver: (event: AccountEvent) => void;
}

interface Line {
  /** Delivered up to here; -1 before the first. */
  seq: number;
  isAsking: boolean;
  waiting: AccountEvent[];
}

export class AccountStream {
  /** Times that something was missing. */
  gaps = 0;
  readonly #parts: AccountStreamParts;
  readonly #lines = new Map<AccountId, Line>();

  constructor(parts: AccountStreamParts) {
    this.#parts = parts;
  }

  take(event: AccountEvent): void {
    let line = this.#lines.get(event.accountId);
    if (line === undefined) this.#lines.set(event.accountId, (line = { seq: -1, isAsking: false, waiting: [] }));
    if (line.isAsking) line.waiting.push(event);
    else this.#next(line, event);
  }

  #next(line: Line, event: AccountEvent): void {
    if (event.seq <= line.seq) return;
    if (line.seq >= 0 && event.seq > line.seq + 1) return this.#fill(line, event);
    line.seq = event.seq;
    this.#parts.deliver(event);
  }

  #fill(line: Line, event: AccountEvent): void {
    this.gaps++;
    line.isAsking = true;
    line.waiting.push(event);
    this.#parts.ask(event.accountId, line.seq, limits.accountEventsKept, (events) => {
      line.isAsking = false;
      const waiting = line.waiting;
      line.waiting = [];
      if (events === null) line.seq = event.seq - 1;
      for (const each of events ?? []) this.#next(line, each);
      for (const each of waiting) {
        if (line.isAsking) line.waiting.push(each);
        else this.#next(line, each);
      }
    });
  }
}
