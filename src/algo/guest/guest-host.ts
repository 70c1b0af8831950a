import type { BookPlace } from '../../market/book-layout.js';
import { STATUS_LIVE } from '../../market/assembly/layout.js';
import { BookReader } from '../../market/book-reader.js';
import { BookTop as SharedTop } from '../../market/book-views.js';
import { BOARD_VENUES, VENUE_ALIVE, VENUE_BYTES, type FeedBoard } from '../../market/feed-board-layout.js';
import { emptyTrade, TradeTapeReader, type TapeTrade } from '../../market/trade-tape.js';
import type { BroadcastRing } from '../../memory/broadcast-ring-layout.js';
import { NOTHING, RECEIVED } from '../../memory/broadcast-ring-reader.js';
import { float64View, int32View, type Region } from '../../memory/region.js';
import type { SpscRing } from '../../memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import { plainReadFloat64, publishInt32 } from '../../memory/words.js';
import type { ListingId, VenueId } from '../../protocol/universe.js';
import * as abi from '../abi/layouts.generated.js';
import type { AbiProfile } from '../abi/profiles.js';
import type { GuestAction } from '../host/actions.js';
import { BookTop } from '../host/book-top.js';
import { copyTop } from './copy-top.js';
import { Deployment, type DeploymentSink, type DeploymentSpec } from '../host/deployment.js';
import type { LogLine } from '../host/log-book.js';
import type { ConfigParam } from '../host/regions.js';
import type { RiskView } from '../host/state-writer.js';
import { statsOf, type DeploymentStats } from '../host/stats.js';
import { runLimits } from '../limits.js';
import { refuse } from '../refusal.js';
import type { MeshLinks } from '../mesh/mesh-link.js';
import { TapeWriter } from '../tape/tape-writer.js';
import { emptyOrderCell, orderCell, takeOrderCell, type OrderCell } from './cells.js';
import { GuestOutbox } from './guest-outbox.js';

/** A shared book that a deployment follows: levels in the instrument's ticks and lots. */
export interface FollowedBook {
  readonly place: BookPlace;
  /** abi venue id. */
  readonly venueId: number;
  /** Index into the deployment's symbols. */
  readonly symbol: number;
  /** Instrument ticks of one tick, lots of one lot, as the guest counts them. */
  readonly tickUnit: number;
  readonly lotUnit: number;
  /** Where its feed says other things: signs of life of the venue, by the universe's ids. */
  readonly board: FeedBoard;
  readonly listing: ListingId;
  readonly venue: VenueId;
}

export interface GuestDeployment {
  /** Number by which the rings call it. */
  readonly number: number;
  readonly spec: DeploymentSpec;
  readonly hash: string;
  /** Shared, so that it is handed to threads without a copy. */
  readonly metered: Uint8Array;
  readonly profile: AbiProfile;
  readonly books: readonly FollowedBook[];
  /** Of a mesh whose other instances run on other threads. */
  readonly links?: MeshLinks;
  /** Instances that died before this thread took the deployment over. */
  readonly dead?: readonly number[];
  /** It is made, and runs once it is told to start. */
  readonly stopped?: boolean;
  /** Everything that its instances see and do is told, for a tape. */
  readonly isRecorded?: boolean;
}

/** Words of the watch region: even = between callbacks, odd = inside; the number of the deployment inside; the system's of the thread. */
export const WATCH_STATE = 0;
export const WATCH_DEPLOYMENT = 1;
export const WATCH_THREAD = 2;
export const WATCH_BYTES = 128;

interface Followed {
  readonly reader: BookReader;
  readonly book: FollowedBook;
  readonly board: Float64Array;
  /** Of the lock, and of the levels it guards: a proof of life moves the first alone. */
  version: number;
  levels: number;
  fresh: boolean;
}

interface Hosted {
  readonly number: number;
  readonly hash: string;
  readonly deployment: Deployment;
  readonly books: Followed[];
}

