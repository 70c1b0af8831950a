/** Account limits, kill switches of a venue, good-till-date, balances set by hand (semantics §9, §10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountLimits } from '../../../src/protocol/commands.js';
import { ReportKind } from '../../../src/protocol/events.js';
import { BASE_NS, Driver, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, BTC, BTC_PERP, BTC_USD, COINBASE, HYPERLIQUID, makeUniverse, USD } from './universe.js';

function limit(d: Driver, more: Partial<AccountLimits>): void {
  const account = d.state.accounts[0] ?? assert.fail();
  assert.ok(d.command({ kind: 'set_limits', limits: { ...account.limits, ...more } }).ok);
}

function reason(d: Driver, lots: number, more: Partial<Parameters<typeof node>[0]> = {}, graphId = 'g1'): string {
  d.submit(graph({ graphId, nodes: [node({ nodeId: 'a', lots, ...more })] }));
  return d.node('a', graphId).reason;
}

test('max_order_notional_usd and quantity refuse an opening order', () => {
  const d = new Driver();
  limit(d, { maxOrderNotionalUsd1e9: '600000000000' });
  assert.equal(reason(d, 11, {}, 'a'), 'MAX_NOTIONAL');
  assert.equal(reason(d, 9, {}, 'b'), '');
});

test('max_position_usd counts what is live on the worse side', () => {
  const d = new Driver();
  limit(d, { maxPositionUsd1e9: '6000000000000' });
  assert.equal(reason(d, 90, { limit: 59_000, venues: [BINANCE] }, 'a'), '');
  assert.equal(reason(d, 20, { limit: 59_000, venues: [COINBASE] }, 'b'), 'POSITION_LIMIT');
  assert.equal(reason(d, 20, { side: -1 }, 'c'), '', 'the other side is its own worst case');
});

test('reduce-only mode lets pass what lowers a position and nothing else', () => {
  const d = new Driver();
  d.run(graph({ graphId: 'a', nodes: [node({ nodeId: 'a', lots: 50, instrument: BTC_PERP, venues: [HYPERLIQUID] })] }));
  d.fillAll('a', undefined, 'a');
  limit(d, { reduceOnly: true });
  assert.equal(reason(d, 10, { instrument: BTC_PERP, venues: [HYPERLIQUID] }, 'b'), 'REDUCE_ONLY');
  assert.equal(reason(d, 60, { instrument: BTC_PERP, venues: [HYPERLIQUID], side: -1 }, 'c'), 'REDUCE_ONLY');
  assert.equal(reason(d, 50, { instrument: BTC_PERP, venues: [HYPERLIQUID], side: -1 }, 'd'), '');
});

test('a node with reduce_only of its own sends no more than the position has', () => {
  const d = new Driver();
  d.run(graph({ graphId: 'a', nodes: [node({ nodeId: 'a', lots: 50, instrument: BTC_PERP, venues: [HYPERLIQUID] })] }));
  d.fillAll('a', undefined, 'a');
  d.run(graph({ graphId: 'b', nodes: [node({ nodeId: 'b', lots: 80, side: -1, instrument: BTC_PERP, reduceOnly: true })] }));
  const child = d.child('b', -1, 'b');
  assert.deepEqual([child.lots, child.venue, child.reduceOnly], [50, HYPERLIQUID, true]);
});

test('max_order_rate: the order after the last of a second waits for the next', () => {
  const d = new Driver();
  limit(d, { maxOrderRate: 1 });
  assert.equal(reason(d, 10, { limit: 59_000 }, 'a'), '');
  assert.equal(reason(d, 10, { limit: 59_000 }, 'b'), 'ORDER_RATE');
  d.advance(1.1 * S);
  assert.equal(reason(d, 10, { limit: 59_000 }, 'c'), '');
});

test('daily loss: reducing only at the limit, halted at one and a half of it, anew at midnight UTC', () => {
  const d = new Driver();
  limit(d, { maxDailyLossUsd1e9: '100000000000' });
  d.run(graph({ graphId: 'a', nodes: [node({ nodeId: 'a', lots: 100, limit: 60_100 })] }));
  d.fillAll('a', 60_000, 'a');
  d.market(BTC_USD, 58_900);
  d.mark(BTC_USD);
  assert.equal(d.state.accounts[0]?.lossState, 1);
  assert.equal(reason(d, 10, {}, 'b'), 'DAILY_LOSS_LIMIT');
  d.market(BTC_USD, 58_400);
  d.mark(BTC_USD);
  assert.equal(d.state.accounts[0]?.lossState, 2);
  assert.equal(reason(d, 10, { side: -1 }, 'c'), 'DAILY_LOSS_LIMIT');
  d.advance(24 * 3_600 * S);
  assert.equal(d.state.accounts[0]?.lossState, 0);
});

test('a kill switch on a venue: orders go elsewhere, and with allow_exits only opening ones', () => {
  const d = new Driver();
  const scope = { kind: 'venue', venue: BINANCE, accountId: 0 } as const;
  d.command({ kind: 'kill', scope, reason: '', cancelOpen: false, allowExits: true });
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50 }), node({ nodeId: 'x', lots: 50, side: -1, venues: [BINANCE, COINBASE] })], edges: [edge(0, 1, { kind: 'on_full_fill' })] }));
  assert.ok(d.children('a').every((child) => child.venue !== BINANCE));
  d.fillAll('a');
  assert.ok(d.children('x').some((child) => child.venue === BINANCE));
  assert.equal(reason(d, 10, { venues: [BINANCE], limit: 59_000 }, 'c'), 'KILL_SWITCH');
});

test('a kill switch on a venue with cancel_open cancels what is live there', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10, limit: 59_000, venues: [BINANCE] })] }));
  d.command({ kind: 'kill', scope: { kind: 'venue', venue: BINANCE, accountId: 0 }, reason: '', cancelOpen: true, allowExits: false });
  assert.ok(d.cancelled(d.child('a')));
  assert.equal(d.command({ kind: 'venue_cancel_all', venue: 99 }).ok, false);
});

test('good till a date: an opening node ends GTD, an exit EXIT_EXPIRED with an alert', () => {
  const d = new Driver();
  const at = (seconds: number): string => (BASE_NS + BigInt(seconds) * 1_000_000_000n).toString();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 10 }), node({ nodeId: 'tp', lots: 10, side: -1, limit: 70_000, tif: 'gtd', expireAtNs: at(20) }),
      node({ nodeId: 'more', lots: 10, limit: 59_000, tif: 'gtd', expireAtNs: at(10) }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  d.advance(10 * S);
  d.gone(d.child('more'));
  assert.deepEqual([d.node('more').status, d.node('more').reason], ['expired', 'GTD']);
  d.advance(10 * S);
  d.gone(d.child('tp'));
  assert.deepEqual([d.node('tp').status, d.node('tp').reason], ['expired', 'EXIT_EXPIRED']);
  assert.ok(d.alerts().includes('EXIT_EXPIRED'));
});

test('balances set by hand, with what was there before or instead of it', () => {
  const d = new Driver();
  const listing = d.universe.instruments[BTC_PERP]?.listings[0] ?? -1;
  const set = (replace: boolean, total1e8: string): void => {
    const reply = d.command({ kind: 'set_balances', replace, balances: [{ venue: BINANCE, asset: USD, total1e8 }], perps: [{ listing, lots: 30, entryTicks: 60_000 }] });
    assert.ok(reply.ok);
  };
  set(false, '700');
  const total = (venue: number, asset: number): bigint => d.state.accounts[0]?.balances[venue * 3 + asset]?.total.toBigInt() ?? 0n;
  assert.equal(total(BINANCE, USD), 700n);
  assert.equal(total(COINBASE, BTC), 5_000_000_000n);
  assert.equal(d.state.accounts[0]?.positions[listing]?.lots, 30);
  set(true, '900');
  assert.equal(total(BINANCE, USD), 900n);
  assert.equal(total(COINBASE, BTC), 0n);
});

test('an amend that an account limit forbids is refused, and what rests stays', () => {
  for (const more of [{ maxOrderQty1e8: String(60 * 100_000) }, { maxOrderNotionalUsd1e9: '3540000000000' }, { maxPositionUsd1e9: '3540000000000' }]) {
    const d = new Driver(makeUniverse({}, true));
    d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50, limit: 59_000, venues: [BINANCE] })] }));
    const child = d.child('a');
    d.ack(child);
    limit(d, more);
    const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 80, limitTicks: null });
    assert.match(reply.ok ? 'ok' : reply.code, /^(MAX_NOTIONAL|POSITION_LIMIT)$/, JSON.stringify(more));
    assert.equal(d.effects.some((effect) => effect.kind === 'amend' || effect.kind === 'cancel'), false);
    assert.equal(d.node('a').run?.live, 50);
    assert.ok(d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 60, limitTicks: null }).ok);
  }
});

test('an amend of total down, refused by the venue, keeps what the venue has; later changes go by replacing', () => {
  const d = new Driver(makeUniverse({}, true));
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 50, limit: 59_000, venues: [BINANCE] })] }));
  const child = d.child('a');
  d.ack(child);
  d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 60, limitTicks: 59_100 });
  assert.equal(d.node('a').run?.live, 60, 'counted as larger from now on');
  d.report(child, ReportKind.amendReject, { totalLots: 50 });
  assert.equal(child.lots, 50);
  assert.equal(child.limitTicks, 59_000);
  const again = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'a', lots: 55, limitTicks: null });
  assert.ok(again.ok && again.body.kind === 'node' && again.body.mode === 'cancel_replace');
});

test('commands on a graph that was put away, or that another asks for', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10 })] }));
  d.fillAll('a');
  const done = d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  assert.equal(done.ok ? '' : done.code, 'CONFLICT');
  assert.equal(done.ok ? '' : done.message, 'graph g1 is completed; filled: a 0.01', 'in coins: nobody outside knows our lots');
  d.advance(25 * 3_600 * S);
  const away = d.command({ kind: 'pause_graph', graphId: 'g1' });
  assert.equal(away.ok ? '' : away.code, 'CONFLICT');
  const unknown = d.command({ kind: 'cancel_node', graphId: 'none', nodeId: 'a' });
  assert.equal(unknown.ok ? '' : unknown.code, 'NOT_FOUND');
});
