/** One connection of `/v1/stream`: control frames in, frames of its channels out. */
import type { Principal } from '../auth/principal.js';
import type { Session } from '../auth/sessions.js';
import type { GatewayContext } from '../context.js';
import type { WebSocket } from '../server/uws.js';
import { AccountFeed } from './account-feed.js';
import { errorFrame, eventFrame, resyncFrame, snapshotFrame } from './account-frames.js';
import { accountChannels, channelOf, type AccountChannel, type Channel } from './channels.js';
import { parseControlFrame, type ControlFrame } from './control-frame.js';
import type { AccountId } from '../../protocol/universe.js';
import { deploymentFrame, type DeploymentHub, type DeploymentReader, type DeploymentView } from './deployment-hub.js';
import type { MarketHub, MarketReader } from './market-hub.js';
import { Outbox } from './outbox.js';
import { stringifyExact } from '../../protocol/json/stringify.js';

/** Control frames a second that one connection may send, after a burst of twice as many. */
const FRAMES_PER_SEC = 50;
/** Pings that may go unanswered. */
const SILENT_PINGS_MAX = 2;

/** The library's user data: set before the socket opens. */
export interface StreamUser {
  readonly principal: Principal;
  readonly address: string;
  socket: StreamSocket | null;
}

export class StreamSocket implements Session, MarketReader, DeploymentReader {
  readonly principal: Principal;
  readonly #gateway: GatewayContext;
  readonly #hub: MarketHub;
  readonly #deployments: DeploymentHub;
  readonly #ws: WebSocket<StreamUser>;
  readonly #outbox: Outbox;
  readonly #feed: AccountFeed;
  readonly #market = new Set<string>();
  /** Control frames behind one whose deployments are being looked up; null = none is. */
  #waiting: ControlFrame[] | null = null;
  #open = true;
  #silentPings = 0;
  #tokens = 2 * FRAMES_PER_SEC;
  #tokensAtMs = performance.now();

