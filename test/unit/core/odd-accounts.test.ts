/** Admission and accounts in rare states: positions nobody has a price of, coins without a market, worth beyond 2^53. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forkFor } from '../../../src/core/fork.js';
import { assetPriceUsd, equityUsd } from '../../../src/core/risk/admission.js';
import { accountPnl } from '../../../src/core/risk/daily.js';
import { EventType } from '../../../src/protocol/events.js';
import type { RiskSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, S } from './driver.js';
import { graph, node, NO_RISK } from './specs.js';
import { BINANCE, BTC_PERP, BTC_USD, COINBASE, ETH_PERP, HYPERLIQUID, makeUniverse, USD } from './universe.js';

function leverage(maxLeverageE8: number): RiskSpec {
  return { ...NO_RISK, admission: { ...NO_RISK.admission, maxLeverageE8 } };
}

/** The venue tells of a position; nothing of the market was seen. */
function told(d: Driver, instrument: number, venue: number, lots: number, entryTicks: number): void {
  const listing = d.universe.listings.find((entry) => entry.instrument === instrument && entry.venue === venue) ?? assert.fail();
  d.event({ type: EventType.venuePosition, tNs: d.tNs, accountId: 0, listing: listing.id, lots, entryTicks, asOfNs: d.tNs });
}

/** Sets what the account has to so many USD at one venue. */
function cash(d: Driver, total1e8: string): void {
  for (const balance of d.state.accounts[0]?.balances ?? []) balance?.total.clear();
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: HYPERLIQUID, asset: USD, total1e8, asOfNs: d.tNs });
}

test('a perp that nobody has a price of counts at its entry, for equity and for leverage', () => {
  const d = new Driver();
  cash(d, '1000000000000');
  told(d, BTC_PERP, HYPERLIQUID, -300, 50_000);
  assert.equal(equityUsd(d.state, 0), 10_000, 'neither won nor lost');
  // 15,000 USD short at entry on 10,000 of equity; 3,000 more make 1.8.
  const spec = (graphId: string, most: number) => graph({ graphId, nodes: [node({ nodeId: 'a', lots: 1_000, limit: 3_000, instrument: ETH_PERP, venues: [HYPERLIQUID] })], risk: leverage(most) });
  const refused = d.submit(spec('no', 170_000_000));
  assert.match(refused.ok ? '' : refused.message, /leverage would be 1\.80, allowed 1\.7/);
  assert.ok(d.submit(spec('yes', 190_000_000)).ok);
});

test('once there is a price, what was won or lost since counts; spot positions count by their balances alone', () => {
  const d = new Driver();
  cash(d, '1000000000000');
  told(d, BTC_PERP, HYPERLIQUID, 100, 50_000);
  told(d, BTC_USD, COINBASE, 500, 60_000);
  d.sample(BTC_PERP);
  // 0.1 BTC from 50,000 to 60,000; the spot position is no money beside the balance.
  assert.equal(equityUsd(d.state, 0), 11_000);
  const reply = d.submit(graph({ graphId: 'more', nodes: [node({ nodeId: 'a', lots: 100, instrument: BTC_PERP, limit: 60_000, venues: [HYPERLIQUID] })], risk: leverage(100_000_000) }));
  assert.match(reply.ok ? '' : reply.message, /leverage would be 1\.09, allowed 1$/);
});

test('a coin named after the dollar is worth one where it has no market, another nothing', () => {
  const plain = makeUniverse();
  const d = new Driver({ ...plain, assets: [...plain.assets, { id: 3, code: 'USDX', kind: 'crypto' }, { id: 4, code: 'XYZ', kind: 'crypto' }] });
  assert.deepEqual([assetPriceUsd(d.state, 3), assetPriceUsd(d.state, 4)], [1, 0]);
  cash(d, '0');
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: 3, total1e8: '2500000000', asOfNs: d.tNs });
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: 4, total1e8: '2500000000', asOfNs: d.tNs });
  assert.equal(equityUsd(d.state, 0), 25);
});

