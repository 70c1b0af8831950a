/**
 * The anomalies of docs/TESTING.md through a venue that keeps a true ledger and tells it badly: one named test each,
 * the fault armed when the test says so. On the core alone: test/unit/core.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import { graphOf, MS, perp, plainNode, SECOND, startTicks } from '../model/world.js';
import { AnomalyRig } from './anomaly-rig.js';

const FAR = startTicks - 900;
const market = (lots: number, more: Partial<NodeSpec> = {}): NodeSpec => ({ ...plainNode, quantity: { kind: 'fixed', lots }, ...more });
/** Rests at alpha, away from the market. */
const resting = (lots: number, more: Partial<NodeSpec> = {}): NodeSpec =>
  market(lots, { orderType: 'limit', limitTicks: FAR, venues: [0], policy: PATIENT, ...more });
const PATIENT: NodeSpec['policy'] = { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 0 };
const edge = (from: number, to: number, trigger: EdgeSpec['trigger'], sizing: EdgeSpec['sizing'] = { kind: 'none' }): EdgeSpec =>
  ({ edgeId: `e${from}${to}`, from, to, trigger, sizing, keepParent: false });
const below = (offsetPpm: number): EdgeSpec['trigger'] => ({
  kind: 'on_price', instrument: 0, direction: 'below', level: { kind: 'graph_entry_price', offsetPpm }, source: 'mid', confirmNs: 0, allowImmediate: false,
});

/** The market comes to a resting buy. */
function fall(rig: AnomalyRig, ticks = 1_500): void {
  rig.price.mid = startTicks - ticks;
}

test('acknowledgement lost, order live', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('ACK_LOST_LIVE');
  rig.run(graphOf([resting(40)], []));
  rig.until('the order is doubtful', () => rig.reached('CHILD_UNKNOWN') > 0);
  rig.until('it is found live', () => rig.reached('UNKNOWN_FOUND_LIVE') > 0);
  assert.equal(rig.placed(), 1, 'nothing is sent a second time');
  fall(rig);
  rig.finish();
  assert.equal(rig.node('n0').filled, 40);
});

test('acknowledgement lost, order not live', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('ACK_LOST_NEVER_ARRIVED');
  rig.run(graphOf([resting(40)], []));
  rig.until('it turns out never to have arrived', () => rig.reached('UNKNOWN_NEVER_ARRIVED') > 0);
  rig.until('its quantity goes out anew', () => rig.placed() === 2);
  fall(rig);
  rig.finish();
  assert.equal(rig.node('n0').filled, 40);
});

test('acknowledgement lost, order filled', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('ACK_LOST_FILLED');
  rig.run(graphOf([resting(40)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.equal(rig.struck('ACK_LOST_FILLED'), 1);
  assert.equal(rig.placed(), 1);
  rig.finish();
  assert.equal(rig.trueFilled('n0'), 40);
});

test('duplicate and reordered acknowledgements and fills', () => {
  const rig = new AnomalyRig();
  for (const kind of ['ACK_DUPLICATED', 'FILL_DUPLICATED', 'REORDERED'] as const) rig.faults.arm(kind, 1_000);
  rig.run(graphOf([market(120)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.ok(rig.struck('ACK_DUPLICATED') > 0 && rig.struck('FILL_DUPLICATED') > 0 && rig.struck('REORDERED') > 0);
  rig.finish();
  assert.equal(rig.trueFilled('n0'), 120);
});

test('fill before acknowledgement', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('FILL_BEFORE_ACK');
  rig.run(graphOf([resting(40)], []));
  rig.until('a fill overtakes it', () => rig.reached('FILL_BEFORE_ACK') > 0);
  fall(rig);
  rig.finish();
  assert.equal(rig.node('n0').filled, 40);
});

test('fill after the cancel was acknowledged', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([resting(40)], []));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('FILL_AFTER_CANCEL');
  rig.command({ kind: 'cancel_node', graphId: 'g', nodeId: 'n0' });
  rig.until('the late fill is booked', () => rig.node('n0').filled > 0);
  assert.ok(rig.alerts().includes('LATE_FILL'));
  assert.equal(rig.node('n0').run?.lateFill, 1);
  rig.finish();
});

test('cancel refused because filled', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([resting(40)], []));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('CANCEL_REFUSED');
  rig.command({ kind: 'cancel_node', graphId: 'g', nodeId: 'n0' });
  rig.until('it ends filled', () => rig.node('n0').status === 'filled');
  assert.equal(rig.struck('CANCEL_REFUSED'), 1);
  rig.finish();
});

