/**
 * Why this test? A preview once planned on prices alone: it named venues where the account had nothing and ignored its
 * own resting orders. It must be what the live order does: here each preview is followed by the same order, live.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { stateHash } from '../../../src/core/state-hash.js';
import { previewGraph, tryGraph, type PreviewSource } from '../../../src/main/preview.js';
import type { VenueOrder } from '../../../src/protocol/effects.js';
import { EventType } from '../../../src/protocol/events.js';
import type { GraphSpec, PolicySpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from '../core/driver.js';
import { CHASE, graph, node, NO_RISK, SOR } from '../core/specs.js';
import { BINANCE, BTC, COINBASE, KRAKEN, makeUniverse, USD } from '../core/universe.js';

interface Row {
  venue: string;
  qty_1e8: number;
  price_1e9: number;
  waits_for?: string;
}
interface Preview {
  legs: Row[];
  resting: Row[];
  cancels_first: (Row & { client_order_id: string })[];
  venues: { venue: string; used: boolean; reason?: string }[];
  unplaced_qty_1e8: number;
  refused: { code: string } | null;
  failure_reason?: string;
  slice?: string;
}

function sourceOf(d: Driver): PreviewSource {
  return {
    state: d.state,
    nowNs: () => d.tNs,
    market: {
      quoteInto: (listing, _nowNs, out) => {
        const quote = d.quotes(d.universe.listings[listing]?.instrument ?? -1).find((entry) => entry.listing === listing);
        assert.ok(quote !== undefined);
        Object.assign(out, quote);
      },
      depthInto: (listing, levels, out) => {
        const book = d.bookOf(listing);
        for (const [side, from] of [[out.bids, book.bids], [out.asks, book.asks]] as const) {
          side.count = Math.min(levels, from.length);
          side.pairs.set(from.slice(0, levels).flat());
        }
      },
    },
  };
}

function preview(d: Driver, spec: GraphSpec): Preview {
  const before = stateHash(d.state);
  const answer = previewGraph(sourceOf(d), spec) as Preview;
  assert.equal(stateHash(d.state), before, 'a preview changes nothing');
  return answer;
}

/** What the live order sends at once. */
function live(d: Driver, spec: GraphSpec): VenueOrder[] {
  const from = d.placed().length;
  d.submit(spec);
  return d.placed().slice(from);
}

function rows(d: Driver, orders: readonly VenueOrder[]): string[] {
  return orders.map((order) => `${d.universe.venues[order.venue]?.name ?? ''} ${order.lots * 100_000}`).sort();
}

function rowsOf(answer: Preview): string[] {
  return [...answer.legs, ...answer.resting].map((row) => `${row.venue} ${row.qty_1e8}`).sort();
}

function order(graphId: string, lots: number, more: Partial<Parameters<typeof node>[0]> = {}): GraphSpec {
  return graph({ graphId, nodes: [node({ nodeId: 'order', lots, ...more })] });
}

function deepBooks(d: Driver): void {
  d.book(0, [[59_999, 40]], [[60_001, 40], [60_003, 200]]);
  d.book(1, [[59_998, 60]], [[60_002, 60]]);
  d.book(2, [[59_997, 90]], [[60_004, 90]]);
}

function balance(d: Driver, venue: number, asset: number, total1e8: number): void {
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue, asset, total1e8: String(total1e8), asOfNs: d.tNs });
}

test('the plan of a market order is what the live order sends', () => {
  const d = new Driver();
  deepBooks(d);
  const spec = order('a', 120);
  const answer = preview(d, spec);
  assert.deepEqual(answer.legs.map((leg) => leg.venue), ['binance', 'coinbase']);
  assert.deepEqual(rowsOf(answer), rows(d, live(d, spec)));
});

test('small balances: a venue that can pay for less gets less, one that can pay for nothing says so', () => {
  const d = new Driver();
  deepBooks(d);
  balance(d, BINANCE, USD, 1_000 * 1e8);
  balance(d, COINBASE, USD, 0);
  const spec = order('a', 100);
  const answer = preview(d, spec);
  assert.deepEqual(answer.venues.find(({ venue }) => venue === 'coinbase'), { venue: 'coinbase', used: false, reason: 'NO_BALANCE' });
  assert.equal(answer.legs.find(({ venue }) => venue === 'binance')?.qty_1e8, 16 * 100_000);
  const sent = live(d, spec);
  assert.deepEqual(rowsOf(answer), rows(d, sent));
});

