/** The twin itself against the page's own examples ("Event by event"): it must be right before it may judge. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import { filledLots } from './twin/history.js';
import { judgeLive } from './twin/judge.js';
import { Twin } from './twin/twin.js';
import { SECOND, graphOf, modelUniverse, perp, plainNode, spot, startTicks } from './world.js';

const exit: NodeSpec = { ...plainNode, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots: 10 } };
const none = { sizing: { kind: 'none' }, keepParent: false } as const;

/** 0.1 at a lot of 0.01: ten lots. */
const bracket: GraphSpec = graphOf(
  [
    { ...plainNode, nodeId: 'entry', quantity: { kind: 'fixed', lots: 10 } },
    { ...exit, nodeId: 'tp', orderType: 'limit', limitTicks: 80_000 },
    { ...exit, nodeId: 'sl' },
  ],
  [
    { ...none, edgeId: 'e_tp', from: 0, to: 1, trigger: { kind: 'on_full_fill' } },
    {
      ...none, edgeId: 'e_sl', from: 0, to: 2,
      trigger: {
        kind: 'on_price', instrument: spot, direction: 'below', source: 'mid', confirmNs: 0, allowImmediate: false,
        level: { kind: 'graph_entry_price', offsetPpm: -50_000 },
      },
    },
  ],
);

class Story {
  readonly twin: Twin;
  constructor(spec: GraphSpec) {
    this.twin = new Twin(spec, modelUniverse, 0);
    this.mid(startTicks);
  }
  mid(ticks: number): void {
    this.twin.midsQ.set(spot, ticks * 4);
    this.twin.midsQ.set(perp, ticks * 4);
    this.twin.settle();
  }
  place(node: number, id: string, lots: number): void {
    this.twin.placed(node, id, 0, lots);
    this.twin.settle();
  }
  fill(id: string, lots: number, ticks: number, baseFee1e8 = 0): void {
    this.twin.fill(id, { lots, ticks, baseFee1e8, feeUsd1e9: 0 });
    this.twin.settle();
  }
  end(id: string): void {
    this.twin.childEnded(id, false);
    this.twin.settle();
  }
  statuses(): string {
    return this.twin.nodes.map((n) => n.status).join(' ');
  }
  edges(): string {
    return this.twin.edges.map((e) => (e.firings.length > 0 ? 'fired' : e.dead ? 'dead' : e.armed ? 'armed' : 'idle')).join(' ');
  }
}

test('bracket, event by event', () => {
  const story = new Story(bracket);
  story.place(0, 'a', 10);
  story.fill('a', 4, 60_000);
  assert.equal(story.statuses(), 'active waiting waiting');
  assert.equal(story.edges(), 'armed armed');
  story.fill('a', 6, 60_100);
  assert.equal(story.statuses(), 'filled active waiting');
  story.place(1, 'tp', 10);
  story.fill('tp', 3, 80_000);
  story.mid(57_058);
  assert.equal(story.edges(), 'fired armed', 'level 57,057 of the average 60,060 is not reached');
  story.mid(57_050);
  assert.equal(story.statuses(), 'filled active active');
  story.fill('tp', 1, 80_000);
  story.end('tp');
  assert.equal(story.twin.position1e8(story.twin.node(2)), 6_000_000);
  story.place(2, 'sl1', 6);
  story.fill('sl1', 5, 57_000);
  story.end('sl1');
  story.place(2, 'sl2', 1);
  story.fill('sl2', 1, 56_900);
  assert.equal(story.statuses(), 'filled cancelled filled', 'tp yielded to the stop');
  assert.equal(story.twin.graphStatus(), 'completed');
  assert.deepEqual(story.twin.problems, []);
});

test('stop before the entry is complete', () => {
  const story = new Story(bracket);
  story.place(0, 'a', 10);
  story.fill('a', 4, 60_000);
  story.mid(56_000);
  assert.equal(story.edges(), 'armed fired');
  story.fill('a', 2, 60_000);
  story.end('a');
  assert.equal(story.statuses(), 'cancelled skipped active', 'full fill cannot happen any more');
  assert.equal(story.twin.position1e8(story.twin.node(2)), 6_000_000);
});

test('streaming hedge: n small fills release what one big one does; what is left at the end is dust', () => {
  const hedge: NodeSpec = {
    ...plainNode, nodeId: 'h', instrument: perp, side: -1, activation: 'wait', quantity: { kind: 'from_edge' },
  };
  const spec = graphOf(
    [{ ...plainNode, quantity: { kind: 'fixed', lots: 9 } }, hedge],
    [{
      edgeId: 'e', from: 0, to: 1, trigger: { kind: 'on_fill' }, keepParent: false,
      sizing: { kind: 'linear_hedge', factorE8: -100_000_000, net: false },
    }],
  );
  const story = new Story(spec);
  story.place(0, 'a', 9);
  const released: number[] = [];
  for (const lots of [3, 3, 3]) {
    story.fill('a', lots, 60_000);
    released.push(story.twin.released(story.twin.node(1)));
  }
  assert.deepEqual(released, [0, 6, 6], 'lot 2, smallest order 4: 2 waits; 6; the 2 that 9 adds wait again');
  assert.equal(story.twin.protectedLeft(story.twin.node(1)), 6);
  story.place(1, 'h', 6);
  story.fill('h', 6, 60_000);
  assert.equal(story.statuses(), 'filled filled');
});

test('fees in the base asset lower what there is to sell', () => {
  const story = new Story(bracket);
  story.place(0, 'a', 10);
  story.fill('a', 10, 60_000, 10_000);
  assert.equal(story.twin.position1e8(story.twin.node(1)), 9_990_000);
});

test('a timeout fires after its parent has ended, on_cancel only by user, venue or own means', () => {
  const more: NodeSpec = { ...plainNode, activation: 'wait', quantity: { kind: 'fixed', lots: 4 } };
  const spec = graphOf(
    [plainNode, { ...more, nodeId: 'late' }, { ...more, nodeId: 'other' }],
    [
      { ...none, edgeId: 'e0', from: 0, to: 1, trigger: { kind: 'on_timeout', afterNs: 2 * SECOND } },
      { ...none, edgeId: 'e1', from: 0, to: 2, trigger: { kind: 'on_cancel' } },
    ],
  );
  const story = new Story(spec);
  story.twin.cancelNode(0);
  story.twin.settle();
  assert.equal(story.statuses(), 'cancelled waiting active');
  story.twin.nowNs = 2 * SECOND;
  story.twin.settle();
  assert.equal(story.statuses(), 'cancelled active active');
  assert.equal(filledLots(story.twin.node(0)), 0);
});

test('the twin refuses what the page forbids', () => {
  const story = new Story(bracket);
  story.place(0, 'a', 10);
  story.fill('a', 10, 60_000);
  story.mid(50_000);
  story.twin.policyEnd(2, 'expired');
  story.twin.placed(1, 'tp', 0, 10);
  story.twin.placed(2, 'sl', 0, 1);
  assert.match(story.twin.problems.join('\n'), /does not give up/);
  assert.match(judgeLive(story.twin).join('\n'), /exits have 11000000 live, position is 10000000/);
});
