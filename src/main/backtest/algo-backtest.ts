/**
 * Backtest of a module: its instances on simulated venues that replay the recordings, one thread, virtual time. The
 * same module, config and seed give the same fills. The venues are the ones that live trading uses, with their
 * latencies, queue positions and rules; risk limits of accounts are not applied here.
 */
import { must } from '../../base/assert.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import type { AdmittedModule } from '../../algo/admission/admit.js';
import { copyTop } from '../../algo/guest/copy-top.js';
import { tellTrade } from '../../algo/guest/guest-host.js';
import { BookTop } from '../../algo/host/book-top.js';
import { Deployment } from '../../algo/host/deployment.js';
import { buildReport, type BacktestReport, type ReportMark } from '../../algo/report/backtest-report.js';
import { STATUS_LIVE } from '../../market/assembly/layout.js';
import { BookReader } from '../../market/book-reader.js';
import { BookTop as SharedTop } from '../../market/book-views.js';
import { FeedWriter } from '../../market/feed-writer.js';
import { carveMarket, type SharedFeeds } from '../../market/shared-market.js';
import type { Listing, ListingId, Universe } from '../../protocol/universe.js';
import { replayedVenues, type Tapes } from '../../venues/sim/market.js';
import type { SimVenue } from '../../venues/sim/sim-venue.js';
import type { FeedSink } from '../../venues/venue.js';
import { BacktestOrders } from './backtest-orders.js';

export interface BacktestRequest {
  readonly name: string;
  readonly module: AdmittedModule;
  readonly universe: Universe;
  readonly tapes: Tapes;
  readonly symbol: string;
  /** One instance each: label and the venue's name. */
  readonly instances: readonly { readonly label: string; readonly venue: string }[];
  readonly config: readonly ConfigParam[];
  readonly seed: number;
  /** Virtual time to run, seconds. */
  readonly seconds: number;
  /** Unix time of the start, ns; only what the guest sees as time depends on it. */
  readonly baseNs?: bigint;
  /** Called each hundredth, and at least each ten seconds of the market, with the share done, 0..1; answering false cancels. */
  readonly progress?: (share: number) => boolean;
}

export interface BacktestResult {
  readonly report: BacktestReport;
  readonly cancelled: boolean;
  readonly logs: readonly string[];
  /** Of the run alone, once its market was prepared: for a figure, not in the report. */
  readonly runMs: number;
}

const NS = 1_000_000_000;
/** A slow module is cancelled within some hundred callbacks. */
const PROGRESS_NS = 10 * NS;
const logsKept = 500;
const noLimits = { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false };

/** @throws RangeError for an unknown symbol or a venue that doesn't list it */
export function runAlgoBacktest(request: BacktestRequest): BacktestResult {
  return new AlgoBacktest(request).run();
}

/** One listing that an instance trades: its published book, and whether it changed since the guests saw it. */
interface Followed {
  readonly listing: Listing;
  readonly abiId: number;
  readonly reader: BookReader;
  isDirty: boolean;
}

/** What a listing's messages may take when they are made ahead, before the run. */
const preparedBytes = 512 << 20;
/** Of a longer run, what comes later is made on the way. */
const PREPARE_NS = 3_600 * NS;

class AlgoBacktest {
  readonly #request: BacktestRequest;
  readonly #books = new Map<ListingId, Followed>();
  readonly #venues: SimVenue[];
  readonly #orders: BacktestOrders;
  readonly #deployment: Deployment;
  readonly #writer: FeedWriter;
  readonly #shared = new SharedTop();
  readonly #top = new BookTop();
  readonly #marks: ReportMark[] = [];
  readonly #logs: string[] = [];
  readonly #tick: number;
  #nowNs = 0;
  #deaths: string[] = [];

