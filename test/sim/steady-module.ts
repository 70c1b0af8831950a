/**
 * A module that works its node off in small orders, the same way each time: half of them rest, half take; what rests is
 * cancelled at its third look and asked for anew. Refused as too large it asks for less, refused otherwise it asks again.
 */
import { must } from '../../src/base/assert.js';
import type { Effect } from '../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type AlgoActionEvent, type AlgoEndedEvent } from '../../src/protocol/events.js';
import type { Universe } from '../../src/protocol/universe.js';
import type { Guests } from '../../src/main/fused-engine.js';

type Start = Extract<Effect, { kind: 'algo_start' }>;

const LOOK_NS = 200_000_000;
/** It dies at so many looks, where it is to die. */
const DIES_AT = 4;

export class SteadyModule implements Guests {
  readonly #universe: Universe;
  readonly #say: (event: AlgoActionEvent | AlgoEndedEvent) => void;
  readonly #dies: boolean;
  #start: Start | null = null;
  #dueNs = Infinity;
  #looks = 0;
  #asked = 0;
  #lots = 0;
  #most = 0;
  /** Orders of its own that rest, by number, with the look at which they were placed. */
  readonly #resting = new Map<string, { readonly venue: number; readonly look: number }>();

  /** @param dies true: it traps at its fourth look */
  constructor(universe: Universe, dies: boolean, say: (event: AlgoActionEvent | AlgoEndedEvent) => void) {
    this.#universe = universe;
    this.#dies = dies;
    this.#say = say;
  }

  effect(effect: Effect, nowNs: number): void {
    if (effect.kind === 'algo_start') {
      this.#start = effect;
      this.#most = this.#lots = Math.max(1, Math.floor(effect.lots / 5));
      this.#dueNs = nowNs;
    } else if (effect.kind === 'algo_stop') {
      this.#start = null;
      this.#dueNs = Infinity;
    } else if (effect.kind === 'algo_report') {
      const tooLarge = effect.report === ReportKind.reject && effect.reason === VenueReason.invalidParams;
      this.#lots = tooLarge ? Math.max(1, Math.floor(this.#lots / 2)) : Math.min(this.#most, this.#lots * 2);
      if (effect.report !== ReportKind.ack && effect.report !== ReportKind.fill) this.#resting.delete(effect.algoOrderId);
    }
  }

  nextDueNs(): number {
    return this.#dueNs;
  }

  step(nowNs: number): number {
    if (this.#start === null || nowNs < this.#dueNs) return 0;
    this.#dueNs = nowNs + LOOK_NS;
    this.#looks += 1;
    const { graphKey, nodeId } = this.#start;
    if (this.#dies && this.#looks === DIES_AT) {
      this.#start = null;
      this.#dueNs = Infinity;
      this.#say({ type: EventType.algoEnded, tNs: nowNs, graphKey, nodeId, reason: 'trap' });
      return 1;
    }
    for (const [id, { venue, look }] of [...this.#resting]) if (this.#looks - look >= 2) this.#act('cancel', id, venue, nowNs);
    const { listings } = this.#start;
    const listing = must(this.#universe.listings[listings[this.#asked % listings.length] ?? -1], 'listing of a module');
    const id = String(++this.#asked);
    if (this.#asked % 2 === 0) this.#resting.set(id, { venue: listing.venue, look: this.#looks });
    this.#act('new', id, listing.venue, nowNs, Math.max(listing.minLots, this.#lots - (this.#lots % listing.lotMultiple)));
    return 1;
  }

  #act(kind: 'new' | 'cancel', algoOrderId: string, venue: number, tNs: number, lots = 0): void {
    if (this.#start === null) return;
    const { graphKey, nodeId, side } = this.#start;
    this.#say({
      type: EventType.algoAction, tNs, graphKey, nodeId, instance: 0, kind, algoOrderId, venue, side,
      orderType: this.#resting.has(algoOrderId) ? 'limit' : 'ioc', priceTicks: 0, lots, ttlNs: 0,
    });
  }
}
