/**
 * The risk example of the product text, read as a client sends it: every field of it has a test of its own that it acts
 * at its value and does not before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType } from '../../../src/protocol/events.js';
import type { GraphSpec, RiskSpec } from '../../../src/protocol/graph-spec.js';
import { parseOrderBody } from '../../../src/protocol/document/order-body.js';
import { Resolver } from '../../../src/protocol/document/resolver.js';
import { Driver, S } from './driver.js';
import { edge, graph, node, type NodeInput } from './specs.js';
import { BINANCE, BTC_PERP, BTC_USD, COINBASE, HYPERLIQUID, makeUniverse, USD } from './universe.js';

const example = {
  admission: { max_notional_usd: 500000, max_leverage: 2.0, required_venues: ['binance', 'coinbase'] },
  pre_trade: { max_slippage_bps: 50, require_balance_check: true },
  runtime: { max_unhedged_qty_1e8: 500000000, max_loss_usd: 10000, max_drawdown_usd: 5000 },
  failure: { on_runtime_breach: 'cancel_all_open', on_disconnect: 'pause_graph' },
};

/** The example, or what is left of it, through the parser of documents. */
function riskOf(risk: object): RiskSpec {
  const body = { nodes: [{ node_id: 'a', instrument: { symbol: 'BTC-USD' }, side: 'buy', order_type: 'market', qty: 0.1, activation: 'root' }], edges: [], risk };
  const parsed = parseOrderBody(JSON.stringify(body), { resolver: new Resolver(makeUniverse()), accountId: 0, newGraphId: 'g', forceSandbox: true });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.graph.risk;
}

const RISK = riskOf(example);
const tested = new Set<string>();

function field(name: string, run: () => void): void {
  tested.add(name);
  test(`risk field ${name} acts`, run);
}

function one(input: Omit<NodeInput, 'nodeId'>, risk = RISK): GraphSpec {
  return graph({ nodes: [node({ nodeId: 'a', ...input })], risk });
}

function code(d: Driver, spec: GraphSpec): string {
  const reply = d.submit(spec);
  return reply.ok ? 'ok' : reply.code;
}

field('admission.max_notional_usd', () => {
  assert.equal(code(new Driver(), one({ lots: 8_333, limit: 60_000 })), 'ok', '499,980 USD');
  assert.equal(code(new Driver(), one({ lots: 8_334, limit: 60_000 })), 'MAX_NOTIONAL', '500,040 USD');
});

field('admission.max_leverage', () => {
  const poor = (): Driver => {
    const d = new Driver();
    for (const asset of [1, 2]) {
      for (const { id } of d.universe.venues) d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8: '0', asOfNs: 0 });
    }
    for (const { id } of d.universe.venues) d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset: USD, total1e8: String(25_000 * 1e8), asOfNs: 0 });
    return d;
  };
  const perp = { instrument: BTC_PERP, limit: 60_000 };
  assert.equal(code(poor(), one({ lots: 3_333, ...perp })), 'ok', '199,980 USD on 100,000');
  assert.equal(code(poor(), one({ lots: 3_334, ...perp })), 'MAX_LEVERAGE');
  assert.equal(code(poor(), one({ lots: 1_000, limit: 60_000 })), 'ok', 'spot does not count');
});

field('admission.required_venues', () => {
  assert.equal(code(new Driver(), one({ lots: 10 })), 'ok');
  const away = new Driver();
  away.venue(COINBASE, 0);
  assert.equal(code(away, one({ lots: 10 })), 'BAD_VENUE');
  const stale = new Driver();
  stale.bookOf(0).fresh = 0;
  assert.equal(code(stale, one({ lots: 10 })), 'STALE_VENUE');
  const keyless = new Driver();
  keyless.event({ type: EventType.venueStatus, tNs: 0, venue: BINANCE, connected: 1, reconciled: 1, credentialsValid: 0 });
  assert.equal(code(keyless, one({ lots: 10 })), 'BAD_VENUE');
  const other = new Driver();
  other.venue(HYPERLIQUID, 0);
  assert.equal(code(other, one({ lots: 10 })), 'ok', 'a venue that is not named may be away');
});

field('pre_trade.max_slippage_bps', () => {
  const d = new Driver();
  d.run(one({ lots: 10, urgency: 'high' }));
  assert.equal(d.child('a').limitTicks, 60_300, 'arrival mid and 50 bps, whatever the urgency says');
  const far = new Driver();
  for (const id of [0, 1, 2]) far.book(id, [[59_000, 100]], [[61_000, 100]]);
  far.run(one({ lots: 10 }));
  assert.equal(far.node('a').status, 'rejected');
  assert.equal(far.node('a').reason, 'PRICE_DEVIATION', 'nothing within it');
});

