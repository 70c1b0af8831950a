/**
 * The host of modules: what `algo_start` asks for, played by a module that wanders. It places, cancels and amends
 * orders, keeps some of its promises, asks for things it may not have, shuts down or traps.
 */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import type { Effect } from '../../src/protocol/effects.js';
import { EventType, type AlgoActionEvent, type AlgoEndedEvent } from '../../src/protocol/events.js';
import type { Universe } from '../../src/protocol/universe.js';
import type { Guests } from '../../src/main/fused-engine.js';
import type { Faults } from './faults.js';

const MS = 1_000_000;

type Start = Extract<Effect, { kind: 'algo_start' }>;

interface Running {
  readonly start: Start;
  readonly dueNs: number;
  orders: number;
}

export class SimAlgos implements Guests {
  readonly #universe: Universe;
  readonly #prng: Prng;
  readonly #faults: Faults;
  readonly #mid: () => number;
  #say: (event: AlgoActionEvent | AlgoEndedEvent) => void = () => undefined;
  readonly #running = new Map<string, Running>();
  #nowNs = 0;

  constructor(universe: Universe, prng: Prng, faults: Faults, mid: () => number) {
    this.#universe = universe;
    this.#prng = prng;
    this.#faults = faults;
    this.#mid = mid;
  }

  attach(say: (event: AlgoActionEvent | AlgoEndedEvent) => void): void {
    this.#say = say;
  }

  effect(effect: Effect): void {
    if (effect.kind === 'algo_start') this.#later(effect, 0);
    if (effect.kind === 'algo_stop') this.#running.delete(`${effect.graphKey}:${effect.nodeId}`);
  }

  nextDueNs(): number {
    let due = Infinity;
    for (const { dueNs } of this.#running.values()) due = Math.min(due, dueNs);
    return due;
  }

  step(nowNs: number): number {
    this.#nowNs = nowNs;
    let done = 0;
    for (const entry of [...this.#running.values()]) {
      if (entry.dueNs > nowNs) continue;
      done++;
      this.#act(entry);
    }
    return done;
  }

  /** All of them end: the host is closing, or its process is gone. */
  end(reason: 'shutdown' | 'host_lost'): void {
    for (const { start } of [...this.#running.values()]) this.#ended(start, reason);
  }

  #later(start: Start, orders: number): void {
    const dueNs = this.#nowNs + this.#prng.between(20, 900) * MS;
    this.#running.set(`${start.graphKey}:${start.nodeId}`, { start, dueNs, orders });
  }

  #ended(start: Start, reason: AlgoEndedEvent['reason']): void {
    this.#running.delete(`${start.graphKey}:${start.nodeId}`);
    this.#say({ type: EventType.algoEnded, tNs: 0, graphKey: start.graphKey, nodeId: start.nodeId, reason });
  }

  #act({ start, orders }: Running): void {
    if (this.#faults.strikes('MODULE_TRAPS', 20)) return this.#ended(start, 'trap');
    if (this.#prng.chance(1, 60)) return this.#ended(start, 'shutdown');
    const roll = this.#prng.below(10);
    const kind = orders === 0 || roll < 6 ? 'new' : roll < 8 ? 'cancel' : roll < 9 ? 'amend' : 'intent';
    const listing = must(this.#universe.listings[this.#prng.pick(start.listings)], 'listing of a module');
    this.#say({
      type: EventType.algoAction, tNs: 0, graphKey: start.graphKey, nodeId: start.nodeId, instance: 0, kind,
      algoOrderId: String(kind === 'new' ? orders + 1 : this.#prng.between(1, orders)), venue: listing.venue,
      // Now and then the wrong side, or more than there is: refused.
      side: this.#prng.chance(1, 20) ? (start.side === 1 ? -1 : 1) : start.side,
      orderType: this.#prng.pick(['limit', 'ioc', 'post_only', 'market']),
      priceTicks: this.#mid() + this.#prng.between(-6, 6), lots: this.#prng.between(1, 8) * listing.lotMultiple * 2, ttlNs: 0,
    });
    this.#later(start, kind === 'new' ? orders + 1 : orders);
  }
}