/**
 * The work of a guest thread: each pass takes what the engine says, reads every followed book whose version moved
 * (conflated when slow), beats hearts. Runs in a worker; a test may run it in its own thread.
 */
export class GuestHost {
  readonly #tapes: readonly TradeTapeReader[];
  readonly #trade = emptyTrade();
  readonly #orders: SpscRingReader;
  readonly #out: GuestOutbox;
  readonly #watch: Int32Array;
  readonly #hosted = new Map<number, Hosted>();
  /** Compiled once a module: instances of one account share the code. */
  readonly #modules = new Map<string, WebAssembly.Module>();
  readonly #cell: OrderCell = emptyOrderCell();
  readonly #shared = new SharedTop();
  readonly #top = new BookTop();
  /** Orders that found the ring full: refused after the callback. */
  readonly #busy: OrderCell[] = [];
  readonly #onTape: (deployment: number, line: string) => void;
  readonly #onLog: (deployment: number, label: string, line: LogLine) => void;
  readonly #memoryMost: number;
  #watchState = 0;
  /** Whose memory grew in the callback at hand, of which deployment. */
  #grown: { readonly number: number; readonly place: number } | null = null;
  #nowNs = 0;
  #nextSilenceNs = 0;

  constructor(
    orders: SpscRing,
    actions: SpscRing,
    watch: Region,
    tapes: readonly BroadcastRing[],
    onLog: (deployment: number, label: string, line: LogLine) => void,
    onTape: (deployment: number, line: string) => void = () => undefined,
    memoryMost: number = runLimits.threadMemoryBytes,
  ) {
    this.#tapes = tapes.map((tape) => new TradeTapeReader(tape));
    this.#orders = new SpscRingReader(orders);
    this.#out = new GuestOutbox(actions);
    this.#watch = int32View(watch);
    this.#onLog = onLog;
    this.#onTape = onTape;
    this.#memoryMost = memoryMost;
  }

