import type { BookPlace } from '../../market/book-layout.js';
import { BookReader } from '../../market/book-reader.js';
import { BookTop as SharedTop } from '../../market/book-views.js';
import { int32View, type Region } from '../../memory/region.js';
import type { SpscRing } from '../../memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import { plainReadFloat64, publishInt32 } from '../../memory/words.js';
import * as abi from '../abi/layouts.generated.js';
import type { AbiProfile } from '../abi/profiles.js';
import { BookTop } from '../host/book-top.js';
import { Deployment, type DeploymentSink, type DeploymentSpec } from '../host/deployment.js';
import type { AlgoInstance } from '../host/instance.js';
import type { LogLine } from '../host/log-book.js';
import type { ConfigParam } from '../host/regions.js';
import { emptyOrderCell, orderCell, sendAction, sendDeath, takeOrderCell, type OrderCell } from './cells.js';

/** A shared book that a deployment follows: levels in the instrument's ticks and lots. */
export interface FollowedBook {
  readonly place: BookPlace;
  /** abi venue id. */
  readonly venueId: number;
  /** Index into the deployment's symbols. */
  readonly symbol: number;
}

export interface GuestDeployment {
  /** Number by which the rings call it. */
  readonly number: number;
  readonly spec: DeploymentSpec;
  readonly metered: Uint8Array<ArrayBuffer>;
  readonly profile: AbiProfile;
  readonly books: readonly FollowedBook[];
}

/** Words of the watch region: even = between callbacks, odd = inside; then the number of the deployment inside. */
export const WATCH_STATE = 0;
export const WATCH_DEPLOYMENT = 1;
export const WATCH_BYTES = 128;

interface Followed {
  readonly reader: BookReader;
  readonly book: FollowedBook;
  version: number;
}

interface Hosted {
  readonly number: number;
  readonly deployment: Deployment;
  readonly books: Followed[];
}

/**
 * The work of a guest thread: each pass takes what the engine says, reads every followed book whose version moved
 * (conflated when slow), beats hearts. Runs in a worker; a test may run it in its own thread.
 */
export class GuestHost {
  readonly #orders: SpscRingReader;
  readonly #actions: SpscRingWriter;
  readonly #watch: Int32Array;
  readonly #hosted = new Map<number, Hosted>();
  readonly #cell: OrderCell = emptyOrderCell();
  readonly #shared = new SharedTop();
  readonly #top = new BookTop();
  /** Orders that found the ring full: refused after the callback. */
  readonly #busy: { instance: AlgoInstance; symbol: number; ref: number }[] = [];
  readonly #onLog: (deployment: number, label: string, line: LogLine) => void;
  #watchState = 0;
  #nowNs = 0;
  /** Cancels, amends and ends that found the ring full. */
  dropped = 0;

  constructor(
    orders: SpscRing,
    actions: SpscRing,
    watch: Region,
    onLog: (deployment: number, label: string, line: LogLine) => void,
  ) {
    this.#orders = new SpscRingReader(orders);
    this.#actions = new SpscRingWriter(actions);
    this.#watch = int32View(watch);
    this.#onLog = onLog;
  }