test('partial fill, then refused', () => {
  const rig = new AnomalyRig(4);
  rig.faults.arm('PARTIAL_THEN_REJECT');
  rig.faults.arm('BOOK_GONE', 1);
  rig.run(graphOf([market(200)], []));
  rig.until('it ends', () => rig.graph.status === 'completed');
  assert.ok(rig.reached('PARTIAL_THEN_REJECT') > 0);
  rig.finish();
  assert.equal(rig.node('n0').status, 'filled');
  assert.ok(rig.node('n0').filled >= 199, 'all but dust');
});

test('the venue cancels by itself', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('VENUE_CANCELS');
  rig.run(graphOf([resting(40)], []));
  rig.until('the order is gone', () => rig.reached('VENUE_CANCELLED_BY_ITSELF') > 0);
  rig.until('and rests again', () => rig.placed() === 2);
  fall(rig);
  rig.finish();
  assert.equal(rig.node('n0').filled, 40);
});

test('fills larger than sent; the venue accepts twice', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('ACCEPTED_TWICE', 10);
  rig.run(graphOf([market(10), market(10, { nodeId: 'n1', side: -1 })], [edge(0, 1, { kind: 'on_timeout', afterNs: 3 * SECOND }, { kind: 'parent_filled_qty' })]));
  rig.until('it is told', () => rig.alerts().includes('OVERFILL'));
  rig.finish();
  assert.ok(rig.node('n0').filled > 10, 'booked as it is');
  assert.ok(rig.trueFilled('n1') > 0, 'the exit follows it');
});

