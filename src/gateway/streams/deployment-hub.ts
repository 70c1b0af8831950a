/**
 * What deployments do to the sockets that follow them: `traces:<id>` (actions, fills, logs, ends; events only) and
 * `deployment:<id>` (its view, at once and at each change). Lines of a module are its own affair, so that a reader
 * that is behind loses traces, and is told how many; the view always comes.
 */
import type { DeploymentEvent, DeploymentPort } from '../../protocol/deployment-port.js';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { AccountId } from '../../protocol/universe.js';
import { lagBytes } from './market-hub.js';

export interface DeploymentReader {
  readonly accountId: AccountId;
  unreadBytes(): number;
  sendDeployment(frame: string): void;
}

export interface DeploymentView {
  readonly view: unknown;
}

interface Follower {
  readonly reader: DeploymentReader;
  dropped: number;
}

export class DeploymentHub {
  readonly #port: DeploymentPort | null;
  readonly #topics = new Map<string, Map<DeploymentReader, Follower>>();
  #stop: (() => void) | null = null;

  constructor(port: DeploymentPort | null) {
    this.#port = port;
  }

  /** The view as it is now, or why there is none: the account's own deployments exist, no others. */
  look(accountId: AccountId, deploymentId: string, done: (found: DeploymentView | string) => void): void {
    if (this.#port === null) return done('this engine runs without an algo host');
    return this.#port.get(accountId, deploymentId, (reply) => {
      done(reply.ok ? { view: reply.body } : `${reply.message}; see GET /v1/deployments`);
    });
  }

  follow(reader: DeploymentReader, topic: string): void {
    const followers = this.#topics.get(topic) ?? new Map<DeploymentReader, Follower>();
    this.#topics.set(topic, followers);
    if (!followers.has(reader)) followers.set(reader, { reader, dropped: 0 });
    this.#stop ??= this.#port?.onEvent((event) => this.#hear(event)) ?? null;
  }

  unfollow(reader: DeploymentReader, topic: string): void {
    const followers = this.#topics.get(topic);
    if (followers?.delete(reader) !== true || followers.size > 0) return;
    this.#topics.delete(topic);
    this.#rest();
  }

  /** The socket is gone. */
  forget(reader: DeploymentReader): void {
    for (const [topic, followers] of this.#topics) if (followers.delete(reader) && followers.size === 0) this.#topics.delete(topic);
    this.#rest();
  }

  #rest(): void {
    if (this.#topics.size > 0) return;
    this.#stop?.();
    this.#stop = null;
  }

  #hear({ channel, accountId, deploymentId, data }: DeploymentEvent): void {
    const topic = `${channel}:${deploymentId}`;
    const followers = this.#topics.get(topic);
    if (followers === undefined) return;
    const frame = deploymentFrame(topic, data);
    for (const follower of followers.values()) {
      const { reader } = follower;
      if (reader.accountId !== accountId) continue;
      if (channel === 'traces' && reader.unreadBytes() > lagBytes) {
        follower.dropped++;
        continue;
      }
      if (follower.dropped > 0) reader.sendDeployment(deploymentFrame(topic, { kind: 'dropped', count: follower.dropped }));
      follower.dropped = 0;
      reader.sendDeployment(frame);
    }
  }
}

export function deploymentFrame(topic: string, data: unknown): string {
  return stringifyExact({ channel: topic, data });
}