  /** @throws RefusalError when an instance can't be made */
  deploy(given: GuestDeployment): void {
    const { number } = given;
    const places = new Map<AlgoInstance, number>();
    const indexOf = (instance: AlgoInstance): number => places.get(instance) ?? 0;
    const sink: DeploymentSink = {
      act: (instance, action) => {
        if (sendAction(this.#actions, action, number, indexOf(instance), this.#nowNs)) return;
        const fresh = action.kind === abi.ACTION_KIND_NEW || action.kind === abi.ACTION_KIND_INTENT;
        if (fresh) this.#busy.push({ instance, symbol: action.symbol, ref: action.ref });
        else this.dropped++;
      },
      log: (instance, line) => this.#onLog(number, instance.spec.label, line),
      died: (instance, reason) => {
        if (!sendDeath(this.#actions, reason, number, indexOf(instance), this.#nowNs)) this.dropped++;
      },
    };
    this.#enter(number);
    const deployment = new Deployment(given.spec, new WebAssembly.Module(given.metered), given.profile, sink);
    this.#leave();
    deployment.instances.forEach((instance, i) => places.set(instance, i));
    const books = given.books.map((book) => ({ reader: new BookReader(book.place), book, version: -1 }));
    this.#hosted.set(number, { number, deployment, books });
  }

  configure(number: number, params: readonly ConfigParam[], tNs: number): void {
    this.#hosted.get(number)?.deployment.configure(params, tNs);
  }

  deployment(number: number): Deployment | undefined {
    return this.#hosted.get(number)?.deployment;
  }

  remove(number: number): void {
    this.#hosted.delete(number);
  }

  /** One pass. @returns how much was done, 0 = nothing */
  pass(nowNs: number): number {
    this.#nowNs = nowNs;
    let work = 0;
    while (work < 1_024 && takeOrderCell(this.#orders, this.#cell)) {
      this.#engineSays(this.#cell);
      work++;
    }
    for (const hosted of this.#hosted.values()) {
      for (const followed of hosted.books) work += this.#follow(hosted, followed);
      this.#enter(hosted.number);
      hosted.deployment.advance(nowNs);
      this.#leave();
    }
    return work;
  }

  #follow(hosted: Hosted, followed: Followed): 0 | 1 {
    const version = followed.reader.topVersion();
    if (version === followed.version || !followed.reader.readTop(this.#shared)) return 0;
    followed.version = version;
    copyTop(this.#shared, this.#top);
    this.#enter(hosted.number);
    hosted.deployment.bookChanged(followed.book.venueId, followed.book.symbol, this.#top, this.#nowNs);
    this.#leave();
    this.#refuseBusy();
    return 1;
  }

  #engineSays(cell: OrderCell): void {
    const deployment = this.#hosted.get(cell.deployment)?.deployment;
    if (deployment === undefined) return;
    this.#enter(cell.deployment);
    if (cell.kind >= orderCell.trade) this.#control(deployment, cell);
    else {
      const instance = deployment.instances[cell.instance];
      if (instance !== undefined) orderNews(instance, cell);
      deployment.settle(cell.tNs);
    }
    this.#leave();
    this.#refuseBusy();
  }

  #control(deployment: Deployment, cell: OrderCell): void {
    switch (cell.kind) {
      case orderCell.trade:
        deployment.traded(cell.ref, cell.symbol, cell.priceTicks, cell.lots, cell.side < 0 ? -1 : 1, cell.tNs);
        return;
      case orderCell.stop: deployment.stop(); return;
      case orderCell.start: deployment.start(); return;
      case orderCell.fresh: deployment.freshness(cell.ref, true, cell.tNs); return;
      case orderCell.stale: deployment.freshness(cell.ref, false, cell.tNs); return;
      case orderCell.shutdown:
        deployment.shutdown(cell.tNs);
        this.#hosted.delete(cell.deployment);
        return;
      default:
    }
  }

  #refuseBusy(): void {
    while (this.#busy.length > 0) {
      const order = this.#busy.shift();
      order?.instance.orderRejected(order.symbol, order.ref, abi.REJECT_CODE_EXCHANGE_BUSY, this.#nowNs);
    }
  }

  #enter(deployment: number): void {
    publishInt32(this.#watch, WATCH_DEPLOYMENT, deployment);
    publishInt32(this.#watch, WATCH_STATE, (this.#watchState = (this.#watchState + 1) | 0));
  }

  #leave(): void {
    publishInt32(this.#watch, WATCH_STATE, (this.#watchState = (this.#watchState + 1) | 0));
  }
}

function orderNews(instance: AlgoInstance, cell: OrderCell): void {
  const { symbol, ref, tNs } = cell;
  switch (cell.kind) {
    case orderCell.acked: return instance.orderAcked(symbol, ref);
    case orderCell.filled: return instance.orderFilled(symbol, ref, cell.priceTicks, cell.lots, cell.side, tNs);
    case orderCell.rejected: return instance.orderRejected(symbol, ref, cell.code, tNs);
    case orderCell.amendRejected: return instance.amendRejected(symbol, ref, cell.code, tNs);
    case orderCell.amended: return instance.orderAmended(symbol, ref, cell.priceTicks, cell.lots);
    default: return instance.orderDone(symbol, ref);
  }
}

function copyTop(from: SharedTop, to: BookTop): void {
  to.bidCount = from.bidCount;
  to.askCount = from.askCount;
  to.recvNs = from.receivedNs;
  for (let i = 0; i < from.bidCount; i++) {
    to.bidTicks[i] = plainReadFloat64(from.bids, 2 * i);
    to.bidLots[i] = plainReadFloat64(from.bids, 2 * i + 1);
  }
  for (let i = 0; i < from.askCount; i++) {
    to.askTicks[i] = plainReadFloat64(from.asks, 2 * i);
    to.askLots[i] = plainReadFloat64(from.asks, 2 * i + 1);
  }
}
