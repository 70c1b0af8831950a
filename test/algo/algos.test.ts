import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as abi from '../../src/algo/abi/layouts.generated.js';
import { admitted, BINANCE, book, btc, deploy, ints, KRAKEN, only, recorder } from './support.js';

const lots = (quantity: number): number => quantity * btc.lot1e8;

test('peg posts at the touch, follows it, and stops at the target', () => {
  const sink = recorder();
  const deployment = deploy(admitted('dist/algos/peg.wasm'), sink, { config: ints(1, lots(10), 0, 2) });
  const peg = only(deployment);
  deployment.bookChanged(BINANCE, 0, book([6_000_000, 5], [6_000_010, 5]), 1);
  const [first] = sink.actions;
  assert.deepEqual(
    [first?.kind, first?.side, first?.orderType, first?.priceTicks, first?.qtyLots, first?.ref],
    [abi.ACTION_KIND_NEW, 1, abi.ORDER_TYPE_POST_ONLY, 6_000_000, 10, 1],
  );
  deployment.bookChanged(BINANCE, 0, book([6_000_005, 5], [6_000_010, 5]), 2);
  assert.equal(sink.actions.length, 1, 'a pending order is left alone');
  peg.orderAcked(0, 1);
  deployment.bookChanged(BINANCE, 0, book([6_000_001, 5], [6_000_010, 5]), 3);
  assert.equal(sink.actions.length, 1, 'one tick is below the threshold of two');
  deployment.bookChanged(BINANCE, 0, book([6_000_005, 5], [6_000_010, 5]), 4);
  assert.deepEqual([sink.actions[1]?.kind, sink.actions[1]?.ref, sink.actions[1]?.priceTicks], [abi.ACTION_KIND_AMEND, 1, 6_000_005]);
  peg.orderAmended(0, 1, 6_000_005, 10);
  peg.orderFilled(0, 1, 6_000_005, 4, 1, 5);
  peg.orderDone(0, 1);
  deployment.bookChanged(BINANCE, 0, book([6_000_005, 5], [6_000_010, 5]), 6);
  assert.deepEqual([sink.actions[2]?.kind, sink.actions[2]?.qtyLots], [abi.ACTION_KIND_NEW, 6]);
  peg.orderFilled(0, 2, 6_000_005, 6, 1, 7);
  deployment.bookChanged(BINANCE, 0, book([6_000_006, 5], [6_000_010, 5]), 8);
  assert.equal(sink.actions.length, 3);
  assert.equal(peg.symbols[0]?.positionLots, 10);
  assert.deepEqual(sink.deaths, []);
});

test('sniper takes only at its price and spread', () => {
  const sink = recorder();
  const limit = 6_000_000 * btc.tick1e9;
  const deployment = deploy(admitted('dist/algos/sniper.wasm'), sink, { config: ints(1, lots(10), limit, 1, 50) });
  deployment.bookChanged(BINANCE, 0, book([5_999_990, 5], [6_000_001, 8]), 1);
  assert.equal(sink.actions.length, 0, 'too expensive');
  deployment.bookChanged(BINANCE, 0, book([5_990_000, 5], [5_999_999, 8]), 2);
  assert.equal(sink.actions.length, 0, 'spread too wide');
  deployment.bookChanged(BINANCE, 0, book([5_999_990, 5], [5_999_999, 8]), 3);
  assert.deepEqual(
    [sink.actions[0]?.orderType, sink.actions[0]?.priceTicks, sink.actions[0]?.qtyLots],
    [abi.ORDER_TYPE_IOC, 5_999_999, 4],
  );
});

test('iceberg shows one slice at a time', () => {
  const sink = recorder();
  const limit = 6_000_000 * btc.tick1e9;
  const deployment = deploy(admitted('dist/algos/iceberg.wasm'), sink, { config: ints(-1, lots(10), lots(4), limit) });
  const iceberg = only(deployment);
  const shown: number[] = [];
  for (let t = 1; t <= 8; t++) {
    deployment.bookChanged(BINANCE, 0, book([5_999_990, 5], [6_000_000, 8]), t);
    const open = sink.actions.length;
    if (open === shown.length) continue;
    const last = sink.actions.at(-1);
    shown.push(last?.qtyLots ?? 0);
    assert.equal(last?.side, -1);
    iceberg.orderAcked(0, last?.ref ?? 0);
    iceberg.orderFilled(0, last?.ref ?? 0, 6_000_000, last?.qtyLots ?? 0, -1, t);
  }
  assert.deepEqual(shown, [4, 4, 2]);
});

