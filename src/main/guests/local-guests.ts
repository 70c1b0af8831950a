/** Guests in the engine's thread: deterministic, for virtual time. They see the engine's own view of the books. */
import { must } from '../../base/assert.js';
import { emptyOrderCell, orderCell } from '../../algo/guest/cells.js';
import { tellTrade } from '../../algo/guest/guest-host.js';
import { copyTop } from '../../algo/guest/copy-top.js';
import { BookTop } from '../../algo/host/book-top.js';
import { Deployment } from '../../algo/host/deployment.js';
import { PositionLedger } from '../../algo/host/position-ledger.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import type { RiskView } from '../../algo/host/state-writer.js';
import { TapeWriter } from '../../algo/tape/tape-writer.js';
import { statsOf, type DeploymentStats } from '../../algo/host/stats.js';
import { STATUS_LIVE } from '../../market/assembly/layout.js';
import { BookReader } from '../../market/book-reader.js';
import { BookTop as SharedTop } from '../../market/book-views.js';
import type { SharedMarket } from '../../market/shared-market.js';
import { emptyTrade, TradeTapeReader, type TapeTrade } from '../../market/trade-tape.js';
import { NOTHING, RECEIVED } from '../../memory/broadcast-ring-reader.js';
import type { InstrumentId, VenueId } from '../../protocol/universe.js';
import type { GuestDriver, GuestFactory, GuestMarket, GuestParts, OrderNews } from './guest-driver.js';
import { sharedBookOf } from './shared-book-of.js';

/** The engine's own view of what its venues say. */
export interface HeardBooks {
  /** Changes with every published change of any of the instrument's books, and when a venue falls silent or comes back. */
  version(instrument: InstrumentId): number;
  isHeard(venue: VenueId): boolean;
}

/** A market's book as its guests saw it last. */
interface Followed extends GuestMarket {
  readonly reader: BookReader;
  version: number;
  fresh: boolean;
}

export class LocalGuests implements GuestFactory {
  readonly kills = 0;
  readonly #books: HeardBooks;
  readonly #market: SharedMarket;
  readonly #tapes: readonly TradeTapeReader[];
  readonly #trade = emptyTrade();
  readonly #drivers = new Set<LocalDriver>();

  constructor(books: HeardBooks, market: SharedMarket) {
    this.#books = books;
    this.#market = market;
    this.#tapes = market.groups.map(({ tape }) => new TradeTapeReader(tape));
  }

  make(parts: GuestParts): GuestDriver {
    const driver = new LocalDriver(parts, this.#books, this.#market, () => void this.#drivers.delete(driver));
    this.#drivers.add(driver);
    return driver;
  }

  /** Prints first: the books that follow them have features with them in. */
  step(): number {
    let done = 0;
    const trade = this.#trade;
    for (const tape of this.#tapes) {
      for (let got = tape.read(trade); got !== NOTHING; got = tape.read(trade)) {
        done++;
        if (got === RECEIVED) for (const driver of this.#drivers) driver.traded(trade);
      }
    }
    return done;
  }

  close(): void {
    this.#drivers.clear();
  }
}

class LocalDriver implements GuestDriver {
  readonly started = Promise.resolve(undefined);
  readonly ledger: PositionLedger;
  readonly #parts: GuestParts;
  readonly #books: HeardBooks;
  readonly #ended: () => void;
  readonly #deployment: Deployment;
  readonly #instruments: { readonly id: InstrumentId; readonly markets: readonly Followed[]; version: number }[];
  readonly #shared = new SharedTop();
  readonly #top = new BookTop();
  #told = false;

  constructor(parts: GuestParts, books: HeardBooks, shared: SharedMarket, ended: () => void) {
    const { listener, spec } = parts;
    this.#parts = parts;
    this.#books = books;
    this.#ended = ended;
    this.ledger = new PositionLedger(spec);
    const followed = parts.markets.map((market): Followed => ({
      ...market, reader: new BookReader(sharedBookOf(shared, market.listing.id).place), version: -1, fresh: false,
    }));
    this.#instruments = [...new Set(followed.map(({ listing }) => listing.instrument))].map((id) => (
      { id, version: -1, markets: followed.filter(({ listing }) => listing.instrument === id) }
    ));
    this.#deployment = new Deployment(spec, new WebAssembly.Module(parts.module.metered), parts.module.profile, {
      act: (instance, action) => listener.act(instance.spec.place, action),
      log: (instance, line) => listener.log(instance.spec.label, line),
      died: (instance, reason, detail) => listener.died(instance.spec.place, reason, detail),
      paused: (instance, reason) => listener.paused(instance.spec.place, reason),
    }, listener.tape === undefined ? undefined : { hash: parts.module.hash, tape: new TapeWriter((line) => listener.tape?.(line)) });
  }

  tell(news: OrderNews): void {
    const cell = { ...emptyOrderCell(), ...news };
    if (cell.kind === orderCell.filled) this.ledger.fill(cell.instance, cell.symbol, cell.side, cell.priceTicks, cell.lots, cell.tNs);
    this.#deployment.tell(cell);
    this.#told = true;
  }

  traded(trade: TapeTrade): void {
    for (const { listing, abiId, symbol, tickUnit, lotUnit } of this.#parts.markets) {
      if (listing.id !== trade.listing) continue;
      tellTrade(this.#deployment, { venueId: abiId, symbol, tickUnit, lotUnit }, trade.ticks, trade.lots, trade.takerSide, trade.receivedNs);
    }
  }

  configure(params: readonly ConfigParam[], tNs: number): void {
    this.#deployment.configure(params, tNs);
  }

  riskChanged(risk: RiskView, tNs: number): void {
    this.#deployment.riskChanged(risk, tNs);
  }

  start(): void {
    this.#deployment.start();
  }

  stop(): void {
    this.#deployment.stop();
  }

  step(nowNs: number, beat: boolean): number {
    let done = this.#told ? 1 : 0;
    if (this.#told) this.#deployment.settle(nowNs);
    this.#told = false;
    for (const instrument of this.#instruments) {
      const version = this.#books.version(instrument.id);
      if (version === instrument.version) continue;
      instrument.version = version;
      for (let i = 0; i < instrument.markets.length; i++) done += this.#show(must(instrument.markets[i], 'market'), nowNs);
    }
    if (beat) this.#deployment.advance(nowNs);
    return done;
  }

  shutdown(nowNs: number): void {
    this.#deployment.shutdown(nowNs);
    this.#ended();
  }

  stats(): Promise<DeploymentStats> {
    return Promise.resolve(statsOf(this.#deployment));
  }

  #show(market: Followed, nowNs: number): 0 | 1 {
    const shared = this.#shared;
    if (!this.#books.isHeard(market.listing.venue) || !market.reader.readTop(shared) || shared.status !== STATUS_LIVE) {
      market.fresh = false;
      this.#deployment.freshness(market.abiId, false, nowNs);
      return 0;
    }
    if (market.fresh && shared.version === market.version) return 0;
    market.fresh = true;
    market.version = shared.version;
    copyTop(shared, this.#top, market);
    this.#top.recvNs = nowNs;
    this.#deployment.bookChanged(market.abiId, market.symbol, this.#top, nowNs);
    return 1;
  }
}
