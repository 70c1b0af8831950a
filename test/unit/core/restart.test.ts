/**
 * Why this test? A process can die between an event and the look at the books that the event asked for: the journal then
 * holds the one and not the other. Whoever waited for that look waited for ever, and so did everybody after it on the
 * same instrument (a paced order whose slice stayed pending with nothing live and no timer).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsSample } from '../../../src/core/market.js';
import { EventType } from '../../../src/protocol/events.js';
import { BASE_NS, Driver, S } from './driver.js';
import { edge, graph, node, onEntry } from './specs.js';
import { BTC_USD } from './universe.js';

/** The engine comes back with a new epoch; venues say again that they are there. */
function restart(d: Driver): void {
  d.looks = true;
  d.event({ type: EventType.timeBase, tNs: d.tNs, baseNs: BASE_NS.toString(), epoch: d.state.epoch + 1, seed: 7 });
  for (const { id } of d.universe.venues) d.venue(id, 0);
  for (const { id } of d.universe.venues) d.venue(id, 1);
}

/** A book changed: the scheduler samples only if the core wants it. */
function bookChange(d: Driver): boolean {
  const wanted = needsSample(d.state, BTC_USD, d.quotes(BTC_USD));
  if (wanted) d.sample(BTC_USD);
  return wanted;
}

test('an order that waited for its look at the books when the process died goes on with the first fresh book', () => {
  const d = new Driver();
  d.sample(BTC_USD);
  d.looks = false;
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 50 })] }));
  assert.equal(d.node('order').status, 'pending');
  assert.equal(d.placed().length, 0);
  restart(d);
  assert.equal(bookChange(d), true, 'the look is still owed');
  assert.equal(d.placed().length, 1);
  assert.equal(bookChange(d), false, 'and given once');
});

test('no look is taken of books that are all stale', () => {
  const d = new Driver();
  d.sample(BTC_USD);
  d.looks = false;
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 50 })] }));
  for (const book of d.books) book.fresh = 0;
  restart(d);
  assert.equal(bookChange(d), false);
  assert.equal(d.node('order').status, 'pending', 'a restart refuses nobody');
});

test('a slice whose look was lost acts after the restart, and the slices after it in their time', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 30, pacing: { slices: 3, intervalNs: 30 * S, carry: 'next' } })] }));
  d.fillAll('twap.1');
  d.looks = false;
  d.advance(30 * S);
  assert.equal(d.node('twap.2').status, 'pending');
  restart(d);
  bookChange(d);
  d.fillAll('twap.2');
  assert.equal(d.node('twap').filled, 20);
  d.advance(30 * S);
  d.fillAll('twap.3');
  assert.equal(d.node('twap').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('slices overdue at the restart collapse into the current one, which acts', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 50, pacing: { slices: 5, intervalNs: 30 * S, carry: 'next' } })] }));
  d.fillAll('twap.1');
  d.looks = false;
  d.tNs += 95 * S;
  restart(d);
  d.event({ type: EventType.timer, tNs: d.tNs });
  assert.deepEqual(['twap.2', 'twap.3', 'twap.4'].map((id) => d.node(id).status), ['skipped', 'skipped', 'working']);
  assert.equal(d.child('twap.4').lots, 20, 'never beyond twice its plan');
  d.fillAll('twap.4');
  d.advance(30 * S);
  d.fillAll('twap.5');
  assert.equal(d.node('twap').filled, 50);
  assert.equal(d.graph().status, 'completed');
});

test('a submit that was parked for its first price when the process died is answered with the first fresh book', () => {
  const d = new Driver();
  d.looks = false;
  const spec = graph({ nodes: [node({ nodeId: 'order', lots: 50 })] });
  d.event({ type: EventType.command, tNs: d.tNs, accountId: 0, commandId: 9, command: { kind: 'submit', graph: spec, bodyHash: 'h', repeatKey: '' } });
  assert.equal(d.effects.some((effect) => effect.kind === 'reply'), false);
  restart(d);
  assert.equal(bookChange(d), true);
  assert.equal(d.placed().length, 1);
});

test('a lost answer may be asked for under a time base of another hour, and says the same instant', () => {
  const d = new Driver();
  d.advance(10 * S);
  const spec = (graphId: string): ReturnType<typeof graph> => graph({ graphId, nodes: [node({ nodeId: 'order', lots: 50, limit: 59_000 })] });
  const first = d.submit(spec('a'), 'key');
  d.command({ kind: 'answered', graphId: 'a', delivered: false });
  d.tNs += 3_600 * S;
  d.event({ type: EventType.timeBase, tNs: d.tNs, baseNs: (BASE_NS - 3_600_000_000_000n).toString(), epoch: 2, seed: 7 });
  d.advance(20 * S);
  const again = d.submit(spec('b'), 'key');
  assert.ok(first.ok && again.ok && again.body.kind === 'submitted');
  assert.deepEqual([again.body.graphId, again.body.repeated], ['a', true], 'no second graph');
  assert.equal(again.tNs, first.tNs + 3_600 * S);
  assert.equal(d.state.graphs.size, 1);
});

test('what protects acts before what opens when both were due while nobody ran', () => {
  for (const seesDepth of [false, true]) {
    const d = new Driver();
    d.run(graph({
      nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
      edges: [edge(0, 1, onEntry('below', -50_000))],
    }));
    d.fill(d.child('entry'), 100, 60_000);
    d.looks = false;
    d.run(graph({ graphId: 'opens', nodes: [node({ nodeId: 'order', lots: 50 })] }));
    d.market(BTC_USD, 50_000);
    const from = d.placed().length;
    restart(d);
    d.sample(BTC_USD, 0, seesDepth ? 5 : 0);
    if (d.placed().length === from) bookChange(d);
    const sides = d.placed().slice(from).map((order) => order.side);
    assert.deepEqual(sides, [-1, 1], seesDepth ? 'its price came with the look that the other waited for' : 'both look at once');
  }
});

test('a module whose books are all stale waits for its next try: it asks for no look over and over', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 50, limit: 60_100 }),
      node({ nodeId: 'exit', side: -1, lots: 50, policy: { kind: 'wasm_algo', algo: 'wanderer', venues: [], labels: [], configJson: '{}' } }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  for (const book of d.books) book.fresh = 0;
  d.fillAll('entry', 60_000);
  const started = (): number => d.effects.filter((effect) => effect.kind === 'algo_start').length;
  assert.equal(started(), 0);
  for (const book of d.books) book.fresh = 1;
  d.advance(2 * S);
  assert.equal(started(), 1, 'it starts with the next try');
});