test('maker quotes both sides, skews against its inventory and stops at the limit', () => {
  const sink = recorder();
  const deployment = deploy(admitted('dist/algos/maker.wasm'), sink, { config: ints(lots(5), 10, lots(10), 20, 1) });
  const maker = only(deployment);
  const flat = book([6_000_000, 5], [6_000_010, 5]);
  deployment.bookChanged(BINANCE, 0, flat, 1);
  assert.deepEqual(sink.actions.map((action) => action.side), [1, -1]);
  const [bid, ask] = sink.actions;
  const middle = 6_000_005;
  assert.ok(Math.abs(middle - (bid?.priceTicks ?? 0) - 6_000) <= 1, 'ten basis points below');
  assert.ok(Math.abs((ask?.priceTicks ?? 0) - middle - 6_000) <= 1, 'ten basis points above');
  maker.orderAcked(0, 1);
  maker.orderAcked(0, 2);
  maker.orderFilled(0, 1, bid?.priceTicks ?? 0, 5, 1, 2);
  deployment.bookChanged(BINANCE, 0, flat, 3);
  const next = sink.actions.slice(2);
  assert.equal(next.length, 2, 'a new bid and a moved ask');
  assert.ok((next.find((action) => action.kind === abi.ACTION_KIND_NEW)?.priceTicks ?? 0) < (bid?.priceTicks ?? 0));
  assert.ok((next.find((action) => action.kind === abi.ACTION_KIND_AMEND)?.priceTicks ?? 0) < (ask?.priceTicks ?? 0));
  maker.orderAcked(0, 3);
  maker.orderFilled(0, 3, 6_000_000, 5, 1, 4);
  deployment.bookChanged(BINANCE, 0, flat, 5);
  assert.ok(!sink.actions.slice(4).some((action) => action.side === 1 && action.kind === abi.ACTION_KIND_NEW), 'at the limit no more bids');
});

test('xhedge: the maker fills, the hedger trades the opposite on its own venue, and the maker hears of it', () => {
  const sink = recorder();
  const deployment = deploy(admitted('dist/algos/xhedge.wasm'), sink, {
    instances: [{ label: 'maker', venueId: KRAKEN }, { label: 'hedger', venueId: BINANCE }],
    config: ints(1, lots(100), lots(10), lots(10), 5),
  });
  const maker = deployment.instance('maker');
  const hedger = deployment.instance('hedger');
  deployment.bookChanged(BINANCE, 0, book([6_000_000, 50], [6_000_010, 50]), 1);
  deployment.bookChanged(KRAKEN, 0, book([5_999_000, 50], [5_999_010, 50]), 2);
  assert.deepEqual(sink.actions.map(({ label, side, qtyLots }) => [label, side, qtyLots]), [['maker', 1, 10]]);
  maker?.orderAcked(0, 1);
  maker?.orderFilled(0, 1, 5_999_000, 10, 1, 3);
  deployment.settle(3);
  const hedge = sink.actions[1];
  assert.deepEqual([hedge?.label, hedge?.side, hedge?.orderType, hedge?.qtyLots], ['hedger', -1, abi.ORDER_TYPE_IOC, 10], 'with the message, not with its next book');
  deployment.bookChanged(KRAKEN, 0, book([5_999_000, 50], [5_999_010, 50]), 4);
  deployment.bookChanged(BINANCE, 0, book([6_000_000, 50], [6_000_010, 50]), 5);
  assert.equal(sink.actions.length, 2, 'the limit of unhedged quantity holds the maker back, its open hedge the hedger');
  hedger?.orderFilled(0, 1, 6_000_000, 10, -1, 6);
  deployment.settle(6);
  deployment.bookChanged(KRAKEN, 0, book([5_999_000, 50], [5_999_010, 50]), 7);
  assert.equal(sink.actions[2]?.label, 'maker');
  assert.equal(deployment.messages, 2);

  // A hedge of which the maker did not hear, as after a restart: the next heartbeat says it.
  maker?.orderAcked(0, 2);
  maker?.orderFilled(0, 2, 5_999_000, 10, 1, 8);
  deployment.mesh?.setOpen(1, false);
  deployment.mesh?.setOpen(1, true);
  deployment.settle(9);
  assert.equal(sink.actions.filter(({ label }) => label === 'hedger').length, 1, 'its message was lost');
  deployment.advance(1_000_000_000);
  assert.equal(sink.actions.filter(({ label }) => label === 'hedger').length, 2);
});
