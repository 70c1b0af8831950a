/**
 * Modules inside graphs (policies `wasm_algo` and `mesh_algo`) in the fused topology: starts a deployment when the
 * core says so, shows it the books, hands its actions to the scheduler as events and tells it what became of them.
 * The core judges every action like an order of its own; nothing here decides what may be traded.
 */
import { must } from '../base/assert.js';
import * as abi from '../algo/abi/layouts.generated.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import type { GuestAction } from '../algo/host/actions.js';
import { BookTop, LEVELS } from '../algo/host/book-top.js';
import { Deployment } from '../algo/host/deployment.js';
import type { AlgoInstance, DeathReason } from '../algo/host/instance.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { Effect } from '../protocol/effects.js';
import type { BookAccess, BookView } from '../protocol/engine-port.js';
import { EventType, ReportKind, VenueReason, type AlgoActionEvent, type AlgoEndedEvent } from '../protocol/events.js';
import type { Instrument, Listing, Universe } from '../protocol/universe.js';

type Start = Extract<Effect, { kind: 'algo_start' }>;
type Report = Extract<Effect, { kind: 'algo_report' }>;
type Stop = Extract<Effect, { kind: 'algo_stop' }>;

export interface AlgoNodesParts {
  readonly universe: Universe;
  readonly baseNs: bigint;
  readonly books: BookAccess;
  /** The module of a name or hash, once admitted. */
  readonly module: (name: string) => AdmittedModule | undefined;
  readonly say: (event: AlgoActionEvent | AlgoEndedEvent) => void;
  readonly log: (graphKey: string, nodeId: string, label: string, text: string) => void;
}

const NS = 1_000_000_000;
const kindNames = ['new', 'cancel', 'amend', 'intent'] as const;
const orderTypes = ['limit', 'market', 'ioc', 'fok', 'post_only'] as const;
const endReasons: Readonly<Record<DeathReason, AlgoEndedEvent['reason']>> = {
  TRAP: 'trap', OUT_OF_FUEL: 'fuel', CALL_DEPTH: 'trap', BAD_ACTIONS: 'bad_actions', WATCHDOG: 'watchdog',
};
const rejectCodes: Partial<Record<VenueReason, number>> = {
  [VenueReason.insufficientBalance]: abi.REJECT_CODE_INSUFFICIENT_BALANCE,
  [VenueReason.rateLimit]: abi.REJECT_CODE_RATE_LIMIT,
  [VenueReason.busy]: abi.REJECT_CODE_EXCHANGE_BUSY,
  [VenueReason.network]: abi.REJECT_CODE_NETWORK,
  [VenueReason.auth]: abi.REJECT_CODE_AUTH,
  [VenueReason.invalidParams]: abi.REJECT_CODE_INVALID_PARAMS,
  [VenueReason.wouldTake]: abi.REJECT_CODE_INVALID_PARAMS,
};

export class AlgoNodes {
  readonly #parts: AlgoNodesParts;
  readonly #nodes = new Map<string, AlgoNode>();
  #waiting: (Start | Stop | Report)[] = [];
  #nextSecondNs = NS;

  constructor(parts: AlgoNodesParts) {
    this.#parts = parts;
  }

  /** Listens to the engine's effects; works on them at the next step. */
  effect(effect: Effect): void {
    if (effect.kind === 'algo_start' || effect.kind === 'algo_stop' || effect.kind === 'algo_report') this.#waiting.push(effect);
  }

  get running(): number {
    return this.#nodes.size;
  }

