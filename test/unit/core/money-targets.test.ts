/** Money targets (semantics §2, simple order): Σ(price·qty + fees) stays within the notional, whichever side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver, MS } from './driver.js';
import { graph, node, SOR, type NodeInput } from './specs.js';
import { BTC_USD, makeUniverse } from './universe.js';

const money = (usd: number, more: Partial<NodeInput> = {}): NodeInput => ({
  nodeId: 'order', quantity: { kind: 'notional', usd1e9: `${usd}000000000` }, ...more,
});
/** USD of what is live or filled, at the prices that tell most. */
const worth = (d: Driver, ticks: number): number => d.children('order').reduce((sum, child) => sum + (child.lots * Math.max(ticks, child.limitTicks)) / 1_000, 0);

test('a sell limited well below the market is sized at what it gets, not at its limit', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node(money(6_000, { side: -1, limit: 57_500, tif: 'ioc', policy: SOR }))] }));
  assert.ok(d.children('order').length > 0);
  assert.ok(worth(d, 59_999) <= 6_000, `${worth(d, 59_999)} of 6000`);
  assert.ok(worth(d, 59_999) > 5_900, 'and uses it');
});

test('a sell that posts is sized at the ask it posts at', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node(money(6_000, { side: -1, policy: { kind: 'passive_limit', horizonNs: 60e9 } }))] }));
  assert.equal(d.child('order').limitTicks, 60_001);
  assert.ok(worth(d, 0) <= 6_000, `${worth(d, 0)} of 6000`);
});

test('the fee of the dearest venue is kept free for what rests already', () => {
  const d = new Driver(makeUniverse({ 'BTC-USD': { takerFeeE6: 6_000 } }));
  for (const listing of [0, 1, 2]) d.book(listing, [[59_000, 500]], [[60_000, 20]]);
  d.run(graph({ nodes: [node(money(6_000, { limit: 60_000, policy: SOR }))] }));
  for (let i = 0; i < 5; i++) {
    d.advance(200 * MS);
    d.sample(BTC_USD);
    for (const child of [...d.children('order')]) if (child.tif === 'ioc' && child.doneAtNs < 0) d.gone(child);
  }
  const open = d.children('order').filter((child) => child.doneAtNs < 0);
  const most = open.reduce((sum, child) => sum + (child.lots * child.limitTicks * 1.006) / 1_000, 0);
  assert.ok(open.length > 0 && most <= 6_000, `${most} of 6000`);
});
