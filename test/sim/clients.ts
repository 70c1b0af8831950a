/** The gateway model: clients that submit, cancel, amend, pause, kill and repeat themselves, all from one seed. */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import { graphKey } from '../../src/protocol/graph-key.js';
import type { AccountLimits, Command, KillScope, KillState, Reply } from '../../src/protocol/commands.js';
import type { AccountId } from '../../src/protocol/universe.js';
import type { Faults } from './faults.js';
import { simGraph } from './sim-graphs.js';

type Submit = Extract<Command, { kind: 'submit' }>;

export interface Sent {
  readonly accountId: AccountId;
  readonly command: Command;
}

const noLimits: AccountLimits = {
  maxOrderNotionalUsd1e9: null, maxOrderQty1e8: null, maxPositionUsd1e9: null, maxDailyLossUsd1e9: null, maxOrderRate: null,
  reduceOnly: false,
};

/** Graphs that a client believes in: their submit was acknowledged. */
export class Clients {
  /** By `graphKey`. */
  readonly acknowledged = new Set<string>();
  /** Graphs, and nodes as `graph:node`, whose cancel was acknowledged. */
  readonly cancelled = new Set<string>();
  /** Switches that are on, as their answers said. */
  readonly kills: KillState[] = [];
  /** Ids of graphs that may still be open, newest last. */
  readonly #open: string[] = [];
  readonly #owner = new Map<string, AccountId>();
  readonly #submits = new Map<string, Submit>();
  /** Submits under a key whose answer was lost, to be asked again without their ids. */
  readonly #lost: Submit[] = [];
  /** Ids of graphs submitted again because an answer was lost: the first one is the graph. */
  readonly #repeats = new Set<string>();
  readonly #limited = new Set<AccountId>();
  readonly #prng: Prng;
  readonly #faults: Faults;
  readonly #accounts: number;
  /** In some seeds only: an account halted for its loss opens nothing more that day. */
  readonly #losing: boolean;
  #count = 0;

  constructor(prng: Prng, faults: Faults, accounts: number) {
    this.#prng = prng;
    this.#faults = faults;
    this.#accounts = accounts;
    this.#losing = prng.chance(1, 8);
  }

