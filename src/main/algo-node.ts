/** One node of a graph that a module trades: its actions as events of the core, the core's reports as its order news. */
import { must } from '../base/assert.js';
import * as abi from '../algo/abi/layouts.generated.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import { orderCell } from '../algo/guest/cells.js';
import type { GuestAction } from '../algo/host/actions.js';
import type { DeathReason } from '../algo/host/instance.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { RiskView } from '../algo/host/state-writer.js';
import { runLimits } from '../algo/limits.js';
import type { Refusal } from '../algo/refusal.js';
import type { Effect } from '../protocol/effects.js';
import { EventType, ReportKind, VenueReason, type AlgoActionEvent, type AlgoEndedEvent } from '../protocol/events.js';
import type { AccountId, Instrument, Listing, Universe } from '../protocol/universe.js';
import { configParams } from './guests/config-params.js';
import type { GuestDriver, GuestFactory } from './guests/guest-driver.js';
import { symbolSpec, unitOf, type Unit } from './guests/units.js';

export type AlgoStart = Extract<Effect, { kind: 'algo_start' }>;
type Report = Extract<Effect, { kind: 'algo_report' }>;

export interface AlgoNodeParts {
  readonly universe: Universe;
  readonly baseNs: bigint;
  readonly guests: GuestFactory;
  readonly accountOf: (graphKey: string) => AccountId;
  /** The account's limits; the node's own bounds come on top. */
  readonly riskOf: (accountId: AccountId, instrument: Instrument, unit: Unit) => RiskView;
  readonly say: (event: AlgoActionEvent | AlgoEndedEvent) => void;
  readonly log: (graphKey: string, nodeId: string, label: string, text: string) => void;
  readonly nowNs: () => number;
}

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
const MS = 1_000_000;

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
  /** A chasing intent: sent again until then, 0 = it isn't one or is over. */
  chaseUntilNs: number;
}

export class AlgoNode {
  readonly started: Promise<Refusal | undefined>;
  readonly #parts: AlgoNodeParts;
  readonly #start: AlgoStart;
  readonly #instrument: Instrument;
  readonly #listings: Listing[];
  readonly #driver: GuestDriver;
  readonly #unit: Unit;
  /** By instance. */
  readonly #byRef: readonly Map<number, NodeOrder>[];
  readonly #byId: readonly Map<string, NodeOrder>[];
  readonly #dead = new Set<number>();
  /** Rises when an instance is made anew: ids that the guest chooses begin anew with it. */
  readonly #lives: number[];
  #nowNs: number;

