/** Why this test? What happens at one instant, or at the very end of a time: found by the model campaign (its seeds are named). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { CHASE, edge, graph, node, onPrice } from './specs.js';
import { BTC_PERP } from './universe.js';

const after = (ns: number) => ({ kind: 'on_timeout', afterNs: ns }) as const;
const accepted = { kind: 'on_accepted' } as const;

test('time-outs due at one instant fire in the order of the edges, whichever was armed first (seed 18144)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'more', lots: 50 }), node({ nodeId: 'first', lots: 40, limit: 59_000 }),
      node({ nodeId: 'last', side: -1, lots: 100 }),
    ],
    // The clock of e12 starts with the first fill, that of e03 with the graph, both now.
    edges: [edge(0, 1, { kind: 'on_first_fill' }), edge(1, 2, after(5 * S)), edge(0, 3, after(5 * S))],
    groups: [{ type: 'oco', nodes: [2, 3], stuck: 'wait', stuckNs: S }],
  }));
  d.fillAll('entry', 60_001);
  d.advance(5 * S);
  assert.deepEqual(d.graph().edges.map((e) => e.state), ['fired', 'fired', 'fired']);
  assert.equal(d.node('first').reason, 'GROUP', 'begun, then cancelled by what fired after it');
});

test('what an edge releases at the instant a slice is due is shared by that slice too (seed 31089)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'a', lots: 100 }), node({ nodeId: 'b', lots: 50 }),
      node({ nodeId: 'twap', lots: 100, limit: 59_000, pacing: { slices: 4, intervalNs: 1 * S, carry: 'none' } }),
    ],
    edges: [edge(0, 1, { kind: 'on_first_fill' }), edge(0, 2, accepted, { kind: 'fixed', lots: 40 }), edge(1, 2, after(1 * S), { kind: 'fixed', lots: 30 })],
  }));
  d.fillAll('a', 60_001);
  d.advance(1 * S);
  assert.deepEqual([d.node('twap.1').planLots, d.node('twap.2').planLots], [10, 20], '60 over three slices');
});

test('a container whose time is over is not filled while its edges might have released more (seed 427194)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'a', lots: 100, limit: 59_000 }), node({ nodeId: 'twap', lots: 80, pacing: { slices: 2, intervalNs: 1 * S, carry: 'next' } })],
    edges: [edge(0, 1, accepted, { kind: 'fixed', lots: 40 }), edge(0, 1, onPrice('above', 61_000))],
  }));
  d.fillAll('twap.1', 60_001);
  d.advance(1 * S);
  d.fillAll('twap.2', 60_001);
  assert.equal(d.node('twap').filled, 40);
  d.advance(1 * S);
  assert.deepEqual([d.node('twap').status, d.node('twap').reason], ['expired', 'PACING_ENDED']);
});

test('what a paced hedge gave up expires with the time of its last slice, not before (seed 424397)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 10 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 60, tif: 'ioc', pacing: { slices: 2, intervalNs: 1 * S, carry: 'next' } })],
    edges: [edge(0, 1, accepted)],
  }));
  d.advance(1 * S);
  d.gone(d.child('hedge.1'));
  d.fillAll('hedge.2', 59_999);
  d.fillAll('spot', 60_001);
  assert.equal(d.node('hedge').filled, 30, 'all that was to be hedged, and more');
  assert.equal(d.node('hedge').status, 'working');
  d.advance(1 * S);
  assert.equal(d.node('hedge').status, 'expired');
});

test('a paced hedge whose last slice gives up after its time, with all there is to hedge done, ends (simulation, seed 98)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 10 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 60, tif: 'ioc', pacing: { slices: 2, intervalNs: 1 * S, carry: 'next' } })],
    edges: [edge(0, 1, accepted)],
  }));
  d.fillAll('spot', 60_001);
  d.fillAll('hedge.1', 59_999);
  const scope = { kind: 'account', accountId: 0 } as const;
  d.command({ kind: 'kill', scope, reason: '', cancelOpen: false, allowExits: false });
  d.advance(3 * S);
  d.command({ kind: 'kill_clear', scope });
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  d.fill(d.child('hedge.2'), 20, 59_999);
  d.gone(d.child('hedge.2'), ReportKind.expired);
  d.advance(2 * S);
  assert.equal(d.node('hedge').filled, 50);
  assert.deepEqual([d.node('hedge').status, d.node('hedge').reason], ['expired', 'POLICY_ENDED']);
});

test('an exit that waited for what its P can no longer do is skipped, not flat, when another exit stops P (seed 22549)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, policy: CHASE }), node({ nodeId: 'tp', side: -1, limit: 61_000 }), node({ nodeId: 'sl', side: -1, limit: 60_300, lots: 100 })],
    edges: [
      edge(0, 1, { kind: 'on_fill_ratio', ratioE8: 50_000_000 }, { kind: 'parent_filled_qty' }), edge(0, 2, accepted, { kind: 'fixed', lots: 10 }),
      edge(0, 2, onPrice('above', 60_100), { kind: 'fixed', lots: 20 }),
    ],
  }));
  d.gone(d.child('entry'));
  d.tick(0, 60_200);
  assert.deepEqual([d.node('entry').reason, d.node('tp').status], ['EXIT_TRIGGERED', 'skipped']);
});

test('an exit that fires with nothing to close decides no group (seed 43458)', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 10 }), node({ nodeId: 'flip', side: -1, lots: 40 }), node({ nodeId: 'a', side: -1, lots: 36 }),
      node({ nodeId: 'b', side: -1, lots: 16 }),
    ],
    edges: [
      edge(0, 1, { kind: 'on_first_fill' }, { kind: 'fixed', lots: 40 }), edge(0, 2, { kind: 'on_done' }),
      edge(0, 3, { kind: 'on_fill_ratio', ratioE8: 75_000_000 }),
    ],
    groups: [{ type: 'oco', nodes: [2, 3], stuck: 'wait', stuckNs: S }],
  }));
  d.fill(d.child('entry'), 2, 60_001);
  d.fillAll('flip', 59_999);
  d.fillAll('entry', 60_001);
  assert.deepEqual([d.node('a').status, d.node('b').status], ['skipped', 'skipped']);
});