test('worth beyond 2^53 is exact', () => {
  const d = new Driver();
  const lots = 2 ** 47 + 1;
  const reply = d.submit(graph({ nodes: [node({ nodeId: 'a', lots, limit: 60_000 })], risk: { ...NO_RISK, admission: { ...NO_RISK.admission, maxNotionalUsd1e9: '1' } } }));
  // The mid of 60,000 and the limit are the same; lots of 0.001 BTC.
  assert.match(reply.ok ? '' : reply.message, new RegExp(`worth ${BigInt(lots) * 60n} USD at worst`));
});

test('an amend that makes a graph larger counts a money target by what it has left to spend', () => {
  const d = new Driver();
  cash(d, '1000000000000');
  const perp = { instrument: BTC_PERP, venues: [HYPERLIQUID] };
  d.run(graph({
    nodes: [node({ nodeId: 'money', quantity: { kind: 'notional', usd1e9: '6000000000000' }, limit: 60_000, ...perp }), node({ nodeId: 'rest', lots: 20, limit: 50_000, ...perp })],
    risk: leverage(80_000_000),
  }));
  d.fill(d.child('money'), 60, 60_000);
  const amend = (lots: number): string => {
    const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'rest', lots, limitTicks: null });
    return reply.ok ? 'taken' : reply.message;
  };
  // 3,600 USD are a position, 2,400 to be spent: 2,000 of the 8,000 are left, at a mid of 60,000 33 lots.
  assert.match(amend(34), /leverage would be 0\.80, allowed 0\.8|MAX_LEVERAGE/);
  assert.equal(amend(33), 'taken');
  d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'money' });
  d.gone(d.child('money'));
  assert.match(amend(74), /leverage would be 0\.80/);
  assert.equal(amend(73), 'taken', 'what an ended target did not spend is free again');
});

test('the loss of a day counts from midnight, halts at one and a half of the limit, and never eases before midnight', () => {
  const d = new Driver();
  const { limits } = d.state.accounts[0] ?? assert.fail();
  d.command({ kind: 'set_limits', limits: { ...limits, maxDailyLossUsd1e9: '1000000000000' } });
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 1_000, instrument: BTC_PERP, limit: 60_100, venues: [HYPERLIQUID] })] }));
  d.fillAll('a', 60_000);
  const account = d.state.accounts[0] ?? assert.fail();
  const states: number[] = [];
  for (const mid of [59_500, 58_900, 59_900, 58_400, 60_000]) {
    d.tick(BTC_PERP, mid);
    d.mark(BTC_PERP);
    states.push(account.lossState);
  }
  assert.deepEqual(states, [0, 1, 1, 2, 2]);
  assert.equal(accountPnl(d.state, account), 0n);
  d.advance(24 * 3_600 * S);
  assert.equal(account.lossState, 0);
});

test('a trial copy has the account whole, gaps and prints included, and leaves the original alone', () => {
  const d = new Driver();
  d.event({ type: EventType.balance, tNs: 0, accountId: 1, venue: HYPERLIQUID, asset: USD, total1e8: '100', asOfNs: 0 });
  d.bookOf(0).lastHighTicks = d.bookOf(0).lastLowTicks = 60_050;
  d.sample(BTC_USD);
  const fork = forkFor(d.state, 1);
  assert.deepEqual(fork.accounts[1]?.balances.map((balance) => balance?.total.toBigInt() ?? null), d.state.accounts[1]?.balances.map((balance) => balance?.total.toBigInt() ?? null));
  assert.equal(fork.accounts[1]?.balances[0], null);
  const print = fork.markets[BTC_USD]?.prints[0]?.[0] ?? assert.fail();
  assert.equal(print.high, 60_050);
  print.high = 1;
  fork.accounts[1]?.balances.at(-1)?.total.add(5);
  assert.equal(d.state.markets[BTC_USD]?.prints[0]?.[0]?.high, 60_050);
  assert.equal(d.state.accounts[1]?.balances.at(-1)?.total.toBigInt(), 100n);
});