field('pre_trade.require_balance_check', () => {
  const poor = (): Driver => {
    const d = new Driver();
    d.run(graph({ graphId: 'rest', nodes: [node({ nodeId: 'r', lots: 90, limit: 50_000, venues: [BINANCE] })] }));
    d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: USD, total1e8: String(5_000 * 1e8), asOfNs: d.tNs });
    return d;
  };
  const checked = poor();
  checked.submit(one({ lots: 100, venues: [BINANCE, COINBASE] }));
  const at = (d: Driver, venue: number): number => d.children('a').filter((child) => child.venue === venue).reduce((sum, child) => sum + child.lots, 0);
  assert.equal(at(checked, BINANCE), 8, '500 USD are not reserved by the resting order');
  assert.equal(at(checked, COINBASE), 92);
  const free = poor();
  free.submit(one({ lots: 100, venues: [BINANCE, COINBASE] }, riskOf({ ...example, pre_trade: { ...example.pre_trade, require_balance_check: false } })));
  assert.equal(at(free, BINANCE), 100);
});

field('runtime.max_unhedged_qty_1e8', () => {
  const d = new Driver();
  d.run(one({ lots: 6_000, limit: 60_100 }));
  d.fill(d.child('a'), 5_000, 60_000);
  assert.equal(d.alerts().includes('BREACH'), false, '5 BTC are allowed');
  d.fill(d.child('a'), 1, 60_000);
  assert.deepEqual(d.graph().breaches.map((breach) => breach.limit), ['max_unhedged_qty_1e8']);
});

function held(lots: number): Driver {
  const d = new Driver();
  d.run(one({ lots: lots + 100, limit: 60_100 }));
  d.fill(d.child('a'), lots, 60_000);
  return d;
}

function markAt(d: Driver, mid: number): string[] {
  d.market(BTC_USD, mid);
  d.advance(1 * S);
  d.mark(BTC_USD);
  return d.graph().breaches.map((breach) => breach.limit);
}

field('runtime.max_loss_usd', () => {
  // The drawdown of the example acts first; alone, the loss limit does.
  const risk = riskOf({ ...example, runtime: { max_loss_usd: 10000 } });
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 5_000, limit: 60_100 })], risk }));
  d.fill(d.child('a'), 4_000, 60_000);
  assert.deepEqual(markAt(d, 57_500), [], '10,000 USD lost');
  assert.deepEqual(markAt(d, 57_499), ['max_loss_usd']);
});

field('runtime.max_drawdown_usd', () => {
  const d = held(4_000);
  assert.deepEqual(markAt(d, 61_000), [], 'a gain of 4,000 is the peak');
  assert.deepEqual(markAt(d, 59_750), [], '5,000 below it');
  assert.deepEqual(markAt(d, 59_749), ['max_drawdown_usd']);
});

field('failure.on_runtime_breach', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 4_500, limit: 60_100 }), node({ nodeId: 'tp', side: -1, limit: 70_000 }), node({ nodeId: 'more', lots: 10, limit: 59_000 })],
    edges: [edge(0, 1, { kind: 'on_first_fill' }, { kind: 'parent_filled_qty' }), edge(0, 2, { kind: 'on_timeout', afterNs: 60 * S })],
    risk: RISK,
  }));
  d.fill(d.child('a'), 4_000, 60_000);
  assert.equal(d.node('tp').run?.live, 4_000);
  markAt(d, 58_000);
  assert.ok(d.cancelled(d.child('a')), 'what opens is cancelled');
  assert.equal(d.cancelled(d.child('tp')), false, 'exits stay');
  d.advance(60 * S);
  assert.equal(d.node('more').status, 'cancelled', 'nothing more opens');
  const paused = new Driver();
  paused.run(graph({ nodes: [node({ nodeId: 'a', lots: 4_500, limit: 60_100 })], risk: riskOf({ ...example, failure: { on_runtime_breach: 'pause_graph' } }) }));
  paused.fill(paused.child('a'), 4_000, 60_000);
  markAt(paused, 58_000);
  assert.equal(paused.graph().status, 'paused');
  const flat = new Driver();
  flat.run(graph({ nodes: [node({ nodeId: 'a', lots: 4_500, limit: 60_100 })], risk: riskOf({ ...example, failure: { on_runtime_breach: 'flatten' } }) }));
  flat.fill(flat.child('a'), 4_000, 60_000);
  markAt(flat, 58_000);
  flat.gone(flat.child('a'));
  assert.ok(flat.graph().nodes.some((entry) => entry.nodeId.startsWith('flatten.') && entry.spec.side === -1));
});

field('failure.on_disconnect', () => {
  const lost = (on_disconnect: string): Driver => {
    const d = new Driver();
    d.run(one({ lots: 10, limit: 59_000, venues: [BINANCE] }, riskOf({ ...example, failure: { on_disconnect } })));
    d.ack(d.child('a'));
    d.venue(BINANCE, 0);
    return d;
  };
  const d = lost('pause_graph');
  assert.equal(d.graph().status, 'paused');
  d.venue(BINANCE, 1);
  assert.equal(d.graph().status, 'active', 'by itself');
  assert.equal(lost('continue').graph().status, 'active');
  assert.equal(lost('cancel_all_open').node('a').run?.stop?.status, 'cancelled');
});

test('every field of the example has its test', () => {
  const fields = Object.entries(example).flatMap(([layer, limits]) => Object.keys(limits).map((name) => `${layer}.${name}`));
  assert.deepEqual([...tested].sort(), fields.sort());
});
