/**
 * One uploaded module at work: carries out its actions as orders of its account. Every order is an execution graph of
 * one node, submitted like anybody else's, so that it passes the same checks and limits, is journaled with them and
 * seen in the same lists (`<run>-<instance>-<number>`, where `<run>` is the deployment's id and a number).
 */
import { must } from '../base/assert.js';
import * as abi from '../algo/abi/layouts.generated.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import { orderCell } from '../algo/guest/cells.js';
import type { GuestAction } from '../algo/host/actions.js';
import type { DeathReason, PauseReason } from '../algo/host/instance.js';
import type { LogLine } from '../algo/host/log-book.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { RiskView } from '../algo/host/state-writer.js';
import type { CarriedPosition } from '../algo/host/symbol-state.js';
import { runLimits } from '../algo/limits.js';
import type { Command } from '../protocol/commands.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { BookAccess } from '../protocol/engine-port.js';
import type { AccountId, Instrument, Listing, Universe, VenueId } from '../protocol/universe.js';
import { deploymentOrderGraph } from './deployment-order.js';
import type { GuestDriver, GuestFactory } from './guests/guest-driver.js';
import { symbolSpec, unitOf, type Unit } from './guests/units.js';

/** What the deployment's owner is told. */
export interface RunningListener {
  log(label: string, line: LogLine): void;
  /** An action, a fill, an end: a line of its `traces` stream. */
  trace(label: string, tNs: number, kind: string, data: Readonly<Record<string, unknown>>): void;
  /** Deaths, pauses, restarts: its view changed. */
  changed(): void;
  /** Lines of the run's tape; given: everything that its instances see and do is recorded. */
  tape?(text: string): void;
}

export interface RunningParts {
  /** Unique for ever: begins with the deployment's id and a dash. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly universe: Universe;
  readonly baseNs: bigint;
  readonly guests: GuestFactory;
  readonly instruments: readonly Instrument[];
  /** Label and venue of each instance. */
  readonly instances: readonly { readonly label: string; readonly venue: number }[];
  readonly config: readonly ConfigParam[];
  readonly risk: RiskView;
  /** Where a predecessor ended; undefined = nowhere. */
  readonly carried: readonly (readonly CarriedPosition[])[] | undefined;
  /** Submits a command of the account; refusals come back as their code. */
  readonly command: (command: Command, refused: (code: string) => void) => void;
  readonly listener: RunningListener;
  readonly nowNs: () => number;
  readonly books: BookAccess;
}

interface DeployedOrder {
  /** Of the graph that works now: a chasing intent is several, one after the other. */
  graphId: string;
  readonly instance: number;
  readonly symbol: number;
  readonly ref: number;
  readonly side: 1 | -1;
  acked: boolean;
  ended: boolean;
  filled: number;
  /** As the guest counts them. */
  guestTicks: number;
  guestLots: number;
  /** A chasing intent: sent again until then; 0 = it isn't one or is over. */
  chaseUntilNs: number;
  tries: number;
  readonly venue: VenueId;
}

/** A refusal is told at the next step, never from within a callback. */
interface Refused {
  readonly refused: DeployedOrder;
  readonly code: number;
}

const rejectCodes: Readonly<Record<string, number>> = {
  INSUFFICIENT_BALANCE: abi.REJECT_CODE_INSUFFICIENT_BALANCE, VALIDATION_ERROR: abi.REJECT_CODE_INVALID_PARAMS,
  ORDER_RATE: abi.REJECT_CODE_RATE_LIMIT, RATE_LIMITED: abi.REJECT_CODE_RATE_LIMIT, KILL_SWITCH: abi.REJECT_CODE_KILL_SWITCH,
  POSITION_LIMIT: abi.REJECT_CODE_POSITION_LIMIT, PRICE_DEVIATION: abi.REJECT_CODE_PRICE_DEVIATION,
  DAILY_LOSS_LIMIT: abi.REJECT_CODE_DAILY_LOSS_LIMIT, BAD_VENUE: abi.REJECT_CODE_BAD_VENUE, STALE_VENUE: abi.REJECT_CODE_STALE_VENUE,
};
/** Graphs kept, so that what is told of ended ones late finds its order. */
const graphsKept = 8_192;

