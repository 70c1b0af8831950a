/**
 * Why this test? A slice's remainder joins the next slice when its cancel is confirmed. A fill that the venue tells
 * after that confirmation was once booked and not taken back: the later slice bought it again (sim seed 62). What a
 * slice filled beyond what it still holds now comes off what waits to be carried, then off the running slice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, onPrice } from './specs.js';
import { BTC_PERP, BTC_USD, HYPERLIQUID } from './universe.js';

/** 10 lots a slice, resting, 30 s each. */
function twap(d: Driver, slices = 3, carry: 'next' | 'none' = 'next'): void {
  d.run(graph({
    nodes: [node({ nodeId: 'twap', lots: 10 * slices, limit: 59_000, pacing: { slices, intervalNs: 30 * S, carry } })],
  }));
}

function planned(d: Driver): number {
  return d.graph().nodes.filter((slice) => slice.container !== null).reduce((sum, slice) => sum + slice.released, 0);
}

test('a late fill of an earlier slice comes off the running one, whose live order is cut', () => {
  const d = new Driver();
  twap(d);
  const first = d.child('twap.1');
  d.ack(first);
  d.advance(30 * S);
  d.gone(first);
  assert.equal(d.node('twap.2').released, 20, 'the remainder joined slice 2');
  const live = d.children('twap.2').filter((child) => child.doneAtNs < 0);
  assert.equal(live.reduce((sum, child) => sum + child.lots, 0), 20);
  d.fill(first, 4, 59_000);
  assert.equal(d.node('twap.1').filled, 4);
  assert.equal(d.node('twap.2').released, 16);
  assert.ok(d.alerts().includes('LATE_FILL'), 'a late fill always alerts');
  assert.ok(live.some((child) => d.cancelled(child)), 'what is live beyond it is called back');
  for (const child of live) if (d.cancelled(child)) d.gone(child);
  assert.equal(d.node('twap.2').run?.live, 16);
  assert.equal(planned(d), 20);
});

test('the whole order never fills more than its target through a late fill', () => {
  const d = new Driver();
  twap(d);
  const first = d.child('twap.1');
  d.advance(30 * S);
  d.gone(first);
  d.fill(first, 10, 59_000);
  for (const child of [...d.children('twap.2')]) if (d.cancelled(child)) d.gone(child);
  d.fillAll('twap.2');
  d.advance(30 * S);
  d.fillAll('twap.3');
  assert.equal(d.node('twap').filled, 30);
  assert.equal(d.node('twap').status, 'filled');
  assert.equal(d.node('twap').run?.overfill, 0);
});

test('a late fill of more than the running slice has open is owed by the slices to come', () => {
  const d = new Driver();
  twap(d);
  const first = d.child('twap.1');
  d.advance(30 * S);
  d.gone(first);
  d.fillAll('twap.2');
  assert.equal(d.node('twap').filled, 20);
  d.fill(first, 4, 59_000);
  assert.equal(d.node('twap').filled, 24);
  d.advance(30 * S);
  assert.equal(d.node('twap.3').released, 6);
  d.fillAll('twap.3');
  assert.equal(d.node('twap').filled, 30);
});

test('a late fill after the whole was filled elsewhere is an overfill, and said', () => {
  const d = new Driver();
  twap(d);
  const first = d.child('twap.1');
  d.advance(30 * S);
  d.gone(first);
  d.fillAll('twap.2');
  d.advance(30 * S);
  d.fill(d.child('twap.3'), 8, 59_000);
  d.fill(first, 4, 59_000);
  assert.equal(d.node('twap').filled, 32, 'every fill is booked');
  assert.equal(d.node('twap').run?.overfill, 2);
  const told = d.effects.filter((effect) => effect.kind === 'account' && effect.channel === 'risk').map((effect) => JSON.stringify(effect));
  assert.ok(told.some((text) => text.includes('OVERFILL') && text.includes('twap')), 'an account event says so');
  for (const child of [...d.children('twap.3')]) if (child.doneAtNs < 0) d.gone(child);
  assert.equal(d.node('twap').status, 'filled');
});

