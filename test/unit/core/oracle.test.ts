/**
 * Why these tests? The invariants judge every other test: one that cannot fail proves nothing. Here a sound state is
 * damaged, one figure at a time, and the invariant that stands for it must say so by name.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantWatch } from '../../../src/core/invariants-watch.js';
import { checkInvariants } from '../../../src/core/invariants.js';
import type { CoreState } from '../../../src/core/state.js';
import { EventType, type EngineEvent } from '../../../src/protocol/events.js';
import { Driver } from './driver.js';
import { edge, graph, node, onEntry } from './specs.js';
import { BTC_PERP, BTC_USD } from './universe.js';

/** Entry filled, a target resting, a stop armed, a hedge live; the state is sound. */
function bracket(): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }), node({ nodeId: 'sl', side: -1, lots: 100 }),
      node({ nodeId: 'hedge', side: -1, instrument: BTC_PERP }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000)), edge(0, 3, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })],
  }));
  d.fill(d.child('entry'), 100, 60_000);
  d.ack(d.child('tp'));
  checkInvariants(d.state);
  return d;
}

const DAMAGE: readonly [string, RegExp, (d: Driver) => void][] = [
  ['a fill that no order had', /1: fills of g1:entry sum/, (d) => { d.node('entry').filled = 90; }],
  ['live quantity that no order has', /3: live quantity of g1:tp/, (d) => { run(d, 'tp').live = 40; }],
  ['an order beyond what was released', /3: live \+ filled of g1:entry is within/, (d) => { d.node('entry').released = 60; }],
  ['exits that closed more than there was', /1: exits of g1:.* closed more than was filled/, (d) => {
    const tp = d.child('tp');
    tp.filled = d.node('tp').filled = 100;
    run(d, 'tp').live = 0;
    d.node('entry').gone = null;
    d.child('entry').filled = d.node('entry').filled = 90;
  }],
  ['exits with more live than the position', /6: exits of g1:.* live with a position of 60/, (d) => { d.child('entry').filled = d.node('entry').filled = 60; }],
  ['a level that is not that of the fills', /4: edge g1:e02 watches/, (d) => { (d.graph().edges[1] ?? assert.fail()).level += 400; }],
  ['a one-shot edge that fired twice', /2: edge e01 fired 2 times/, (d) => { (d.graph().edges[0] ?? assert.fail()).firedCount = 2; }],
  ['a reservation without an order', /4: what is reserved is what live children hold/, (d) => { d.state.accounts[0]?.balances[0]?.reserved.add(1); }],
];

function run(d: Driver, nodeId: string): { live: number } {
  return d.node(nodeId).run ?? assert.fail();
}

for (const [name, told, damage] of DAMAGE) {
  test(`the oracle finds ${name}`, () => {
    const d = bracket();
    damage(d);
    assert.throws(() => checkInvariants(d.state), told);
  });
}

/** Looks at the graph once, lets `damage` happen, and looks again. */
function watched(d: Driver, damage: () => void): void {
  const watch = new InvariantWatch(d.state, 1_000_000);
  const look = (): void => {
    watch.touched.add(d.graph());
    watch.after(event(d.state));
  };
  look();
  damage();
  look();
}

function event({ tNs }: CoreState): EngineEvent {
  return { type: EventType.timer, tNs };
}

function ended(): Driver {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'a', lots: 10 })] }));
  d.fillAll('a');
  assert.equal(d.graph().status, 'completed');
  return d;
}

test('across events the oracle finds ends of nodes and of graphs that changed', () => {
  const open = ended();
  assert.throws(() => watched(open, () => { open.node('a').status = 'expired'; }), /5: a was filled and is expired without a late fill/);
  const graphEnd = ended();
  assert.throws(() => watched(graphEnd, () => { graphEnd.graph().status = 'failed'; }), /5: graph g1 was completed and is failed without a late fill/);
});

test('the oracle finds a node whose fills went back, and lets a late fill open what had ended', () => {
  const d = ended();
  assert.throws(() => watched(d, () => { d.child('a').filled = d.node('a').filled = 9; }), /1: a had 10 filled, now 9/);
  const sound = bracket();
  watched(sound, () => sound.tick(BTC_USD, 60_100));
});

test('the oracle finds an exit that expired with position left, and takes its good-till-date for an end', () => {
  const end = (reason: string): void => {
    const d = bracket();
    const tp = d.node('tp');
    watched(d, () => {
      const child = d.child('tp');
      d.command({ kind: 'cancel_node', graphId: 'g1', nodeId: 'tp' });
      d.gone(child);
      tp.status = 'expired';
      tp.reason = reason;
    });
  };
  assert.throws(() => end('HORIZON'), /3: g1:tp, a protective node, expired: HORIZON/);
  end('EXIT_EXPIRED');
});
