import type { AbiProfile } from '../abi/profiles.js';
import { FeatureEngine } from '../features/feature-engine.js';
import { runLimits } from '../limits.js';
import type { OrderCell } from '../guest/cells.js';
import { actLine, bookLine, orderLine, type TapeWriter } from '../tape/tape-writer.js';
import { BookTop } from './book-top.js';
import type { InstanceSpec } from './instance-spec.js';
import { AlgoInstance, type InstanceSink } from './instance.js';
import type { VenueSlot } from './nbbo.js';
import { orderNews } from './order-news.js';
import type { ConfigParam } from './regions.js';
import type { RiskView } from './state-writer.js';
import type { CarriedPosition, SymbolSpec } from './symbol-state.js';

export interface DeploymentSpec {
  readonly id: string;
  /** One a label; ids of the mesh are places in this list plus one. Venues are abi venue ids. */
  readonly instances: readonly { readonly label: string; readonly venueId: number }[];
  readonly symbols: readonly SymbolSpec[];
  readonly risk: RiskView;
  readonly config: readonly ConfigParam[];
  readonly baseNs: bigint;
  readonly fuel?: number;
  /** By instance, then symbol: where predecessors ended. */
  readonly carried?: readonly (readonly CarriedPosition[])[];
}

/** What a deployment does; `instance.spec.label` says who. Nobody of these may call back into the deployment. */
export type DeploymentSink = Omit<InstanceSink, 'send'>;

/** Messages handed on in one step at most, so that two instances that answer each other can't hold the thread. */
const messagesPerStep = 256;

/**
 * All instances of one deployment, on one thread, deterministic: each method is one event in, and the sink has heard
 * every action when it returns. The same calls give the same actions.
 */
export class Deployment {
  readonly spec: DeploymentSpec;
  readonly instances: readonly AlgoInstance[];
  /** By symbol: the venues' books in ascending abi id. */
  readonly #slots: VenueSlot[][];
  /** By symbol, then slot. */
  readonly #features: FeatureEngine[][];
  readonly #multiVenue: boolean;
  readonly #tape: TapeWriter | undefined;
  #nextHeartbeatNs: number = runLimits.heartbeatNs;
  messages = 0;

  /** @throws RefusalError when an instance can't be made. @param recorded where everything in and out is written, and the module's hash */
  constructor(
    spec: DeploymentSpec, module: WebAssembly.Module, profile: AbiProfile, sink: DeploymentSink,
    recorded?: { readonly tape: TapeWriter; readonly hash: string },
  ) {
    this.spec = spec;
    this.#tape = recorded?.tape;
    this.#tape?.write(['start', { hash: recorded?.hash, profile: profile.name, spec }]);
    const place = (instance: AlgoInstance): number => spec.instances.findIndex(({ label }) => label === instance.spec.label);
    const members = spec.instances.map(({ label }, i) => ({ label, id: i + 1 }));
    const venues = [...new Set(spec.instances.map(({ venueId }) => venueId))].sort((a, b) => a - b);
    this.#multiVenue = venues.length > 1;
    this.#slots = spec.symbols.map(() => venues.map((venueId) => ({ venueId, top: new BookTop(), fresh: false })));
    this.#features = spec.symbols.map((symbol) => venues.map(() => new FeatureEngine(symbol)));
    const whole: InstanceSink = {
      act: (instance, action) => {
        this.#tape?.write(actLine(place(instance), action));
        sink.act(instance, action);
      },
      log: (instance, line) => sink.log(instance, line),
      died: (instance, reason, detail) => {
        this.#tape?.write(['died', place(instance), reason]);
        sink.died(instance, reason, detail);
      },
      paused: (instance, reason) => {
        this.#tape?.write(['paused', place(instance), reason]);
        sink.paused?.(instance, reason);
      },
      send: (from, to, bytes, at, length) => this.#route(from, to, bytes, at, length),
    };
    this.instances = spec.instances.map(({ label, venueId }, i) => {
      const carried = spec.carried?.[i];
      const instanceSpec: InstanceSpec = {
        label, venueId, meshId: members.length > 1 ? i + 1 : 0, peers: members.filter((member) => member.id !== i + 1),
        venues: new Set(venues), symbols: spec.symbols, risk: spec.risk, config: spec.config, baseNs: spec.baseNs,
        ...(spec.fuel === undefined ? {} : { fuel: spec.fuel }), ...(carried === undefined ? {} : { carried }),
      };
      return new AlgoInstance(instanceSpec, module, profile, whole);
    });
  }

