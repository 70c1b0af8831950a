/**
 * Disconnect at every step of every policy: a node runs against venues that answer one message at a time; at message k
 * every venue goes away, what was on its way is half the time lost, and comes back with its own truth. Whatever k is: no
 * fill is lost or counted twice, nothing is sent beyond the target, everything ends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VenueOrder } from '../../../src/protocol/effects.js';
import { EventType, ReportKind } from '../../../src/protocol/events.js';
import type { PolicySpec } from '../../../src/protocol/graph-spec.js';
import { must } from '../../../src/base/assert.js';
import { SteadyModule } from '../../sim/steady-module.js';
import { Driver, MS, S, type Book } from './driver.js';
import { CHASE, edge, graph, node, NO_RISK, SOR, type NodeInput } from './specs.js';
import { BTC_USD } from './universe.js';

interface Truth {
  readonly order: VenueOrder;
  readonly arrived: boolean;
  filled: number;
  open: boolean;
  untold: number;
}

/** Venues that answer one message at a time and remember what is true. */
class Venues {
  readonly orders = new Map<string, Truth>();
  readonly d: Driver;
  /** Messages told so far, and the one at which all venues go away. */
  told = 0;
  readonly cutAt: number;
  #seen = 0;
  #cut = false;
  #patience = 0;

  constructor(d: Driver, cutAt: number) {
    this.d = d;
    this.cutAt = cutAt;
  }

