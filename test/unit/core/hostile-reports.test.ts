/**
 * What a broken or hostile venue may say, field by field: the core never falls over it (an assertion that a venue can
 * trip would stop the engine on the worst night), and a figure that can't be is told and not booked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { EventType, ReportKind, type ReportEvent } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { edge, graph, node, onPrice } from './specs.js';
import { BINANCE, BTC, BTC_PERP, COINBASE, makeUniverse, USD } from './universe.js';

const NUMBERS = [
  0, 1, 2, 7, 50, 100, 101, 59_000, -1, -2, -100, 0.5, 1e-9, -0, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 40, 2 ** 50, 2 ** 53 - 1, 2 ** 53, 2 ** 60, 1e300,
  -(2 ** 53),
];
/** Sessions of one kind: 5,000 with LEGWORK_LONG. */
const SESSIONS = process.env['LEGWORK_LONG'] === undefined ? 60 : 5_000;
const KINDS = Object.values(ReportKind);
const FIELDS = ['lastTicks', 'lastLots', 'cumLots', 'openLots', 'priceTicks', 'totalLots', 'feeAsset', 'fee1e8', 'venueTsNs', 'venue'] as const;

/** An entry with two exits and a hedge, all with orders out or about to have. */
function crowded(nativeAmend: boolean): Driver {
  const d = new Driver(makeUniverse({ 'BTC-USD': { lotMultiple: 2, feeAsset: 'base' } }, nativeAmend));
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100, limit: 59_990, venues: [BINANCE, COINBASE] }),
      node({ nodeId: 'take', side: -1, limit: 61_000 }),
      node({ nodeId: 'stop', side: -1 }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_fill' }, { kind: 'parent_filled_qty' }),
      edge(0, 2, onPrice('below', 58_000), { kind: 'parent_filled_qty' }),
      edge(0, 3, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -1e8, net: true }),
    ],
  }));
  return d;
}

function nasty(prng: Prng): Partial<ReportEvent> {
  const out: Record<string, unknown> = {};
  for (const field of FIELDS) if (prng.between(0, 3) === 0) out[field] = NUMBERS[prng.between(0, NUMBERS.length - 1)];
  if (prng.between(0, 2) > 0) out['execId'] = `x${prng.between(0, 30)}`;
  return out as Partial<ReportEvent>;
}

for (const nativeAmend of [false, true]) {
  test(`${SESSIONS} sessions of reports with impossible figures leave the core standing (native amend: ${nativeAmend})`, () => {
    for (let seed = 1; seed <= SESSIONS; seed++) {
      const prng = new Prng(seed);
      const d = crowded(nativeAmend);
      // Whoever lies plausibly can make the books wrong; only what the core asserts of itself must hold.
      d.checks = false;
      try {
        for (let i = 0; i < 12; i++) {
          const children = [...d.state.children.values()];
          const child = children[prng.between(0, children.length - 1)];
          if (child === undefined) break;
          const kind = KINDS[prng.between(0, KINDS.length - 1)] ?? ReportKind.ack;
          const honest = prng.between(0, 3) === 0;
          if (honest && child.doneAtNs < 0) d.fill(child, Math.max(1, prng.between(1, Math.max(1, child.lots - child.filled))));
          else d.report(child, kind, nasty(prng));
          if (i === 5) d.tick(0, 57_900);
          if (i === 8) d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'entry', lots: 80, limitTicks: 59_980 });
          d.advance(prng.between(0, 2) * S);
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
  });
}

test('a report of an order by a venue that does not have it changes nothing and is told', () => {
  const d = crowded(false);
  const child = d.child('entry');
  d.report(child, ReportKind.fill, { venue: (child.venue + 1) % 2, execId: 'a', lastLots: 10, lastTicks: 59_000 });
  assert.equal(child.filled, 0);
  assert.ok(d.alerts().includes('BAD_REPORT'));
});

test('a balance or position that can\'t be is not taken over', () => {
  const d = crowded(false);
  const balances = (): unknown => structuredClone(d.state.accounts[0]?.balances.map((balance) => balance?.total.toNumber() ?? null));
  const before = balances();
  for (const total1e8 of ['', 'abc', '1.5', '-', '1e9', '9'.repeat(40)]) {
    d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: 0, total1e8, asOfNs: d.tNs });
  }
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: 77, total1e8: '5', asOfNs: d.tNs });
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 9, venue: BINANCE, asset: 0, total1e8: '5', asOfNs: d.tNs });
  for (const lots of [0.5, NaN, Infinity, 2 ** 60]) {
    d.event({ type: EventType.venuePosition, tNs: d.tNs, accountId: 0, listing: 6, lots, entryTicks: 60_000, asOfNs: d.tNs });
  }
  d.event({ type: EventType.venuePosition, tNs: d.tNs, accountId: 0, listing: 600, lots: 1, entryTicks: 60_000, asOfNs: d.tNs });
  assert.deepEqual(balances(), before);
  assert.equal(d.state.accounts[0]?.positions[6]?.lots ?? 0, 0);
});

test('a rebate in the base asset is the account\'s and no exit\'s', () => {
  const d = crowded(false);
  d.fill(d.child('entry'), 40, 59_990, { feeAsset: BTC, fee1e8: -50_000 });
  assert.equal(d.node('entry').run?.baseFee1e8, 0);
  assert.equal(d.node('take').released, 40);
});

test('what is set aside for orders beyond 2^53 goes back to nothing', () => {
  const d = new Driver();
  d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: BINANCE, asset: USD, total1e8: '9'.repeat(20), asOfNs: 1 });
  // 2^31 BTC-lots at 59,990: 1.3e19 in 1e-8 USD.
  d.run(graph({ nodes: [node({ nodeId: 'whale', lots: 2 ** 31 + 1, limit: 59_990, venues: [BINANCE] })] }));
  for (const child of d.children('whale')) d.fill(child, child.lots - 3, 59_990);
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  for (const child of d.children('whale')) if (child.doneAtNs < 0) d.gone(child);
  for (const balance of d.state.accounts[0]?.balances ?? []) assert.equal(balance?.reserved.sign() ?? 0, 0);
});
