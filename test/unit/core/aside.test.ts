/** Orders of a node that ended long ago are set aside (orders/aside.ts): what an event costs, and what is told of them late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDER_ROOM, type OrderRoom } from '../../../src/core/orders/aside.js';
import { decodeState, encodeState } from '../../../src/core/snapshot.js';
import { stateHash, traceHash } from '../../../src/core/state-hash.js';
import { apply } from '../../../src/core/apply.js';
import { must } from '../../../src/base/assert.js';
import { checkInvariants } from '../../../src/core/invariants.js';
import type { Child } from '../../../src/core/state.js';
import type { Effect } from '../../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type AlgoActionEvent, type EngineEvent } from '../../../src/protocol/events.js';
import type { PolicySpec } from '../../../src/protocol/graph-spec.js';
import { Driver } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE } from './universe.js';

const MODULE: PolicySpec = { kind: 'wasm_algo', algo: 'x', venues: [BINANCE], labels: [], configJson: '{}' };
const { ended: ENDED, step: STEP, aside: ASIDE } = ORDER_ROOM;

/** Applies what follows without keeping or checking it. */
class Quick extends Driver {
  isQuick = false;

  override event(event: EngineEvent): void {
    if (!this.isQuick) return super.event(event);
    this.effects.length = Math.min(this.effects.length, 1_000);
    apply(this.state, event, this.effects);
  }
}

/** Small enough for short tests. */
const SMALL: OrderRoom = { ended: 8, step: 4, aside: 64 };

