/**
 * Places where engine and twin once differed, each judged on the page (docs/SEMANTICS.md) and pinned here: the twin
 * compares after every step, and what the trader sees at the end is written out.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeSpec, GroupSpec, NodeSpec, SizingSpec, TriggerSpec } from '../../src/protocol/graph-spec.js';
import { Driver } from './driver.js';
import type { Step } from './steps.js';
import { makeEngine } from './engine-under-test.js';
import { MS, SECOND, graphOf, perp, plainNode, spot, startTicks } from './world.js';

const fill = (pick = 0, eighths = 8): Step => ({ kind: 'fill', pick, eighths, baseFee: 0 });
const end = (pick = 0): Step => ({ kind: 'end', pick });
const reject = (pick = 0): Step => ({ kind: 'reject', pick });
const confirm = (pick = 0): Step => ({ kind: 'confirm', pick });
const later = (ms: number): Step => ({ kind: 'time', ms });
const fall: Step = { kind: 'mid', instrument: spot, delta: -30 };
const cancel = (pick: number): Step => ({ kind: 'cancelNode', pick, eighths: 8 });

const buy = (lots: number, more: Partial<NodeSpec> = {}): NodeSpec => ({ ...plainNode, quantity: { kind: 'fixed', lots }, ...more });
const sell = (index: number, lots: number, more: Partial<NodeSpec> = {}): NodeSpec => ({
  ...plainNode, nodeId: `n${index}`, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots }, ...more,
});
const hedge = (index: number, lots: number): NodeSpec => sell(index, lots, { instrument: perp });
const resting = (ticks: number): Partial<NodeSpec> => ({ orderType: 'limit', limitTicks: ticks });
const below: TriggerSpec = {
  kind: 'on_price', instrument: spot, direction: 'below', source: 'mid', confirmNs: 0, allowImmediate: false,
  level: { kind: 'absolute', quarterTicks: (startTicks - 20) * 4 },
};
const none: SizingSpec = { kind: 'none' };
const fixed = (lots: number): SizingSpec => ({ kind: 'fixed', lots });
const edges = (...list: readonly (readonly [number, number, TriggerSpec, SizingSpec])[]): EdgeSpec[] =>
  list.map(([from, to, trigger, sizing], i) => ({ edgeId: `e${i}`, from, to, trigger, sizing, keepParent: false }));
const oco = (...nodes: number[]): GroupSpec[] => [{ type: 'oco', nodes, stuck: 'wait', stuckNs: SECOND }];

/** Plays the steps; engine and twin agree after each; returns what the nodes are at the end, "status filled". */
function play(nodes: NodeSpec[], list: EdgeSpec[], steps: readonly Step[], groups: GroupSpec[] = [], autoGroups = true): string {
  const engine = makeEngine();
  const driver = new Driver(engine, { ...graphOf(nodes, list, groups), autoGroups });
  assert.equal(driver.refused, false, 'the graph is accepted');
  for (const step of steps) {
    assert.equal(driver.step(step), true, `${JSON.stringify(step)} means something`);
    assert.deepEqual(driver.problems, []);
  }
  const shown = engine.view('g').nodes.map((n) => `${['pending', 'working'].includes(n.status) ? 'active' : n.status} ${n.filled}`);
  driver.heal();
  assert.deepEqual(driver.problems, []);
  return shown.join(', ');
}

test('an unsized hedge whose attempt ended waits for what its parent may still fill', () => {
  const sweep: NodeSpec = { ...hedge(1, 40), policy: { kind: 'ioc_sweep' }, tif: 'ioc' };
  const nodes = [buy(40, resting(startTicks + 5)), sweep];
  const list = edges([0, 1, { kind: 'on_fill_ratio', ratioE8: 25_000_000 }, none]);
  // 10 of 40 filled: 40 are released, 10 of them protected; 10 fill, the policy gives the rest back.
  assert.equal(play(nodes, list, [fill(0, 2), fill(1, 2), end(1), later(5_000)]), 'active 10, active 10');
  assert.equal(play(nodes, list, [fill(0, 2), fill(1, 2), end(1), later(5_000), fill(0), fill(0)]), 'filled 40, filled 40');
});

test('a hedge of explicit size is protected up to what its parent filled; its policy may give up the rest', () => {
  const list = edges([0, 1, { kind: 'on_done' }, fixed(40)]);
  const nodes = [buy(42, { policy: { kind: 'ioc_sweep' }, tif: 'ioc' }), hedge(1, 40)];
  assert.equal(play(nodes, list, [reject(), reject(), reject(), later(1_100)]).split(',')[0], 'rejected 0');
  assert.equal(play([buy(24), hedge(1, 40)], edges([0, 1, { kind: 'on_first_fill' }, fixed(36)]), [fill(), fill(0, 6)]), 'filled 24, active 26');
});

