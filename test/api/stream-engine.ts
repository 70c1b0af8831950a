/** The fake engine with books that move and account events at will; numbers every account's events without gaps. */
import type { Command, Reply } from '../../src/protocol/commands.js';
import type { AccountEvent } from '../../src/protocol/effects.js';
import type { BookView, Query, QueryReply } from '../../src/protocol/engine-port.js';
import type { AccountId } from '../../src/protocol/universe.js';
import { FakeEngine } from './fake-engine.js';

export class StreamEngine extends FakeEngine {
  /** Events that the engine still keeps; older ones make a resume impossible. */
  kept = 100_000;
  /** When set, queries wait here until called. */
  heldQueries: (() => void)[] | null = null;
  readonly #own = new Map<AccountId, AccountEvent[]>();
  readonly #hearers = new Set<(event: AccountEvent) => void>();
  readonly #versions = new Map<number, number>();
  readonly #levels = new Map<number, number>();

  override readonly books = {
    books: (instrument: number): readonly BookView[] => {
      const shift = this.#levels.get(instrument) ?? 0;
      return [0, 1].map((venue) => ({
        venue, fresh: true, connected: true, markTicks: 0, ageMs: 5, venueTsNs: 1,
        bids: [1_000 + shift - venue, 10, 990, 20], asks: [1_003 + shift + venue, 30, 1_100, 40],
      }));
    },
    version: (instrument = 0): number => this.#versions.get(instrument) ?? 1,
    trades: (): { tsNs: number; ticks: number; lots: number; venue: number }[] => [],
  };

  constructor(accounts?: readonly string[]) {
    super(accounts);
    super.onAccountEvent((event) => this.emit(event.accountId, event.channel, event.data, event.graphId, event.nodeId));
  }

  override onAccountEvent(listener: (event: AccountEvent) => void): () => void {
    this.#hearers.add(listener);
    return () => this.#hearers.delete(listener);
  }

  emit(accountId: AccountId, channel: AccountEvent['channel'], data: unknown, graphId = 'g', nodeId = 'n'): AccountEvent {
    let events = this.#own.get(accountId);
    if (events === undefined) this.#own.set(accountId, (events = []));
    const event: AccountEvent = { kind: 'account', accountId, seq: events.length + 1, tNs: this.nowNs(), channel, graphId, nodeId, data };
    events.push(event);
    for (const hearer of this.#hearers) hearer(event);
    return event;
  }

  seq(accountId: AccountId): number {
    return this.#own.get(accountId)?.length ?? 0;
  }

  /** Moves the instrument's books by ticks; with 0 only the version moves. */
  move(instrument: number, ticks: number): void {
    this.#levels.set(instrument, (this.#levels.get(instrument) ?? 0) + ticks);
    this.#versions.set(instrument, (this.#versions.get(instrument) ?? 1) + 1);
  }

  override query(accountId: AccountId, query: Query, done: (reply: QueryReply) => void): void {
    const answer = (): void => {
      if (query.kind !== 'events') {
        super.query(accountId, query, done);
        return;
      }
      const all = this.#own.get(accountId) ?? [];
      const seq = all.length;
      const resync = query.fromSeq < seq - this.kept;
      const events = resync ? [] : all.filter((event) => event.seq > query.fromSeq).slice(0, query.limit);
      done({ ok: true, body: { resync, seq, events } });
    };
    if (this.heldQueries === null) answer();
    else this.heldQueries.push(answer);
  }

  override command(accountId: AccountId, command: Command, done: (reply: Reply) => void): void {
    super.command(accountId, command, (reply) => done(reply.ok ? { ...reply, seq: this.seq(accountId) } : reply));
  }
}