  /** A client's next wish. `openGraphs` bounds how much is under way at once. */
  next(openGraphs: number, openMax: number, baseNs: bigint, nowNs: number): Sent {
    const prng = this.#prng;
    const accountId = prng.below(this.#accounts);
    const lost = this.#lost.shift();
    if (lost !== undefined) return this.#again(lost);
    // What stops an account does not stay for long: there is to be trading.
    const [kill] = this.kills;
    if (kill !== undefined && prng.chance(1, 25)) return { accountId: accountOf(kill.scope), command: { kind: 'kill_clear', scope: kill.scope } };
    if (this.#limited.has(accountId) && prng.chance(1, 25)) return { accountId, command: this.#limits(accountId) };
    const roll = prng.below(100);
    if (this.#open.length === 0 || (roll < 62 && openGraphs < openMax)) return this.#submit(accountId, baseNs, nowNs);
    if (roll >= 96) return { accountId, command: this.#onAccount(accountId, roll) };
    const graphId = prng.pick(this.#open.slice(-openMax));
    return { accountId: must(this.#owner.get(graphId), 'owner'), command: this.#onGraph(graphId, roll) };
  }

  #onGraph(graphId: string, roll: number): Command {
    const prng = this.#prng;
    const nodeId = `n${prng.below(4)}`;
    if (roll < 69) return { kind: 'cancel_graph', graphId, flatten: prng.chance(1, 3) };
    if (roll < 77) return { kind: 'cancel_node', graphId, nodeId };
    if (roll < 84) {
      const lots = prng.chance(2, 3) ? prng.between(1, 60) * 2 : null;
      return { kind: 'amend_node', graphId, nodeId, lots, limitTicks: lots === null ? 60_000 + prng.between(-40, 40) : null };
    }
    if (roll < 87) return { kind: 'pause_graph', graphId };
    if (roll < 94) return { kind: 'resume_graph', graphId };
    return must(this.#submits.get(graphId), 'first submit');
  }

  #onAccount(accountId: AccountId, roll: number): Command {
    const prng = this.#prng;
    if (roll < 97) return { kind: 'venue_cancel_all', venue: prng.below(2) };
    if (roll < 98) return this.#limits(accountId);
    const scope = this.#scope(accountId);
    const set = this.kills.find((kill) => accountOf(kill.scope) === accountId)?.scope;
    if (set !== undefined && prng.chance(2, 3)) return { kind: 'kill_clear', scope: set };
    return { kind: 'kill', scope, reason: 'drill', cancelOpen: prng.chance(1, 3), allowExits: prng.chance(1, 3) };
  }

  #scope(accountId: AccountId): KillScope {
    const graphId = this.#open.at(-1);
    const prng = this.#prng;
    if (prng.chance(1, 4)) return { kind: 'venue', venue: prng.below(2), accountId };
    if (graphId !== undefined && prng.chance(1, 3)) {
      return { kind: 'graph', graphId, accountId: must(this.#owner.get(graphId), 'owner') };
    }
    return { kind: 'account', accountId };
  }

  #limits(accountId: AccountId): Command {
    const prng = this.#prng;
    if (this.#limited.delete(accountId)) return { kind: 'set_limits', limits: noLimits };
    this.#limited.add(accountId);
    return {
      kind: 'set_limits',
      limits: prng.pick<AccountLimits>([
        { ...noLimits, maxOrderRate: prng.between(1, 3) },
        ...(this.#losing ? [{ ...noLimits, maxDailyLossUsd1e9: `${prng.between(1, 20)}000000000` }] : []),
        { ...noLimits, maxOrderQty1e8: `${prng.between(5, 30)}000000` },
        { ...noLimits, maxPositionUsd1e9: `${prng.between(10, 60)}000000000000` },
        { ...noLimits, reduceOnly: true },
      ]),
    };
  }

  #submit(accountId: AccountId, baseNs: bigint, nowNs: number): Sent {
    const graphId = `g${++this.#count}`;
    const graph = { ...simGraph(this.#prng, baseNs + BigInt(nowNs)), graphId, accountId };
    const repeatKey = this.#prng.chance(1, 3) ? `k${this.#count}` : '';
    const command: Submit = { kind: 'submit', graph, bodyHash: `h${this.#count}`, repeatKey };
    this.#submits.set(graphId, command);
    this.#owner.set(graphId, accountId);
    return { accountId, command };
  }

  /** The same document again under the same key; the client never learned the id its first one got. */
  #again(first: Submit): Sent {
    const graphId = `g${++this.#count}`;
    const command: Submit = { ...first, graph: { ...first.graph, graphId } };
    this.#repeats.add(graphId);
    this.#submits.set(graphId, command);
    this.#owner.set(graphId, first.graph.accountId);
    return { accountId: first.graph.accountId, command };
  }

  /** Everything that clears the way for the end: switches and limits off, paused graphs resumed or cancelled. */
  healing(openGraphs: readonly { readonly graphId: string; readonly accountId: AccountId }[], cancel: boolean): Sent[] {
    const sent: Sent[] = [];
    for (const { scope } of this.kills) sent.push({ accountId: accountOf(scope), command: { kind: 'kill_clear', scope } });
    for (let accountId = 0; accountId < this.#accounts; accountId++) {
      sent.push({ accountId, command: { kind: 'set_limits', limits: noLimits } });
    }
    for (const { graphId, accountId } of openGraphs) {
      const command: Command = cancel
        ? { kind: 'cancel_graph', graphId, flatten: false }
        : { kind: 'resume_graph', graphId };
      sent.push({ accountId, command });
    }
    return sent;
  }

  /** Whether an answer made a second graph of a submit that was sent again because its answer was lost. */
  isSecond(reply: Reply): boolean {
    return reply.ok && reply.body.kind === 'submitted' && this.#repeats.has(reply.body.graphId);
  }

  /** What a client learns from an answer; what the gateway has to say of it in turn, if anything. */
  answered(sent: Sent, reply: Reply): Command | null {
    const { command, accountId } = sent;
    if (!reply.ok) return null;
    if (command.kind === 'submit') return this.#accepted(command, reply);
    if (command.kind === 'cancel_graph') this.cancelled.add(graphKey(accountId, command.graphId));
    if (reply.body.kind === 'kill') {
      const others = this.kills.filter((kill) => accountOf(kill.scope) !== accountId);
      this.kills.splice(0, this.kills.length, ...others, ...reply.body.active);
    }
    return null;
  }

  #accepted(command: Submit, reply: Extract<Reply, { ok: true }>): Command | null {
    // A repeat is answered with the first one's graph.
    const graphId = reply.body.kind === 'submitted' ? reply.body.graphId : command.graph.graphId;
    const { accountId } = command.graph;
    const key = graphKey(accountId, graphId);
    if (!this.acknowledged.has(key)) this.#open.push(graphId);
    this.acknowledged.add(key);
    // Who asks again by the graph's id has the id: nothing is lost with that answer.
    const byId = reply.body.kind === 'submitted' && reply.body.repeated && !this.#repeats.has(command.graph.graphId);
    if (command.repeatKey === '' || byId) return null;
    const isLost = this.#faults.strikes('SUBMIT_ANSWER_LOST', 150);
    if (isLost) this.#lost.push(command);
    return { kind: 'answered', graphId, delivered: !isLost };
  }
}

export function accountOf(scope: KillScope): AccountId {
  return scope.kind === 'global' ? 0 : scope.accountId;
}
