/** The gateway model: clients that submit, cancel, amend, pause, kill and repeat themselves, all from one seed. */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import { graphKey } from '../../src/protocol/graph-key.js';
import type { Command, Reply } from '../../src/protocol/commands.js';
import type { AccountId } from '../../src/protocol/universe.js';
import { simGraph } from './sim-graphs.js';

export interface Sent {
  readonly accountId: AccountId;
  readonly command: Command;
}

/** Graphs that a client believes in: their submit was acknowledged. */
export class Clients {
  /** By `graphKey`. */
  readonly acknowledged = new Set<string>();
  readonly cancelled = new Set<string>();
  readonly killed = new Set<AccountId>();
  /** Ids of graphs that may still be open, newest last. */
  readonly #open: string[] = [];
  readonly #owner = new Map<string, AccountId>();
  readonly #submits = new Map<string, Command>();
  readonly #prng: Prng;
  readonly #accounts: number;
  #count = 0;

  constructor(prng: Prng, accounts: number) {
    this.#prng = prng;
    this.#accounts = accounts;
  }

  /** A client's next wish. `openGraphs` bounds how much is under way at once. */
  next(openGraphs: number, openMax: number, baseNs: bigint, nowNs: number): Sent {
    const prng = this.#prng;
    const accountId = prng.below(this.#accounts);
    const roll = prng.below(100);
    if (this.#open.length === 0 || (roll < 60 && openGraphs < openMax)) return this.#submit(accountId, baseNs, nowNs);
    const graphId = prng.pick(this.#open.slice(-openMax));
    const owner = must(this.#owner.get(graphId), 'owner');
    const as = (command: Command): Sent => ({ accountId: owner, command });
    const nodeId = `n${prng.below(4)}`;
    if (roll < 68) return as({ kind: 'cancel_graph', graphId, flatten: prng.chance(1, 3) });
    if (roll < 76) return as({ kind: 'cancel_node', graphId, nodeId });
    if (roll < 84) {
      const lots = prng.chance(2, 3) ? prng.between(1, 60) * 2 : null;
      return as({ kind: 'amend_node', graphId, nodeId, lots, limitTicks: lots === null ? 60_000 + prng.between(-40, 40) : null });
    }
    if (roll < 90) return as({ kind: 'pause_graph', graphId });
    if (roll < 95) return as({ kind: 'resume_graph', graphId });
    if (roll < 97) return as(must(this.#submits.get(graphId), 'first submit'));
    if (roll < 98) return { accountId, command: { kind: 'venue_cancel_all', venue: prng.below(2) } };
    const scope = { kind: 'account', accountId } as const;
    if (roll < 99 && !this.killed.has(accountId)) {
      return {
        accountId,
        command: { kind: 'kill', scope, reason: 'drill', cancelOpen: prng.chance(1, 3), allowExits: prng.chance(1, 3) },
      };
    }
    return { accountId, command: { kind: 'kill_clear', scope } };
  }

  #submit(accountId: AccountId, baseNs: bigint, nowNs: number): Sent {
    const graphId = `g${++this.#count}`;
    const graph = { ...simGraph(this.#prng, baseNs + BigInt(nowNs)), graphId, accountId };
    const command: Command = { kind: 'submit', graph, bodyHash: `h${this.#count}`, repeatKey: '' };
    this.#submits.set(graphId, command);
    this.#owner.set(graphId, accountId);
    return { accountId, command };
  }

  /** Everything that clears the way for the end: kill switches off, paused graphs resumed or cancelled. */
  healing(openGraphs: readonly { readonly graphId: string; readonly accountId: AccountId }[], cancel: boolean): Sent[] {
    const sent: Sent[] = [];
    for (const accountId of this.killed) {
      sent.push({ accountId, command: { kind: 'kill_clear', scope: { kind: 'account', accountId } } });
    }
    for (const { graphId, accountId } of openGraphs) {
      const command: Command = cancel
        ? { kind: 'cancel_graph', graphId, flatten: false }
        : { kind: 'resume_graph', graphId };
      sent.push({ accountId, command });
    }
    return sent;
  }

  /** What a client learns from an answer. */
  answered(sent: Sent, reply: Reply): void {
    const { command } = sent;
    if (!reply.ok) return;
    if (command.kind === 'submit') {
      const key = graphKey(sent.accountId, command.graph.graphId);
      if (!this.acknowledged.has(key)) this.#open.push(command.graph.graphId);
      this.acknowledged.add(key);
    }
    if (command.kind === 'cancel_graph') this.cancelled.add(command.graphId);
    if (command.kind === 'kill' && !command.allowExits) this.killed.add(sent.accountId);
    if (command.kind === 'kill_clear') this.killed.delete(sent.accountId);
  }
}