test('a sell goes only where there is inventory', () => {
  const d = new Driver();
  deepBooks(d);
  balance(d, BINANCE, BTC, 0);
  balance(d, KRAKEN, BTC, 10 * 100_000);
  const spec = order('a', 70, { side: -1 });
  const answer = preview(d, spec);
  assert.deepEqual(rowsOf(answer), ['coinbase 6000000', 'kraken 1000000']);
  assert.deepEqual(rowsOf(answer), rows(d, live(d, spec)));
});

test('what own resting orders reserve is not there a second time', () => {
  const d = new Driver();
  deepBooks(d);
  balance(d, BINANCE, USD, 6_000 * 1e8);
  live(d, order('rest', 80, { limit: 50_000, venues: [BINANCE] }));
  assert.equal(d.child('order', -1, 'rest').venue, BINANCE);
  const spec = order('a', 40);
  const answer = preview(d, spec);
  assert.equal(answer.legs.find(({ venue }) => venue === 'binance')?.qty_1e8, 33 * 100_000, '2,000 of 6,000 USD are left');
  assert.deepEqual(rowsOf(answer), rows(d, live(d, spec)));
});

test('an own resting order at the touch: skipped in the book, cancelled first, and the plan is what goes then', () => {
  const d = new Driver();
  deepBooks(d);
  live(d, order('rest', 15, { side: -1, limit: 60_001, venues: [BINANCE] }));
  const resting = d.child('order', -1, 'rest');
  assert.equal(resting.state, 'sent');
  d.ack(resting);
  const spec = order('a', 85);
  const answer = preview(d, spec);
  assert.equal(answer.legs.find(({ venue }) => venue === 'binance')?.qty_1e8, 25 * 100_000, '15 of the 40 shown are our own');
  assert.equal(answer.legs.find(({ venue }) => venue === 'binance')?.waits_for, 'SELF_TRADE');
  assert.deepEqual(answer.cancels_first.map((row) => row.client_order_id), [resting.clientOrderId]);
  assert.equal(resting.cancelAsked, 0, 'a preview cancels nothing');
  const from = d.placed().length;
  d.submit(spec);
  assert.ok(d.cancelled(resting));
  d.gone(resting);
  d.book(0, [[59_999, 40]], [[60_001, 25], [60_003, 200]]);
  d.fill(d.child('order', -1, 'a'), 60, 60_002);
  d.advance(0.5 * S);
  assert.deepEqual(rowsOf(answer), rows(d, d.placed().slice(from)));
  d.fill(d.child('order', -1, 'a'), 25, 60_001);
  d.advance(1 * S);
  assert.equal(d.child('order', -1, 'rest').lots, 15, 'then the resting one rests again');
  assert.notEqual(d.child('order', -1, 'rest'), resting);
});

test('an immediate order waits for the cancel of its own resting order instead of ending', () => {
  const d = new Driver();
  d.book(0, [[59_999, 40]], [[60_001, 40]]);
  d.book(1, [[59_998, 60]], [[62_000, 60]]);
  d.book(2, [[59_997, 90]], [[62_000, 90]]);
  live(d, order('rest', 15, { side: -1, limit: 60_001, venues: [BINANCE] }));
  d.submit(order('a', 20, { tif: 'ioc', policy: { kind: 'ioc_sweep' } }));
  d.advance(3 * S);
  assert.equal(d.node('order', 'a').status, 'pending');
  d.gone(d.child('order', -1, 'rest'));
  d.advance(0.2 * S);
  assert.deepEqual(rows(d, d.placed().slice(1)), ['binance 2000000']);
});

test('a limit that rests, a post at the touch and a chase say the orders that would rest or go', () => {
  const passive: PolicySpec = { kind: 'passive_limit', horizonNs: 60e9 };
  for (const more of [{ limit: 59_000 }, { limit: 60_002 }, { policy: passive, limit: 60_100 }, { policy: CHASE }]) {
    const d = new Driver();
    deepBooks(d);
    const spec = order('a', 60, more);
    const answer = preview(d, spec);
    assert.ok(answer.legs.length + answer.resting.length > 0);
    assert.deepEqual(rowsOf(answer), rows(d, live(d, spec)));
  }
});

test('a paced order shows its first slice', () => {
  const d = new Driver();
  deepBooks(d);
  const spec = order('a', 100, { pacing: { slices: 10, intervalNs: 30 * S, carry: 'next' } });
  const answer = preview(d, spec);
  assert.equal(answer.slice, 'order.1');
  assert.deepEqual(rowsOf(answer), ['binance 1000000']);
  assert.deepEqual(rowsOf(answer), rows(d, live(d, spec)));
});