test('an execution id repeated', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('FILL_DUPLICATED', 1_000);
  rig.run(graphOf([market(60)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  rig.forward(SECOND);
  assert.ok(rig.reached('DUPLICATE_EXEC_ID') > 0);
  assert.equal(rig.node('n0').filled, 60);
  rig.finish();
});

test('a cumulative quantity that goes back', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('CUM_GOES_BACK', 1_000);
  rig.run(graphOf([market(120)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.ok(rig.struck('CUM_GOES_BACK') > 0);
  rig.finish();
  assert.equal(rig.trueFilled('n0'), 120);
});

test('average price missing', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('PRICE_MISSING', 1_000);
  rig.run(graphOf([market(20)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.ok(rig.reached('FILL_WITHOUT_PRICE') > 0);
  const worst = rig.node('n0').run?.protectionTicks ?? 0;
  assert.equal(rig.node('n0').run?.value.toNumber(), 20 * worst, 'booked at the limit, against us');
  rig.finish();
});

test('a venue restart that forgets open orders', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([resting(40)], []));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('VENUE_FORGETS');
  rig.until('its loss is noticed', () => rig.reached('VENUE_FORGOT_ORDER') > 0);
  rig.until('and it rests anew', () => rig.children('n0').some((child) => child.state === 'live'));
  fall(rig);
  rig.finish();
  assert.equal(rig.node('n0').filled, 40);
});

test('the clock of a venue steps back', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('CLOCK_BACK', 1_000);
  rig.run(graphOf([market(60)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.ok(rig.struck('CLOCK_BACK') > 0);
  rig.finish();
});

test('two fills in one message', () => {
  const rig = new AnomalyRig();
  rig.faults.arm('TWO_FILLS_AT_ONCE', 1_000);
  rig.run(graphOf([market(60)], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  assert.ok(rig.struck('TWO_FILLS_AT_ONCE') > 0);
  rig.finish();
  assert.equal(rig.trueFilled('n0'), 60);
});

test('an amend racing a fill', () => {
  const rig = new AnomalyRig(1, true);
  rig.run(graphOf([resting(40)], []));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('AMEND_RACES_FILL');
  const reply = rig.command({ kind: 'amend_node', graphId: 'g', nodeId: 'n0', lots: 30, limitTicks: null });
  assert.ok(reply.ok && reply.body.kind === 'node' && reply.body.mode === 'native_atomic');
  rig.until('the fill came first', () => rig.struck('AMEND_RACES_FILL') === 1 && rig.node('n0').filled > 0);
  fall(rig);
  rig.finish();
  assert.ok(rig.node('n0').filled >= 30 && rig.node('n0').filled <= 40);
});

test('cancel of everything racing new orders', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([market(60), resting(40, { nodeId: 'n1' })], []));
  const reply = rig.command({ kind: 'venue_cancel_all', venue: 0 });
  assert.ok(reply.ok && reply.body.kind === 'cancelled' && reply.body.count > 0);
  rig.until('all are ended', () => rig.state.open.size === 0);
  assert.equal(rig.node('n1').status, 'cancelled');
  rig.finish();
});

test('a balance older than a fill', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([market(20, { venues: [0] })], []));
  rig.until('it ends', () => rig.node('n0').status === 'filled');
  const before = rig.state.accounts[0]?.balances.map((balance) => balance?.total.toBigInt() ?? null);
  rig.faults.arm('BALANCE_OLD', 10);
  rig.alpha.reconcile(0);
  rig.forward(200 * MS);
  assert.ok(rig.reached('BALANCE_OLDER_THAN_FILL') > 0);
  assert.deepEqual(rig.state.accounts[0]?.balances.map((balance) => balance?.total.toBigInt() ?? null), before);
  rig.finish();
});

test('entry cancelled, then filled late with its stop skipped', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([resting(40), market(40, { nodeId: 'sl', side: -1, activation: 'wait' })], [edge(0, 1, below(-5_000))]));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('FILL_AFTER_CANCEL');
  rig.command({ kind: 'cancel_node', graphId: 'g', nodeId: 'n0' });
  rig.until('the stop is skipped', () => rig.node('sl').status === 'skipped');
  rig.until('the late fill sets it up again', () => rig.node('sl').status === 'waiting');
  assert.equal(rig.graph.status, 'active');
  fall(rig, 3_000);
  rig.until('the stop sells what was filled', () => rig.node('sl').status === 'filled');
  assert.ok(rig.node('n0').filled - rig.node('sl').filled < 2, 'all but dust');
  rig.finish();
});

test("the take-profit's venue is dead while the stop fires", () => {
  const rig = new AnomalyRig();
  const tp = market(40, { nodeId: 'tp', side: -1, activation: 'wait', orderType: 'limit', limitTicks: startTicks + 2_000, venues: [0] });
  const sl = market(40, { nodeId: 'sl', side: -1, activation: 'wait' });
  rig.run(graphOf([market(40), tp, sl], [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, below(-5_000))]));
  rig.until('the take-profit rests', () => rig.children('tp')[0]?.state === 'live');
  rig.alpha.die(15_000);
  fall(rig);
  rig.until('the stop is blocked and says so', () => rig.alerts().includes('EXIT_BLOCKED'));
  assert.equal(rig.trueFilled('tp') + rig.trueFilled('sl'), 0, 'nothing is sold twice');
  rig.until('it sells once the fate is known', () => rig.node('sl').status === 'filled');
  const { filled } = rig.node('sl');
  assert.ok(filled >= 38 && filled <= 40, `${filled}: all but the fee and dust`);
  rig.command({ kind: 'cancel_graph', graphId: 'g', flatten: false });
  rig.finish();
});

test('the hedge venue refuses for ten minutes', () => {
  const rig = new AnomalyRig();
  const hedge = market(80, { nodeId: 'hedge', side: -1, instrument: perp, venues: [1], activation: 'wait' });
  const spot = resting(80, { limitTicks: startTicks - 30 });
  rig.run(graphOf([spot, hedge], [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })]));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.faults.arm('REFUSES_ALL', 1_000_000);
  rig.price.mid = startTicks - 40;
  rig.until('the hedge was refused', () => rig.children('hedge').some((child) => child.state === 'rejected'), 120);
  rig.until('it has failed', () => rig.alerts().includes('HEDGE_FAILED'), 120);
  rig.forward(600 * SECOND);
  assert.equal(rig.node('hedge').filled, 0);
  assert.ok((rig.node('hedge').run?.childCount ?? 0) > 300, 'it went on trying, each second');
  rig.faults.disarm();
  rig.until('it hedges when the venue takes orders again', () => rig.node('hedge').filled >= rig.node('n0').filled - 2 && rig.node('hedge').filled > 0, 60);
  rig.command({ kind: 'resume_graph', graphId: 'g' });
  rig.finish();
});

test('a fee in base leaves an off-lot exit', () => {
  const rig = new AnomalyRig();
  const exit = market(40, { nodeId: 'tp', side: -1, activation: 'wait', venues: [1] });
  rig.run(graphOf([market(40, { venues: [1] }), exit], [edge(0, 1, { kind: 'on_timeout', afterNs: 2 * SECOND })]));
  rig.until('it ends', () => rig.graph.status === 'completed');
  const { filled, run } = rig.node('n0');
  assert.ok((run?.baseFee1e8 ?? 0) > 0);
  assert.equal(filled, 40);
  assert.equal(rig.node('tp').filled, 38, 'net of the fee, on the lot of two');
  assert.equal(rig.node('tp').status, 'filled', 'the rest is dust');
  rig.finish();
});

