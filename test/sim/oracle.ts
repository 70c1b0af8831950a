/**
 * What must hold of the whole, seen from outside the engine: promises to clients against the venues' true ledgers.
 * The engine's own invariants run beside this after every event.
 */
import { must } from '../../src/base/assert.js';
import { keyOf } from '../../src/core/graph/graph-index.js';
import { isTerminalNode } from '../../src/core/graph/node-table.js';
import { openPosition, smallestOrder } from '../../src/core/graph/quantities.js';
import type { Child, CoreState, Graph } from '../../src/core/state.js';
import { TimerKind } from '../../src/core/timers.js';
import type { KillState, Reply } from '../../src/protocol/commands.js';
import type { Effect } from '../../src/protocol/effects.js';
import { graphKey } from '../../src/protocol/graph-key.js';
import type { AccountId, VenueId } from '../../src/protocol/universe.js';
import type { Clients } from './clients.js';
import type { HostileVenue } from './hostile-venue.js';

export class Oracle {
  readonly problems: string[] = [];
  orders = 0;
  readonly #clients: Clients;
  readonly #ids = new Set<string>();
  readonly #seqs = new Map<number, number>();
  /** `graph key:node` that its user cancelled. */
  readonly #stopped = new Set<string>();

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  #fail(text: string): void {
    if (this.problems.length < 10) this.problems.push(text);
  }

  /** Every effect as it leaves, after the commit. */
  effect(effect: Effect, state: CoreState): void {
    if (effect.kind === 'account') {
      const last = this.#seqs.get(effect.accountId);
      if (last !== undefined && effect.seq !== last + 1) {
        this.#fail(`account ${effect.accountId}: seq ${effect.seq} follows ${last}; the streams promise no gap`);
      }
      this.#seqs.set(effect.accountId, effect.seq);
    }
    if (effect.kind !== 'place') return;
    this.orders++;
    const { order } = effect;
    if (this.#ids.has(order.clientOrderId)) this.#fail(`client order id ${order.clientOrderId} was used twice`);
    this.#ids.add(order.clientOrderId);
    const child = state.children.get(order.clientOrderId);
    if (child === undefined) return this.#fail(`${order.clientOrderId} left, but the engine does not know it`);
    const { graph, limitTicks } = child.node;
    const owner = child.node.container ?? child.node;
    // A flatten's nodes are the engine's own, made at the user's word after the cancel.
    const flattening = graph.flattening !== null;
    const key = keyOf(graph);
    if (this.#clients.cancelled.has(key) && !flattening) {
      this.#fail(`${graph.graphId} sent ${order.clientOrderId} after its cancel was acknowledged`);
    }
    if (this.#stopped.has(`${key}:${owner.nodeId}`)) {
      this.#fail(`${graph.graphId}:${owner.nodeId} sent ${order.clientOrderId} after its cancel was acknowledged`);
    }
    if (this.#clients.kills.some((kill) => forbids(kill, graph, order.venue, owner.role !== 'opening'))) {
      this.#fail(`${graph.graphId} sent ${order.clientOrderId} under a kill switch`);
    }
    // What is bought back against a net hedge is of the other side: the node's limit says nothing of it (see `decided`).
    if (child.node.spec.orderType === 'limit' && child.counter === 0 && (order.limitTicks - limitTicks) * order.side > 0) {
      this.#fail(`${graph.graphId}:${child.node.nodeId} sent at ${order.limitTicks}, its limit is ${limitTicks}`);
    }
    if (order.lots <= 0 || order.limitTicks <= 0) this.#fail(`${order.clientOrderId}: ${order.lots} at ${order.limitTicks}`);
  }

  /** At the decision itself: a later event of the same cycle may pause what was sent rightly before. */
  decided(effect: Effect, state: CoreState): void {
    if (effect.kind !== 'place') return;
    const child = state.children.get(effect.order.clientOrderId);
    if (child === undefined) return;
    if (child.counter === 1) this.#boughtBack(child, state);
    if (child.node.role !== 'opening' || child.node.graph.flattening !== null) return;
    if (child.node.graph.status !== 'paused') return;
    this.#fail(`${child.node.graph.graphId}:${child.node.nodeId} opens with ${child.clientOrderId} while its graph is paused`);
  }

  /** What is bought back has the price of what protects: at most 300 bps from the mid of its decision (semantics §5). */
  #boughtBack(child: Child, state: CoreState): void {
    const midQ = state.markets[child.node.spec.instrument]?.midQ ?? 0;
    if ((child.limitTicks * 4 - midQ) * child.side <= midQ * 0.03) return;
    this.#fail(`${child.node.graph.graphId}:${child.node.nodeId} buys back at ${child.limitTicks}, the mid is ${midQ / 4}`);
  }

  /** An acknowledged cancel of a node; it may have ended otherwise before, and open again by a late fill. */
  nodeCancelled(accountId: AccountId, command: { readonly graphId: string; readonly nodeId: string }, state: CoreState): void {
    const key = graphKey(accountId, command.graphId);
    const node = state.graphs.get(key)?.nodes.find((entry) => entry.nodeId === command.nodeId);
    if (node === undefined || (isTerminalNode(node.status) && node.reason !== 'USER')) return;
    this.#stopped.add(`${key}:${command.nodeId}`);
  }

  /** When faults have ended: what is open for no reason. */
  healed(lines: readonly string[]): void {
    for (const line of lines) this.#fail(line);
  }

  /** A submit that was acknowledged is there, now and later. */
  reply(key: string, reply: Reply, state: CoreState): void {
    if (!reply.ok) return;
    if (this.#clients.isSecond(reply)) this.#fail(`${key} is a second graph of a submit that was repeated because its answer was lost`);
    if (!state.graphs.has(key) && !state.ended.has(key)) this.#fail(`${key} was acknowledged and is lost`);
  }

  /** After healing: books agree with the venues, nothing is reserved, nothing open without a reason. */
  final(state: CoreState, venues: readonly HostileVenue[]): void {
    for (const id of this.#clients.acknowledged) {
      if (!state.graphs.has(id) && !state.ended.has(id)) this.#fail(`${id} was acknowledged and is lost`);
    }
    for (const graph of state.open.values()) this.#fail(`${graph.graphId} is still ${graph.status} after healing`);
    for (const graph of state.graphs.values()) this.#guarded(state, graph);
    if (state.open.size === 0) this.#idle(state);
    for (const venue of venues) {
      for (const [id, known] of venue.orders) {
        const child = state.children.get(id);
        if (child !== undefined && child.filled !== known.filled) {
          this.#fail(`${id}: the venue filled ${known.filled}, the engine booked ${child.filled}`);
        }
      }
      for (const [key, lots] of venue.positions) {
        const [account, listing] = key.split(':').map(Number);
        const seen = state.accounts[account ?? -1]?.positions[listing ?? -1]?.lots ?? 0;
        if (seen !== lots) this.#fail(`account ${account}, listing ${listing}: venue holds ${lots}, engine says ${seen}`);
      }
    }
    for (const account of state.accounts) {
      for (const balance of account.balances) {
        if (balance !== null && balance.reserved.sign() !== 0) {
          this.#fail(`account ${account.id}: ${balance.reserved.toBigInt()} of asset ${balance.asset} stays reserved`);
        }
      }
    }
  }

  /** With nothing open nothing is armed, watched or waited for (semantics §11: 10). */
  #idle(state: CoreState): void {
    const kinds = state.timers.items.map((timer) => timer.kind).filter((kind) => kind !== TimerKind.evict && kind !== TimerKind.day);
    if (kinds.length > 0) this.#fail(`timers of kinds ${kinds.join(', ')} are left with nothing open`);
    for (const market of state.markets) {
      const { levels, pegs, resters, waiters } = market;
      if (levels.count + pegs.length + resters.size + waiters.length === 0) continue;
      this.#fail(`instrument ${market.id}: ${levels.count} levels, ${pegs.length} pegs, ${resters.size} resting, ${waiters.length} waiting with nothing open`);
    }
    for (const account of state.accounts) {
      for (const position of account.positions) {
        if (position === null || position.openBuy + position.openSell === 0) continue;
        this.#fail(`account ${account.id}, listing ${position.listing}: ${position.openBuy} and ${position.openSell} lots count as open`);
      }
    }
  }

  /** A fill that came late left no position that an exit was meant for and nobody looked after (semantics §3). */
  #guarded(state: CoreState, graph: Graph): void {
    if (graph.status !== 'completed' || graph.userCancelled === 1 || graph.openingStopped === 1 || !graph.spec.autoGroups) return;
    for (const p of graph.nodes) {
      if (p.run === null || p.run.lateFill === 0 || p.role === 'exit') continue;
      for (const index of p.exits) {
        const exit = must(graph.nodes[index], 'exit');
        if (exit.status !== 'skipped' || exit.reason === 'USER' || exit.uncapped === 1) continue;
        const open = openPosition(state, p);
        if (open < smallestOrder(state, exit)) continue;
        this.#fail(`${graph.graphId}:${exit.nodeId} stays skipped; a late fill of ${p.nodeId} left ${open} lots open`);
      }
    }
  }
}

/** Whether a switch forbids a new order of the graph at the venue. */
function forbids(kill: KillState, graph: Graph, venue: VenueId, protective: boolean): boolean {
  if (kill.allowExits && protective) return false;
  const { scope } = kill;
  if (scope.kind === 'global') return true;
  if (scope.accountId !== graph.accountId) return false;
  if (scope.kind === 'venue') return scope.venue === venue;
  return scope.kind === 'account' || scope.graphId === graph.graphId;
}