test('a fill of the running slice that overtakes the cut is booked and flagged, and nothing more is sent', () => {
  const d = new Driver();
  twap(d, 2);
  const first = d.child('twap.1');
  d.advance(30 * S);
  d.gone(first);
  d.fill(first, 10, 59_000);
  const sent = d.placed().length;
  d.fillAll('twap.2');
  assert.equal(d.node('twap').filled, 30);
  assert.equal(d.node('twap').run?.overfill, 10);
  d.advance(60 * S);
  assert.equal(d.placed().length, sent);
  assert.equal(d.node('twap').status, 'filled');
});

test('with carry none a late fill comes off what was dropped: nothing else is touched', () => {
  const d = new Driver();
  twap(d, 3, 'none');
  const first = d.child('twap.1');
  d.advance(30 * S);
  d.gone(first);
  assert.equal(d.node('twap.2').released, 10);
  d.fill(first, 4, 59_000);
  assert.equal(d.node('twap.2').released, 10);
  assert.equal(d.node('twap.2').run?.live, 10);
  assert.equal(d.node('twap').run?.overfill, 0);
});

test('a slice filled beyond its order leaves less for the slices to come', () => {
  const d = new Driver();
  twap(d);
  d.fill(d.child('twap.1'), 13, 59_000, { cumLots: 13 });
  assert.equal(d.node('twap').filled, 13);
  d.advance(30 * S);
  assert.equal(d.node('twap.2').released, 7);
  d.fillAll('twap.2');
  d.advance(30 * S);
  d.fillAll('twap.3');
  assert.equal(d.node('twap').filled, 30);
});

test('an amend below what the slices hold cuts the running slice', () => {
  const d = new Driver();
  twap(d);
  d.fillAll('twap.1');
  d.advance(30 * S);
  const reply = d.command({ kind: 'amend_node', graphId: 'g1', nodeId: 'twap', lots: 14, limitTicks: null });
  assert.ok(reply.ok);
  assert.equal(d.node('twap.2').released, 4);
  d.gone(d.child('twap.2', 0));
  assert.equal(d.node('twap.2').run?.live, 4);
  d.fillAll('twap.2');
  assert.equal(d.node('twap').filled, 14);
  assert.equal(d.node('twap').status, 'filled');
});

test('a paced exit gives way to a stop at once: its running slice is cut, the stop sells what is there', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100 }),
      node({ nodeId: 'out', side: -1, lots: 100, limit: 70_000, pacing: { slices: 2, intervalNs: 600 * S, carry: 'next' } }),
      node({ nodeId: 'sl', side: -1, lots: 100 }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onPrice('below', 58_000))],
  }));
  d.fillAll('entry');
  const slice = d.child('out.1');
  assert.equal(slice.lots, 50);
  d.tick(BTC_USD, 57_000);
  assert.equal(d.children('sl').reduce((sum, child) => sum + child.lots, 0), 50, 'what no slice has out goes at once');
  assert.ok(d.cancelled(slice), 'the rest is called back, not waited for');
  d.fillAll('sl', 57_000);
  d.gone(slice);
  d.fillAll('sl', 57_000);
  assert.equal(d.node('sl').filled, 100);
  assert.equal(d.graph().status, 'completed');
});

test('a paced hedge follows its parent and ends with it; a late fill of the parent is followed', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 60, limit: 59_000 }),
      node({ nodeId: 'hedge', side: -1, lots: 60, instrument: BTC_PERP, venues: [HYPERLIQUID], pacing: { slices: 3, intervalNs: 10 * S, carry: 'next' } }),
    ],
    edges: [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  const spot = d.child('spot');
  d.fill(spot, 30, 59_000);
  for (let i = 0; i < 6; i++) {
    for (const id of ['hedge.1', 'hedge.2', 'hedge.3']) if (d.graph().nodes.some((entry) => entry.nodeId === id)) d.fillAll(id);
    d.advance(5 * S);
  }
  assert.equal(d.node('hedge').filled, 30);
  d.fill(spot, 30, 59_000);
  for (let i = 0; i < 8 && d.node('hedge').filled < 60; i++) {
    d.fillAll('hedge.3');
    d.advance(5 * S);
  }
  assert.equal(d.node('hedge').filled, 60, 'its last slice goes on: a protective node does not give up');
  assert.equal(d.graph().status, 'completed');
});

