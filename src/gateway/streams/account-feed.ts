/**
 * The account side of one socket: which channels it follows, and how a channel starts without a gap. While its
 * snapshot or replay is being fetched its events are held; then come the snapshot, the held events that are newer,
 * and from there every event as it happens.
 */
import type { AccountEvent } from '../../protocol/effects.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import type { AccountChannel } from './channels.js';
import { eventsAfter, presentSeq, snapshotOf } from './snapshots.js';

/** Where a feed's frames go. */
export interface FeedSink {
  event(event: AccountEvent): void;
  replay(events: readonly AccountEvent[]): void;
  snapshot(channel: AccountChannel, seq: number, rows: readonly unknown[]): void;
  resync(channels: readonly AccountChannel[], seq: number): void;
  /** The present state couldn't be read. */
  failed(problem: unknown): void;
}

interface Start {
  readonly channels: Set<AccountChannel>;
  readonly held: AccountEvent[];
}

export class AccountFeed {
  readonly #gateway: GatewayContext;
  readonly #principal: Principal;
  readonly #sink: FeedSink;
  readonly #live = new Set<AccountChannel>();
  readonly #starts = new Set<Start>();
  #stopFollowing: (() => void) | null = null;

  constructor(gateway: GatewayContext, principal: Principal, sink: FeedSink) {
    this.#gateway = gateway;
    this.#principal = principal;
    this.#sink = sink;
  }

  /** Channels that are live or starting. */
  channels(): AccountChannel[] {
    return [...this.#live, ...[...this.#starts].flatMap((start) => [...start.channels])];
  }

  /** @param fromSeq the last `seq` the client has; null = from the present state */
  start(channels: readonly AccountChannel[], fromSeq: number | null): void {
    if (channels.length === 0) return;
    this.remove(channels);
    const start: Start = { channels: new Set(channels), held: [] };
    this.#starts.add(start);
    this.#stopFollowing ??= this.#gateway.events.follow(this.#principal.accountId, (event) => this.#take(event));
    this.#fetch(start, fromSeq).catch((problem: unknown) => {
      if (this.#starts.delete(start)) this.#sink.failed(problem);
    });
  }

  remove(channels: readonly AccountChannel[]): void {
    for (const channel of channels) {
      this.#live.delete(channel);
      for (const start of this.#starts) start.channels.delete(channel);
    }
  }

  stop(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = null;
    this.#live.clear();
    this.#starts.clear();
  }

  #take(event: AccountEvent): void {
    for (const start of this.#starts) if (start.channels.has(event.channel)) start.held.push(event);
    if (this.#live.has(event.channel)) this.#sink.event(event);
  }

  async #fetch(start: Start, fromSeq: number | null): Promise<void> {
    const account = this.#principal.accountId;
    if (fromSeq !== null) {
      const { seq, events } = await eventsAfter(this.#gateway, account, fromSeq);
      if (!this.#starts.has(start)) return;
      if (events !== null) {
        this.#sink.replay(events.filter((event) => start.channels.has(event.channel)));
        this.#goLive(start, seq);
        return;
      }
      this.#sink.resync([...start.channels], seq);
    }
    const seq = await presentSeq(this.#gateway, account);
    const rows = new Map<AccountChannel, unknown[]>();
    for (const channel of start.channels) rows.set(channel, await snapshotOf(this.#gateway, account, channel));
    if (!this.#starts.has(start)) return;
    // The rows may already hold what later events tell again: each tells a whole state, so hearing it twice is right.
    for (const channel of start.channels) this.#sink.snapshot(channel, seq, rows.get(channel) ?? []);
    this.#goLive(start, seq);
  }

  #goLive(start: Start, seq: number): void {
    this.#starts.delete(start);
    for (const channel of start.channels) this.#live.add(channel);
    for (const event of start.held) if (event.seq > seq && start.channels.has(event.channel)) this.#sink.event(event);
  }
}