test('a node stopped with less left than any venue takes is filled', () => {
  const nodes = [buy(20), hedge(1, 4)];
  const list = edges([0, 1, { kind: 'on_full_fill' }, none]);
  assert.equal(play(nodes, list, [fill(), fill(0, 4), cancel(1), end(0)]), 'filled 20, filled 2');
});

test('a container cancelled after a slice filled is cancelled; one whose last fill came first is filled', () => {
  const paced = buy(40, { pacing: { slices: 2, intervalNs: 1_000 * MS, carry: 'next' } });
  assert.equal(play([paced], [], [fill(), cancel(0)]), 'cancelled 20');
  assert.equal(play([paced], [], [fill(), later(1_000), cancel(0), fill()]), 'filled 40');
});

test('a container all of whose orders were refused is rejected and fails its graph', () => {
  const paced = buy(40, { pacing: { slices: 2, intervalNs: 1_000 * MS, carry: 'next' }, policy: { kind: 'ioc_sweep' }, tif: 'ioc' });
  assert.equal(play([paced], [], [reject(), later(1_000), reject(), later(1_100)]), 'rejected 0');
});

test('an exit with a size of its own still to come does not end flat', () => {
  const nodes = [buy(20), sell(1, 20), sell(2, 40)];
  const list = edges([0, 1, { kind: 'on_full_fill' }, none], [0, 2, below, none], [0, 2, { kind: 'on_timeout', afterNs: 2 * SECOND }, fixed(32)]);
  assert.equal(play(nodes, list, [fill(), fill()]), 'filled 20, filled 20, waiting 0');
  assert.equal(play(nodes, list, [fill(), fill(), later(2_000), fill()]), 'filled 20, filled 20, filled 32');
});

test('an edge of explicit size does not lift the cap of the others', () => {
  const nodes = [buy(40, resting(startTicks + 5)), sell(1, 40)];
  const list = edges([0, 1, { kind: 'on_first_fill' }, none], [0, 1, { kind: 'on_timeout', afterNs: SECOND }, fixed(4)]);
  // 10 filled and sold; the explicit 4 are less than what was sold: nothing more goes out.
  assert.equal(play(nodes, list, [fill(0, 2), fill(1), later(1_100)]), 'active 10, active 10');
});

test('what rests with a size of its own holds no stop back', () => {
  const nodes = [buy(20), sell(1, 20, resting(startTicks + 500)), sell(2, 20)];
  const list = edges([0, 1, { kind: 'on_full_fill' }, fixed(20)], [0, 2, below, none]);
  assert.equal(play(nodes, list, [fill(), fall, fill(1)]), 'filled 20, active 0, filled 20');
});

test('a price that is one of all stops the parent only when all have fired', () => {
  const nodes = [buy(20, resting(startTicks + 5)), sell(1, 20, { join: 'all' })];
  const list = edges([0, 1, below, none], [0, 1, { kind: 'on_timeout', afterNs: 5 * SECOND }, none]);
  assert.equal(play(nodes, list, [fill(0, 4), fall, later(100)]), 'active 10, waiting 0');
  assert.equal(play(nodes, list, [fill(0, 4), fall, later(5_000), confirm()]), 'cancelled 10, active 0');
});

test('what a stop closes is not opened later: a P that still waits is cancelled', () => {
  const second = buy(20, { nodeId: 'n1', activation: 'wait' });
  const nodes = [buy(20), second, sell(2, 40)];
  const list = edges(
    [0, 1, { kind: 'on_timeout', afterNs: 60 * SECOND }, none], [0, 2, below, none], [1, 2, { kind: 'on_full_fill' }, none],
  );
  assert.equal(play(nodes, list, [fill(), fall]), 'filled 20, cancelled 0, active 0');
});

test('a resting exit that is triggered later decides its group then', () => {
  const nodes = [buy(20, resting(startTicks + 5)), sell(1, 10, resting(startTicks + 500)), hedge(2, 20)];
  const list = edges(
    [0, 1, { kind: 'on_first_fill' }, none], [0, 1, { kind: 'on_done' }, none], [0, 2, { kind: 'on_full_fill' }, none],
  );
  assert.equal(play(nodes, list, [fill(0, 4), fill(0)], oco(1, 2)), 'filled 20, active 0, cancelled 0');
});

