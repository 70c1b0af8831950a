/**
 * What accounts were told, kept for lists and resume: bounded, newest kept. The core itself keeps no history: it comes
 * back from the file beside a snapshot (`history-text.ts`) and the effects of the records after it.
 */
import { must } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { plainEvent } from '../protocol/account-event.js';
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

  change(to: (item: T) => T): void {
    for (let i = 0; i < this.#items.length; i++) this.#items[i] = to(must(this.#items[i], 'item of a list'));
  }
}

interface OfAccount {
  readonly events: Recent<AccountEvent>;
  readonly fills: Recent<AccountEvent>;
  readonly tca: Recent<AccountEvent>;
}

export class History {
  readonly #accounts: OfAccount[] = [];
  readonly #traces = new Map<string, TraceLine[]>();

  /** @param accounts how many there are; one that is told something joins by itself */
  constructor(accounts: number) {
    if (accounts > 0) this.#of(accounts - 1);
  }

  get accounts(): number {
    return this.#accounts.length;
  }

  account(event: AccountEvent): void {
    this.#of(event.accountId).events.push(event);
    this.listed(event);
  }

  /** For lists only, not for resume: what is too old for it. */
  listed(event: AccountEvent): void {
    const { fills, tca } = this.#of(event.accountId);
    if (event.channel === 'fills') fills.push(event);
    if (event.channel === 'tca') tca.push(event);
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

  /** Times of before a new base, said against it: the same instants. */
  shiftTimes(shiftNs: number): void {
    const moved = (event: AccountEvent): AccountEvent => ({ ...plainEvent(event), tNs: event.tNs + shiftNs });
    for (const { events, fills, tca } of this.#accounts) for (const list of [events, fills, tca]) list.change(moved);
    for (const lines of this.#traces.values()) for (const [i, line] of lines.entries()) lines[i] = { ...line, tNs: line.tNs + shiftNs };
  }

  /** Events after `fromSeq`, or null when some of them are no longer kept. */
  since(account: AccountId, fromSeq: number, limit: number): readonly AccountEvent[] | null {
    const kept = this.events(account);
    const first = kept[0];
    if (first === undefined) return [];
    if (fromSeq + 1 < first.seq) return null;
    // Sequences have no gap: the place follows from the number.
    const at = Math.max(0, fromSeq + 1 - first.seq);
    return kept.slice(at, at + limit);
  }

  /** Kept for resume, oldest first. */
  events(account: AccountId): readonly AccountEvent[] {
    return this.#accounts[account]?.events.all() ?? [];
  }

  fills(account: AccountId): readonly AccountEvent[] {
    return this.#accounts[account]?.fills.all() ?? [];
  }

  tca(account: AccountId): readonly AccountEvent[] {
    return this.#accounts[account]?.tca.all() ?? [];
  }

  /** @param key `graphKey` of account and graph id */
  lines(key: string): readonly TraceLine[] {
    return this.#traces.get(key) ?? [];
  }

  /** Lines of all graphs, in the order in which they were first seen. */
  lives(): IterableIterator<[string, readonly TraceLine[]]> {
    return this.#traces.entries();
  }

  #of(account: AccountId): OfAccount {
    while (this.#accounts.length <= account) {
      this.#accounts.push({
        events: new Recent(limits.accountEventsKept), fills: new Recent(limits.fillsKept), tca: new Recent(limits.fillsKept),
      });
    }
    return must(this.#accounts[account], 'account of an event');
  }
}

/** What of an effect is history, as the engine's listener and replays of the journal take it. */
export function recordHistory(history: History, effect: Effect, tNs: number): void {
  if (effect.kind === 'account') history.account(effect);
  else if (effect.kind === 'trace') history.trace(effect, tNs);
  else if (effect.kind === 'time_base') history.shiftTimes(effect.shiftNs);
}
