/** Rare paths of the core, one promise each: odd grids, large numbers, odd states, orders that cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulDivFloor, smallestOrder, tradeLot } from '../../../src/core/graph/quantities.js';
import { decodeState, encodeState } from '../../../src/core/snapshot.js';
import { positionsView } from '../../../src/core/views/positions-view.js';
import { product, quarterPrice1e9, usd1e9 } from '../../../src/core/views/wire.js';
import { EventType } from '../../../src/protocol/events.js';
import type { Universe } from '../../../src/protocol/universe.js';
import { BASE_NS, Driver, MS, S } from './driver.js';
import { edge, graph, node, NO_RISK, onPrice } from './specs.js';
import { BINANCE, BTC_PERP, BTC_USD, COINBASE, HYPERLIQUID, makeUniverse, USD } from './universe.js';
import { isOpen } from '../../../src/core/graph/graph-index.js';

test('a state with odd numbers and any text comes back as it was', () => {
  const d = new Driver();
  const text = '~7 a "quoted" \\ line\n ü € 😀 \u0000';
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: text, cancelOpen: false, allowExits: false });
  const odd = Object.assign(d.state, { odd: [-0, Infinity, -Infinity, NaN, undefined, null, true] });
  const copy = decodeState(encodeState(odd)) as unknown as { odd: unknown[]; kills: { reason: string }[] };
  assert.ok(Object.is(copy.odd[0], -0));
  assert.deepEqual(copy.odd.slice(1), [Infinity, -Infinity, NaN, undefined, null, true]);
  assert.equal(copy.kills[0]?.reason, text);
  assert.throws(() => decodeState(new TextEncoder().encode('[1,null]')), /state version/);
});

test('the trade lot of lots that do not divide each other is their least common multiple; the smallest order is on it', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD@binance': { lotMultiple: 4 }, 'BTC-USD@coinbase': { lotMultiple: 6, minLots: 6 }, 'BTC-USD@kraken': { lotMultiple: 1 } }));
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 12, limit: 59_000 })] }));
  assert.equal(tradeLot(d.state, d.node('a')), 12);
  assert.equal(smallestOrder(d.state, d.node('a')), 12);
});

test('floor of a product over a quotient is exact beyond 2^53', () => {
  assert.equal(mulDivFloor(2 ** 40 + 1, 2 ** 40 - 1, 2 ** 40), Number(((2n ** 40n + 1n) * (2n ** 40n - 1n)) / 2n ** 40n));
  assert.equal(mulDivFloor(7, 3, 2), 10);
  assert.equal(product(2 ** 40, 2 ** 40), 2n ** 80n);
  const btc = makeUniverse().instruments[BTC_USD] ?? assert.fail();
  assert.equal(quarterPrice1e9(btc, 2 ** 50), (2n ** 50n * 1_000_000_000n) / 4n);
  assert.equal(usd1e9({ ...btc, tick1e9: 1, lot1e8: 1 }, -1n), -1n, 'a loss is rounded against the account');
});

test('prices off a coarser tick go to the safe side: a buy down, a sell up', () => {
  const plain = makeUniverse();
  const universe: Universe = { ...plain, listings: plain.listings.map((listing) => (listing.venue === BINANCE ? { ...listing, tickMultiple: 10 } : listing)) };
  const d = new Driver(universe);
  d.run(graph({ graphId: 'b', nodes: [node({ nodeId: 'a', lots: 10, limit: 59_007, venues: [BINANCE] })] }));
  assert.equal(d.child('a', -1, 'b').limitTicks, 59_000);
  d.run(graph({ graphId: 's', nodes: [node({ nodeId: 'a', lots: 10, side: -1, limit: 61_003, venues: [BINANCE] })] }));
  assert.equal(d.child('a', -1, 's').limitTicks, 61_010);
});

test('post_only and ladder on the sell side stay outside the bid', () => {
  const d = new Driver();
  d.run(graph({ graphId: 'p', nodes: [node({ nodeId: 'a', lots: 10, side: -1, limit: 50_000, tif: 'post_only' })] }));
  assert.equal(d.child('a', -1, 'p').limitTicks, 60_000);
  d.run(graph({ graphId: 'l', nodes: [node({ nodeId: 'a', lots: 10, side: -1, policy: { kind: 'passive_ladder', repegNs: 100 * MS, horizonNs: 1 * S, stepNs: 1 * S } })] }));
  assert.equal(d.child('a', -1, 'l').limitTicks, 60_001);
  for (let i = 0; i < 30 && isOpen(d.state, 'l') && d.node('a', 'l').filled < 10; i++) {
    for (const child of d.children('a', 'l')) if (child.doneAtNs < 0 && d.cancelled(child)) d.gone(child);
    for (const child of [...d.children('a', 'l')]) if (child.doneAtNs < 0 && child.tif === 'ioc') d.fill(child, child.lots - child.filled);
    d.advance(300 * MS);
    d.sample(BTC_USD);
  }
  assert.equal(d.node('a', 'l').filled, 10, 'it crosses in the end');
});

test('a money target below every smallest order is rejected', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { minLots: 10 } }));
  d.run(graph({ nodes: [node({ nodeId: 'a', quantity: { kind: 'notional', usd1e9: '300000000000' } })] }));
  assert.deepEqual([d.node('a').status, d.node('a').reason], ['rejected', 'BELOW_MINIMUM']);
});

test('a slice below every venue\'s minimum refuses the graph', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { minLots: 10 } }));
  const thin = d.submit(graph({ nodes: [node({ nodeId: 'a', lots: 30, pacing: { slices: 5, intervalNs: 1 * S, carry: 'next' } })] }));
  assert.equal(thin.ok ? '' : thin.code, 'VALIDATION_ERROR');
});

test('leverage of an account without anything is without bound', () => {
  const d = new Driver();
  for (const balance of d.state.accounts[0]?.balances ?? []) balance?.total.clear();
  const reply = d.submit(graph({ nodes: [node({ nodeId: 'a', lots: 10, instrument: BTC_PERP })], risk: { ...NO_RISK, admission: { ...NO_RISK.admission, maxLeverageE8: 100_000_000 } } }));
  assert.match(reply.ok ? '' : reply.message, /without bound/);
});

test('a ratio of what edges released counts where the parent has no quantity of its own', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100, limit: 60_100 }), node({ nodeId: 'b', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] }), node({ nodeId: 'c', lots: 10 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }, { kind: 'parent_filled_qty' }), edge(1, 2, { kind: 'on_fill_ratio', ratioE8: 50_000_000 })],
  }));
  d.fillAll('a');
  d.fill(d.child('b'), 49);
  assert.equal(d.graph().edges[1]?.state, 'armed');
  d.fill(d.child('b'), 1);
  assert.equal(d.graph().edges[1]?.state, 'fired');
});

test('a ratio of a money target counts what was spent', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', quantity: { kind: 'notional', usd1e9: '6000000000000' } }), node({ nodeId: 'b', lots: 10, side: -1, instrument: BTC_PERP })],
    edges: [edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 })],
  }));
  d.fill(d.child('a'), 40, 60_000);
  assert.equal(d.graph().edges[0]?.state, 'armed');
  d.fill(d.child('a'), 20, 60_000);
  assert.equal(d.graph().edges[0]?.state, 'fired');
});

test('hedge_fail_ms longer than the first alert is waited for', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 60_100 }), node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
    risk: { ...NO_RISK, failure: { ...NO_RISK.failure, hedgeFailNs: 8 * S } },
  }));
  d.fill(d.child('spot'), 40, 60_000);
  d.advance(6 * S);
  assert.deepEqual([d.alerts().includes('UNPROTECTED'), d.alerts().includes('HEDGE_FAILED')], [true, false]);
  d.advance(3 * S);
  assert.ok(d.alerts().includes('HEDGE_FAILED'));
});

test('answers that a dead process owed count as lost: the same body is answered with the first graph', () => {
  const d = new Driver();
  d.submit(graph({ graphId: 'a', nodes: [node({ nodeId: 'a', lots: 10 })] }), 'key');
  d.event({ type: EventType.timeBase, tNs: d.tNs, baseNs: BASE_NS.toString(), epoch: 2, seed: 7 });
  d.event({ type: EventType.universe, tNs: d.tNs, universe: d.universe, accounts: ['main', 'other'] });
  const reply = d.submit(graph({ graphId: 'b', nodes: [node({ nodeId: 'a', lots: 10 })] }), 'key');
  assert.ok(reply.ok && reply.body.kind === 'submitted' && reply.body.graphId === 'a');
});

test('a time base shifts switches and timers with it', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10, limit: 59_000 }), node({ nodeId: 'b', lots: 10, limit: 58_000 })], edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 10 * S })] }));
  d.command({ kind: 'kill', scope: { kind: 'venue', venue: COINBASE, accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  d.advance(5 * S);
  d.tNs += 3_600 * S;
  d.event({ type: EventType.timeBase, tNs: d.tNs, baseNs: (BASE_NS - 3_600_000_000_000n).toString(), epoch: 1, seed: 7 });
  assert.equal(d.state.kills[0]?.sinceNs, 3_600 * S);
  d.advance(4 * S);
  assert.equal(d.node('b').status, 'waiting');
  d.advance(2 * S);
  assert.equal(d.node('b').status, 'working');
});

test('positions without a price or a quantity; closed ones only on request', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50, instrument: BTC_PERP, side: -1, venues: [HYPERLIQUID] })] }));
  d.fillAll('a');
  d.run(graph({ graphId: 'back', nodes: [node({ nodeId: 'b', lots: 50, instrument: BTC_PERP, venues: [HYPERLIQUID] })] }));
  d.fillAll('b', undefined, 'back');
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: USD, total1e8: '0', asOfNs: d.tNs });
  const account = d.state.accounts[0] ?? assert.fail();
  const count = (closed: boolean): number => (positionsView(d.state, account, () => 0, closed) as { positions: unknown[] }).positions.length;
  assert.ok(count(true) > count(false));
});

test('traces of what could not be: nothing planned, what found no place, what was refused, a timeout', () => {
  const d = new Driver();
  d.state.tracing = true;
  for (const id of [0, 1, 2]) d.book(id, [[59_999, 5]], [[60_001, 5]]);
  const { limits } = d.state.accounts[0] ?? assert.fail();
  d.run(graph({ graphId: 'a', nodes: [node({ nodeId: 'a', lots: 100 }), node({ nodeId: 'b', lots: 10 })], edges: [edge(0, 1, { kind: 'on_timeout', afterNs: 2 * S })] }));
  d.command({ kind: 'set_limits', limits: { ...limits, maxOrderQty1e8: '1' } });
  d.advance(2 * S);
  for (const id of [0, 1, 2]) d.book(id, [[50_000, 5]], [[70_000, 5]]);
  d.run(graph({ graphId: 'c', nodes: [node({ nodeId: 'c', lots: 10 }), node({ nodeId: 'd', lots: 1, side: -1 })], edges: [edge(0, 1, onPrice('below', 1))] }));
  const text = d.effects.flatMap((effect) => (effect.kind === 'trace' ? [effect.text] : [])).join('\n');
  assert.match(text, /without a place 0\.085/);
  assert.match(text, /not sent, MAX_NOTIONAL/);
  assert.match(text, /fired: 2000 ms after a was activated/);
  assert.match(text, /plan: nothing/);
});
