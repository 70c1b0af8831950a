/**
 * What the simulation takes for a reason to be open, and what not: each state here is good as the core leaves it, and a
 * graph that hangs once one thing of it is taken away.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../src/base/assert.js';
import type { Node } from '../../src/core/state.js';
import { stopTimer } from '../../src/core/timers.js';
import { ReportKind } from '../../src/protocol/events.js';
import { Driver, MS, S } from '../unit/core/driver.js';
import { edge, graph, node, NO_RISK, onPrice } from '../unit/core/specs.js';
import { BTC_PERP, BTC_USD, HYPERLIQUID } from '../unit/core/universe.js';
import { unexplained } from './explained.js';

/** Of a limit order: rests until it fills. */
const RESTS = { kind: 'sor', cooldownNs: 1 * S, maxAttempts: 8, horizonNs: 0 } as const;
const NET = { kind: 'linear_hedge', factorE8: -100_000_000, net: true } as const;

function hang(d: Driver): string[] {
  return unexplained(d.state).map((line) => /g1:(\S+) is/.exec(line)?.[1] ?? line);
}

/** As if nobody had thought of waking it. */
function forget(d: Driver, { run }: Node): void {
  const open = must(run, 'run');
  open.policyTimer = stopTimer(d.state, open.policyTimer);
  open.retryTimer = stopTimer(d.state, open.retryTimer);
}

/** An entry that filled whole, and exits of it. */
function exits(...more: Parameters<typeof node>[0][]): Driver {
  const d = new Driver();
  const triggers = [{ kind: 'on_full_fill' }, onPrice('below', 50_000)] as const;
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 60 }), ...more.map((entry) => node({ side: -1, lots: 60, ...entry }))],
    edges: more.map((_, i) => edge(0, i + 1, triggers[i] ?? triggers[0])),
  }));
  d.fillAll('entry');
  return d;
}

test('an exit between two attempts is due in a second; without that it hangs, whatever else may still fire', () => {
  const d = exits({ nodeId: 'out', tif: 'ioc' }, { nodeId: 'late' });
  for (const child of d.children('out')) d.gone(child, ReportKind.expired);
  assert.deepEqual(hang(d), []);
  forget(d, d.node('out'));
  assert.deepEqual(hang(d), ['out']);
});

test('an order that rests is a reason; one that is called back, or never answered, is none', () => {
  const d = exits({ nodeId: 'out', limit: 70_000, policy: RESTS });
  const order = d.child('out');
  d.ack(order);
  d.advance(60 * S);
  assert.deepEqual(hang(d), []);
  order.cancelAsked = 1;
  assert.deepEqual(hang(d), ['out']);
});

test('an order that takes has a few seconds; one not acknowledged too', () => {
  for (const limit of [undefined, 70_000]) {
    const d = exits({ nodeId: 'out', ...(limit === undefined ? {} : { limit }) });
    assert.deepEqual(hang(d), []);
    d.advance(1 * S);
    assert.deepEqual(hang(d), []);
    d.state.tNs += 6 * S;
    assert.deepEqual(hang(d), ['out']);
  }
});

test('a part that rests does not explain an order’s worth that was not sent', () => {
  const d = exits({ nodeId: 'out', limit: 70_000, policy: RESTS });
  d.ack(d.child('out'));
  const run = must(d.node('out').run, 'run');
  run.live -= 20;
  assert.deepEqual(hang(d), ['out']);
});

test('who waits for a price is under watch', () => {
  const d = exits({ nodeId: 'tp', limit: 70_000, policy: RESTS }, { nodeId: 'sl' });
  d.ack(d.child('tp'));
  d.advance(1 * S);
  assert.deepEqual(hang(d), []);
  const watched = must(d.graph().edges[1], 'edge');
  const pos = watched.heapPos;
  watched.heapPos = -1;
  assert.deepEqual(hang(d), ['sl']);
  watched.heapPos = pos;
});

test('an exit that closed what is there waits for its P while that is open, and not for an edge that fired', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 60, limit: 59_000, policy: RESTS }), node({ nodeId: 'out', side: -1, lots: 60 })],
    edges: [edge(0, 1, { kind: 'on_first_fill' })],
  }));
  d.ack(d.child('entry'));
  d.fill(d.child('entry'), 20);
  d.fillAll('out');
  d.advance(8 * S);
  assert.equal(d.node('out').filled, 20);
  assert.deepEqual(hang(d), []);
  d.node('entry').status = 'filled';
  assert.deepEqual(hang(d), ['out']);
});

