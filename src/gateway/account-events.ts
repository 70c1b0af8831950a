/**
 * Account events from the engine to whoever follows an account, and the TCA events kept for `/v1/tca`. One
 * subscription at the engine however many sockets listen.
 */
import { limits } from '../base/limits.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AccountId } from '../protocol/universe.js';

export type EventListener = (event: AccountEvent) => void;

/** TCA events kept an account; older ones are in the journal. */
export const tcaKept = 10_000;

export class AccountEvents {
  readonly #listeners = new Map<AccountId, Set<EventListener>>();
  readonly #tca = new Map<AccountId, AccountEvent[]>();
  readonly #stop: () => void;

  constructor(port: EnginePort) {
    this.#stop = port.onAccountEvent((event) => this.#take(event));
    port.accounts.forEach((_, accountId) => this.#catchUp(port, accountId));
  }

  /** Every event of the account from now on, in `seq` order. Returns the way to stop. */
  follow(accountId: AccountId, listener: EventListener): () => void {
    let mine = this.#listeners.get(accountId);
    if (mine === undefined) this.#listeners.set(accountId, (mine = new Set()));
    mine.add(listener);
    return () => {
      mine.delete(listener);
      if (mine.size === 0) this.#listeners.delete(accountId);
    };
  }

  /** Oldest first. */
  tca(accountId: AccountId): readonly AccountEvent[] {
    return this.#tca.get(accountId) ?? [];
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  /** What the engine kept from before this gateway started. */
  #catchUp(port: EnginePort, accountId: AccountId): void {
    const query = { kind: 'events', fromSeq: 0, limit: limits.accountEventsKept } as const;
    port.query(accountId, query, (reply) => {
      if (!reply.ok) return;
      const events = eventsOf(reply.body).filter((event) => event.channel === 'tca');
      const newer = this.#tca.get(accountId) ?? [];
      const first = newer[0]?.seq ?? Infinity;
      const older = events.filter((event) => event.seq < first);
      this.#tca.set(accountId, [...older, ...newer].slice(-tcaKept));
    });
  }

  #take(event: AccountEvent): void {
    if (event.channel === 'tca') {
      let kept = this.#tca.get(event.accountId);
      if (kept === undefined) this.#tca.set(event.accountId, (kept = []));
      kept.push(event);
      if (kept.length > tcaKept * 1.1) kept.splice(0, kept.length - tcaKept);
    }
    for (const listener of this.#listeners.get(event.accountId) ?? []) listener(event);
  }
}

/** The answer to an `events` query: a bare list, or an object that holds one. */
export function eventsOf(body: unknown): readonly AccountEvent[] {
  const list = Array.isArray(body) ? (body as unknown) : (body as { readonly events?: unknown } | null)?.events;
  return Array.isArray(list) ? (list as readonly AccountEvent[]) : [];
}
