import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { MarketKind, newMarketMessage, pushLevel, type MarketMessage } from '../../../src/market/replay-source.js';
import { VenueReason } from '../../../src/protocol/events.js';
import { Matching } from '../../../src/venues/sim/matching.js';
import type { SimOrder } from '../../../src/venues/sim/sim-order.js';

type Levels = readonly (readonly [number, number])[];

/** A matching with a log of what it told: "id lots@ticks m|t" for fills, "id state reason" for ends. */
class Bench {
  readonly log: string[] = [];
  readonly matching: Matching;
  room = 0;

  constructor(bids: Levels, asks: Levels) {
    this.matching = new Matching({
      fill: (order, ticks, lots, maker) => {
        this.log.push(`${order.clientOrderId} ${lots}@${ticks} ${maker === 1 ? 'm' : 't'}`);
        if (order.openLots === 0) order.state = 'filled';
      },
      end: (order, state, reason) => {
        order.state = state;
        order.openLots = 0;
        this.log.push(`${order.clientOrderId} ${state} ${reason}`);
      },
      level: () => undefined,
      reduceRoom: () => this.room,
    });
    this.matching.market(message(MarketKind.snapshot, bids, asks));
  }

  order(id: string, side: 1 | -1, lots: number, limitTicks: number, more: Partial<SimOrder> = {}): SimOrder {
    const order: SimOrder = {
      clientOrderId: id, venueOrderId: id, accountId: id.charCodeAt(0), listing: 0, side, tif: 'gtc', reduceOnly: false,
      createdNs: 0, lots, limitTicks, cumLots: 0, openLots: lots, state: 'live', endedNs: -1,
      endReason: VenueReason.none, previous: null, next: null, isResting: false, ahead: 0, reserved: 0, muted: false,
      fills: [], ...more,
    };
    this.matching.submit(order);
    return order;
  }

  delta(bids: Levels, asks: Levels): void {
    this.matching.market(message(MarketKind.delta, bids, asks));
  }

  trade(takerSide: 1 | -1, lots: number, ticks: number): void {
    const out = message(MarketKind.trade, [], []);
    out.takerSide = takerSide;
    out.tradeLots = lots;
    out.tradeTicks = ticks;
    this.matching.market(out);
  }

  said(): string[] {
    return this.log.splice(0);
  }
}

function message(kind: MarketMessage['kind'], bids: Levels, asks: Levels): MarketMessage {
  const out = newMarketMessage();
  out.kind = kind;
  for (const [ticks, lots] of bids) pushLevel(out, 'bids', ticks, lots);
  for (const [ticks, lots] of asks) pushLevel(out, 'asks', ticks, lots);
  return out;
}

const usual = (): Bench => new Bench([[99, 10], [98, 20]], [[101, 10], [102, 20]]);

test('a taker walks the book best first, within its limit', () => {
  const bench = usual();
  bench.order('a', 1, 15, 102, { tif: 'ioc' });
  assert.deepEqual(bench.said(), ['a 10@101 t', 'a 5@102 t']);
});

test('the same displayed quantity is given once, until the recording speaks of the level again', () => {
  const bench = usual();
  bench.order('a', 1, 8, 101, { tif: 'ioc' });
  bench.order('b', 1, 8, 101, { tif: 'ioc' });
  assert.deepEqual(bench.said(), ['a 8@101 t', 'b 2@101 t', `b expired ${VenueReason.notFilled}`]);
  assert.equal(bench.matching.displayed(-1, 101), 0);
  assert.equal(bench.matching.bestAsk(), 102);
  bench.delta([], [[102, 19]]);
  bench.order('c', 1, 8, 101, { tif: 'ioc' });
  assert.deepEqual(bench.said(), [`c expired ${VenueReason.notFilled}`]);
  bench.delta([], [[101, 7]]);
  bench.order('d', 1, 8, 101, { tif: 'ioc' });
  assert.deepEqual(bench.said(), ['d 7@101 t', `d expired ${VenueReason.notFilled}`]);
});

test('fok: all or nothing', () => {
  const bench = usual();
  bench.order('a', 1, 31, 102, { tif: 'fok' });
  bench.order('b', 1, 30, 102, { tif: 'fok' });
  assert.deepEqual(bench.said(), [`a expired ${VenueReason.notFilled}`, 'b 10@101 t', 'b 20@102 t']);
});

