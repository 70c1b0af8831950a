/**
 * One uploaded module at work: shows it the books and carries out its actions as orders of its account. Every order
 * is an execution graph of one node, submitted like anybody else's, so that it passes the same checks and limits,
 * is journaled with them and seen in the same lists (`<deployment>-<instance>-<number>`).
 */
import { must } from '../base/assert.js';
import * as abi from '../algo/abi/layouts.generated.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import type { GuestAction } from '../algo/host/actions.js';
import { BookTop, LEVELS } from '../algo/host/book-top.js';
import { Deployment } from '../algo/host/deployment.js';
import type { AlgoInstance } from '../algo/host/instance.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { Command } from '../protocol/commands.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { BookAccess, BookView } from '../protocol/engine-port.js';
import type { GraphSpec, NodeSpec, Tif } from '../protocol/graph-spec.js';
import type { AccountId, Instrument, Listing, Universe } from '../protocol/universe.js';

export interface RunningParts {
  readonly id: string;
  readonly accountId: AccountId;
  readonly universe: Universe;
  readonly baseNs: bigint;
  readonly books: BookAccess;
  readonly instruments: readonly Instrument[];
  /** Label and venue of each instance. */
  readonly instances: readonly { readonly label: string; readonly venue: number }[];
  readonly config: readonly ConfigParam[];
  /** Submits a command of the account; refusals come back as their code. */
  readonly command: (command: Command, refused: (code: string) => void) => void;
}

interface DeployedOrder {
  readonly graphId: string;
  readonly instance: number;
  readonly symbol: number;
  readonly ref: number;
  readonly side: 1 | -1;
  acked: boolean;
  ended: boolean;
  filled: number;
  lots: number;
}

/** Units of one symbol's guest prices and quantities, in instrument ticks and lots. */
interface Unit {
  readonly tick: number;
  readonly lot: number;
}

const tifs: readonly Tif[] = ['gtc', 'ioc', 'ioc', 'fok', 'post_only'];
const noLimits = { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false };
const NS = 1_000_000_000;
const rejectCodes: Readonly<Record<string, number>> = {
  INSUFFICIENT_BALANCE: abi.REJECT_CODE_INSUFFICIENT_BALANCE, VALIDATION_ERROR: abi.REJECT_CODE_INVALID_PARAMS,
  ORDER_RATE: abi.REJECT_CODE_RATE_LIMIT, RATE_LIMITED: abi.REJECT_CODE_RATE_LIMIT, KILL_SWITCH: abi.REJECT_CODE_KILL_SWITCH,
  POSITION_LIMIT: abi.REJECT_CODE_POSITION_LIMIT, PRICE_DEVIATION: abi.REJECT_CODE_PRICE_DEVIATION,
  DAILY_LOSS_LIMIT: abi.REJECT_CODE_DAILY_LOSS_LIMIT, BAD_VENUE: abi.REJECT_CODE_BAD_VENUE, STALE_VENUE: abi.REJECT_CODE_STALE_VENUE,
};

export class RunningDeployment {
  readonly guests: Deployment;
  readonly deaths: string[] = [];
  fills = 0;
  rejects = 0;
  readonly #parts: RunningParts;
  readonly #units: Unit[];
  readonly #orders = new Map<string, DeployedOrder>();
  readonly #top = new BookTop();
  readonly #versions: number[];
  readonly #seen = new Map<string, number>();
  /** News of the core since the last step. */
  #news: AccountEvent[] = [];
  #nowNs = 0;

