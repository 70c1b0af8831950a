/** The scheduler's view of shared books against a naive twin on plain maps, and what conflation costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.js';
import { Prng } from '../../../src/base/prng.js';
import { FeedWriter } from '../../../src/market/feed-writer.js';
import { carveMarket } from '../../../src/market/shared-market.js';
import { EventType, type EngineEvent, type ListingQuote, SampleReason } from '../../../src/protocol/events.js';
import type { Universe } from '../../../src/protocol/universe.js';
import { RecordedEvents } from '../../../src/scheduler/event-log.js';
import { MarketView, STALE_AFTER_NS } from '../../../src/scheduler/market-view.js';
import { emptyQuotes } from '../../../src/scheduler/samples.js';
import { Scheduler } from '../../../src/scheduler/scheduler.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe: Universe = buildUniverse();
const shape = { windowTicks: 2 ** 12, sparseCells: 64 };
const venueOf = (listing: number): number => must(universe.listings[listing], 'listing').venue;

/** Two threads' worth of venues. */
function market(): { readonly view: MarketView; readonly writers: readonly FeedWriter[]; of(listing: number): FeedWriter } {
  const [first = 0, ...rest] = universe.venues.map(({ id }) => id);
  const shared = carveMarket(universe, [[first], rest], shape);
  const writers = shared.groups.map((group) => new FeedWriter(group, venueOf));
  const of = (listing: number): FeedWriter => must(writers[venueOf(listing) === first ? 0 : 1], 'writer');
  return { view: new MarketView(universe, shared), writers, of };
}

interface Plain {
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
  trusted: boolean;
  last: number;
  high: number;
  low: number;
  mark: number;
}

function sorted(side: Map<number, number>, sign: 1 | -1): number[] {
  return [...side].sort(([a], [b]) => sign * (a - b)).flat();
}

test('random feeds, one seed each: quotes, depth, prints and freshness are the naive twin\'s', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const prng = new Prng(seed);
    const { view, writers, of } = market();
    const twins = universe.listings.map((): Plain => (
      { bids: new Map(), asks: new Map(), trusted: false, last: 0, high: 0, low: 0, mark: 0 }));
    for (const { id } of universe.venues) view.setConnected(id, true);
    let now = STALE_AFTER_NS;
    for (let step = 0; step < 300; step++) {
      now += 1_000_000;
      for (const writer of writers) writer.setNow(now);
      const listing = prng.below(universe.listings.length);
      const twin = must(twins[listing], 'twin');
      tell(prng, of(listing), listing, twin, now);
      if (step % 3 !== 0) continue;
      const dirty = view.takeDirty();
      assert.ok(step > 0 || dirty.includes(must(universe.listings[listing], 'listing').instrument));
      compare(view, twins, now, `seed ${seed} step ${step}`);
      if (prng.chance(1, 5)) reset(view, twins, prng.below(universe.instruments.length));
    }
  }
});

function tell(prng: Prng, feed: FeedWriter, listing: number, twin: Plain, now: number): void {
  const mid = 50_000 + prng.between(-200, 200);
  const kind = prng.below(10);
  if (kind < 2 || !twin.trusted) {
    twin.bids.clear();
    twin.asks.clear();
    for (let i = 0; i < 30; i++) {
      twin.bids.set(mid - 1 - prng.below(90), prng.between(1, 9));
      twin.asks.set(mid + 1 + prng.below(90), prng.between(1, 9));
    }
    twin.trusted = true;
    feed.snapshot(listing, now, sorted(twin.bids, -1), sorted(twin.asks, 1));
  } else if (kind < 7) {
    const [bid = 0] = sorted(twin.bids, -1);
    const [ask = 0] = sorted(twin.asks, 1);
    const bids = Float64Array.of(bid - prng.below(20), prng.below(5), bid - 3_000, prng.below(3));
    const asks = Float64Array.of(ask + prng.below(20), prng.below(5), ask + 3_000, prng.below(3));
    for (const [side, pairs] of [[twin.bids, bids], [twin.asks, asks]] as const) {
      for (let i = 0; i < 4; i += 2) {
        if (pairs[i + 1] === 0) side.delete(pairs[i] ?? 0);
        else side.set(pairs[i] ?? 0, pairs[i + 1] ?? 0);
      }
    }
    assert.equal(feed.delta(listing, now, bids, 2, asks, 2), true);
  } else if (kind === 7) {
    twin.trusted = false;
    feed.stale(listing, 'test');
  } else if (kind === 8) {
    twin.mark = mid;
    feed.mark(listing, now, mid);
  } else {
    twin.last = mid;
    twin.high = Math.max(twin.high, mid);
    twin.low = twin.low === 0 ? mid : Math.min(twin.low, mid);
    feed.trade(listing, now, mid, 1, 1);
  }
}

