/**
 * Guests on threads of their account: what a module does can't hold up the engine, and one account's runaway doesn't touch
 * another's modules. The instances of a mesh may be spread over several threads of the account, in parts; their messages
 * cross by shared rings. Books are read there from shared memory; orders and news cross by rings.
 */
import * as abi from '../../algo/abi/layouts.generated.js';
import { deathOf, emptyActionCell, emptyOrderCell, orderCell, pauseOf, type ActionCell, type OrderCell } from '../../algo/guest/cells.js';
import { GuestThread, type GuestThreadOptions } from '../../algo/guest/guest-thread.js';
import { PositionLedger } from '../../algo/host/position-ledger.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import type { RiskView } from '../../algo/host/state-writer.js';
import { joinStats, type DeploymentStats } from '../../algo/host/stats.js';
import { runLimits } from '../../algo/limits.js';
import { closeLinks } from '../../algo/mesh/mesh-end.js';
import { createLinks, relink, type MeshLinks } from '../../algo/mesh/mesh-link.js';
import type { Refusal } from '../../algo/refusal.js';
import type { SharedMarket } from '../../market/shared-market.js';
import type { AccountId } from '../../protocol/universe.js';
import { sharedBookOf } from './shared-book-of.js';
import type { GuestDriver, GuestFactory, GuestParts, OrderNews } from './guest-driver.js';

export interface ThreadGuestsOptions extends GuestThreadOptions {
  /** Fuel of each callback; `runLimits.fuelPerCallback` if not given. Beyond that only the watchdog ends a runaway. */
  readonly fuel?: number;
  /** Threads of an account over which the instances of one mesh spread; 1 if not given. Single instances share the first. */
  readonly meshThreads?: number;
  /** Orders and amends of all modules of an account; `runLimits.accountOrdersPerSecond` if not given. */
  readonly ordersPerSecond?: number;
}

/** Actions of one thread taken in one step at most. */
const ACTIONS_PER_STEP = 1_024;

export class ThreadGuests implements GuestFactory {
  readonly #market: SharedMarket;
  readonly #options: ThreadGuestsOptions;
  /** By account: its threads, made when first needed, and what its modules may still send. */
  readonly #accounts = new Map<AccountId, { readonly lanes: Lane[]; readonly budget: OrderBudget }>();

  constructor(market: SharedMarket, options: ThreadGuestsOptions) {
    this.#market = market;
    this.#options = { ...options, tapes: market.groups.map(({ tape }) => tape) };
  }