test('stale feed with an armed stop', () => {
  const rig = new AnomalyRig();
  rig.run(graphOf([market(40), market(40, { nodeId: 'sl', side: -1, activation: 'wait' })], [edge(0, 1, below(-5_000))]));
  rig.until('the stop is armed', () => rig.graph.edges[0]?.state === 'armed' && rig.node('n0').status === 'filled');
  rig.faults.arm('FEED_SILENT', 1_000_000);
  rig.until('it is blind and says so', () => rig.alerts().includes('TRIGGER_BLIND'), 30);
  fall(rig);
  assert.equal(rig.node('sl').status, 'waiting', 'nothing is judged by old prices');
  rig.faults.disarm();
  rig.until('it fires on the first fresh price', () => rig.node('sl').status === 'filled', 30);
  rig.finish();
});

test('kill switch in the middle of a release', () => {
  const rig = new AnomalyRig();
  const hedge = market(200, { nodeId: 'hedge', side: -1, instrument: perp, activation: 'wait' });
  rig.run(graphOf([resting(200, { limitTicks: startTicks - 20 }), hedge], [edge(0, 1, { kind: 'on_fill' }, { kind: 'linear_hedge', factorE8: -100_000_000, net: false })]));
  rig.until('it rests', () => rig.children('n0')[0]?.state === 'live');
  rig.price.mid = startTicks - 30;
  rig.until('a part is filled', () => rig.node('n0').filled > 0 && rig.node('n0').filled < 200);
  rig.command({ kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: 'test', cancelOpen: false, allowExits: false });
  const sent = rig.placed();
  rig.forward(10 * SECOND);
  assert.equal(rig.placed(), sent, 'nothing leaves after the acknowledgement');
  assert.equal(rig.graph.status, 'paused');
  rig.command({ kind: 'kill_clear', scope: { kind: 'account', accountId: 0 } });
  rig.command({ kind: 'resume_graph', graphId: 'g' });
  rig.until('the hedge catches up', () => rig.graph.status === 'completed');
  assert.ok(rig.node('n0').filled - rig.node('hedge').filled < 4, 'all but what is below the smallest order');
  rig.finish();
});

/**
 * Why this test? The rest of a slice joins the next when its cancel is confirmed; a fill told after that was once bought a
 * second time (found by a seed of the simulation).
 */
test('a slice filled after its rest was carried to the next', () => {
  for (const seed of [1, 2, 3]) {
    const rig = new AnomalyRig(seed);
    const twap = resting(60, { pacing: { slices: 3, intervalNs: 1 * SECOND, carry: 'next' } });
    rig.run(graphOf([twap], []));
    rig.until('the first slice rests', () => rig.children('n0.1')[0]?.state === 'live');
    rig.faults.arm('FILL_AFTER_CANCEL');
    rig.until('its fill comes late', () => rig.reached('SLICE_FILLED_LATE') > 0);
    assert.ok(rig.node('n0.1').filled > 0);
    fall(rig);
    rig.finish();
    const { filled, run } = rig.node('n0');
    assert.ok(filled <= 60 + (run?.overfill ?? 0), `seed ${seed}: ${filled} of 60, ${run?.overfill ?? 0} said to be too much`);
    assert.equal(run?.overfill ?? 0, 0, `seed ${seed}: taken back in time`);
  }
});

test('a position that somebody else closed', () => {
  const rig = new AnomalyRig();
  const exit = market(60, { nodeId: 'sl', side: -1, instrument: perp, activation: 'wait', venues: [0] });
  rig.run(graphOf([market(60, { instrument: perp, venues: [0] }), exit], [edge(0, 1, { kind: 'on_timeout', afterNs: 2 * SECOND })]));
  rig.until('it is bought', () => rig.node('n0').status === 'filled');
  rig.faults.arm('POSITION_TAKEN');
  rig.until('it turns out to be gone', () => rig.reached('POSITION_GONE') > 0);
  assert.ok(rig.alerts().includes('POSITION_GONE'));
  rig.finish();
  assert.ok(rig.node('sl').filled < 60);
  assert.equal(rig.alpha.positions.get('0:2'), 0, 'what was left is closed, and no more');
});
