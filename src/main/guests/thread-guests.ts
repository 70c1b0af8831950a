/**
 * Guests on threads, one thread an account: what a module does can't hold up the engine, and one account's runaway
 * doesn't touch another's modules. Books are read there from shared memory; orders and news cross by rings.
 */
import { deathOf, emptyActionCell, emptyOrderCell, orderCell, pauseOf, type ActionCell } from '../../algo/guest/cells.js';
import { GuestThread, type GuestThreadOptions } from '../../algo/guest/guest-thread.js';
import { PositionLedger } from '../../algo/host/position-ledger.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import type { RiskView } from '../../algo/host/state-writer.js';
import type { DeploymentStats } from '../../algo/host/stats.js';
import type { Refusal } from '../../algo/refusal.js';
import type { SharedMarket } from '../../market/shared-market.js';
import type { AccountId } from '../../protocol/universe.js';
import { sharedBookOf } from './shared-book-of.js';
import type { GuestDriver, GuestFactory, GuestParts, OrderNews } from './guest-driver.js';

export interface ThreadGuestsOptions extends GuestThreadOptions {
  /** Fuel of each callback; `runLimits.fuelPerCallback` if not given. Beyond that only the watchdog ends a runaway. */
  readonly fuel?: number;
}

/** Actions of one thread taken in one step at most. */
const ACTIONS_PER_STEP = 1_024;

export class ThreadGuests implements GuestFactory {
  readonly #market: SharedMarket;
  readonly #options: ThreadGuestsOptions;
  readonly #accounts = new Map<AccountId, AccountThread>();

  constructor(market: SharedMarket, options: ThreadGuestsOptions) {
    this.#market = market;
    this.#options = { ...options, tapes: market.groups.map(({ tape }) => tape) };
  }

  get kills(): number {
    let kills = 0;
    for (const { thread } of this.#accounts.values()) kills += thread.kills;
    return kills;
  }

  make(parts: GuestParts): GuestDriver {
    let account = this.#accounts.get(parts.accountId);
    if (account === undefined) {
      account = new AccountThread(this.#options);
      this.#accounts.set(parts.accountId, account);
    }
    const { fuel } = this.#options;
    return account.make(fuel === undefined ? parts : { ...parts, spec: { ...parts.spec, fuel } }, this.#market);
  }

  step(): number {
    let done = 0;
    for (const account of this.#accounts.values()) done += account.poll();
    return done;
  }

  close(): void {
    for (const { thread } of this.#accounts.values()) void thread.close();
    this.#accounts.clear();
  }
}

class AccountThread {
  readonly thread: GuestThread;
  readonly #drivers = new Map<number, ThreadDriver>();
  readonly #cell: ActionCell = emptyActionCell();

  constructor(options: GuestThreadOptions) {
    this.thread = new GuestThread(
      {
        log: (number, label, line) => this.#drivers.get(number)?.parts.listener.log(label, line),
        killed: (number) => this.#drivers.get(number)?.killed(),
        restarted: (number) => this.#drivers.get(number)?.parts.listener.restarted(),
        tape: (number, text) => this.#drivers.get(number)?.parts.listener.tape?.(text),
        carried: (number) => this.#drivers.get(number)?.ledger.carried() ?? [],
      },
      options,
    );
  }

  make(parts: GuestParts, market: SharedMarket): GuestDriver {
    const books = parts.markets.map(({ listing, abiId, symbol, tickUnit, lotUnit }) => ({
      ...sharedBookOf(market, listing.id), venueId: abiId, symbol, tickUnit, lotUnit, listing: listing.id, venue: listing.venue,
    }));
    const { hash, metered, profile } = parts.module;
    const { number, done } = this.thread.deploy({
      spec: parts.spec, hash, metered, profile, books, isRecorded: parts.listener.tape !== undefined,
    });
    const driver = new ThreadDriver(parts, this.thread, number, done, () => void this.#drivers.delete(number));
    this.#drivers.set(number, driver);
    return driver;
  }

  poll(): number {
    let done = 0;
    for (; done < ACTIONS_PER_STEP && this.thread.poll(this.#cell); done++) {
      const cell = this.#cell;
      const listener = this.#drivers.get(cell.deployment)?.parts.listener;
      if (listener === undefined) continue;
      const death = deathOf(cell);
      const pause = pauseOf(cell);
      if (death !== undefined) listener.died(cell.instance, death, 'see its log');
      else if (pause !== undefined) listener.paused(cell.instance, pause);
      else listener.act(cell.instance, cell);
    }
    return done;
  }
}

class ThreadDriver implements GuestDriver {
  readonly started: Promise<Refusal | undefined>;
  readonly ledger: PositionLedger;
  readonly parts: GuestParts;
  readonly #thread: GuestThread;
  readonly #number: number;
  readonly #end: () => void;
  readonly #cell = emptyOrderCell();
  #ended = false;

  constructor(parts: GuestParts, thread: GuestThread, number: number, started: Promise<Refusal | undefined>, end: () => void) {
    this.parts = parts;
    this.#thread = thread;
    this.#number = number;
    this.#end = end;
    this.ledger = new PositionLedger(parts.spec);
    this.started = started.then((refusal) => {
      if (refusal !== undefined) this.#leave();
      return refusal;
    });
  }

  tell(news: OrderNews): void {
    const { kind, instance, symbol, side, priceTicks, lots, tNs } = Object.assign(this.#cell, emptyOrderCell(), news);
    if (kind === orderCell.filled) this.ledger.fill(instance, symbol, side, priceTicks, lots, tNs);
    this.#send();
  }

  configure(params: readonly ConfigParam[]): void {
    this.#thread.configure(this.#number, params);
  }

  riskChanged(risk: RiskView): void {
    this.#thread.riskChanged(this.#number, risk);
  }

  start(tNs: number): void {
    this.tell({ kind: orderCell.start, instance: 0, symbol: 0, ref: 0, tNs });
  }

  stop(tNs: number): void {
    this.tell({ kind: orderCell.stop, instance: 0, symbol: 0, ref: 0, tNs });
  }

  /** Its thread works by itself; `AccountThread.poll` takes what it did. */
  step(): number {
    return 0;
  }

  shutdown(nowNs: number): void {
    if (this.#ended) return;
    this.tell({ kind: orderCell.shutdown, instance: 0, symbol: 0, ref: 0, tNs: nowNs });
    this.#thread.forget(this.#number);
    this.#leave();
  }

  stats(): Promise<DeploymentStats> {
    return this.#thread.stats(this.#number);
  }

  /** The watchdog ended its thread inside it: it isn't started again. */
  killed(): void {
    const { instances } = this.parts.spec;
    instances.forEach((_, i) => this.parts.listener.died(i, 'WATCHDOG', 'a callback ran too long: its thread was ended'));
    this.#leave();
  }

  #leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end();
  }

  #send(): void {
    this.#cell.deployment = this.#number;
    this.#thread.tell(this.#cell);
  }
}