  /** @throws RefusalError when an instance can't be made */
  deploy(given: GuestDeployment): void {
    const { number } = given;
    const sink: DeploymentSink = {
      act: (instance, action) => {
        if (this.#out.act(action, number, instance.spec.place, this.#nowNs)) return;
        this.#busy.push(this.#busyCell(number, instance.spec.place, action));
      },
      log: (instance, line) => this.#onLog(number, instance.spec.label, line),
      died: (instance, reason) => this.#out.end(reason, number, instance.spec.place, this.#nowNs),
      paused: (instance, reason) => this.#out.end(reason, number, instance.spec.place, this.#nowNs),
      grew: (instance) => {
        this.#grown = { number, place: instance.spec.place };
      },
    };
    this.#enter(number);
    let deployment: Deployment;
    try {
      deployment = new Deployment(given.spec, this.#module(given), given.profile, sink, this.#recorded(given), given.links);
    } finally {
      this.#leave();
    }
    const bytes = this.#memoryBytes() + memoryOf(deployment);
    if (bytes > this.#memoryMost) refuse('MEMORY', `the modules of a thread may hold ${this.#memoryMost} bytes, with this one they hold ${bytes}`);
    for (const i of given.dead ?? []) deployment.bury(i);
    if (given.stopped === true) deployment.stop();
    const books = given.books.map((book) => ({
      reader: new BookReader(book.place), board: float64View(book.board.region), book, version: -1, levels: -1, fresh: false,
    }));
    this.#hosted.set(number, { number, hash: given.hash, deployment, books });
  }

  #recorded({ number, hash, isRecorded }: GuestDeployment): { readonly tape: TapeWriter; readonly hash: string } | undefined {
    return isRecorded === true ? { hash, tape: new TapeWriter((line) => this.#onTape(number, line)) } : undefined;
  }

  #module(given: GuestDeployment): WebAssembly.Module {
    const known = this.#modules.get(given.hash);
    if (known !== undefined) return known;
    // The library's types know no shared bytes; engines take them.
    const module = new WebAssembly.Module(given.metered as Uint8Array<ArrayBuffer>);
    this.#modules.set(given.hash, module);
    return module;
  }

  configure(number: number, params: readonly ConfigParam[], tNs: number): void {
    this.#hosted.get(number)?.deployment.configure(params, tNs);
  }

  /** Instances on other threads began anew: the ways from and to them are fresh. */
  rewire(number: number, links: MeshLinks): void {
    this.#hosted.get(number)?.deployment.mesh?.rewire(links);
  }

  riskChanged(number: number, risk: RiskView, tNs: number): void {
    this.#hosted.get(number)?.deployment.riskChanged(risk, tNs);
  }

  stats(number: number): DeploymentStats | undefined {
    const deployment = this.#hosted.get(number)?.deployment;
    return deployment === undefined ? undefined : statsOf(deployment);
  }

  #remove(hosted: Hosted): void {
    this.#hosted.delete(hosted.number);
    for (const other of this.#hosted.values()) if (other.hash === hosted.hash) return;
    this.#modules.delete(hosted.hash);
  }

  /** One pass. @returns how much was done, 0 = nothing */
  pass(nowNs: number): number {
    this.#nowNs = nowNs;
    this.#out.flush();
    let work = 0;
    while (work < 1_024 && takeOrderCell(this.#orders, this.#cell)) {
      this.#engineSays(this.#cell);
      work++;
    }
    work += this.#prints();
    const listen = nowNs >= this.#nextSilenceNs;
    if (listen) this.#nextSilenceNs = nowNs + runLimits.silenceCheckNs;
    for (const hosted of this.#hosted.values()) {
      for (const followed of hosted.books) {
        if (listen) this.#listen(hosted, followed);
        work += this.#follow(hosted, followed);
      }
      work += this.#messages(hosted);
      if (!hosted.deployment.isBeatDue(nowNs)) continue;
      this.#enter(hosted.number);
      hosted.deployment.advance(nowNs);
      this.#leave();
    }
    return work;
  }

  #follow(hosted: Hosted, followed: Followed): 0 | 1 {
    const version = followed.reader.topVersion();
    if (version === followed.version || !followed.reader.readTop(this.#shared)) return 0;
    const shared = this.#shared;
    followed.version = version;
    if (shared.status !== STATUS_LIVE) {
      if (followed.fresh) this.#stale(hosted, followed);
      return 0;
    }
    if (shared.version === followed.levels && followed.fresh) return 0;
    followed.levels = shared.version;
    followed.fresh = true;
    copyTop(shared, this.#top, followed.book);
    this.#enter(hosted.number);
    hosted.deployment.bookChanged(followed.book.venueId, followed.book.symbol, this.#top, this.#nowNs);
    this.#leave();
    this.#refuseBusy();
    return 1;
  }

  /** Of instances on other threads. */
  #messages({ number, deployment }: Hosted): number {
    if (deployment.mesh?.hasFromElsewhere() !== true) return 0;
    this.#enter(number);
    const taken = deployment.takeMessages(this.#nowNs);
    this.#leave();
    this.#refuseBusy();
    return taken;
  }

  /** A silent venue's books are stale; the same book is fresh again once the venue is heard. */
  #listen(hosted: Hosted, followed: Followed): void {
    const aliveNs = plainReadFloat64(followed.board, (BOARD_VENUES + followed.book.venue * VENUE_BYTES + VENUE_ALIVE) >> 3);
    const isAlive = this.#nowNs - aliveNs <= runLimits.staleAfterNs;
    if (followed.fresh && !isAlive) this.#stale(hosted, followed);
    else if (!followed.fresh && isAlive) followed.version = -1;
  }

  /** Prints of the feeds, for the features. */
  #prints(): number {
    let work = 0;
    const trade = this.#trade;
    for (const tape of this.#tapes) {
      for (let got = tape.read(trade); got !== NOTHING && work < 1_024; got = tape.read(trade)) {
        work++;
        if (got === RECEIVED) this.#printed(trade);
      }
    }
    return work;
  }

  #printed({ listing, ticks, lots, takerSide, receivedNs }: TapeTrade): void {
    for (const { deployment, books } of this.#hosted.values()) {
      for (const { book } of books) if (book.listing === listing) tellTrade(deployment, book, ticks, lots, takerSide, receivedNs);
    }
  }

  #stale(hosted: Hosted, followed: Followed): void {
    followed.fresh = false;
    this.#enter(hosted.number);
    hosted.deployment.freshness(followed.book.venueId, false, this.#nowNs);
    this.#leave();
    this.#refuseBusy();
  }

  #engineSays(cell: OrderCell): void {
    const hosted = this.#hosted.get(cell.deployment);
    if (hosted === undefined) return;
    const { deployment } = hosted;
    this.#enter(cell.deployment);
    if (cell.kind >= orderCell.stop) this.#control(hosted, cell);
    else {
      deployment.tell(cell);
      deployment.settle(cell.tNs);
    }
    this.#leave();
    this.#refuseBusy();
  }

  #control(hosted: Hosted, cell: OrderCell): void {
    const { deployment } = hosted;
    switch (cell.kind) {
      case orderCell.stop: deployment.stop(); return;
      case orderCell.start: deployment.start(); return;
      case orderCell.shutdown:
        deployment.shutdown(cell.tNs);
        this.#remove(hosted);
        return;
      default:
    }
  }

  #refuseBusy(): void {
    for (let cell = this.#busy.shift(); cell !== undefined; cell = this.#busy.shift()) {
      this.#hosted.get(cell.deployment)?.deployment.tell(cell);
    }
  }

  #busyCell(deployment: number, instance: number, { symbol, ref }: GuestAction): OrderCell {
    const { rejected: kind } = orderCell;
    return { ...emptyOrderCell(), kind, deployment, instance, symbol, ref, code: abi.REJECT_CODE_EXCHANGE_BUSY, tNs: this.#nowNs };
  }

  #enter(deployment: number): void {
    publishInt32(this.#watch, WATCH_DEPLOYMENT, deployment);
    publishInt32(this.#watch, WATCH_STATE, (this.#watchState = (this.#watchState + 1) | 0));
  }

  #leave(): void {
    publishInt32(this.#watch, WATCH_STATE, (this.#watchState = (this.#watchState + 1) | 0));
    if (this.#grown !== null) this.#judgeGrowth(this.#grown);
  }

  /** One more page than all may hold together ends who took it. */
  #judgeGrowth({ number, place }: { readonly number: number; readonly place: number }): void {
    this.#grown = null;
    const bytes = this.#memoryBytes();
    if (bytes <= this.#memoryMost) return;
    this.#hosted.get(number)?.deployment.kill(place, 'TRAP', `the modules of a thread may hold ${this.#memoryMost} bytes, they hold ${bytes}`);
  }

  /** A dead instance's goes with its deployment. */
  #memoryBytes(): number {
    let bytes = 0;
    for (const { deployment } of this.#hosted.values()) bytes += memoryOf(deployment);
    return bytes;
  }
}

function memoryOf(deployment: Deployment): number {
  return deployment.instances.reduce((sum, instance) => sum + instance.memoryBytes, 0);
}

/** A print in the instrument's units, to a deployment's features. */
export function tellTrade(
  deployment: Deployment, book: Pick<FollowedBook, 'venueId' | 'symbol' | 'tickUnit' | 'lotUnit'>, ticks: number, lots: number,
  takerSide: 1 | -1, tNs: number,
): void {
  const guestLots = Math.max(1, Math.round(lots / book.lotUnit));
  deployment.traded(book.venueId, book.symbol, Math.round(ticks / book.tickUnit), guestLots, takerSide, tNs);
}