  /** @throws RefusalError when an instance can't be made */
  constructor(parts: RunningParts, module: AdmittedModule) {
    this.#parts = parts;
    this.#versions = parts.instruments.map(() => -1);
    this.#units = parts.instruments.map((instrument) => this.#unitOf(instrument));
    this.guests = new Deployment(
      {
        id: parts.id,
        instances: parts.instances.map(({ label, venue }) => ({ label, venueId: must(parts.universe.venues[venue], 'venue').abiId })),
        symbols: parts.instruments.map((instrument, i) => {
          const unit = must(this.#units[i], 'unit');
          const listings = this.#listings(instrument);
          return {
            name: instrument.symbol, tick1e9: instrument.tick1e9 * unit.tick, lot1e8: instrument.lot1e8 * unit.lot,
            minQtyLots: Math.ceil(Math.max(...listings.map((row) => row.minLots)) / unit.lot), pricePrecision: 0, qtyPrecision: 0,
            minNotional1e9: Math.max(...listings.map((row) => row.minNotional1e9)),
          };
        }),
        risk: noLimits, config: parts.config, baseNs: parts.baseNs,
      },
      new WebAssembly.Module(module.metered), module.profile,
      {
        act: (instance, action) => this.#act(this.guests.instances.indexOf(instance), action),
        log: () => {},
        died: (instance, reason, detail) => {
          this.deaths.push(`${instance.spec.label}: ${reason}: ${detail}`);
          this.#cancelOpen(this.guests.instances.indexOf(instance));
        },
      },
    );
  }

  get openOrders(): number {
    let open = 0;
    for (const order of this.#orders.values()) if (!order.ended) open++;
    return open;
  }

  /** An account event of one of its graphs; worked on at the next step. */
  hear(event: AccountEvent): void {
    if (this.#orders.has(event.graphId)) this.#news.push(event);
  }

  step(nowNs: number, beat: boolean): number {
    this.#nowNs = nowNs;
    let done = this.#news.length;
    for (const event of this.#news.splice(0)) this.#follow(event);
    if (done > 0) this.guests.settle(nowNs);
    this.#parts.instruments.forEach((instrument, symbol) => {
      const version = this.#parts.books.version(instrument.id);
      if (version === this.#versions[symbol]) return;
      this.#versions[symbol] = version;
      for (const view of this.#parts.books.books(instrument.id, LEVELS)) done += this.#show(view, symbol);
    });
    if (beat) this.guests.advance(nowNs);
    return done;
  }

  /** Shutdown callback, then everything still open is cancelled. */
  shutdown(): void {
    this.guests.shutdown(this.#nowNs);
    this.#cancelOpen();
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

  #unitOf(instrument: Instrument): Unit {
    const listings = this.#listings(instrument);
    return {
      tick: listings.reduce((unit, row) => lcm(unit, row.tickMultiple), 1), lot: listings.reduce((unit, row) => lcm(unit, row.lotMultiple), 1),
    };
  }

  #show(view: BookView, symbol: number): 0 | 1 {
    const abiId = this.#parts.universe.venues[view.venue]?.abiId ?? 0;
    const unit = must(this.#units[symbol], 'unit');
    if (!this.#parts.instances.some(({ venue }) => venue === view.venue)) return 0;
    if (!view.fresh) {
      this.guests.freshness(abiId, false, this.#nowNs);
      return 0;
    }
    const key = `${symbol}:${view.venue}`;
    if (this.#seen.get(key) === view.venueTsNs) return 0;
    this.#seen.set(key, view.venueTsNs);
    this.#top.bidCount = copy(view.bids, this.#top.bidTicks, this.#top.bidLots, unit);
    this.#top.askCount = copy(view.asks, this.#top.askTicks, this.#top.askLots, unit);
    this.#top.recvNs = this.#nowNs;
    this.guests.bookChanged(abiId, symbol, this.#top, this.#nowNs);
    return 1;
  }

  #act(instance: number, action: GuestAction): void {
    const graphId = `${this.#parts.id}-${instance}-${action.ref}`;
    const known = this.#orders.get(graphId);
    const unit = must(this.#units[action.symbol], 'unit');
    if (action.kind === abi.ACTION_KIND_CANCEL) {
      if (known !== undefined && !known.ended) this.#cancel(known);
      return;
    }
    if (action.kind === abi.ACTION_KIND_AMEND) {
      if (known !== undefined && !known.ended) this.#amend(known, action, unit);
      return;
    }
    const order: DeployedOrder = {
      graphId, instance, symbol: action.symbol, ref: action.ref, side: action.side < 0 ? -1 : 1, acked: false, ended: false,
      filled: 0, lots: action.qtyLots * unit.lot,
    };
    this.#orders.set(graphId, order);
    const graph = this.#graph(order, action, unit);
    this.#parts.command({ kind: 'submit', graph, bodyHash: graphId, repeatKey: '' }, (code) => {
      order.ended = true;
      this.rejects++;
      this.#instance(order)?.orderRejected(order.symbol, order.ref, rejectCodes[code] ?? abi.REJECT_CODE_RISK, this.#nowNs);
    });
  }

  #graph(order: DeployedOrder, action: GuestAction, unit: Unit): GraphSpec {
    const { universe, accountId, instances } = this.#parts;
    const own = must(instances[order.instance], 'instance').venue;
    const venue = action.venueId === 0 ? own : (universe.venues.find((row) => row.abiId === action.venueId)?.id ?? own);
    const market = action.kind === abi.ACTION_KIND_NEW && action.orderType === abi.ORDER_TYPE_MARKET;
    const chase = action.kind === abi.ACTION_KIND_INTENT && action.policy === abi.INTENT_POLICY_AGGRESSIVE_CHASE;
    const horizonNs = action.ttlMs > 0 ? action.ttlMs * 1_000_000 : 10 * NS;
    const node: NodeSpec = {
      nodeId: 'order', instrument: must(this.#parts.instruments[order.symbol], 'instrument').id, side: order.side,
      orderType: market ? 'market' : 'limit', limitTicks: market ? null : action.priceTicks * unit.tick,
      quantity: { kind: 'fixed', lots: order.lots }, venues: [venue], pinned: true,
      policy: chase ? { kind: 'aggressive_chase', chaseIntervalNs: NS / 4, widenBps: 2, horizonNs } : { kind: 'sor', cooldownNs: NS, maxAttempts: 1, horizonNs },
      urgency: 'medium', maxSlippageBps: null, tif: chase ? 'gtc' : (tifs[action.orderType] ?? 'gtc'), expireAtNs: null,
      reduceOnly: false, pacing: null, join: 'any', activation: 'root',
    };
    return {
      graphId: order.graphId, accountId, isSandbox: true, nodes: [node], edges: [], groups: [], autoGroups: true, metadataJson: null,
      warnings: [],
      risk: {
        admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
        preTrade: { maxSlippageBps: null, requireBalanceCheck: true },
        runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
        failure: { onRuntimeBreach: 'cancel_all_open', onDisconnect: 'cancel_all_open', onNodeFailure: null, hedgeFailNs: 5 * NS, flattenBuyback: false },
      },
    };
  }

  #cancel(order: DeployedOrder): void {
    this.#parts.command({ kind: 'cancel_graph', graphId: order.graphId, flatten: false }, () => {});
  }

  #amend(order: DeployedOrder, action: GuestAction, unit: Unit): void {
    const lots = action.qtyLots === 0 ? null : action.qtyLots * unit.lot;
    const limitTicks = action.priceTicks === 0 ? null : action.priceTicks * unit.tick;
    const state = this.guests.instances[order.instance]?.symbols[order.symbol]?.byRef(order.ref);
    // The view of the guest changes at once: the core answers in the same cycle or refuses.
    const before = { ticks: state?.priceTicks ?? 0, lots: state?.qtyLots ?? 0 };
    const now = { ticks: action.priceTicks || before.ticks, lots: action.qtyLots || before.lots };
    this.#instance(order)?.orderAmended(order.symbol, order.ref, now.ticks, now.lots);
    if (lots !== null) order.lots = lots;
    this.#parts.command({ kind: 'amend_node', graphId: order.graphId, nodeId: 'order', lots, limitTicks }, (code) => {
      order.lots = before.lots * unit.lot;
      this.#instance(order)?.orderAmended(order.symbol, order.ref, before.ticks, before.lots);
      this.#instance(order)?.amendRejected(order.symbol, order.ref, rejectCodes[code] ?? abi.REJECT_CODE_INVALID_PARAMS, this.#nowNs);
    });
  }

  #instance(order: DeployedOrder): AlgoInstance | undefined {
    return this.guests.instances[order.instance];
  }

  #follow(event: AccountEvent): void {
    const order = this.#orders.get(event.graphId);
    const instance = order === undefined ? undefined : this.#instance(order);
    if (order === undefined || instance === undefined) return;
    const data = event.data as Readonly<Record<string, unknown>>;
    const instrument = must(this.#parts.instruments[order.symbol], 'instrument');
    const unit = must(this.#units[order.symbol], 'unit');
    if (event.channel === 'children' && data['status'] === 'live' && !order.acked) {
      order.acked = true;
      instance.orderAcked(order.symbol, order.ref);
    } else if (event.channel === 'fills') {
      const lots = Number(data['qty_1e8']) / instrument.lot1e8;
      const ticks = Number(data['price_1e9']) / instrument.tick1e9;
      this.fills++;
      order.filled += lots;
      instance.orderFilled(order.symbol, order.ref, ticks / unit.tick, lots / unit.lot, order.side, this.#nowNs);
    } else if (event.channel === 'orders' && !order.ended) this.#ended(order, instance, String(data['status']), String(data['failure_reason']));
  }

  #ended(order: DeployedOrder, instance: AlgoInstance, status: string, reason: string): void {
    if (!['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(status)) return;
    order.ended = true;
    if (status === 'REJECTED') {
      this.rejects++;
      instance.orderRejected(order.symbol, order.ref, rejectCodes[reason] ?? abi.REJECT_CODE_RISK, this.#nowNs);
    } else instance.orderDone(order.symbol, order.ref);
  }
}

function copy(pairs: readonly number[], ticks: Float64Array, lots: Float64Array, unit: Unit): number {
  const count = Math.min(LEVELS, pairs.length >> 1);
  for (let i = 0; i < count; i++) {
    ticks[i] = (pairs[2 * i] ?? 0) / unit.tick;
    lots[i] = Math.floor((pairs[2 * i + 1] ?? 0) / unit.lot);
  }
  return count;
}

function lcm(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