test('a resting order waits for what was displayed when it joined', () => {
  const bench = usual();
  const order = bench.order('a', 1, 5, 99);
  assert.equal(order.ahead, 10);
  bench.trade(-1, 4, 99);
  assert.deepEqual([order.ahead, bench.said()], [6, []]);
  bench.trade(-1, 8, 99);
  assert.deepEqual(bench.said(), ['a 2@99 m']);
  bench.trade(-1, 8, 99);
  assert.deepEqual(bench.said(), ['a 3@99 m']);
});

test('cancels ahead move it up by their share, trades are not counted twice, additions queue behind', () => {
  const bench = usual();
  const order = bench.order('a', 1, 5, 98);
  assert.equal(order.ahead, 20);
  bench.delta([[98, 40]], []);
  assert.equal(order.ahead, 20);
  bench.delta([[98, 20]], []);
  assert.equal(order.ahead, 10, 'half of what stood there was cancelled');
  bench.trade(-1, 4, 98);
  assert.equal(order.ahead, 6);
  bench.delta([[98, 16]], []);
  assert.equal(order.ahead, 6, 'the four that vanished had traded');
  bench.delta([[98, 0]], []);
  assert.equal(order.ahead, 0);
});

test('our orders at one price fill in the order they came, recorded quantity between them included', () => {
  const bench = usual();
  bench.order('a', 1, 5, 99);
  bench.delta([[99, 14]], []);
  bench.order('b', 1, 5, 99);
  bench.trade(-1, 17, 99);
  assert.deepEqual(bench.said(), ['a 5@99 m'], 'ten ahead of a, a, and two of the four between');
  bench.trade(-1, 4, 99);
  assert.deepEqual(bench.said(), ['b 2@99 m']);
});

test('a print beyond the order’s price meets it first; the market moving through fills it at its own price', () => {
  const bench = usual();
  bench.order('a', 1, 5, 99);
  bench.trade(-1, 3, 98);
  assert.deepEqual(bench.said(), ['a 3@99 m']);
  bench.delta([[99, 0], [98, 0]], [[98, 1]]);
  assert.deepEqual(bench.said(), ['a 1@99 m']);
  assert.equal(bench.matching.displayed(-1, 98), 0, 'what crossed is used up');
  bench.delta([], [[97, 30]]);
  assert.deepEqual(bench.said(), ['a 1@99 m']);
  assert.equal(bench.matching.displayed(-1, 97), 29);
});

test('users meet each other by price and time, the recorded queue in its place', () => {
  const bench = usual();
  bench.order('a', -1, 5, 100);
  bench.order('b', -1, 5, 101);
  bench.order('c', 1, 18, 101, { tif: 'ioc' });
  assert.deepEqual(bench.said(), ['a 5@100 m', 'c 5@100 t', 'c 10@101 t', 'b 3@101 m', 'c 3@101 t']);
});

test('an account never meets itself: the newer order ends', () => {
  const bench = usual();
  bench.order('a1', -1, 5, 100);
  bench.order('a2', 1, 5, 101);
  assert.deepEqual(bench.said(), [`a2 expired ${VenueReason.selfTrade}`]);
  bench.order('a3', 1, 12, 101, { tif: 'fok' });
  assert.deepEqual(bench.said(), [`a3 expired ${VenueReason.notFilled}`]);
});

test('an amend to less keeps the place in the queue, any other goes to its end', () => {
  const bench = usual();
  const order = bench.order('a', 1, 9, 99);
  bench.trade(-1, 4, 99);
  bench.matching.amend(order, 5, 99);
  assert.deepEqual([order.ahead, order.openLots], [6, 5]);
  bench.matching.amend(order, 7, 99);
  assert.deepEqual([order.ahead, order.openLots], [10, 7]);
  bench.matching.amend(order, 7, 101);
  assert.deepEqual(bench.said(), ['a 7@101 t']);
});

test('a resting reduce-only order ends when there is nothing left to reduce', () => {
  const bench = usual();
  bench.room = 2;
  bench.order('a', 1, 5, 100, { reduceOnly: true });
  bench.trade(-1, 4, 100);
  assert.deepEqual(bench.said(), ['a 2@100 m', `a cancelled ${VenueReason.reduceOnly}`]);
});