  constructor(request: BacktestRequest) {
    this.#request = request;
    const { universe, symbol } = request;
    const instrument = universe.instruments.find((row) => row.symbol === symbol);
    if (instrument === undefined) throw new RangeError(`backtest: there is no instrument ${symbol}`);
    this.#tick = instrument.tick1e9 / 1e9;
    const listings = request.instances.map(({ venue }) => {
      const id = universe.venues.find((row) => row.name === venue)?.id;
      const listing = universe.listings.find((row) => row.venue === id && row.instrument === instrument.id);
      if (listing === undefined) throw new RangeError(`backtest: ${venue} does not list ${symbol}`);
      return listing;
    });
    const feeds = must(carveMarket(universe, [universe.venues.map(({ id }) => id)]).groups[0], 'feeds');
    this.#writer = new FeedWriter(feeds, (listing) => must(universe.listings[listing], 'listing').venue);
    for (const listing of listings) {
      const abiId = must(universe.venues[listing.venue], 'venue').abiId;
      this.#books.set(listing.id, { listing, abiId, reader: readerOf(feeds, listing.id), isDirty: false });
    }
    const none = (): void => {};
    const all = replayedVenues(request.tapes, {
      universe, seed: request.seed, startNs: 0, accounts: [0], feed: this.#feed(), listings: new Set(listings.map(({ id }) => id)),
      sink: { report: (event) => this.#orders.report(event), status: none, balance: none, position: none, openOrders: none },
    });
    const used = new Set(listings.map((listing) => listing.venue));
    this.#venues = all.filter((venue) => used.has(venue.venue));
    const lot = must(listings[0], 'a listing');
    this.#orders = new BacktestOrders({
      universe, instrument, listings, venues: new Map(this.#venues.map((venue) => [venue.venue, venue])),
      labels: request.instances.map(({ label }) => label), nowNs: () => this.#nowNs, mid2: (listing) => this.#mid2(listing),
    });
    this.#deployment = new Deployment(
      {
        id: 'backtest', instances: request.instances.map(({ label }, i) => ({ label, venueId: this.#abiOf(listings[i]?.id ?? 0) })),
        symbols: [{
          name: symbol, tick1e9: instrument.tick1e9 * lot.tickMultiple, lot1e8: instrument.lot1e8 * lot.lotMultiple,
          minQtyLots: Math.ceil(lot.minLots / lot.lotMultiple), minNotional1e9: lot.minNotional1e9, pricePrecision: 0, qtyPrecision: 0,
        }],
        risk: noLimits, config: request.config, baseNs: request.baseNs ?? 1_723_161_254_000_000_000n,
      },
      new WebAssembly.Module(request.module.metered), request.module.profile,
      {
        act: (instance, action) => this.#orders.act(this.#deployment.instances.indexOf(instance), action),
        log: (instance, line) => {
          if (this.#logs.length < logsKept) this.#logs.push(`${instance.spec.label}: ${line.text}`);
        },
        died: (instance, reason) => {
          this.#deaths.push(`${instance.spec.label} ${reason}`);
          this.#orders.cancelAll(this.#deployment.instances.indexOf(instance));
        },
      },
    );
    this.#orders.attach(this.#deployment, lot.tickMultiple, lot.lotMultiple);
  }

  run(): BacktestResult {
    const endNs = this.#request.seconds * NS;
    for (const venue of this.#venues) venue.prepare(Math.min(endNs, PREPARE_NS), preparedBytes);
    const startedMs = performance.now();
    let nextSecondNs = NS;
    let nextProgressNs = 0;
    let cancelled = false;
    while (!cancelled) {
      let due = nextSecondNs;
      for (const venue of this.#venues) due = Math.min(due, venue.nextDueNs());
      this.#nowNs = Math.max(due, this.#nowNs);
      if (this.#nowNs > endNs) break;
      this.#writer.setNow(this.#nowNs);
      for (const venue of this.#venues) venue.doWork(this.#nowNs);
      this.#orders.tell();
      this.#showBooks();
      if (this.#nowNs >= nextSecondNs) {
        this.#deployment.advance(this.#nowNs);
        this.#mark();
        nextSecondNs += NS;
      }
      if (this.#nowNs >= nextProgressNs) {
        cancelled = this.#request.progress?.(Math.min(1, this.#nowNs / endNs)) === false;
        nextProgressNs += Math.min(endNs / 100, PROGRESS_NS);
      }
    }
    this.#deployment.shutdown(this.#nowNs);
    this.#mark();
    const { name, symbol, seed } = this.#request;
    const report = buildReport({
      name, symbol, seed, startNs: 0, endNs: this.#nowNs, fills: this.#orders.fills, marks: this.#marks,
      orders: this.#orders.history(), rejects: this.#orders.rejects, deaths: this.#deaths,
      callbacks: this.#deployment.instances.reduce((sum, instance) => sum + instance.callbacks, 0),
    });
    return { report, cancelled, logs: this.#logs, runMs: performance.now() - startedMs };
  }

  #abiOf(listing: ListingId): number {
    return must(this.#books.get(listing), 'followed listing').abiId;
  }

  #mid2(listing: ListingId): number {
    const book = this.#books.get(listing);
    const top = this.#shared;
    if (book === undefined || !book.reader.readTop(top, 1) || top.status !== STATUS_LIVE) return 0;
    return top.bidCount > 0 && top.askCount > 0 ? top.bidTicks + top.askTicks : 0;
  }

  #mark(): void {
    for (const id of this.#books.keys()) {
      const mid2 = this.#mid2(id);
      if (mid2 > 0) return void this.#marks.push({ tNs: this.#nowNs, mid: (mid2 / 2) * this.#tick });
    }
  }

  #showBooks(): void {
    const top = this.#shared;
    for (const book of this.#books.values()) {
      if (!book.isDirty) continue;
      book.isDirty = false;
      if (!book.reader.readTop(top) || top.status !== STATUS_LIVE) continue;
      copyTop(top, this.#top, { tickUnit: book.listing.tickMultiple, lotUnit: book.listing.lotMultiple });
      this.#deployment.bookChanged(book.abiId, 0, this.#top, this.#nowNs);
    }
  }

  #feed(): FeedSink {
    const writer = this.#writer;
    const changed = (listing: ListingId): void => {
      const book = this.#books.get(listing);
      if (book !== undefined) book.isDirty = true;
    };
    return {
      snapshot: (listing, venueTsNs, bids, asks) => {
        writer.snapshot(listing, venueTsNs, bids, asks);
        changed(listing);
      },
      delta: (listing, venueTsNs, bids, bidCount, asks, askCount) => {
        changed(listing);
        return writer.delta(listing, venueTsNs, bids, bidCount, asks, askCount);
      },
      trade: (listing, _, ticks, lots, takerSide) => {
        const book = this.#books.get(listing);
        if (book === undefined) return;
        const { abiId, listing: row } = book;
        const units = { venueId: abiId, symbol: 0, tickUnit: row.tickMultiple, lotUnit: row.lotMultiple };
        tellTrade(this.#deployment, units, ticks, lots, takerSide, this.#nowNs);
      },
      mark: () => {},
      stale: (listing, reason) => writer.stale(listing, reason),
      alive: () => {},
    };
  }
}

function readerOf(feeds: SharedFeeds, listing: ListingId): BookReader {
  return new BookReader(must(feeds.books.books[feeds.listings.indexOf(listing)], 'book').place);
}
