/**
 * What accounts were told, kept for lists and resume: bounded, newest kept, rebuilt by replaying the journal.
 * The core itself keeps no history.
 */
import { limits } from '../base/limits.js';
import type { AccountEvent, Effect } from '../protocol/effects.js';
import type { AccountId } from '../protocol/universe.js';

type Trace = Extract<Effect, { kind: 'trace' }>;

/** Lines of a graph's life kept, and graphs whose lines are kept. */
const TRACE_LINES_MAX = 2_000;
const TRACED_GRAPHS_MAX = 5_000;

export interface TraceLine {
  readonly tNs: number;
  readonly nodeId: string;
  readonly text: string;
}

/** Newest `capacity` items in order, oldest dropped in batches. */
class Recent<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#capacity) this.#items.splice(0, this.#items.length - this.#capacity);
  }

  all(): readonly T[] {
    return this.#items;
  }
}

export class History {
  readonly #events: Recent<AccountEvent>[];
  readonly #fills: Recent<AccountEvent>[];
  readonly #tca: Recent<AccountEvent>[];
  readonly #traces = new Map<string, TraceLine[]>();

  constructor(accounts: number) {
    const make = (capacity: number): Recent<AccountEvent>[] =>
      Array.from({ length: accounts }, () => new Recent<AccountEvent>(capacity));
    this.#events = make(limits.accountEventsKept);
    this.#fills = make(limits.fillsKept);
    this.#tca = make(limits.fillsKept);
  }

  account(event: AccountEvent): void {
    this.#events[event.accountId]?.push(event);
    if (event.channel === 'fills') this.#fills[event.accountId]?.push(event);
    if (event.channel === 'tca') this.#tca[event.accountId]?.push(event);
  }

  trace(effect: Trace, tNs: number): void {
    let lines = this.#traces.get(effect.graphKey);
    if (lines === undefined) {
      if (this.#traces.size >= TRACED_GRAPHS_MAX) {
        const oldest = this.#traces.keys().next().value;
        if (oldest !== undefined) this.#traces.delete(oldest);
      }
      lines = [];
      this.#traces.set(effect.graphKey, lines);
    }
    if (lines.length < TRACE_LINES_MAX) lines.push({ tNs, nodeId: effect.nodeId, text: effect.text });
  }

  /** Events after `fromSeq`, or null when some of them are no longer kept. */
  since(account: AccountId, fromSeq: number, limit: number): readonly AccountEvent[] | null {
    const kept = this.#events[account]?.all() ?? [];
    const first = kept[0];
    if (first !== undefined && fromSeq + 1 < first.seq) return null;
    return kept.filter((event) => event.seq > fromSeq).slice(0, limit);
  }

  fills(account: AccountId): readonly AccountEvent[] {
    return this.#fills[account]?.all() ?? [];
  }

  tca(account: AccountId): readonly AccountEvent[] {
    return this.#tca[account]?.all() ?? [];
  }

  /** @param key `graphKey` of account and graph id */
  lines(key: string): readonly TraceLine[] {
    return this.#traces.get(key) ?? [];
  }
}