export class RunningDeployment {
  readonly driver: GuestDriver;
  /** `label: reason: detail` of each instance that died. */
  readonly deaths: string[] = [];
  readonly pauses = new Map<string, PauseReason>();
  fills = 0;
  rejects = 0;
  restarts = 0;
  /** By instance, how often its thread was ended under it. */
  readonly #lives = new Map<number, number>();
  readonly #parts: RunningParts;
  readonly #units: Unit[];
  readonly #orders = new Map<string, DeployedOrder>();
  readonly #dead = new Set<number>();
  /** News of the core, and refusals, since the last step. */
  #news: (AccountEvent | Refused)[] = [];
  #open = 0;

  /** @throws RefusalError when an instance can't be made at once; else see `driver.started` */
  constructor(parts: RunningParts, module: AdmittedModule) {
    this.#parts = parts;
    const { universe, instruments, instances } = parts;
    const abiOf = (venue: number): number => must(universe.venues[venue], 'venue').abiId;
    this.#units = instruments.map((instrument) => unitOf(this.#listings(instrument)));
    this.driver = parts.guests.make({
      accountId: parts.accountId, module,
      spec: {
        id: parts.id, instances: instances.map(({ label, venue }) => ({ label, venueId: abiOf(venue) })),
        symbols: instruments.map((instrument, i) => symbolSpec(instrument, this.#listings(instrument), this.#unit(i))),
        risk: parts.risk, config: parts.config, baseNs: parts.baseNs, ...(parts.carried === undefined ? {} : { carried: parts.carried }),
      },
      markets: instruments.flatMap((instrument, symbol) => this.#listings(instrument).map((listing) => ({
        listing, symbol, abiId: abiOf(listing.venue), tickUnit: this.#unit(symbol).tick, lotUnit: this.#unit(symbol).lot,
      }))),
      listener: {
        act: (instance, action) => this.#act(instance, action),
        log: (label, line) => parts.listener.log(label, line),
        died: (instance, reason, detail) => this.#died(instance, reason, detail),
        paused: (instance, reason) => this.#paused(instance, reason),
        restarted: (places) => this.#restarted(places),
        ...(parts.listener.tape === undefined ? {} : { tape: (text: string) => parts.listener.tape?.(text) }),
      },
    });
  }

  get isDead(): boolean {
    return this.#dead.size === this.#parts.instances.length;
  }

  get openOrders(): number {
    return this.#open;
  }

  /** Instrument lots of one lot as the guest counts them. */
  lotUnit(symbol: number): number {
    return this.#unit(symbol).lot;
  }

  /** An account event of one of the deployment's graphs, also of earlier runs; worked on at the next step. */
  hear(event: AccountEvent): void {
    if (event.channel === 'children' || event.channel === 'fills' || event.channel === 'orders') this.#news.push(event);
  }

  step(nowNs: number, beat: boolean): number {
    return this.flush(nowNs) + this.driver.step(nowNs, beat);
  }

  /** Tells the instances what came since; then the ledger knows every fill heard. */
  flush(nowNs: number): number {
    const done = this.#news.length;
    for (const event of this.#news.splice(0)) {
      if ('refused' in event) this.#refused(event);
      else this.#follow(event, nowNs);
    }
    return done;
  }

  start(): void {
    this.pauses.clear();
    this.driver.start(this.#parts.nowNs());
  }

  stop(): void {
    this.driver.stop(this.#parts.nowNs());
  }

  /** Shutdown callback, then everything still open is cancelled. */
  shutdown(): void {
    this.driver.shutdown(this.#parts.nowNs());
    this.#cancelOpen();
  }

  #label(instance: number): string {
    return this.#parts.instances[instance]?.label ?? '';
  }

  #unit(symbol: number): Unit {
    return must(this.#units[symbol], 'unit');
  }

  #died(instance: number, reason: DeathReason, detail: string): void {
    const label = this.#label(instance);
    this.#dead.add(instance);
    this.deaths.push(`${label}: ${reason}: ${detail}`);
    this.#cancelOpen(instance);
    this.#parts.listener.trace(label, this.#parts.nowNs(), 'died', { reason, detail });
    this.#parts.listener.changed();
  }

  #paused(instance: number, reason: PauseReason): void {
    const label = this.#label(instance);
    this.pauses.set(label, reason);
    this.#parts.listener.trace(label, this.#parts.nowNs(), 'paused', { reason });
    this.#parts.listener.changed();
  }

  /** Fresh instances list no orders: those of the old ones are cancelled and belong to nobody. */
  #restarted(places: readonly number[]): void {
    for (const place of places) {
      this.#cancelOpen(place);
      this.#lives.set(place, this.#life(place) + 1);
    }
    for (const [graphId, order] of this.#orders) {
      if (!places.includes(order.instance)) continue;
      this.#orders.delete(graphId);
      this.#end(order);
    }
    this.restarts++;
    this.#parts.listener.trace('', this.#parts.nowNs(), 'restarted', { reason: 'another module of the account had its thread ended' });
    this.#parts.listener.changed();
  }

  #cancelOpen(instance?: number): void {
    for (const order of this.#orders.values()) {
      if (!order.ended && (instance === undefined || order.instance === instance)) this.#cancel(order);
    }
  }

  #listings(instrument: Instrument): Listing[] {
    const venues = new Set(this.#parts.instances.map(({ venue }) => venue));
    return instrument.listings.map((id) => must(this.#parts.universe.listings[id], 'listing')).filter((row) => venues.has(row.venue));
  }

  #graphId(instance: number, ref: number): string {
    const life = this.#life(instance);
    return `${this.#parts.id}${life === 0 ? '' : `r${life}`}-${instance}-${ref}`;
  }

  /** How often its thread was ended under it by another module. */
  #life(instance: number): number {
    return this.#lives.get(instance) ?? 0;
  }

  #act(instance: number, action: GuestAction): void {
    const graphId = this.#graphId(instance, action.ref);
    const known = this.#orders.get(graphId);
    const unit = this.#unit(action.symbol);
    this.#traceAction(instance, action);
    if (action.kind === abi.ACTION_KIND_CANCEL) {
      if (known === undefined || known.ended) return;
      known.chaseUntilNs = 0;
      this.#cancel(known);
      return;
    }
    if (action.kind === abi.ACTION_KIND_AMEND) {
      if (known !== undefined && !known.ended) this.#amend(known, action, unit);
      return;
    }
    const { universe, instances, nowNs } = this.#parts;
    const own = must(instances[instance], 'instance').venue;
    const chase = action.kind === abi.ACTION_KIND_INTENT && action.policy === abi.INTENT_POLICY_AGGRESSIVE_CHASE;
    const order: DeployedOrder = {
      graphId, instance, symbol: action.symbol, ref: action.ref, side: action.side < 0 ? -1 : 1, acked: false, ended: false,
      filled: 0, guestTicks: action.priceTicks, guestLots: action.qtyLots, tries: 1,
      chaseUntilNs: !chase ? 0 : action.ttlMs === 0 ? Infinity : nowNs() + action.ttlMs * 1_000_000,
      venue: action.venueId === 0 ? own : (universe.venues.find((row) => row.abiId === action.venueId)?.id ?? own),
    };
    this.#open++;
    if (action.kind === abi.ACTION_KIND_NEW && action.orderType === abi.ORDER_TYPE_POST_ONLY && this.#crosses(order)) return this.#refuse(order, 'VALIDATION_ERROR');
    this.#submit(order, action.kind === abi.ACTION_KIND_INTENT ? abi.ORDER_TYPE_IOC : action.orderType, action.qtyLots * unit.lot);
  }

  #submit(order: DeployedOrder, orderType: number, lots: number): void {
    const { accountId, instruments } = this.#parts;
    const { graphId, venue, side } = order;
    this.#orders.set(graphId, order);
    if (this.#orders.size > 2 * graphsKept) this.#dropEnded();
    const graph = deploymentOrderGraph({
      graphId, accountId, orderType, lots, limitTicks: order.guestTicks * this.#unit(order.symbol).tick, side, venue,
      instrument: must(instruments[order.symbol], 'instrument').id,
    });
    this.#parts.command({ kind: 'submit', graph, bodyHash: graphId, repeatKey: '' }, (code) => this.#refuse(order, code));
  }

  #refuse(order: DeployedOrder, code: string): void {
    this.rejects++;
    this.#news.push({ refused: order, code: rejectCodes[code] ?? abi.REJECT_CODE_RISK });
  }

  /** A post-only order that would take now is rejected (ABI §4); the engine's own would move away from the touch. */
  #crosses({ symbol, venue, side, guestTicks }: DeployedOrder): boolean {
    const instrument = must(this.#parts.instruments[symbol], 'instrument');
    const view = this.#parts.books.books(instrument.id, 1).find((row) => row.venue === venue);
    const ticks = guestTicks * this.#unit(symbol).tick;
    if (view === undefined || !view.fresh) return false;
    return side > 0 ? view.asks[0] !== undefined && ticks >= view.asks[0] : view.bids[0] !== undefined && ticks <= view.bids[0];
  }

  #traceAction(instance: number, action: GuestAction): void {
    const { listener, instruments, nowNs } = this.#parts;
    const instrument = must(instruments[action.symbol], 'instrument');
    const unit = this.#unit(action.symbol);
    listener.trace(this.#label(instance), nowNs(), 'action', {
      action: ['new', 'cancel', 'amend', 'intent'][action.kind], order: action.ref, symbol: instrument.symbol,
      side: action.side === 0 ? null : action.side > 0 ? 'buy' : 'sell',
      price_1e9: action.priceTicks * unit.tick * instrument.tick1e9, qty_1e8: action.qtyLots * unit.lot * instrument.lot1e8,
    });
  }

  #cancel(order: DeployedOrder): void {
    this.#parts.command({ kind: 'cancel_graph', graphId: order.graphId, flatten: false }, () => {});
  }

  #amend(order: DeployedOrder, action: GuestAction, unit: Unit): void {
    const lots = action.qtyLots === 0 ? null : action.qtyLots * unit.lot;
    const limitTicks = action.priceTicks === 0 ? null : action.priceTicks * unit.tick;
    // The view of the guest changes at once: the core answers in the same cycle or refuses.
    const before = { priceTicks: order.guestTicks, lots: order.guestLots };
    order.guestTicks = action.priceTicks || before.priceTicks;
    order.guestLots = action.qtyLots || before.lots;
    this.#tell(order, orderCell.amended, { priceTicks: order.guestTicks, lots: order.guestLots });
    this.#parts.command({ kind: 'amend_node', graphId: order.graphId, nodeId: 'order', lots, limitTicks }, (code) => {
      order.guestTicks = before.priceTicks;
      order.guestLots = before.lots;
      this.#tell(order, orderCell.amended, before);
      this.#tell(order, orderCell.amendRejected, { code: rejectCodes[code] ?? abi.REJECT_CODE_INVALID_PARAMS });
    });
  }

  #tell(order: DeployedOrder, kind: number, rest: { priceTicks?: number; lots?: number; side?: number; code?: number } = {}): void {
    this.driver.tell({ kind, instance: order.instance, symbol: order.symbol, ref: order.ref, tNs: this.#parts.nowNs(), ...rest });
  }

  #follow(event: AccountEvent, nowNs: number): void {
    const order = this.#orders.get(event.graphId);
    const data = event.data as Readonly<Record<string, unknown>>;
    if (event.channel === 'fills') return this.#filled(event.graphId, order, data, nowNs);
    if (order === undefined || order.graphId !== event.graphId) return;
    if (event.channel === 'children' && data['status'] === 'live' && !order.acked) {
      order.acked = true;
      this.#tell(order, orderCell.acked);
    } else if (event.channel === 'orders' && !order.ended) this.#status(order, String(data['status']), String(data['failure_reason']));
  }

  /** A fill of an order of an earlier run or life has no order here: it moves the position of its instance. */
  #filled(graphId: string, order: DeployedOrder | undefined, data: Readonly<Record<string, unknown>>, nowNs: number): void {
    const instance = order?.instance ?? instanceOf(graphId);
    const symbol = order?.symbol ?? this.#parts.instruments.findIndex((row) => row.symbol === data['symbol']);
    const instrument = this.#parts.instruments[symbol];
    if (instrument === undefined || this.#parts.instances[instance] === undefined) return;
    const unit = this.#unit(symbol);
    const lots = Number(data['qty_1e8']) / instrument.lot1e8;
    const ticks = Number(data['price_1e9']) / instrument.tick1e9;
    const side = order?.side ?? (data['side'] === 'sell' ? -1 : 1);
    this.fills++;
    if (order !== undefined) order.filled += lots;
    this.driver.tell({
      kind: orderCell.filled, instance, symbol, ref: order?.ref ?? 0, tNs: nowNs, side, priceTicks: ticks / unit.tick, lots: lots / unit.lot,
    });
    this.#parts.listener.trace(this.#label(instance), nowNs, 'fill', {
      order: order?.ref ?? 0, symbol: instrument.symbol, side: side > 0 ? 'buy' : 'sell', price_1e9: Number(data['price_1e9']),
      qty_1e8: Number(data['qty_1e8']), venue: data['venue'],
    });
  }

  #refused({ refused: order, code }: Refused): void {
    if (order.ended) return;
    this.#tell(order, orderCell.rejected, { code });
    this.#end(order);
  }

  #status(order: DeployedOrder, status: string, reason: string): void {
    if (!['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(status)) return;
    if (status === 'REJECTED') {
      this.rejects++;
      this.#tell(order, orderCell.rejected, { code: rejectCodes[reason] ?? abi.REJECT_CODE_RISK });
    } else if (status !== 'FILLED' && this.#chase(order)) return;
    else this.#tell(order, orderCell.done);
    this.#end(order);
  }

  /** IOC again at once, never beyond its price, until filled, its time is over or 16 tries (ABI §4). */
  #chase(order: DeployedOrder): boolean {
    const unit = this.#unit(order.symbol);
    const lots = order.guestLots * unit.lot - order.filled;
    if (order.chaseUntilNs <= this.#parts.nowNs() || order.tries >= runLimits.chaseTries || lots <= 0 || this.#dead.has(order.instance)) return false;
    order.graphId = `${this.#graphId(order.instance, order.ref)}c${++order.tries}`;
    this.#submit(order, abi.ORDER_TYPE_IOC, lots);
    return true;
  }

  #end(order: DeployedOrder): void {
    if (order.ended) return;
    order.ended = true;
    this.#open--;
  }

  #dropEnded(): void {
    for (const [graphId, each] of this.#orders) {
      if (this.#orders.size <= graphsKept) break;
      if (each.ended || each.graphId !== graphId) this.#orders.delete(graphId);
    }
  }
}

/** `<run>-<instance>-<number>`; -1 for anything else. */
function instanceOf(graphId: string): number {
  const match = /-(\d{1,4})-\d+(?:c\d+)?$/.exec(graphId);
  return match === null ? -1 : Number(match[1]);
}
