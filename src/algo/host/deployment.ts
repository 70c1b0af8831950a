import { must } from '../../base/assert.js';
import type { AbiProfile } from '../abi/profiles.js';
import { FeatureEngine } from '../features/feature-engine.js';
import { runLimits } from '../limits.js';
import { MeshEnd } from '../mesh/mesh-end.js';
import { createLinks, type MeshLinks } from '../mesh/mesh-link.js';
import type { OrderCell } from '../guest/cells.js';
import { actLine, bookLine, orderLine, type TapeWriter } from '../tape/tape-writer.js';
import { BookTop } from './book-top.js';
import type { InstanceSpec } from './instance-spec.js';
import { AlgoInstance, type DeathReason, type InstanceSink } from './instance.js';
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
  /** Places of the instances that run on this thread; all, if not given. The others run elsewhere, as parts of the same mesh. */
  readonly local?: readonly number[];
}

/** What a deployment does; `instance.spec.label` says who. Nobody of these may call back into the deployment. */
export type DeploymentSink = InstanceSink;

/** Messages handed on in one step at most, so that two instances that answer each other can't hold the thread. */
const messagesPerStep = 256;

/**
 * The instances of one deployment that run on one thread, deterministic: each method is one event in, and the sink has
 * heard every action when it returns. The same calls give the same actions; with instances on other threads, the same
 * messages of theirs too.
 */
export class Deployment {
  readonly spec: DeploymentSpec;
  /** Those that run here, in their order; `at` finds one by its place. */
  readonly instances: readonly AlgoInstance[];
  readonly mesh: MeshEnd | undefined;
  /** By symbol: the venues' books in ascending abi id. */
  readonly #slots: VenueSlot[][];
  /** By symbol, then slot. */
  readonly #features: (FeatureEngine | undefined)[][];
  readonly #multiVenue: boolean;
  readonly #tape: TapeWriter | undefined;
  #nextHeartbeatNs: number = runLimits.heartbeatNs;
  messages = 0;

  /**
   * @param recorded where everything in and out is written, and the module's hash
   * @param links of the mesh, where other threads have the other instances
   * @throws RefusalError when an instance can't be made
   */
  constructor(
    spec: DeploymentSpec, module: WebAssembly.Module, profile: AbiProfile, sink: DeploymentSink,
    recorded?: { readonly tape: TapeWriter; readonly hash: string }, links?: MeshLinks,
  ) {
    this.spec = spec;
    this.#tape = recorded?.tape;
    this.#tape?.write(['start', { hash: recorded?.hash, profile: profile.name, spec }]);
    const members = spec.instances.map(({ label }, i) => ({ label, id: i + 1 }));
    const venues = [...new Set(spec.instances.map(({ venueId }) => venueId))].sort((a, b) => a - b);
    this.#multiVenue = venues.length > 1;
    this.#slots = spec.symbols.map(() => venues.map((venueId) => ({ venueId, top: new BookTop(), fresh: false })));
    const local = spec.local ?? spec.instances.map((_, i) => i);
    const own = new Set(local.map((i) => spec.instances[i]?.venueId));
    this.#features = spec.symbols.map((symbol) => venues.map((venueId) => (own.has(venueId) ? new FeatureEngine(symbol) : undefined)));
    this.mesh = members.length > 1 ? new MeshEnd(links ?? createLinks(members.length), local) : undefined;
    const whole: InstanceSink = {
      act: (instance, action) => {
        this.#tape?.write(actLine(instance.spec.place, action));
        sink.act(instance, action);
      },
      log: (instance, line) => sink.log(instance, line),
      died: (instance, reason, detail) => {
        this.#tape?.write(['died', instance.spec.place, reason]);
        sink.died(instance, reason, detail);
      },
      paused: (instance, reason) => {
        this.#tape?.write(['paused', instance.spec.place, reason]);
        sink.paused?.(instance, reason);
      },
      grew: (instance) => sink.grew?.(instance),
    };
    this.instances = local.map((i) => {
      const { label, venueId } = must(spec.instances[i], `instance ${i}`);
      const carried = spec.carried?.[i];
      const instanceSpec: InstanceSpec = {
        label, venueId, place: i, meshId: members.length > 1 ? i + 1 : 0, peers: members.filter((member) => member.id !== i + 1),
        venues: new Set(venues), symbols: spec.symbols, risk: spec.risk, config: spec.config, baseNs: spec.baseNs,
        ...(spec.fuel === undefined ? {} : { fuel: spec.fuel }), ...(carried === undefined ? {} : { carried }),
      };
      return new AlgoInstance(instanceSpec, module, profile, whole, this.mesh);
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
    const instance = this.at(cell.instance);
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

  /** The instance of a place, when it runs here. */
  at(place: number): AlgoInstance | undefined {
    for (const instance of this.instances) if (instance.spec.place === place) return instance;
    return undefined;
  }

  /** Messages of instances on other threads. @returns how many were delivered */
  takeMessages(tNs: number): number {
    const before = this.messages;
    this.#deliver(tNs, false);
    this.#deliver(tNs);
    return this.messages - before;
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
    this.at(instance)?.bury();
  }

  /** By the host, between callbacks: what of it is not its own doing alone. */
  kill(place: number, reason: DeathReason, detail: string): void {
    this.#tape?.write(['kill', place, reason, detail]);
    this.at(place)?.kill(reason, detail);
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

  /** First in, first out per pair; receivers in their order; what passes the step's limit waits for the next. @param here see `deliverMessage` */
  #deliver(tNs: number, here = true): void {
    if (this.mesh === undefined) return;
    let budget = messagesPerStep;
    for (let moved = true; moved && budget > 0; ) {
      moved = false;
      for (let i = 0; i < this.instances.length && budget > 0; i++) {
        if (this.instances[i]?.deliverMessage(here, tNs) !== true) continue;
        moved = true;
        budget--;
        this.messages++;
      }
    }
  }
}