/** A module that quotes, and an exit once it bought all. */
function quoting(room: OrderRoom = SMALL): Quick {
  const d = new Quick();
  d.state.scratch.orderRoom = room;
  d.run(graph({
    nodes: [node({ nodeId: 'order', lots: 1_000, limit: 60_000, policy: MODULE }), node({ nodeId: 'exit', side: -1, lots: 1_000, limit: 80_000 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  return d;
}

function act(d: Driver, more: Partial<AlgoActionEvent>): void {
  const start = d.effects.find((effect) => effect.kind === 'algo_start');
  assert.ok(start?.kind === 'algo_start');
  d.event({
    type: EventType.algoAction, tNs: d.tNs, graphKey: start.graphKey, nodeId: 'order', instance: 0, kind: 'new', algoOrderId: '1', venue: BINANCE, side: 1,
    orderType: 'limit', priceTicks: 59_000, lots: 10, ttlNs: 0, ...more,
  });
}

/** The module quotes and cancels so many times, filling `lots` of each. */
function requote(d: Quick, times: number, lots = 0): Child[] {
  const out: Child[] = [];
  for (let i = 0; i < times; i++) {
    d.tNs += 1_000_000;
    act(d, { algoOrderId: `n${childCount(d) + 1}` });
    const child = d.child('order');
    if (!d.isQuick) d.ack(child);
    if (lots > 0) d.fill(child, lots);
    d.gone(child);
    out.push(child);
  }
  return out;
}

function childCount(d: Driver): number {
  return d.node('order').run?.childCount ?? 0;
}

function bytesOf(told: unknown): number {
  return JSON.stringify(told, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).length;
}

/** What the last event of a channel says. */
function lastOf(d: Driver, channel: string): Record<string, unknown> {
  const told = d.effects.findLast((effect) => effect.kind === 'account' && effect.channel === channel);
  assert.ok(told?.kind === 'account');
  return told.data as Record<string, unknown>;
}

test('an order event of a node with 20,000 orders tells and walks what one of 200 does', () => {
  const d = quoting(ORDER_ROOM);
  d.isQuick = true;
  requote(d, 200);
  const few = bytesOf(lastOf(d, 'orders'));
  let most = d.children('order').length;
  for (let i = 0; i < 99; i++) {
    requote(d, 200);
    most = Math.max(most, d.children('order').length);
  }
  assert.equal(childCount(d), 20_000);
  const many = bytesOf(lastOf(d, 'orders'));
  assert.ok(many < few * 1.5, `the event says ${many} bytes, with 200 orders it said ${few}`);
  assert.ok(most <= ENDED + STEP, `${most} orders are walked`);
  assert.equal(d.state.children.size, d.children('order').length + ASIDE);
  const bytes = encodeState(d.state).length;
  requote(d, 2_000);
  assert.ok(encodeState(d.state).length < bytes * 1.05, 'a state of more orders is not larger');
  checkInvariants(d.state);
});

test('views say how many orders they leave out', () => {
  const d = quoting(ORDER_ROOM);
  requote(d, ENDED);
  assert.equal(lastOf(d, 'orders')['venue_orders_omitted'], undefined);
  requote(d, 2 * STEP);
  const view = lastOf(d, 'orders');
  const shown = view['venue_orders'] as unknown[];
  assert.equal(Number(view['venue_orders_omitted']) + shown.length, childCount(d));
  assert.ok(Number(view['venue_orders_omitted']) > 0);
});

test('live orders stay, however old, and are found behind and before a gap', () => {
  const d = quoting();
  act(d, { algoOrderId: 'rests' });
  const oldest = d.child('order');
  requote(d, 40);
  assert.equal(d.children('order')[0], oldest);
  for (const child of d.children('order')) assert.equal(d.state.children.get(child.clientOrderId), child);
  d.fill(oldest, 4);
  assert.equal(d.node('order').filled, 4);
  act(d, { algoOrderId: 'rests', kind: 'cancel' });
  assert.ok(d.cancelled(oldest));
  d.gone(oldest);
  requote(d, 40);
  assert.notEqual(d.children('order')[0], oldest, 'once it ended it leaves like the others');
});

test('a late fill of an order set aside counts for its node, once, and starts what hangs on it', () => {
  const d = quoting();
  const [first, second] = requote(d, 40, 2);
  assert.ok(first !== undefined && second !== undefined && !d.children('order').includes(first));
  const { filled } = d.node('order');
  const account = d.state.accounts[0]?.positions[first.listing]?.lots;
  d.fill(first, 400, 59_000, { execId: 'late', cumLots: 402 });
  assert.equal(d.node('order').filled, filled + 400);
  assert.equal(d.state.accounts[0]?.positions[first.listing]?.lots, (account ?? 0) + 400);
  assert.equal(d.state.children.get(first.clientOrderId), first);
  assert.ok(!d.alerts().includes('ORPHAN_FILL'));
  // The same execution again, a cumulative figure that is known, its end told again.
  d.fill(first, 400, 59_000, { execId: 'late', cumLots: 402 });
  d.report(first, ReportKind.status, { openLots: 0, cumLots: 402 });
  d.gone(first);
  assert.equal(d.node('order').filled, filled + 400);
  // Told by figures only, then explained by its execution.
  d.report(second, ReportKind.status, { openLots: 0, cumLots: 9 });
  assert.equal(d.node('order').filled, filled + 407);
  d.fill(second, 7, 58_000, { execId: 'explains', cumLots: 9 });
  assert.equal(d.node('order').filled, filled + 407);
  requote(d, 30);
  d.fill(second, 7, 58_000, { execId: 'explains', cumLots: 9 });
  assert.equal(d.node('order').filled, filled + 407, 'set aside again it is known as well');
  d.fill(second, 1_000 - filled - 407, 58_000, { execId: 'rest', cumLots: 1_000 });
  assert.deepEqual([d.node('order').status, d.node('exit').filled, d.node('exit').run?.live], ['filled', 0, 1_000]);
});

test('a report of an order set aside that says nothing new changes nothing', () => {
  const d = quoting();
  const [first] = requote(d, 40, 1);
  assert.ok(first !== undefined);
  const before = d.children('order').length;
  for (const kind of [ReportKind.ack, ReportKind.cancelled, ReportKind.notFound, ReportKind.unknown, ReportKind.reject, ReportKind.amended]) d.report(first, kind);
  d.event({ type: EventType.openOrders, tNs: d.tNs, venue: BINANCE, orders: [{ clientOrderId: first.clientOrderId, venueOrderId: '', openLots: 9, cumLots: 1 }] });
  assert.ok(!d.alerts().includes('ORDER_NOBODY_KNOWS'));
  assert.equal(d.children('order').length, before);
  assert.equal(d.node('order').filled, 40);
});

test('beyond the room the oldest without a fill are forgotten first; a fill of them is the account\'s, once', () => {
  const d = quoting({ ended: 4, step: 2, aside: 8 });
  const [filled] = requote(d, 1, 3);
  const [unfilled] = requote(d, 1);
  assert.ok(filled !== undefined && unfilled !== undefined);
  requote(d, 40);
  assert.equal(d.state.children.get(filled.clientOrderId), filled);
  assert.equal(d.state.children.get(unfilled.clientOrderId), undefined);
  for (let i = 0; i < 2; i++) d.fill(unfilled, 5, 59_000, { execId: 'forgotten', cumLots: 5 });
  assert.equal(d.node('order').filled, 3);
  assert.equal(d.state.accounts[0]?.positions[unfilled.listing]?.lots, 8);
  assert.deepEqual(d.alerts().filter((code) => code === 'ORPHAN_FILL'), ['ORPHAN_FILL']);
  // Fills only: the oldest of them are forgotten then.
  requote(d, 40, 1);
  assert.ok((d.node('order').run?.aside?.orders.length ?? 0) <= 8);
  assert.equal(d.state.children.get(filled.clientOrderId), undefined);
  // What they filled stays known: told again it is not booked again, what is new is the account's.
  const lots = d.state.accounts[0]?.positions[filled.listing]?.lots ?? 0;
  d.fill(filled, 3, 59_000, { execId: must(filled.execIds?.[0], 'execution'), cumLots: 3 });
  d.report(filled, ReportKind.status, { openLots: 0, cumLots: 3 });
  assert.equal(d.state.accounts[0]?.positions[filled.listing]?.lots, lots);
  d.fill(filled, 2, 59_000, { execId: 'new', cumLots: 5 });
  assert.equal(d.state.accounts[0]?.positions[filled.listing]?.lots, lots + 2);
});

test('a module\'s id is taken as long as its order is known', () => {
  const d = quoting({ ended: 4, step: 2, aside: 8 });
  requote(d, 12);
  const reasons = (): number[] => d.effects.flatMap((effect) => (effect.kind === 'algo_report' && effect.report === ReportKind.reject ? [effect.reason] : []));
  act(d, { algoOrderId: 'n3' });
  assert.deepEqual(reasons(), [VenueReason.duplicate], 'set aside');
  requote(d, 20);
  act(d, { algoOrderId: 'n3' });
  assert.deepEqual(reasons(), [VenueReason.duplicate], 'forgotten: the id is free');
  act(d, { algoOrderId: 'n3' });
  assert.deepEqual(reasons(), [VenueReason.duplicate, VenueReason.duplicate]);
});

test('a state with orders set aside is read back whole and goes on alike', () => {
  const d = quoting();
  const all = requote(d, 40, 1);
  act(d, { algoOrderId: 'rests' });
  const copy = decodeState(encodeState(d.state));
  copy.scratch.orderRoom = SMALL;
  assert.equal(stateHash(copy), stateHash(d.state));
  const from = d.events.length;
  for (const i of [0, 5, 17]) {
    const child = all[i];
    assert.ok(child !== undefined);
    d.fill(child, 3, 59_000, { cumLots: 4 });
  }
  act(d, { algoOrderId: 'n20' });
  requote(d, 30, 1);
  const effects: Effect[] = [];
  for (const event of d.events.slice(from)) apply(copy, event, effects);
  assert.equal(stateHash(copy), stateHash(d.state));
  assert.equal(traceHash(copy), traceHash(d.state));
});

test('orders set aside are in the record of their graph once that is put away', () => {
  const d = quoting();
  const [first] = requote(d, 30, 1);
  assert.ok(first !== undefined);
  d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false });
  for (const child of d.children('exit')) d.gone(child);
  assert.equal(d.graph().status, 'cancelled');
  d.advance(25 * 3_600 * 1_000_000_000);
  assert.equal(d.state.graphs.get('g1'), undefined);
  const lots = d.state.accounts[0]?.positions[first.listing]?.lots;
  d.fill(first, 1, 59_000, { execId: 'x1', cumLots: 1 });
  assert.equal(d.state.accounts[0]?.positions[first.listing]?.lots, lots, 'its execution is known');
});