/** Why this test? Whatever comes in whatever order, what must always hold of a book of two kinds of liquidity. */
test('random orders, amends, cancels and market moves keep every rule of the book (20,000 steps)', () => {
  const prng = new Prng(11);
  const bench = new Bench([[99, 50], [98, 50]], [[101, 50], [102, 50]]);
  const live: SimOrder[] = [];
  let sent = 0;
  let mid = 100;
  for (let step = 0; step < 20_000; step++) {
    const draw = prng.below(10);
    const pick = live.length > 0 ? prng.pick(live) : null;
    if (draw < 3) {
      const side = prng.chance(1, 2) ? 1 : -1;
      const id = `${'abc'[prng.below(3)]}${step}`;
      const tif = prng.pick(['gtc', 'gtc', 'ioc', 'fok'] as const);
      const order = bench.order(id, side, prng.between(1, 20), mid + prng.between(-4, 4), { tif });
      sent += order.lots;
      if (order.state === 'live') live.push(order);
    } else if (draw < 5 && pick?.state === 'live') {
      bench.matching.amend(pick, pick.cumLots + prng.between(1, 20), mid + prng.between(-4, 4));
    } else if (draw < 6 && pick?.state === 'live') {
      bench.matching.remove(pick);
      pick.state = 'cancelled';
      pick.openLots = 0;
    } else if (draw < 8) {
      const side = prng.chance(1, 2) ? 1 : -1;
      bench.trade(side, prng.between(1, 30), mid + side * prng.between(1, 2));
    } else {
      mid += prng.between(-1, 1);
      const below = [0, 1, 2, 3, 4, 5].map((i) => [mid - 1 - i, i < 4 ? prng.between(1, 40) : 0] as const);
      const above = [0, 1, 2, 3, 4, 5].map((i) => [mid + 1 + i, i < 4 ? prng.between(1, 40) : 0] as const);
      const clear = [mid, mid + 1, mid + 2].map((ticks) => [ticks, 0] as const);
      const clearUp = [mid, mid - 1, mid - 2].map((ticks) => [ticks, 0] as const);
      bench.delta([...clear, ...below], [...clearUp, ...above]);
    }
    for (let i = live.length - 1; i >= 0; i--) if (live[i]?.state !== 'live') live.splice(i, 1);
    checkBook(bench, live, step);
  }
  assert.ok(sent > 10_000 && bench.said().length > 5_000);
});

function checkBook(bench: Bench, live: readonly SimOrder[], step: number): void {
  const { matching } = bench;
  const resting = new Set([...matching.resting(1), ...matching.resting(-1)]);
  assert.deepEqual(resting, new Set(live), `step ${step}: every live order rests, nothing else does`);
  const [bid, ask] = [matching.bestBid(), matching.bestAsk()];
  assert.ok(bid === 0 || ask === 0 || bid < ask, `crossed at ${step}`);
  for (const side of [1, -1] as const) {
    const orders = matching.resting(side);
    for (const [i, order] of orders.entries()) {
      const before = orders[i - 1];
      assert.ok(before === undefined || (before.limitTicks - order.limitTicks) * side >= 0, `price order at ${step}`);
      const recorded = matching.recorded(side).lotsOn(order.limitTicks);
      assert.ok(order.openLots > 0 && order.ahead >= 0 && order.ahead <= recorded, `queue at ${step}`);
      assert.ok(order.lots - order.cumLots >= order.openLots, `open at ${step}`);
      const here = orders.filter((each) => each.limitTicks === order.limitTicks);
      const own = here.reduce((sum, each) => sum + each.openLots, 0);
      assert.ok(matching.displayed(side, order.limitTicks) >= own, `displayed at ${step}`);
    }
  }
}

test('a post-only order would take exactly where something is left to take', () => {
  const bench = usual();
  assert.ok(bench.matching.wouldTake(1, 101) && !bench.matching.wouldTake(1, 100));
  bench.order('a', 1, 10, 101, { tif: 'ioc' });
  assert.ok(!bench.matching.wouldTake(1, 101));
});