  nextDueNs(): number {
    if (this.#waiting.length > 0) return 0;
    return this.#nodes.size === 0 ? Infinity : this.#nextSecondNs;
  }

  step(nowNs: number): number {
    let done = this.#waiting.length;
    for (const effect of this.#waiting.splice(0)) this.#follow(effect, nowNs);
    const beat = nowNs >= this.#nextSecondNs;
    if (beat) this.#nextSecondNs = (Math.floor(nowNs / NS) + 1) * NS;
    for (const node of this.#nodes.values()) done += node.step(nowNs, beat);
    return done;
  }

  #follow(effect: Start | Stop | Report, nowNs: number): void {
    const key = `${effect.graphKey}:${effect.nodeId}`;
    if (effect.kind === 'algo_report') return this.#nodes.get(key)?.report(effect, nowNs);
    if (effect.kind === 'algo_stop') {
      this.#nodes.get(key)?.shutdown(nowNs);
      this.#nodes.delete(key);
      return;
    }
    const module = this.#parts.module(effect.algo);
    const refuse = (text: string): void => {
      this.#parts.log(effect.graphKey, effect.nodeId, '', text);
      this.#parts.say({ type: EventType.algoEnded, tNs: nowNs, graphKey: effect.graphKey, nodeId: effect.nodeId, reason: 'not_admitted' });
    };
    if (module === undefined) return refuse(`there is no admitted module ${effect.algo}`);
    try {
      this.#nodes.set(key, new AlgoNode(this.#parts, effect, module, nowNs));
    } catch (error) {
      refuse(`${effect.algo} could not be started: ${String(error)}`);
    }
  }
}

/** An order of the guest as the core knows it: its id there changes when an amend became cancel and replace. */
interface NodeOrder {
  readonly instance: number;
  readonly ref: number;
  readonly digits: string;
  id: string;
  versions: number;
  action: Pick<AlgoActionEvent, 'venue' | 'side' | 'orderType'>;
  ticks: number;
  lots: number;
  filled: number;
  acked: boolean;
  replace: { readonly ticks: number; readonly lots: number } | undefined;
}

class AlgoNode {
  readonly #parts: AlgoNodesParts;
  readonly #start: Start;
  readonly #instrument: Instrument;
  readonly #listings: Listing[];
  readonly #deployment: Deployment;
  readonly #tickUnit: number;
  readonly #lotUnit: number;
  readonly #byRef = new Map<string, NodeOrder>();
  readonly #byId = new Map<string, NodeOrder>();
  readonly #top = new BookTop();
  readonly #seen: number[];
  #version = -1;
  #nowNs: number;

  constructor(parts: AlgoNodesParts, start: Start, module: AdmittedModule, nowNs: number) {
    this.#parts = parts;
    this.#start = start;
    this.#nowNs = nowNs;
    this.#listings = start.listings.map((id) => must(parts.universe.listings[id], `listing ${id}`));
    const first = must(this.#listings[0], 'a listing to trade on');
    this.#instrument = must(parts.universe.instruments[first.instrument], 'instrument');
    this.#tickUnit = this.#listings.reduce((unit, listing) => lcm(unit, listing.tickMultiple), 1);
    this.#lotUnit = this.#listings.reduce((unit, listing) => lcm(unit, listing.lotMultiple), 1);
    this.#seen = this.#listings.map(() => -1);
    const least = Math.max(...this.#listings.map((listing) => listing.minLots));
    const { tick1e9, lot1e8, symbol } = this.#instrument;
    this.#deployment = new Deployment(
      {
        id: `${start.graphKey}:${start.nodeId}`,
        instances: this.#listings.map((listing, i) => ({
          label: start.labels[i] ?? (this.#listings.length === 1 ? 'main' : must(parts.universe.venues[listing.venue], 'venue').name),
          venueId: must(parts.universe.venues[listing.venue], 'venue').abiId,
        })),
        symbols: [{
          name: symbol, tick1e9: tick1e9 * this.#tickUnit, lot1e8: lot1e8 * this.#lotUnit, pricePrecision: 0, qtyPrecision: 0,
          minQtyLots: Math.ceil(least / this.#lotUnit), minNotional1e9: Math.max(...this.#listings.map((row) => row.minNotional1e9)),
        }],
        // The node's own bounds are the core's; the guest sees how much it may hold.
        risk: { maxPositionLots: Math.floor(start.lots / this.#lotUnit), maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false },
        config: configOf(start, lot1e8), baseNs: parts.baseNs,
      },
      new WebAssembly.Module(module.metered), module.profile,
      {
        act: (instance, action) => this.#act(this.#deployment.instances.indexOf(instance), action),
        log: (instance, line) => parts.log(start.graphKey, start.nodeId, instance.spec.label, line.text),
        died: (_, reason) => parts.say({
          type: EventType.algoEnded, tNs: this.#nowNs, graphKey: start.graphKey, nodeId: start.nodeId, reason: endReasons[reason],
        }),
      },
    );
  }

  step(nowNs: number, beat: boolean): number {
    this.#nowNs = nowNs;
    let done = 0;
    const version = this.#parts.books.version(this.#instrument.id);
    if (version !== this.#version) {
      this.#version = version;
      for (const view of this.#parts.books.books(this.#instrument.id, LEVELS)) done += this.#show(view, nowNs);
    }
    if (beat) this.#deployment.advance(nowNs);
    return done;
  }

  report(effect: Report, nowNs: number): void {
    this.#nowNs = nowNs;
    const order = this.#byId.get(`${effect.instance}:${effect.algoOrderId}`);
    const instance = this.#deployment.instances[effect.instance];
    if (order === undefined || instance === undefined) return;
    switch (effect.report) {
      case ReportKind.ack:
        order.acked = true;
        instance.orderAcked(0, order.ref);
        break;
      case ReportKind.fill:
        order.filled += effect.lots;
        instance.orderFilled(0, order.ref, effect.ticks / this.#tickUnit, effect.lots / this.#lotUnit, order.action.side, nowNs);
        break;
      case ReportKind.cancelled:
      case ReportKind.expired: this.#ended(order, instance, effect); break;
      case ReportKind.amended: instance.orderAmended(0, order.ref, effect.ticks / this.#tickUnit, effect.lots / this.#lotUnit); break;
      case ReportKind.amendReject: instance.amendRejected(0, order.ref, abi.REJECT_CODE_INVALID_PARAMS, nowNs); break;
      case ReportKind.reject: {
        const code = rejectCodes[effect.reason] ?? abi.REJECT_CODE_RISK;
        if (!order.acked) instance.orderRejected(0, order.ref, code, nowNs);
        else if (effect.reason !== VenueReason.tooLate) instance.amendRejected(0, order.ref, code, nowNs);
        break;
      }
      default:
    }
    this.#deployment.settle(nowNs);
  }

  /** Its own cancels are carried out; the core has cancelled everything else already. */
  shutdown(nowNs: number): void {
    this.#nowNs = nowNs;
    this.#deployment.shutdown(nowNs);
  }

  #show(view: BookView, nowNs: number): 0 | 1 {
    const index = this.#listings.findIndex((listing) => listing.venue === view.venue);
    const abiId = this.#parts.universe.venues[view.venue]?.abiId;
    if (index < 0 || abiId === undefined) return 0;
    if (!view.fresh) {
      this.#deployment.freshness(abiId, false, nowNs);
      return 0;
    }
    if (view.venueTsNs === this.#seen[index]) return 0;
    this.#seen[index] = view.venueTsNs;
    const top = this.#top;
    top.bidCount = copy(view.bids, top.bidTicks, top.bidLots, this.#tickUnit, this.#lotUnit);
    top.askCount = copy(view.asks, top.askTicks, top.askLots, this.#tickUnit, this.#lotUnit);
    top.recvNs = nowNs;
    this.#deployment.bookChanged(abiId, 0, top, nowNs);
    return 1;
  }

  #act(instance: number, action: GuestAction): void {
    const known = this.#byRef.get(`${instance}:${action.ref}`);
    if (action.kind === abi.ACTION_KIND_CANCEL) {
      if (known !== undefined) known.replace = undefined;
      if (known !== undefined) this.#say(known, 'cancel', 0, 0, 0);
      return;
    }
    if (action.kind === abi.ACTION_KIND_AMEND) {
      if (known !== undefined) this.#amend(known, action);
      return;
    }
    const listing = this.#listings.find((row) => this.#parts.universe.venues[row.venue]?.abiId === action.venueId) ??
      must(this.#listings[instance], 'listing of the instance');
    const intent = action.kind === abi.ACTION_KIND_INTENT;
    const digits = String((BigInt(action.idHigh) << 32n) | BigInt(action.idLow));
    const chase = intent && action.policy === abi.INTENT_POLICY_AGGRESSIVE_CHASE;
    const order: NodeOrder = {
      instance, ref: action.ref, digits, id: digits, versions: 1, ticks: action.priceTicks * this.#tickUnit,
      lots: action.qtyLots * this.#lotUnit, filled: 0, acked: false, replace: undefined,
      action: { venue: listing.venue, side: action.side < 0 ? -1 : 1, orderType: chase ? 'chase' : (orderTypes[action.orderType] ?? 'ioc') },
    };
    this.#byRef.set(`${instance}:${action.ref}`, order);
    this.#byId.set(`${instance}:${order.id}`, order);
    this.#say(order, 'new', order.ticks, order.lots, action.ttlMs * 1_000_000);
  }

  /** Where the venue can't amend: cancel now, a new order with the remainder once that is confirmed. */
  #amend(order: NodeOrder, action: GuestAction): void {
    const ticks = action.priceTicks === 0 ? order.ticks : action.priceTicks * this.#tickUnit;
    const lots = action.qtyLots === 0 ? order.lots : action.qtyLots * this.#lotUnit;
    if (this.#parts.universe.venues[order.action.venue]?.nativeAmend === true) {
      order.ticks = ticks;
      order.lots = lots;
      return this.#say(order, 'amend', ticks, lots, 0);
    }
    const isAsked = order.replace !== undefined;
    order.replace = { ticks, lots };
    if (!isAsked) this.#say(order, 'cancel', 0, 0, 0);
  }

  #ended(order: NodeOrder, instance: AlgoInstance, effect: Report): void {
    const { replace } = order;
    if (effect.algoOrderId !== order.id) return;
    if (replace === undefined || replace.lots <= order.filled || instance.status !== 'running') return instance.orderDone(0, order.ref);
    order.replace = undefined;
    order.ticks = replace.ticks;
    order.lots = replace.lots;
    order.id = `${order.digits}.${++order.versions}`;
    this.#byId.set(`${order.instance}:${order.id}`, order);
    instance.orderAmended(0, order.ref, order.ticks / this.#tickUnit, order.lots / this.#lotUnit);
    return this.#say(order, 'new', order.ticks, order.lots - order.filled, 0);
  }

  #say(order: NodeOrder, kind: (typeof kindNames)[number], priceTicks: number, lots: number, ttlNs: number): void {
    this.#parts.say({
      type: EventType.algoAction, tNs: this.#nowNs, graphKey: this.#start.graphKey, nodeId: this.#start.nodeId,
      instance: order.instance, kind, algoOrderId: order.id, venue: order.action.venue, side: order.action.side,
      orderType: order.action.orderType, priceTicks, lots, ttlNs,
    });
  }
}

/** By place: an array as given, an object's values in order; nothing given: the node's side and quantity_1e8. */
function configOf(start: Start, lot1e8: number): ConfigParam[] {
  const given = JSON.parse(start.configJson) as unknown;
  const values: unknown[] = Array.isArray(given) ? given : Object.values(given as object);
  if (values.length === 0) return [{ type: 'int', value: start.side }, { type: 'int', value: start.lots * lot1e8 }];
  return values.map((value): ConfigParam => {
    if (typeof value === 'boolean') return { type: 'bool', value };
    const number = Number(value);
    if (!Number.isFinite(number)) throw new RangeError(`config value ${JSON.stringify(value)} is no number or boolean`);
    return { type: Number.isInteger(number) ? 'int' : 'float', value: number };
  });
}

function copy(pairs: readonly number[], ticks: Float64Array, lots: Float64Array, tickUnit: number, lotUnit: number): number {
  const count = Math.min(LEVELS, pairs.length >> 1);
  for (let i = 0; i < count; i++) {
    ticks[i] = (pairs[2 * i] ?? 0) / tickUnit;
    lots[i] = Math.floor((pairs[2 * i + 1] ?? 0) / lotUnit);
  }
  return count;
}

function lcm(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