  /** Serves what is asked until nothing is; true when it did something. */
  serve(): boolean {
    const before = this.told;
    while (this.#seen < this.d.effects.length) {
      const effect = this.d.effects[this.#seen++];
      if (effect === undefined) continue;
      if (effect.kind === 'place') this.#place(effect.order);
      else if (effect.kind === 'cancel') this.#cancel(effect.clientOrderId);
      else if (effect.kind === 'query') this.#query(effect.clientOrderId);
    }
    return this.told > before;
  }

  /** Now and then what rests is met. */
  fillResting(): void {
    if (++this.#patience % 3 !== 0) return;
    for (const known of this.orders.values()) if (known.open) this.#fill(known, known.order.lots - known.filled);
  }

  #place(order: VenueOrder): void {
    const known: Truth = { order, arrived: true, filled: 0, open: true, untold: 0 };
    if (this.#say()) {
      // It was on its way: every other one arrived all the same.
      const arrived = this.orders.size % 2 === 0;
      this.orders.set(order.clientOrderId, { ...known, arrived, open: arrived });
      return this.#comeBack();
    }
    this.orders.set(order.clientOrderId, known);
    this.d.ack(this.#child(order.clientOrderId));
    if (order.tif !== 'ioc' && order.tif !== 'fok') return;
    this.#fill(known, order.tif === 'fok' ? order.lots : Math.ceil(order.lots / 2));
    if (known.open) this.#end(known, ReportKind.expired);
  }

  #cancel(id: string): void {
    const known = this.orders.get(id);
    if (known !== undefined && known.open) this.#end(known, ReportKind.cancelled);
  }

  #query(id: string): void {
    const known = this.orders.get(id);
    if (known === undefined) return;
    if (this.#say()) return this.#comeBack();
    if (!known.arrived) return this.d.report(this.#child(id), ReportKind.notFound);
    this.d.report(this.#child(id), ReportKind.status, { openLots: known.open ? known.order.lots - known.filled : 0, cumLots: known.filled });
  }

  #fill(known: Truth, lots: number): void {
    known.filled += lots;
    if (known.filled >= known.order.lots) known.open = false;
    if (this.#say()) {
      known.untold = lots;
      return this.#comeBack();
    }
    this.d.fill(this.#child(known.order.clientOrderId), lots, known.order.limitTicks);
  }

  #end(known: Truth, kind: ReportKind): void {
    known.open = false;
    if (this.#say()) return this.#comeBack();
    this.d.report(this.#child(known.order.clientOrderId), kind, { cumLots: known.filled });
  }

  /** Counts a message; true when this one is lost with the connection. */
  #say(): boolean {
    this.told += 1;
    if (this.#cut || this.told !== this.cutAt) return false;
    this.#cut = true;
    for (const { id } of this.d.universe.venues) this.d.venue(id, 0);
    return true;
  }

  /** After a while: executions that were not told, what is open, reconciled. */
  #comeBack(): void {
    this.d.advance(1_700 * MS);
    for (const { id } of this.d.universe.venues) {
      this.d.venue(id, 1, 0);
      for (const known of this.orders.values()) {
        if (known.order.venue !== id || known.untold === 0) continue;
        this.d.fill(this.#child(known.order.clientOrderId), known.untold, known.order.limitTicks);
        known.untold = 0;
      }
      const open = [...this.orders.values()].filter((known) => known.order.venue === id && known.open);
      this.d.event({
        type: EventType.openOrders, tNs: this.d.tNs, venue: id,
        orders: open.map((known) => ({
          clientOrderId: known.order.clientOrderId, venueOrderId: '', openLots: known.order.lots - known.filled, cumLots: known.filled,
        })),
      });
      this.d.venue(id, 1, 1);
    }
  }

  #child(id: string): ReturnType<Driver['child']> {
    const child = this.d.state.children.get(id);
    assert.ok(child !== undefined);
    return child;
  }
}

const LADDER: PolicySpec = { kind: 'passive_ladder', repegNs: 100 * MS, horizonNs: 2 * S, stepNs: 1 * S };
const MODULE: PolicySpec = { kind: 'wasm_algo', algo: 'steady', venues: [0], labels: [], configJson: '{}' };
const policies: Record<string, NodeInput & { policy: PolicySpec }> = {
  'sor market': { nodeId: 'n', lots: 100, policy: SOR },
  'sor limit': { nodeId: 'n', lots: 100, policy: SOR, limit: 60_001 },
  'sor fok': { nodeId: 'n', lots: 80, policy: SOR, tif: 'fok' },
  'ioc_sweep': { nodeId: 'n', lots: 100, policy: { kind: 'ioc_sweep' } },
  'aggressive_chase': { nodeId: 'n', lots: 100, policy: CHASE },
  'passive_limit': { nodeId: 'n', lots: 100, policy: { kind: 'passive_limit', horizonNs: 5 * S } },
  'passive_ladder': { nodeId: 'n', lots: 100, policy: LADDER },
  'time_drip': { nodeId: 'n', lots: 100, policy: { kind: 'time_drip', horizonNs: 4 * S, drips: 5 } },
  'wasm_algo': { nodeId: 'n', lots: 100, policy: MODULE },
  'mesh_algo': { nodeId: 'n', lots: 100, policy: { ...MODULE, kind: 'mesh_algo', venues: [0, 1], labels: ['a', 'b'] } },
  'wasm_algo that dies': { nodeId: 'n', lots: 100, policy: { ...MODULE, algo: 'dies' } },
  'uniform pacing': { nodeId: 'n', lots: 100, policy: SOR, pacing: { slices: 4, intervalNs: 1 * S, carry: 'next' } },
};

function books(d: Driver): Book[] {
  d.book(0, [[59_999, 40]], [[60_001, 40]]);
  d.book(1, [[59_998, 60]], [[60_002, 60]]);
  d.book(2, [[59_997, 90]], [[60_003, 90]]);
  return d.books;
}

/** Runs the node, cut at message `k`; returns how many messages there were. */
function play(input: NodeInput & { policy: PolicySpec }, k: number, onDisconnect: 'pause_graph' | 'continue', protective: boolean): number {
  const d = new Driver();
  books(d);
  const venues = new Venues(d, k);
  const risk = { ...NO_RISK, failure: { ...NO_RISK.failure, onDisconnect } };
  const exit = node({ ...input, nodeId: 'x', side: -1, ...(input.limit === undefined ? {} : { limit: 59_999 }) });
  const opening = node({ ...input, ...(protective ? { policy: SOR, pacing: null, tif: 'gtc' } : {}) });
  d.run(graph({ nodes: protective ? [opening, exit] : [opening], edges: protective ? [edge(0, 1, { kind: 'on_done' })] : [], risk }));
  const guests = new SteadyModule(d.universe, 'algo' in input.policy && input.policy.algo === 'dies', (event) => d.event(event));
  let heard = 0;
  const work = (): void => {
    while (heard < d.effects.length) guests.effect(must(d.effects[heard++], 'effect'), d.tNs);
    guests.step(d.tNs);
  };
  for (let round = 0; round < 120 && d.state.open.size > 0; round++) {
    work();
    venues.serve();
    venues.fillResting();
    venues.serve();
    d.advance(250 * MS);
    d.sample(BTC_USD);
  }
  const where = `cut at message ${k}, ${onDisconnect}`;
  const real = (id: string): number => [...venues.orders.values()].filter(({ order }) => {
    const owner = d.state.children.get(order.clientOrderId)?.node;
    return (owner?.container ?? owner)?.nodeId === id;
  }).reduce((sum, known) => sum + known.filled, 0);
  assert.equal(d.state.open.size, 0, `${where}: it ends`);
  const { filled, nodeId } = d.node(protective ? 'n' : input.nodeId);
  assert.equal(filled, real(nodeId), `${where}: booked is what is true`);
  assert.ok(filled <= 100, `${where}: ${filled} of 100`);
  if (protective) {
    assert.equal(d.node('x').filled, real('x'), where);
    assert.equal(d.node('x').filled, filled, `${where}: a protective node does not give up`);
  }
  for (const known of venues.orders.values()) assert.equal(known.open, false, `${where}: nothing is left open`);
  for (const balance of d.state.accounts[0]?.balances ?? []) assert.equal(balance?.reserved.sign() ?? 0, 0, `${where}: nothing stays reserved`);
  return venues.told;
}

for (const [name, input] of Object.entries(policies)) {
  test(`disconnect at every step of ${name}`, () => {
    for (const onDisconnect of ['pause_graph', 'continue'] as const) {
      const messages = play(input, 0, onDisconnect, false);
      assert.ok(messages > 1);
      for (let k = 1; k <= messages; k++) play(input, k, onDisconnect, false);
    }
  });
  test(`disconnect at every step of ${name} as an exit`, () => {
    const messages = play(input, 0, 'pause_graph', true);
    for (let k = 1; k <= messages; k++) play(input, k, 'pause_graph', true);
  });
}