test('what a price decides comes before what is sent on the same look at the books', () => {
  const engine = makeEngine();
  const nodes = [buy(20, resting(startTicks + 5)), buy(8, { nodeId: 'n1', activation: 'wait' }), sell(2, 20)];
  const entry: TriggerSpec = { ...below, direction: 'above', level: { kind: 'graph_entry_price', offsetPpm: 300 } };
  const list = edges([0, 1, { kind: 'on_full_fill' }, none], [0, 2, entry, none]);
  const driver = new Driver(engine, graphOf(nodes, list, oco(1, 2)));
  driver.step({ kind: 'mid', instrument: spot, delta: 52 });
  driver.step(fill());
  assert.deepEqual(driver.problems, []);
  assert.deepEqual(driver.orders.map((o) => o.node), [0, 2], 'the re-entry was never sent');
});

test('a paced node whose ceiling is filled is filled, whatever edge of it may still fire', () => {
  const paced = { pacing: { slices: 2, intervalNs: 1_000 * MS, carry: 'next' as const } };
  const nodes = [buy(20), buy(44, { nodeId: 'n1', activation: 'wait', instrument: perp, ...paced })];
  const list = edges([0, 1, { kind: 'on_full_fill' }, none], [0, 1, below, fixed(20)]);
  assert.equal(play(nodes, list, [fill(), fill(), later(1_000), fill()]), 'filled 20, filled 44');
});

test('a resting exit whose position an exit outside its group sold ends by being flat, not by its group', () => {
  const nodes = [buy(20), sell(1, 20, resting(startTicks + 500)), sell(2, 20, resting(startTicks + 600)), sell(3, 20)];
  const list = edges([0, 1, { kind: 'on_full_fill' }, none], [0, 2, { kind: 'on_full_fill' }, none], [0, 3, below, none]);
  const ouo: GroupSpec[] = [{ type: 'ouo', nodes: [1, 2], stuck: 'wait', stuckNs: SECOND }];
  // n1 rests 20 and fills 2; n3, outside the group and held by no cap, sells 20: less than nothing is left for n1 and n2.
  assert.equal(play(nodes, list, [fill(), fill(0, 1), fall, fill(1), confirm()], ouo, false), 'filled 20, filled 2, cancelled 0, filled 20');
});

test('a triggered exit decides its group as it fires, before what ends in the same instant', () => {
  const nodes = [buy(20), hedge(1, 20), sell(2, 20)];
  const list = edges([0, 1, { kind: 'on_cancel' }, none], [0, 2, { kind: 'on_first_fill' }, none]);
  // The fill that fires n2 also ends n0, so that n1 could not be activated any more: fills come before terminal states.
  assert.equal(play(nodes, list, [fill()], oco(1, 2)), 'filled 20, cancelled 0, active 0');
});

test('a paced exit that is flat ends at once: what waits for it in vain is skipped, as with any other', () => {
  const paced = { pacing: { slices: 2, intervalNs: 1_000 * MS, carry: 'next' as const } };
  const nodes = [buy(20), sell(1, 44, paced), sell(2, 20), sell(3, 20)];
  const entry: TriggerSpec = { ...below, level: { kind: 'graph_entry_price', offsetPpm: -300 } };
  const list = edges([0, 1, { kind: 'on_full_fill' }, none], [0, 2, { kind: 'on_full_fill' }, none], [1, 3, entry, none]);
  const driver = new Driver(makeEngine(), graphOf(nodes, list, []));
  driver.step(fill());
  for (const step of [fill(), fill(), fill()]) driver.step(step);
  assert.deepEqual(driver.problems, []);
  driver.heal();
  assert.deepEqual(driver.problems, []);
});

test('of two time-outs due at once the first is carried out whole before the next', () => {
  const nodes = [{ ...buy(28), side: -1 as const }, { ...sell(1, 48), side: 1 as const }, sell(2, 36)];
  const due: TriggerSpec = { kind: 'on_timeout', afterNs: SECOND };
  const list = edges([0, 1, due, { kind: 'parent_filled_qty' }], [0, 2, due, { kind: 'residual' }]);
  assert.equal(play(nodes, list, [fill(0, 4), later(1_000)], oco(1, 2)), 'active 14, active 0, cancelled 0');
});

test('a venue lost with cancel_all_open: a hedge goes on for its protected part and is stopped with that', () => {
  const spec = graphOf([buy(20), hedge(1, 40)], edges([0, 1, { kind: 'on_first_fill' }, none]), []);
  const risk = { ...spec.risk, failure: { ...spec.risk.failure, onDisconnect: 'cancel_all_open' as const } };
  const engine = makeEngine();
  const driver = new Driver(engine, { ...spec, risk });
  for (const step of [fill(0, 4), { kind: 'drop', pick: 0 }, { kind: 'back', pick: 0 }] as const) assert.equal(driver.step(step), true);
  driver.heal();
  assert.deepEqual(driver.problems, []);
  const view = engine.view('g');
  assert.equal(view.status, 'failed');
  assert.ok((view.nodes[1]?.filled ?? 0) >= (view.nodes[0]?.filled ?? 0), 'hedged');
});