  get kills(): number {
    let kills = 0;
    for (const { lanes } of this.#accounts.values()) for (const { thread } of lanes) kills += thread.kills;
    return kills;
  }

  /** Threads at work. */
  get threads(): number {
    let threads = 0;
    for (const { lanes } of this.#accounts.values()) threads += lanes.length;
    return threads;
  }

  make(parts: GuestParts): GuestDriver {
    const { fuel, meshThreads = 1 } = this.#options;
    const { instances } = parts.spec;
    // A tape is one thread's: everything that its instances see is in it, in order.
    const spread = parts.listener.tape === undefined ? Math.min(meshThreads, instances.length) : 1;
    const lanes = this.#lanes(parts.accountId, spread);
    return new ThreadDriver(fuel === undefined ? parts : { ...parts, spec: { ...parts.spec, fuel } }, lanes, this.#market);
  }

  step(): number {
    let done = 0;
    for (const { lanes } of this.#accounts.values()) for (const lane of lanes) done += lane.poll();
    return done;
  }

  close(): void {
    for (const { lanes } of this.#accounts.values()) for (const { thread } of lanes) void thread.close();
    this.#accounts.clear();
  }

  #lanes(accountId: AccountId, count: number): Lane[] {
    const account = this.#accounts.get(accountId) ?? { lanes: [], budget: new OrderBudget(this.#options.ordersPerSecond ?? runLimits.accountOrdersPerSecond) };
    this.#accounts.set(accountId, account);
    const { lanes, budget } = account;
    while (lanes.length < count) lanes.push(new Lane(this.#options, budget));
    return lanes.slice(0, count);
  }
}

/** What all modules of an account may send in a second, however many they are: others share the engine with them. */
class OrderBudget {
  readonly #most: number;
  #secondNs = 0;
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  takes(tNs: number): boolean {
    if (tNs - this.#secondNs >= 1_000_000_000) {
      this.#secondNs = tNs;
      this.#used = 0;
    }
    return ++this.#used <= this.#most;
  }

  /** The order at hand is the first of its second that is too many. */
  get isFirstRefused(): boolean {
    return this.#used === this.#most + 1;
  }

  get text(): string {
    return `refused: all modules of an account may send ${this.#most} orders and amends a second`;
  }
}

/** One guest thread and what of which deployments runs on it. */
class Lane {
  readonly thread: GuestThread;
  readonly parts = new Map<number, Part>();
  readonly #cell: ActionCell = emptyActionCell();
  readonly #budget: OrderBudget;

  constructor(options: GuestThreadOptions, budget: OrderBudget) {
    this.#budget = budget;
    this.thread = new GuestThread(
      {
        log: (number, label, line) => this.parts.get(number)?.driver.parts.listener.log(label, line),
        killed: (number) => this.#with(number, (part) => part.driver.killed(part)),
        restarted: (number) => this.#with(number, (part) => part.driver.parts.listener.restarted(part.local)),
        tape: (number, text) => this.parts.get(number)?.driver.parts.listener.tape?.(text),
        carried: (number) => this.parts.get(number)?.driver.ledger.carried() ?? [],
        relinked: (number) => {
          const part = this.parts.get(number);
          return part?.driver.relinked(part);
        },
      },
      options,
    );
  }

  poll(): number {
    let done = 0;
    for (; done < ACTIONS_PER_STEP && this.thread.poll(this.#cell); done++) {
      const cell = this.#cell;
      const driver = this.parts.get(cell.deployment)?.driver;
      if (driver === undefined) continue;
      const { listener } = driver.parts;
      const death = deathOf(cell);
      const pause = pauseOf(cell);
      if (death !== undefined) listener.died(cell.instance, death, 'see its log');
      else if (pause !== undefined) listener.paused(cell.instance, pause);
      else if (cell.kind === abi.ACTION_KIND_CANCEL || this.#budget.takes(cell.tNs)) listener.act(cell.instance, cell);
      else {
        driver.tell({ ...tooMany(cell), code: abi.REJECT_CODE_RATE_LIMIT });
        const label = driver.parts.spec.instances[cell.instance]?.label ?? '';
        if (this.#budget.isFirstRefused) listener.log(label, { tNs: cell.tNs, level: abi.LOG_LEVEL_WARN, text: this.#budget.text });
      }
    }
    return done;
  }

  #with(number: number, work: (part: Part) => void): void {
    const part = this.parts.get(number);
    if (part !== undefined) work(part);
  }
}

function tooMany({ kind, instance, symbol, ref, tNs }: ActionCell): OrderNews {
  return { kind: kind === abi.ACTION_KIND_AMEND ? orderCell.amendRejected : orderCell.rejected, instance, symbol, ref, tNs };
}

/** What of a deployment runs on one thread. */
interface Part {
  readonly driver: ThreadDriver;
  readonly lane: Lane;
  /** The thread's number of it. */
  readonly number: number;
  /** Places of its instances. */
  readonly local: readonly number[];
}

class ThreadDriver implements GuestDriver {
  readonly started: Promise<Refusal | undefined>;
  readonly ledger: PositionLedger;
  readonly parts: GuestParts;
  readonly #cell = emptyOrderCell();
  #running: Part[] = [];
  #links: MeshLinks | undefined;

  /** @param lanes threads that the instances spread over, each at least one */
  constructor(parts: GuestParts, lanes: readonly Lane[], market: SharedMarket) {
    this.parts = parts;
    this.ledger = new PositionLedger(parts.spec);
    const { instances } = parts.spec;
    this.#links = lanes.length > 1 ? createLinks(instances.length) : undefined;
    const started = lanes.map((lane, i) => this.#deploy(lane, instances.flatMap((_, place) => (place % lanes.length === i ? [place] : [])), market));
    this.started = Promise.all(started).then((refusals) => {
      const refusal = refusals.find((one) => one !== undefined);
      if (refusal !== undefined) this.shutdown(0);
      return refusal;
    });
  }

  tell(news: OrderNews): void {
    const cell = Object.assign(this.#cell, emptyOrderCell(), news);
    if (cell.kind === orderCell.filled) this.ledger.fill(cell.instance, cell.symbol, cell.side, cell.priceTicks, cell.lots, cell.tNs);
    const part = this.#running.find(({ local }) => local.includes(cell.instance));
    if (part !== undefined) send(part, cell);
  }

  configure(params: readonly ConfigParam[]): void {
    for (const { lane, number } of this.#running) lane.thread.configure(number, params);
  }

  riskChanged(risk: RiskView): void {
    for (const { lane, number } of this.#running) lane.thread.riskChanged(number, risk);
  }

  start(tNs: number): void {
    this.#tellAll(orderCell.start, tNs);
  }

  stop(tNs: number): void {
    this.#tellAll(orderCell.stop, tNs);
  }

  /** Its threads work by themselves; `Lane.poll` takes what they did. */
  step(): number {
    return 0;
  }

  shutdown(nowNs: number): void {
    this.#tellAll(orderCell.shutdown, nowNs);
    for (const part of this.#running) {
      part.lane.thread.forget(part.number);
      part.lane.parts.delete(part.number);
    }
    this.#running = [];
  }

  async stats(): Promise<DeploymentStats> {
    return joinStats(await Promise.all(this.#running.map(({ lane, number }) => lane.thread.stats(number))));
  }

  /** The watchdog ended a thread inside it: what ran there isn't started again. */
  killed(part: Part): void {
    this.#running = this.#running.filter((one) => one !== part);
    part.lane.parts.delete(part.number);
    for (const place of part.local) {
      if (this.#links !== undefined) closeLinks(this.#links, place);
      this.parts.listener.died(place, 'WATCHDOG', 'a callback ran too long: its thread was ended');
    }
  }

  /** The part begins anew on a fresh thread, while the one that was ended may still write into the old links. */
  relinked(part: Part): MeshLinks | undefined {
    if (this.#links === undefined) return undefined;
    this.#links = relink(this.#links, new Set(part.local));
    for (const { lane, number } of this.#running) if (lane !== part.lane) lane.thread.rewire(number, this.#links);
    return this.#links;
  }

  #deploy(lane: Lane, local: readonly number[], market: SharedMarket): Promise<Refusal | undefined> {
    const { spec, markets, module, listener } = this.parts;
    const books = markets.map(({ listing, abiId, symbol, tickUnit, lotUnit }) => ({
      ...sharedBookOf(market, listing.id), venueId: abiId, symbol, tickUnit, lotUnit, listing: listing.id, venue: listing.venue,
    }));
    const { hash, metered, profile } = module;
    const { number, done } = lane.thread.deploy({
      spec: { ...spec, local }, hash, metered, profile, books, isRecorded: listener.tape !== undefined,
      ...(this.#links === undefined ? {} : { links: this.#links }),
    });
    const part: Part = { driver: this, lane, number, local };
    lane.parts.set(number, part);
    this.#running.push(part);
    return done;
  }

  #tellAll(kind: number, tNs: number): void {
    for (const part of this.#running) send(part, Object.assign(this.#cell, emptyOrderCell(), { kind, tNs }));
  }
}

function send({ lane, number }: Part, cell: OrderCell): void {
  cell.deployment = number;
  lane.thread.tell(cell);
}
