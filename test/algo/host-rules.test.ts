import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as abi from '../../src/algo/abi/layouts.generated.js';
import type { GuestAction } from '../../src/algo/host/actions.js';
import { Deployment } from '../../src/algo/host/deployment.js';
import { SymbolState } from '../../src/algo/host/symbol-state.js';
import { Prng } from '../../src/base/prng.js';
import { admitted, BINANCE, book, btc, deploy, ints, KRAKEN, noLimits, only, recorder, spec } from './support.js';

const lots = (quantity: number): number => quantity * btc.lot1e8;
const touch = () => book([6_000_000, 50], [6_000_010, 50]);

test('position, entry and profit follow the fills (table)', () => {
  const rows: [side: number, ticks: number, qty: number, position: number, entry: number, realized: number][] = [
    [1, 6_000_000, 10, 10, 60_000, 0],
    [1, 6_001_000, 30, 40, 60_007.5, 0],
    [-1, 6_002_000, 10, 30, 60_007.5, 0.0125],
    [-1, 6_000_000, 50, -20, 60_000, 0.0125 - 0.0225],
    [1, 5_990_000, 20, 0, 0, 0.0125 - 0.0225 + 0.2],
  ];
  const state = new SymbolState(btc);
  for (const [side, ticks, qty, position, entry, realized] of rows) {
    state.fill(side, ticks, qty, 0);
    assert.equal(state.positionLots, position);
    assert.equal(state.avgEntry1e9, entry * 1e9);
    assert.equal(state.realized1e9, Math.round(realized * 1e9));
  }
  assert.equal(state.session1e9(1), 0, 'a new day begins at nothing');
});

test('limits that the guest is shown are kept by the host', () => {
  const wasm = admitted('dist/algos/peg.wasm');
  const config = ints(1, lots(10));
  const cases: [Partial<typeof noLimits>, number][] = [
    [{}, 1], [{ maxPositionLots: 9 }, 0], [{ maxPositionLots: 10 }, 1], [{ reduceOnly: true }, 0], [{ maxOrderNotional1e9: 1e9 }, 0],
  ];
  for (const [limits, orders] of cases) {
    const sink = recorder();
    const deployment = deploy(wasm, sink, { config, risk: { ...noLimits, ...limits } });
    deployment.bookChanged(BINANCE, 0, touch(), 1);
    assert.equal(sink.actions.length, orders, JSON.stringify(limits));
  }
});

test('the daily loss pauses the instance and cancels what is open; start lets it go on', () => {
  const sink = recorder();
  const deployment = deploy(admitted('dist/algos/peg.wasm'), sink, {
    config: ints(1, lots(10)), risk: { ...noLimits, maxDailyLoss1e9: 100_000_000 },
  });
  const peg = only(deployment);
  deployment.bookChanged(BINANCE, 0, touch(), 1);
  peg.orderAcked(0, 1);
  peg.orderFilled(0, 1, 6_000_000, 4, 1, 2);
  deployment.bookChanged(BINANCE, 0, book([5_900_000, 50], [5_900_010, 50]), 3);
  assert.equal(peg.pauseReason, 'DAILY_LOSS_LIMIT');
  assert.deepEqual([sink.actions.at(-1)?.kind, sink.actions.at(-1)?.ref], [abi.ACTION_KIND_CANCEL, 1]);
  const calls = peg.callbacks;
  deployment.bookChanged(BINANCE, 0, book([5_900_000, 50], [5_900_010, 50]), 4);
  assert.equal(peg.callbacks, calls);
  peg.riskChanged(noLimits);
  deployment.start();
  deployment.bookChanged(BINANCE, 0, book([5_900_000, 50], [5_900_010, 50]), 5);
  assert.equal(peg.callbacks, calls + 1);
});

test('dead orders are shown once, then gone; an order id is used once', () => {
  const sink = recorder();
  const deployment = deploy(admitted('dist/algos/peg.wasm'), sink, { config: ints(1, lots(10)) });
  const peg = only(deployment);
  deployment.bookChanged(BINANCE, 0, touch(), 1);
  const state = peg.symbols[0];
  assert.equal(state?.orders[0]?.status, abi.ORDER_STATUS_PENDING);
  peg.orderDone(0, 1);
  assert.equal(state?.orderCount, 1);
  deployment.bookChanged(BINANCE, 0, touch(), 2);
  assert.equal(state?.orderCount, 1, 'the dead one is gone, its successor is listed');
  assert.equal(state?.orders[0]?.ref, 2);
});

test('the same inputs give the same actions: a journal of calls replayed with the module', () => {
  const wasm = admitted('dist/algos/xhedge.wasm');
  const overrides = {
    instances: [{ label: 'maker', venueId: KRAKEN }, { label: 'hedger', venueId: BINANCE }], config: ints(1, lots(500), lots(10), lots(20), 5),
  };
  const journal: ((deployment: Deployment) => void)[] = [];
  const live = recorder();
  const deployment = deploy(wasm, live, overrides);
  const say = (event: (to: Deployment) => void): void => {
    journal.push(event);
    event(deployment);
  };
  const random = new Prng(9);
  let seen = 0;
  for (let t = 1; t < 800; t++) {
    const mid = 6_000_000 + random.between(-20, 20);
    const venue = random.pick([KRAKEN, BINANCE]);
    say((to) => to.bookChanged(venue, 0, book([mid, 30], [mid + 2, 30], t), t * 1e6));
    for (; seen < live.actions.length; seen++) {
      const action = live.actions[seen] as GuestAction & { label: string };
      if (action.kind !== abi.ACTION_KIND_NEW) continue;
      const share = random.between(1, action.qtyLots);
      say((to) => to.instance(action.label)?.orderAcked(0, action.ref));
      say((to) => {
        to.instance(action.label)?.orderFilled(0, action.ref, action.priceTicks, share, action.side < 0 ? -1 : 1, t * 1e6);
        to.settle(t * 1e6);
      });
      say((to) => to.instance(action.label)?.orderDone(0, action.ref));
    }
  }
  assert.ok(live.actions.length > 50);
  const again = recorder();
  const replayed = new Deployment(spec(overrides), new WebAssembly.Module(wasm.metered), wasm.profile, again);
  for (const event of journal) event(replayed);
  assert.deepEqual(again.actions, live.actions);
});