test('a paced exit closes its whole position whatever it carries: no slice of what protects is dropped', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 60, limit: 60_000 }), node({ nodeId: 'out', side: -1, lots: 60, pacing: { slices: 3, intervalNs: 1 * S, carry: 'none' } })],
    edges: [edge(0, 1, { kind: 'on_first_fill' })],
  }));
  const entry = d.child('entry');
  d.fill(entry, 1);
  d.advance(2_500 * MS);
  d.fill(entry, 59);
  for (let i = 0; i < 40 && d.graph().status === 'active'; i++) {
    for (const child of [...d.children('out.1'), ...d.children('out.2'), ...d.children('out.3')]) if (child.doneAtNs < 0) d.fill(child, child.lots - child.filled);
    d.advance(500 * MS);
    d.sample(BTC_USD);
  }
  assert.equal(d.node('out').filled, 60);
  assert.equal(d.graph().status, 'completed');
});

test('the last slice of a paced exit, which goes on, has its whole time in each attempt: no order is called back as it is sent', () => {
  const d = new Driver();
  const policy = { kind: 'sor', cooldownNs: 1 * S, maxAttempts: 8, horizonNs: 5 * S } as const;
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 60 }), node({ nodeId: 'out', side: -1, lots: 60, limit: 70_000, policy, pacing: { slices: 2, intervalNs: 2 * S, carry: 'next' } })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  d.advance(2 * S);
  d.gone(d.child('out.1'));
  // Its first attempt has what is left of the slice's time, and so has each one after it.
  for (let attempt = 0; attempt < 3; attempt++) {
    const resting = d.children('out.2').filter((child) => child.doneAtNs < 0);
    for (const child of resting) d.ack(child);
    assert.equal(resting.reduce((sum, child) => sum + child.lots, 0), 60, `attempt ${attempt} has the whole rest out`);
    d.advance(1_900 * MS);
    assert.deepEqual(resting.filter((child) => d.cancelled(child)), [], `attempt ${attempt} rests for a slice's time`);
    d.advance(200 * MS);
    for (const child of resting) {
      assert.ok(d.cancelled(child), 'a horizon is capped at the time of a slice');
      d.gone(child);
    }
    d.advance(900 * MS);
    d.sample(BTC_USD);
  }
  assert.equal(d.node('out').status, 'working');
});

test('the last slice of a paced exit whose limit order names no horizon rests until it fills: its place in the book is not given up each interval', () => {
  const d = new Driver();
  const policy = { kind: 'sor', cooldownNs: 1 * S, maxAttempts: 8, horizonNs: 0 } as const;
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 60 }), node({ nodeId: 'out', side: -1, lots: 60, limit: 70_000, policy, pacing: { slices: 2, intervalNs: 500 * MS, carry: 'next' } })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  d.advance(500 * MS);
  d.gone(d.child('out.1'));
  const resting = d.children('out.2');
  for (const child of resting) d.ack(child);
  assert.equal(resting.reduce((sum, child) => sum + child.lots, 0), 60);
  for (let i = 0; i < 20; i++) {
    d.advance(500 * MS);
    d.sample(BTC_USD);
  }
  assert.deepEqual(resting.filter((child) => d.cancelled(child)), []);
  assert.ok(!d.alerts().includes('EXIT_STUCK'), 'what rests at its limit is not stuck');
  d.fillAll('out.2');
  assert.equal(d.graph().status, 'completed');
});
