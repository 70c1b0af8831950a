/** Amends (semantics §10): what grows passes admission and reservation first; a limit's own slippage holds (§7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, ReportKind } from '../../../src/protocol/events.js';
import type { Reply } from '../../../src/protocol/commands.js';
import { Driver, S } from './driver.js';
import { edge, graph, node, NO_RISK } from './specs.js';
import { BTC_PERP, ETH_PERP, HYPERLIQUID, makeUniverse, USD } from './universe.js';

function amend(d: Driver, nodeId: string, lots: number | null, limitTicks: number | null = null): Reply {
  return d.command({ kind: 'amend_node', graphId: 'g1', nodeId, lots, limitTicks });
}

function code(reply: Reply): string {
  return reply.ok ? 'ok' : reply.code;
}

function funds(d: Driver, usd: number): void {
  for (const { id } of d.universe.venues) d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: id, asset: USD, total1e8: String(usd * 1e8), asOfNs: d.tNs });
}

test('a higher quantity beyond max_notional_usd is refused and changes nothing', () => {
  const d = new Driver();
  const risk = { ...NO_RISK, admission: { ...NO_RISK.admission, maxNotionalUsd1e9: '7000000000000' } };
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })], risk }));
  assert.equal(code(amend(d, 'order', 120)), 'MAX_NOTIONAL');
  assert.equal(d.node('order').ceiling, 100);
  assert.equal(d.cancelled(d.child('order')), false);
  assert.equal(code(amend(d, 'order', 110)), 'ok');
});

test('a dearer limit counts against the same limit', () => {
  const d = new Driver();
  const risk = { ...NO_RISK, admission: { ...NO_RISK.admission, maxNotionalUsd1e9: '6050000000000' } };
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 60_000 })], risk }));
  assert.equal(code(amend(d, 'order', null, 60_600)), 'MAX_NOTIONAL');
  assert.equal(d.node('order').limitTicks, 60_000);
  assert.equal(code(amend(d, 'order', null, 60_400)), 'ok');
});

test('a higher quantity that the balances do not carry is refused; what fills and rests already is not counted twice', () => {
  const d = new Driver();
  funds(d, 2_500);
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 60_000 })] }));
  assert.equal(code(amend(d, 'order', 200)), 'INSUFFICIENT_BALANCE');
  assert.equal(code(amend(d, 'order', 120)), 'ok', '7,500 USD carry 125 lots at 60 USD');
});

test('leverage: only what may still fill counts beside the position that is there', () => {
  const d = new Driver();
  funds(d, 10_000);
  for (const asset of [1, 2]) {
    for (const { id } of d.universe.venues) d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8: '0', asOfNs: 0 });
  }
  const risk = { ...NO_RISK, admission: { ...NO_RISK.admission, maxLeverageE8: 100_000_000 } };
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 600, instrument: BTC_PERP, limit: 60_000 })], risk }));
  d.fill(d.child('order'), 300, 60_000);
  assert.equal(code(amend(d, 'order', 800)), 'MAX_LEVERAGE', '48,000 of 40,000');
  assert.equal(code(amend(d, 'order', 640)), 'ok', '18,000 held and 20,400 to come');
});

test('a limit more than 5 % beyond the reference is refused; a better or passive one is not', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 10, limit: 59_000 })] }));
  assert.equal(code(amend(d, 'order', null, 64_000)), 'PRICE_DEVIATION');
  assert.equal(code(amend(d, 'order', null, 40_000)), 'ok');
});

test('under a kill switch nothing grows, but it may shrink', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  d.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: '', cancelOpen: false, allowExits: false });
  assert.equal(code(amend(d, 'order', 120)), 'KILL_SWITCH');
  assert.equal(code(amend(d, 'order', 80)), 'ok');
});

test('an exit may be raised: its position caps it', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 50, limit: 70_000 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  const first = d.child('tp');
  assert.equal(code(amend(d, 'tp', 300)), 'ok');
  d.gone(first);
  assert.equal(d.node('tp').run?.live, 100);
});

test('native where the venue can carry it; replaced where its balance cannot', () => {
  const d = new Driver(makeUniverse({}, true));
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  const first = d.child('order');
  d.ack(first);
  const native = amend(d, 'order', 110);
  assert.ok(native.ok && native.body.kind === 'node' && native.body.mode === 'native_atomic');
  d.report(first, ReportKind.amended, { totalLots: 110, priceTicks: 59_000 });
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: first.venue, asset: USD, total1e8: String(6_500 * 1e8), asOfNs: d.tNs });
  const replaced = amend(d, 'order', 150);
  assert.ok(replaced.ok && replaced.body.kind === 'node' && replaced.body.mode === 'cancel_replace');
  assert.ok(d.cancelled(first));
  d.gone(first);
  assert.equal(d.node('order').run?.live, 150, 'what that venue does not carry rests elsewhere');
  assert.ok(new Set(d.children('order').filter((child) => child.doneAtNs < 0).map((child) => child.venue)).size > 1);
});

test('a new limit of a paced order moves the order of the running slice', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 30, limit: 59_000, pacing: { slices: 3, intervalNs: 30 * S, carry: 'next' } })] }));
  const first = d.child('twap.1');
  assert.equal(code(amend(d, 'twap', null, 59_500)), 'ok');
  d.gone(first);
  assert.equal(d.child('twap.1').limitTicks, 59_500);
  d.advance(30 * S);
  d.gone(d.child('twap.1'));
  assert.equal(d.child('twap.2').limitTicks, 59_500);
});

test('an opening limit order keeps the tighter of its limit and its own max_slippage_bps', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 10, limit: 62_000, maxSlippageBps: 10 })] }));
  assert.equal(d.child('order').limitTicks, 60_060, 'arrival mid and ten bps');
  const e = new Driver();
  e.run(graph({ nodes: [node({ nodeId: 'order', lots: 10, limit: 60_020, maxSlippageBps: 10 })] }));
  assert.equal(e.child('order').limitTicks, 60_020);
  const f = new Driver();
  f.run(graph({ nodes: [node({ nodeId: 'order', side: -1, lots: 10, limit: 59_000, maxSlippageBps: 10 })] }));
  assert.equal(f.child('order').limitTicks, 59_940);
  const g = new Driver();
  g.run(graph({ nodes: [node({ nodeId: 'order', lots: 10, limit: 62_000 })] }));
  assert.equal(g.child('order').limitTicks, 62_000, 'without one of its own the limit is the limit');
});

test('what a hedge of another base hedges is not touched by an amend of its parent', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 59_000 }), node({ nodeId: 'other', side: -1, lots: 10, instrument: ETH_PERP, venues: [HYPERLIQUID] })],
    edges: [edge(0, 1, { kind: 'on_accepted' })],
  }));
  const before = d.child('other');
  assert.equal(code(amend(d, 'spot', 120)), 'ok');
  assert.equal(d.child('other'), before);
  assert.equal(d.node('other').run?.live, 10);
});
