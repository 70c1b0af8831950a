/**
 * Why this test? The simulation (seed 29) met an exit of two entries beside an exit of one of them. The shared one may
 * close both entries; together they never close more than both filled.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, BTC, COINBASE, KRAKEN } from './universe.js';

test('an exit of two entries closes both; an exit of one of them adds nothing to it', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'a', lots: 40, limit: 60_100 }), node({ nodeId: 'b', lots: 60, limit: 60_100 }),
      node({ nodeId: 'both', side: -1, lots: 100 }), node({ nodeId: 'one', side: -1, lots: 40 }),
    ],
    edges: [edge(0, 2, { kind: 'on_first_fill' }), edge(1, 2, { kind: 'on_first_fill' }), edge(0, 3, { kind: 'on_full_fill' })],
  }));
  d.fill(d.child('b'), 60, 60_000);
  d.fill(d.child('a'), 40, 60_000);
  const [first] = d.children('both');
  assert.ok(first !== undefined);
  assert.equal(first.lots, 60, 'more than entry a filled: it closes b too');
  assert.equal(d.children('one').length, 0, 'nothing is sold beside it');
  d.fill(first, 60, 60_000);
  const second = d.child('both');
  assert.equal(second.lots, 40);
  d.fill(second, 40, 60_000);
  assert.equal(d.node('both').filled + d.node('one').filled, 100, 'all of it, once');
  assert.equal(d.graph().status, 'completed');
});

test('what the acceptance of an exit fires comes after all its legs; the exit that is ahead of it takes over then', () => {
  const d = new Driver();
  // Its inventory makes the resting exit two orders.
  for (const [venue, total1e8] of [[BINANCE, '1200000'], [COINBASE, '3000000'], [KRAKEN, '0']] as const) {
    d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue, asset: BTC, total1e8, asOfNs: 0 });
  }
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 36, limit: 60_100, venues: [COINBASE] }),
      node({ nodeId: 'rests', side: -1, lots: 34, policy: { kind: 'passive_limit', horizonNs: 60 * S } }),
      node({ nodeId: 'ahead', side: -1, lots: 42 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_timeout', afterNs: 4 * S }),
      edge(0, 2, { kind: 'on_first_fill' }, { kind: 'scaled_notional', factorE8: 100_000_000, maxUsd1e9: '500000000000' }),
      edge(1, 2, { kind: 'on_accepted' }),
    ],
  }));
  d.fill(d.child('entry'), 36, 60_000);
  assert.equal(d.child('ahead').lots, 8, 'what its money bought');
  d.fillAll('ahead');
  d.advance(4 * S);
  const legs = [...d.children('rests')];
  assert.deepEqual(legs.map((child) => child.lots).sort((a, b) => a - b), [4, 24], 'all that was left to close');
  assert.ok(legs.every((child) => d.cancelled(child)), 'and called back for the one that is ahead');
  assert.equal(d.node('ahead').released, 42);
  for (const child of legs) d.gone(child);
  d.fillAll('ahead');
  for (let i = 0; i < 3; i++) {
    d.advance(S);
    d.fillAll('ahead');
  }
  assert.deepEqual([d.node('ahead').filled, d.node('rests').filled], [36, 0]);
  assert.equal(d.graph().status, 'completed');
});