test('what admission or a kill switch would refuse is told with the code of the live answer', () => {
  const d = new Driver();
  const big = order('a', 100_000_000);
  const refusal = d.submit(big);
  assert.ok(!refusal.ok);
  assert.equal(preview(d, big).refused?.code, refusal.code);
  assert.deepEqual(preview(d, big).legs, []);
  const limited = graph({ graphId: 'b', nodes: [node({ nodeId: 'order', lots: 10 })], risk: { ...NO_RISK, admission: { ...NO_RISK.admission, maxNotionalUsd1e9: '1000000000' } } });
  assert.equal(preview(d, limited).refused?.code, 'MAX_NOTIONAL');
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  assert.equal(preview(d, order('c', 10)).refused?.code, 'KILL_SWITCH');
});

test('what a size would cost is planned whatever the account holds, and only where asked so', () => {
  const d = new Driver();
  deepBooks(d);
  for (const venue of [BINANCE, COINBASE, KRAKEN]) balance(d, venue, USD, 0);
  const spec = order('a', 100);
  assert.equal(preview(d, spec).refused?.code, 'INSUFFICIENT_BALANCE');
  const before = stateHash(d.state);
  const free = previewGraph(sourceOf(d), spec, true) as Preview;
  assert.equal(stateHash(d.state), before);
  assert.equal(free.refused, null);
  assert.equal(free.legs.reduce((sum, leg) => sum + leg.qty_1e8, 0), 100 * 100_000);
});

test('an order that pre-trade checks would refuse says so', () => {
  const d = new Driver();
  const { limits } = d.state.accounts[0] ?? assert.fail();
  d.command({ kind: 'set_limits', limits: { ...limits, maxOrderQty1e8: '500000' } });
  const spec = order('a', 10);
  const answer = preview(d, spec);
  assert.deepEqual(answer.legs, []);
  assert.equal(answer.failure_reason, 'MAX_NOTIONAL');
  assert.deepEqual(live(d, spec), []);
  assert.equal(d.node('order', 'a').reason, 'MAX_NOTIONAL');
});

test('whatever the account holds and has resting, preview and live order send the same (seeds 1 to 150)', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Prng(seed);
    const int = (max: number): number => random.below(max);
    const d = new Driver(makeUniverse({ 'BTC-USD@binance': { takerFeeE6: 1_000, lotMultiple: 2, minLots: 4 }, 'BTC-USD@kraken': { feeAsset: 'base', takerFeeE6: 2_000 } }));
    for (const id of [0, 1, 2]) {
      const mid = 60_000 + int(7) - 3;
      const levels = (side: number): [number, number][] => [1, 2, 3].map((k) => [mid + side * k * (1 + int(2)), 1 + int(60)]);
      d.book(id, levels(-1), levels(1));
      if (int(3) === 0) balance(d, id, USD, int(4_000_000) * 1e6);
      if (int(3) === 0) balance(d, id, BTC, int(90) * 100_000);
    }
    const side = int(2) === 0 ? 1 : -1;
    for (let i = int(3); i > 0; i--) {
      const own = int(2) === 0 ? 1 : -1;
      d.submit(order(`rest${i}`, 2 * (1 + int(20)), { side: own, limit: 60_000 - own * int(6), venues: [int(3)], tif: 'gtc' }));
    }
    const kinds: Partial<Parameters<typeof node>[0]>[] = [
      {}, { limit: 60_000 + int(9) - 4 }, { policy: CHASE }, { policy: { kind: 'passive_limit', horizonNs: 60e9 }, limit: 60_000 }, { tif: 'fok' },
      { policy: { kind: 'ioc_sweep' } }, { policy: SOR, tif: 'ioc', limit: 60_003 },
    ];
    const spec = order('a', 2 * (1 + int(80)), { side, ...kinds[int(kinds.length)] });
    const before = stateHash(d.state);
    const trial = tryGraph(sourceOf(d), spec);
    assert.equal(stateHash(d.state), before, `seed ${seed}: nothing changed`);
    const from = d.effects.length;
    d.submit(spec);
    const wanted = d.effects.slice(from).flatMap((effect) => (effect.kind === 'place' || effect.kind === 'cancel' ? [effect] : []));
    const tried = trial.effects.flatMap((effect) => (effect.kind === 'place' || effect.kind === 'cancel' ? [effect] : []));
    assert.deepEqual(tried, wanted, `seed ${seed}`);
  }
});