test('an exit whose position another claims waits for that one; with nothing claimed it hangs', () => {
  const d = exits({ nodeId: 'tp', limit: 70_000, policy: RESTS }, { nodeId: 'sl' });
  d.ack(d.child('tp'));
  d.tick(BTC_USD, 49_000);
  d.gone(d.child('tp'));
  d.advance(100 * MS);
  assert.deepEqual(hang(d), [], 'tp has nothing live: sl claims it all');
  // The other ends and nobody tells it: the position is there to be closed.
  d.node('sl').status = 'cancelled';
  assert.deepEqual(hang(d), ['tp']);
});

function netHedge(): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'spot', lots: 100, limit: 60_100 }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, venues: [HYPERLIQUID] }),
      node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000, policy: RESTS }),
    ],
    edges: [edge(0, 1, { kind: 'on_fill' }, NET), edge(0, 2, { kind: 'on_full_fill' })],
  }));
  d.fillAll('spot');
  d.fillAll('hedge');
  d.ack(d.child('tp'));
  return d;
}

test('a net hedge that holds what is asked for waits for the exits of its parent, not for what it should buy back', () => {
  const d = netHedge();
  d.advance(10 * S);
  assert.deepEqual(hang(d), []);
  d.fill(d.child('tp'), 40, 70_000);
  assert.deepEqual(hang(d), [], 'buys back');
  d.gone(d.child('hedge'), ReportKind.expired);
  assert.deepEqual(hang(d), [], 'tries again in a second');
  forget(d, d.node('hedge'));
  assert.deepEqual(hang(d), ['hedge']);
});

test('a net hedge that may sell more is not excused by the exits of its parent', () => {
  const d = netHedge();
  d.node('hedge').filled -= 10;
  assert.deepEqual(hang(d), ['hedge']);
});

test('a hedge cut by a breach waits for the resume with what is kept back; what it protects is sent', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 59_000, policy: RESTS }), node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_accepted' })],
    risk: {
      ...NO_RISK, runtime: { ...NO_RISK.runtime, maxLossUsd1e9: '1000000000' }, failure: { ...NO_RISK.failure, onRuntimeBreach: 'pause_graph' },
    },
  }));
  d.fill(d.child('hedge'), 40);
  d.fill(d.child('spot'), 40);
  d.tick(BTC_USD, 50_000);
  d.advance(2 * S);
  for (const id of ['spot', 'hedge']) for (const child of d.children(id)) if (child.cancelAsked === 1 && child.doneAtNs < 0) d.gone(child);
  assert.equal(d.graph().status, 'paused');
  assert.deepEqual(hang(d), []);
  d.node('hedge').filled -= 10;
  assert.deepEqual(hang(d), ['hedge']);
});

function pacedExit(): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 60, limit: 59_000, policy: RESTS }),
      node({ nodeId: 'out', side: -1, lots: 60, tif: 'ioc', pacing: { slices: 2, intervalNs: 2 * S, carry: 'next' } }),
    ],
    edges: [edge(0, 1, { kind: 'on_first_fill' })],
  }));
  d.ack(d.child('entry'));
  d.fill(d.child('entry'), 20);
  for (let i = 0; i < 6; i++) {
    for (const slice of ['out.1', 'out.2']) if (d.graph().nodes.some(({ nodeId }) => nodeId === slice)) d.fillAll(slice);
    d.advance(1 * S);
  }
  return d;
}

test('a slice waits for what its container may get, and for nothing once it may send', () => {
  const d = pacedExit();
  assert.equal(d.node('out').filled, 20);
  d.advance(10 * S);
  assert.deepEqual(hang(d), []);
  // More of the entry that the exit was not told of.
  d.node('entry').filled += 20;
  forget(d, d.node('out.2'));
  assert.deepEqual(hang(d), ['out.2']);
  d.node('entry').filled -= 20;
  d.node('entry').status = 'cancelled';
  assert.deepEqual(hang(d), ['out.2'], 'nothing more can come of an entry that ended');
});

test('a container without a slice to come hangs', () => {
  const d = pacedExit();
  for (const slice of ['out.1', 'out.2']) d.node(slice).status = 'expired';
  assert.deepEqual(hang(d), ['out']);
});