  constructor(gateway: GatewayContext, hub: MarketHub, deployments: DeploymentHub, ws: WebSocket<StreamUser>) {
    this.principal = ws.getUserData().principal;
    this.#gateway = gateway;
    this.#hub = hub;
    this.#deployments = deployments;
    this.#ws = ws;
    this.#outbox = new Outbox({
      unreadBytes: () => this.unreadBytes(),
      send: (frame) => this.#send(frame),
      cork: (run) => void (this.#open && ws.cork(run)),
      tooSlow: () => this.close(4008, 'more than 1 MiB unread; resume with from_seq'),
    });
    this.#feed = new AccountFeed(gateway, this.principal, {
      event: (event) => this.#outbox.soon(eventFrame(event)),
      replay: (events) => this.#outbox.bulk(events.map((event) => () => eventFrame(event))),
      snapshot: (channel, seq, rows) => this.#outbox.bulk(rows.map((row) => () => snapshotFrame(channel, seq, row))),
      resync: (channels, seq) => this.#outbox.bulk([() => resyncFrame(channels, seq)]),
      failed: (problem) => {
        gateway.log.warn({ err: problem }, 'a stream could not start');
        this.close(1013, 'the state could not be read; reconnect');
      },
    });
  }

  unreadBytes(): number {
    return this.#open ? this.#ws.getBufferedAmount() : 0;
  }

  join(topic: string): void {
    if (this.#open) this.#ws.subscribe(topic);
  }

  leave(topic: string): void {
    if (this.#open) this.#ws.unsubscribe(topic);
  }

  sendMarket(frame: string): void {
    this.#send(frame);
  }

  get accountId(): AccountId {
    return this.principal.accountId;
  }

  sendDeployment(frame: string): void {
    this.#outbox.live(frame);
  }

  close(code: number, reason: string): void {
    if (this.#open) this.#ws.end(code, reason);
  }

  /** The socket is gone. */
  ended(): void {
    this.#open = false;
    this.#outbox.stop();
    this.#feed.stop();
    this.#hub.forget(this);
    this.#deployments.forget(this);
  }

  drained(): void {
    this.#outbox.pump();
    this.#hub.drained(this);
  }

  heard(): void {
    this.#silentPings = 0;
  }

  ping(): void {
    if (++this.#silentPings > SILENT_PINGS_MAX) this.close(1001, 'no answer to pings');
    else if (this.#open) this.#ws.ping();
  }

  message(bytes: Uint8Array, binary: boolean): void {
    this.heard();
    if (!this.#mayAsk()) {
      this.close(1008, `more than ${FRAMES_PER_SEC} frames a second`);
      return;
    }
    if (binary) {
      this.#send(errorFrame('BAD_REQUEST', 'expected a text frame with JSON'));
      return;
    }
    const frame = parseControlFrame(bytes);
    if (frame.ok) this.#control(frame.value);
    else this.#send(errorFrame('BAD_REQUEST', frame.error));
  }

  /** Deployments are looked up first, maybe on another thread; frames that come meanwhile wait their turn. */
  #control(frame: ControlFrame): void {
    if (this.#waiting !== null) return void this.#waiting.push(frame);
    const ids = new Set(frame.subscribe.flatMap((name) => {
      const channel = channelOf(name, this.#gateway.names);
      return channel.kind === 'deployment' ? [channel.deploymentId] : [];
    }));
    const found = new Map<string, DeploymentView | string>();
    if (ids.size === 0) return this.#answer(frame, found);
    this.#waiting = [];
    for (const id of ids) {
      this.#deployments.look(this.accountId, id, (view) => {
        found.set(id, view);
        if (found.size < ids.size || !this.#open) return;
        const waiting = this.#waiting ?? [];
        this.#waiting = null;
        this.#answer(frame, found);
        for (const next of waiting) this.#control(next);
      });
    }
  }

  #answer(frame: ControlFrame, found: ReadonlyMap<string, DeploymentView | string>): void {
    const starting: AccountChannel[] = [];
    const follow: (() => void)[] = [];
    const subscribed: string[] = [];
    const rejected: { channel: string; reason: string }[] = [];
    for (const name of frame.unsubscribe ?? []) this.#unsubscribe(name);
    for (const name of frame.subscribe) {
      const channel = channelOf(name, this.#gateway.names);
      const reason = channel.kind === 'rejected' ? channel.reason : channel.kind === 'deployment' ? reasonOf(found.get(channel.deploymentId)) : null;
      if (reason !== null) {
        rejected.push({ channel: channel.name, reason });
        continue;
      }
      subscribed.push(channel.name);
      if (channel.kind === 'account') starting.push(channel.name);
      else if (channel.kind !== 'rejected') follow.push(() => this.#follow(channel, found));
    }
    const answer = { subscribed, ...(frame.unsubscribe === null ? {} : { unsubscribed: frame.unsubscribe }), rejected };
    this.#ws.cork(() => {
      this.#send(stringifyExact(answer));
      for (const start of follow) start();
      this.#feed.start(starting, frame.fromSeq);
    });
  }

  #follow(channel: Exclude<Channel, { kind: 'account' | 'rejected' }>, found: ReadonlyMap<string, DeploymentView | string>): void {
    if (channel.kind !== 'deployment') {
      this.#market.add(channel.name);
      return this.#hub.follow(this, channel.kind, channel.instrument);
    }
    const view = found.get(channel.deploymentId);
    if (channel.feed === 'deployment' && typeof view === 'object') this.sendDeployment(deploymentFrame(channel.name, view.view));
    return this.#deployments.follow(this, channel.name);
  }

  #unsubscribe(name: string): void {
    const account = accountChannels.find((channel) => channel === name);
    if (account !== undefined) this.#feed.remove([account]);
    const channel = channelOf(name, this.#gateway.names);
    if (channel.kind === 'deployment') this.#deployments.unfollow(this, channel.name);
    if (!this.#market.delete(channel.name)) return;
    this.#hub.unfollow(this, channel.name);
  }

  #send(frame: string): void {
    if (this.#open) this.#ws.send(frame);
  }

  #mayAsk(): boolean {
    const now = performance.now();
    const back = ((now - this.#tokensAtMs) * FRAMES_PER_SEC) / 1_000;
    this.#tokens = Math.min(2 * FRAMES_PER_SEC, this.#tokens + back) - 1;
    this.#tokensAtMs = now;
    return this.#tokens >= 0;
  }
}

function reasonOf(found: DeploymentView | string | undefined): string | null {
  return typeof found === 'object' ? null : (found ?? 'no such deployment');
}