  /** A new book of a venue: features, on_book of its instances, on_nbbo of all, then messages. */
  bookChanged(venueId: number, symbol: number, top: BookTop, tNs: number): void {
    const index = this.#slotIndex(symbol, venueId);
    const slot = this.#slots[symbol]?.[index];
    if (slot === undefined) return;
    if (this.#tape !== undefined) this.#tape.write(bookLine(venueId, symbol, top, tNs));
    slot.top.copyFrom(top);
    slot.fresh = true;
    const features = this.#features[symbol]?.[index];
    features?.onBook(top, tNs);
    for (const instance of this.instances) {
      if (instance.spec.venueId === venueId) instance.onBook(symbol, slot.top, features?.values, tNs);
    }
    if (this.#multiVenue) this.#nbbo(symbol, tNs);
    this.#deliver(tNs);
  }

  /** A print. @param side of the taker: 1 bought, -1 sold */
  traded(venueId: number, symbol: number, priceTicks: number, qtyLots: number, side: 1 | -1, tNs: number): void {
    this.#tape?.write(['trade', tNs, venueId, symbol, priceTicks, qtyLots, side]);
    this.#features[symbol]?.[this.#slotIndex(symbol, venueId)]?.onTrade(priceTicks, qtyLots, side, tNs);
  }

  /** What became of an order. A fill of one that its instance doesn't know (ref 0) moves the position. */
  tell(cell: OrderCell): void {
    const instance = this.instances[cell.instance];
    if (instance === undefined) return;
    this.#tape?.write(orderLine(cell));
    orderNews(instance, cell);
  }

  /** A venue is fresh or stale as the engine sees it; its next book makes it fresh again. */
  freshness(venueId: number, fresh: boolean, tNs: number): void {
    this.#tape?.write(['fresh', tNs, venueId, fresh]);
    for (const [symbol, slots] of this.#slots.entries()) {
      const slot = slots[this.#slotIndex(symbol, venueId)];
      if (slot === undefined || slot.fresh === fresh) continue;
      slot.fresh = fresh;
      if (this.#multiVenue) this.#nbbo(symbol, tNs);
    }
    this.#deliver(tNs);
  }

  isBeatDue(tNs: number): boolean {
    return tNs >= this.#nextHeartbeatNs;
  }

  /** Heartbeats that are due; missed ones are not made up. Call at least once a second of engine time. */
  advance(tNs: number): void {
    if (tNs < this.#nextHeartbeatNs) return;
    this.#tape?.write(['beat', tNs]);
    this.#nextHeartbeatNs = (Math.floor(tNs / runLimits.heartbeatNs) + 1) * runLimits.heartbeatNs;
    for (const instance of this.instances) {
      const index = this.#slotIndex(0, instance.spec.venueId);
      instance.onHeartbeat(this.#features[0]?.[index]?.values, tNs);
    }
    this.#deliver(tNs);
  }

  instance(label: string): AlgoInstance | undefined {
    return this.instances.find((instance) => instance.spec.label === label);
  }

  /** After the engine told an instance of acks, fills or rejects: hands on what it sent. */
  settle(tNs: number): void {
    this.#tape?.write(['settle', tNs]);
    this.#deliver(tNs);
  }

  configure(params: readonly ConfigParam[], tNs: number): void {
    this.#tape?.write(['config', tNs, params]);
    for (const instance of this.instances) instance.configure(params, tNs);
  }

  /** The instance died before the deployment was taken over by a fresh host. */
  bury(instance: number): void {
    this.#tape?.write(['dead', instance]);
    this.instances[instance]?.bury();
  }

  riskChanged(risk: RiskView, tNs: number): void {
    this.#tape?.write(['risk', tNs, risk]);
    for (const instance of this.instances) instance.riskChanged(risk, tNs);
  }

  stop(): void {
    this.#tape?.write(['stop']);
    for (const instance of this.instances) instance.stop();
  }

  start(): void {
    this.#tape?.write(['run']);
    for (const instance of this.instances) instance.start();
  }

  shutdown(tNs: number): void {
    this.#tape?.write(['shutdown', tNs]);
    for (const instance of this.instances) instance.shutdown(tNs);
  }

  #slotIndex(symbol: number, venueId: number): number {
    const slots = this.#slots[symbol];
    if (slots === undefined) return -1;
    for (let i = 0; i < slots.length; i++) if (slots[i]?.venueId === venueId) return i;
    return -1;
  }

  #nbbo(symbol: number, tNs: number): void {
    const slots = this.#slots[symbol] ?? [];
    for (const instance of this.instances) {
      if (!instance.wantsNbbo) continue;
      const own = this.#slotIndex(symbol, instance.spec.venueId);
      instance.onNbbo(symbol, slots, this.#features[symbol]?.[own]?.values, tNs);
    }
  }

  #route(from: AlgoInstance, to: number, bytes: Uint8Array, at: number, length: number): void {
    const receiver = this.instances[to - 1];
    if (receiver?.status === 'running') receiver.queue.offer(from.spec.meshId, bytes, at, length);
  }

  /** First in, first out per receiver; receivers in their order; what passes the step's limit waits for the next. */
  #deliver(tNs: number): void {
    let budget = messagesPerStep;
    for (let moved = true; moved && budget > 0; ) {
      moved = false;
      for (let i = 0; i < this.instances.length && budget > 0; i++) {
        if (this.instances[i]?.deliverMessage(tNs) !== true) continue;
        moved = true;
        budget--;
        this.messages++;
      }
    }
  }
}