  /** @throws RefusalError, RangeError (config) when it can't be made */
  constructor(parts: AlgoNodeParts, start: AlgoStart, module: AdmittedModule, life: number, nowNs: number) {
    this.#parts = parts;
    this.#start = start;
    this.#lives = start.listings.map(() => life);
    this.#byRef = start.listings.map(() => new Map());
    this.#byId = start.listings.map(() => new Map());
    this.#nowNs = nowNs;
    const { universe } = parts;
    this.#listings = start.listings.map((id) => must(universe.listings[id], `listing ${id}`));
    const first = must(this.#listings[0], 'a listing to trade on');
    this.#instrument = must(universe.instruments[first.instrument], 'instrument');
    this.#unit = unitOf(this.#listings);
    const unit = this.#unit;
    const venueOf = (listing: Listing) => must(universe.venues[listing.venue], 'venue');
    const accountId = parts.accountOf(start.graphKey);
    const risk = parts.riskOf(accountId, this.#instrument, unit);
    this.#driver = parts.guests.make({
      accountId, module,
      spec: {
        id: `${start.graphKey}:${start.nodeId}`,
        instances: this.#listings.map((listing, i) => ({
          label: start.labels[i] ?? (this.#listings.length === 1 ? 'main' : venueOf(listing).name), venueId: venueOf(listing).abiId,
        })),
        symbols: [symbolSpec(this.#instrument, this.#listings, unit)],
        // What the node may still trade is the core's to judge; the guest sees how much it may hold.
        risk: { ...risk, maxPositionLots: Math.floor(start.lots / unit.lot) },
        config: configOf(start, this.#instrument.lot1e8), baseNs: parts.baseNs,
      },
      markets: this.#listings.map((listing) => ({ listing, symbol: 0, abiId: venueOf(listing).abiId, tickUnit: unit.tick, lotUnit: unit.lot })),
      listener: {
        act: (instance, action) => this.#act(instance, action),
        log: (label, line) => parts.log(start.graphKey, start.nodeId, label, line.text),
        died: (instance, reason) => this.#died(instance, reason),
        paused: (instance, reason) => parts.log(start.graphKey, start.nodeId, '', `instance ${instance} paused: ${reason}`),
        restarted: (places) => this.#restarted(places),
      },
    });
    this.started = this.#driver.started;
  }

  step(nowNs: number, beat: boolean): number {
    this.#nowNs = nowNs;
    return this.#driver.step(nowNs, beat);
  }

  report(effect: Report, nowNs: number): void {
    this.#nowNs = nowNs;
    const order = this.#byId[effect.instance]?.get(effect.algoOrderId);
    if (order === undefined) return this.#orphanReport(effect);
    const tell = (kind: number, rest: { priceTicks?: number; lots?: number; side?: number; code?: number } = {}): void => {
      this.#driver.tell({ kind, instance: effect.instance, symbol: 0, ref: order.ref, tNs: nowNs, ...rest });
    };
    switch (effect.report) {
      case ReportKind.ack:
        order.acked = true;
        return tell(orderCell.acked);
      case ReportKind.fill:
        order.filled += effect.lots;
        if (order.filled >= order.lots) this.#forget(order);
        return tell(orderCell.filled, { priceTicks: effect.ticks / this.#unit.tick, lots: effect.lots / this.#unit.lot, side: order.action.side });
      case ReportKind.cancelled:
      case ReportKind.expired: return this.#ended(order, effect);
      case ReportKind.amended:
        return tell(orderCell.amended, { priceTicks: effect.ticks / this.#unit.tick, lots: effect.lots / this.#unit.lot });
      case ReportKind.amendReject: return tell(orderCell.amendRejected, { code: abi.REJECT_CODE_INVALID_PARAMS });
      case ReportKind.reject: {
        const code = rejectCodes[effect.reason] ?? abi.REJECT_CODE_RISK;
        if (!order.acked) {
          this.#forget(order);
          tell(orderCell.rejected, { code });
        } else if (effect.reason !== VenueReason.tooLate) tell(orderCell.amendRejected, { code });
        return undefined;
      }
      default: return undefined;
    }
  }

  /** Its own cancels are carried out; the core has cancelled everything else already. */
  shutdown(nowNs: number): void {
    this.#nowNs = nowNs;
    this.#driver.shutdown(nowNs);
  }

  /** An order of an earlier life of the instances: a fill moves the position all the same. */
  #orphanReport(effect: Report): void {
    if (effect.report !== ReportKind.fill) return;
    this.#driver.tell({
      kind: orderCell.filled, instance: effect.instance, symbol: 0, ref: 0, tNs: this.#nowNs, side: this.#start.side,
      priceTicks: effect.ticks / this.#unit.tick, lots: effect.lots / this.#unit.lot,
    });
  }

  #died(instance: number, reason: DeathReason): void {
    this.#dead.add(instance);
    const { graphKey, nodeId } = this.#start;
    this.#parts.say({ type: EventType.algoEnded, tNs: this.#nowNs, graphKey, nodeId, reason: endReasons[reason] });
  }

  /** A sibling's end took its thread along: fresh instances, and the orders of the old ones go. */
  #restarted(places: readonly number[]): void {
    for (const order of places.flatMap((place) => [...new Set(this.#byId[place]?.values() ?? [])])) {
      order.replace = undefined;
      order.chaseUntilNs = 0;
      this.#say(order, 'cancel', 0, 0, 0);
      this.#forget(order);
    }
    for (const place of places) this.#lives[place] = (this.#lives[place] ?? 0) + 1;
    this.#parts.log(this.#start.graphKey, this.#start.nodeId, '', 'started anew: another module of the account had its thread ended');
  }

  #act(instance: number, action: GuestAction): void {
    const known = this.#byRef[instance]?.get(action.ref);
    if (action.kind === abi.ACTION_KIND_CANCEL) {
      if (known === undefined) return;
      known.replace = undefined;
      known.chaseUntilNs = 0;
      return this.#say(known, 'cancel', 0, 0, 0);
    }
    if (action.kind === abi.ACTION_KIND_AMEND) {
      if (known !== undefined) this.#amend(known, action);
      return;
    }
    const { venues } = this.#parts.universe;
    const listing = this.#listings.find((row) => venues[row.venue]?.abiId === action.venueId) ??
      must(this.#listings[instance], 'listing of the instance');
    const intent = action.kind === abi.ACTION_KIND_INTENT;
    const given = decimal(action.idHigh, action.idLow);
    const life = this.#lives[instance] ?? 0;
    const digits = life === 0 ? given : `${given}r${life}`;
    const chase = intent && action.policy === abi.INTENT_POLICY_AGGRESSIVE_CHASE;
    const order: NodeOrder = {
      instance, ref: action.ref, digits, id: digits, versions: 1, ticks: action.priceTicks * this.#unit.tick,
      lots: action.qtyLots * this.#unit.lot, filled: 0, acked: false, replace: undefined,
      chaseUntilNs: !chase ? 0 : action.ttlMs === 0 ? Infinity : this.#nowNs + action.ttlMs * MS,
      action: { venue: listing.venue, side: action.side < 0 ? -1 : 1, orderType: intent ? 'ioc' : (orderTypes[action.orderType] ?? 'ioc') },
    };
    this.#byRef[instance]?.set(action.ref, order);
    this.#byId[instance]?.set(order.id, order);
    this.#say(order, 'new', order.ticks, order.lots, action.ttlMs * MS);
  }

  /** Where the venue can't amend: cancel now, a new order with the remainder once that is confirmed. */
  #amend(order: NodeOrder, action: GuestAction): void {
    const ticks = action.priceTicks === 0 ? order.ticks : action.priceTicks * this.#unit.tick;
    const lots = action.qtyLots === 0 ? order.lots : action.qtyLots * this.#unit.lot;
    if (this.#parts.universe.venues[order.action.venue]?.nativeAmend === true) {
      order.ticks = ticks;
      order.lots = lots;
      return this.#say(order, 'amend', ticks, lots, 0);
    }
    const isAsked = order.replace !== undefined;
    order.replace = { ticks, lots };
    if (!isAsked) this.#say(order, 'cancel', 0, 0, 0);
  }

  #ended(order: NodeOrder, effect: Report): void {
    if (effect.algoOrderId !== order.id) return;
    const { replace } = order;
    const lives = !this.#dead.has(order.instance);
    const chases = order.chaseUntilNs > this.#nowNs && order.versions < runLimits.chaseTries && order.filled < order.lots;
    const news = { instance: order.instance, symbol: 0, ref: order.ref, tNs: this.#nowNs };
    if (lives && chases) return this.#again(order);
    if (replace === undefined || replace.lots <= order.filled || !lives) {
      this.#forget(order);
      return this.#driver.tell({ ...news, kind: orderCell.done });
    }
    order.replace = undefined;
    order.ticks = replace.ticks;
    order.lots = replace.lots;
    this.#driver.tell({ ...news, kind: orderCell.amended, priceTicks: order.ticks / this.#unit.tick, lots: order.lots / this.#unit.lot });
    return this.#again(order);
  }

  /** It is over: what the core still says of it moves the position only. */
  #forget(order: NodeOrder): void {
    const byId = this.#byId[order.instance];
    this.#byRef[order.instance]?.delete(order.ref);
    byId?.delete(order.digits);
    for (let version = 2; version <= order.versions; version++) byId?.delete(`${order.digits}.${version}`);
  }

  /** What is left of it, as a new order of the core; the guest keeps its id. */
  #again(order: NodeOrder): void {
    order.id = `${order.digits}.${++order.versions}`;
    this.#byId[order.instance]?.set(order.id, order);
    this.#say(order, 'new', order.ticks, order.lots - order.filled, 0);
  }

  #say(order: NodeOrder, kind: AlgoActionEvent['kind'], priceTicks: number, lots: number, ttlNs: number): void {
    this.#parts.say({
      type: EventType.algoAction, tNs: this.#nowNs, graphKey: this.#start.graphKey, nodeId: this.#start.nodeId,
      instance: order.instance, kind, algoOrderId: order.id, venue: order.action.venue, side: order.action.side,
      orderType: order.action.orderType, priceTicks, lots, ttlNs,
    });
  }
}

/** The digits of an id that the guest chose. */
function decimal(high: number, low: number): string {
  return high < 2 ** 21 ? String(high * 2 ** 32 + low) : String((BigInt(high) << 32n) | BigInt(low));
}

/** Nothing given: the node's side and quantity_1e8. */
function configOf(start: AlgoStart, lot1e8: number): ConfigParam[] {
  const given = configParams(start.configJson);
  return given.length > 0 ? given : [{ type: 'int', value: start.side }, { type: 'int', value: start.lots * lot1e8 }];
}