function compare(view: MarketView, twins: readonly Plain[], now: number, where: string): void {
  view.setNow(now);
  for (const instrument of universe.instruments) {
    for (const quote of emptyQuotes(universe, instrument)) {
      const twin = must(twins[quote.listing], 'twin');
      view.quoteInto(quote.listing, now, quote);
      const bids = twin.trusted ? sorted(twin.bids, -1) : [];
      const asks = twin.trusted ? sorted(twin.asks, 1) : [];
      assert.deepEqual(
        [quote.bidTicks, quote.bidLots, quote.askTicks, quote.askLots],
        [bids[0] ?? 0, bids[1] ?? 0, asks[0] ?? 0, asks[1] ?? 0], where,
      );
      assert.deepEqual(
        [quote.markTicks, quote.lastTicks, quote.lastHighTicks, quote.lastLowTicks], [twin.mark, twin.last, twin.high, twin.low], where,
      );
      assert.equal(quote.fresh === 1, twin.trusted && bids.length + asks.length > 0, where);
      const depth = { listing: 0, bids: { count: 0, pairs: new Float64Array(0) }, asks: { count: 0, pairs: new Float64Array(0) } };
      view.depthInto(quote.listing, 10, depth);
      assert.deepEqual([...depth.bids.pairs.subarray(0, 2 * depth.bids.count)], bids.slice(0, 20), where);
      assert.deepEqual([...depth.asks.pairs.subarray(0, 2 * depth.asks.count)], asks.slice(0, 20), where);
    }
  }
}

function reset(view: MarketView, twins: readonly Plain[], instrument: number): void {
  view.sampled(instrument);
  for (const listing of must(universe.instruments[instrument], 'instrument').listings) {
    const twin = must(twins[listing], 'twin');
    twin.high = 0;
    twin.low = 0;
  }
}

test('what would cross a book is not taken, and the book is stale until a snapshot', () => {
  const { view, of } = market();
  view.setConnected(venueOf(0), true);
  const feed = of(0);
  feed.setNow(5);
  const quote = must(emptyQuotes(universe, must(universe.instruments[0], 'instrument'))[0], 'quote');
  const none = new Float64Array(0);
  feed.snapshot(0, 5, [100, 1], [101, 1]);
  view.quoteInto(0, 5, quote);
  assert.deepEqual([quote.fresh, quote.bidTicks], [1, 100]);
  assert.equal(feed.delta(0, 6, Float64Array.of(101, 1), 1, none, 0), false);
  view.quoteInto(0, 6, quote);
  assert.deepEqual([quote.fresh, quote.bidTicks], [0, 0]);
  assert.equal(feed.delta(0, 7, Float64Array.of(99, 1), 1, none, 0), false);
  feed.snapshot(0, 8, [100, 2], [101, 1]);
  view.quoteInto(0, 8, quote);
  assert.deepEqual([quote.fresh, quote.bidTicks, quote.bidLots], [1, 100, 2]);
});

test('1,000 updates of a book while the scheduler is busy cost it one sample', () => {
  const { view, of } = market();
  const log = new RecordedEvents();
  let looks = 0;
  const scheduler = new Scheduler<null>({
    core: {
      create: () => null,
      apply: () => undefined,
      nextTimerNs: () => Infinity,
      watches: () => true,
      needsSample: () => {
        looks++;
        return true;
      },
      interesting: () => [],
    },
    universe, accounts: ['one'], market: view, log, listener: { effect: () => undefined }, baseNs: 0n, epoch: 1, seed: 1,
    recovered: null,
    gate: { place: refuse, cancel: refuse, amend: refuse, query: refuse, queryPosition: refuse },
  });
  scheduler.open(0);
  view.setConnected(venueOf(0), true);
  scheduler.doWork(1);
  const before = log.events.length;
  looks = 0;
  const feed = of(0);
  feed.setNow(2);
  feed.snapshot(0, 2, [1_000, 5], [1_010, 5]);
  for (let i = 1; i <= 1_000; i++) feed.delta(0, 2, Float64Array.of(1_000, i), 1, Float64Array.of(1_010, i), 1);
  scheduler.doWork(3);
  const samples = log.events.slice(before).filter((event) => event.type === EventType.sample);
  assert.equal(looks, 1);
  assert.deepEqual(samples.map(touch), [{ reason: SampleReason.tick, bidLots: 1_000, askLots: 1_000 }]);
  scheduler.doWork(4);
  assert.equal(looks, 1, 'nothing new: nothing to look at');
});

function refuse(): never {
  throw new Error('nothing is sent');
}

function touch(event: EngineEvent): unknown {
  assert.equal(event.type, EventType.sample);
  const quote: ListingQuote = must(event.quotes.find(({ listing }) => listing === 0), 'quote of listing 0');
  return { reason: event.reason, bidLots: quote.bidLots, askLots: quote.askLots };
}
