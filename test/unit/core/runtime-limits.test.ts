/** Runtime limits (semantics §9) at their edges: fees count, what was acknowledged holds, each failure action by role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiskSpec } from '../../../src/protocol/graph-spec.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, NO_RISK, onPrice } from './specs.js';
import { BTC_PERP, BTC_USD } from './universe.js';

const riskOf = (maxLossUsd: number, onRuntimeBreach: RiskSpec['failure']['onRuntimeBreach']): RiskSpec => ({
  ...NO_RISK, runtime: { ...NO_RISK.runtime, maxLossUsd1e9: `${maxLossUsd}000000000` }, failure: { ...NO_RISK.failure, onRuntimeBreach },
});

/** 50 of 100 bought at 60,000 (0.05 BTC: 20 USD down are 1 USD); loses 10 USD at most. */
function bought(action: RiskSpec['failure']['onRuntimeBreach'], feeUsd = 0): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 60_000 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 70_000 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_first_fill' }), edge(0, 2, onPrice('below', 40_000))], risk: riskOf(10, action),
  }));
  d.fill(d.child('entry'), 50, 60_000, { fee1e8: feeUsd * 1e8 });
  return d;
}

function markAt(d: Driver, mid: number): number {
  const before = d.alerts().filter((code) => code === 'BREACH').length;
  d.market(BTC_USD, mid);
  d.mark(BTC_USD);
  return d.alerts().filter((code) => code === 'BREACH').length - before;
}

test('fees are part of the loss', () => {
  assert.equal(markAt(bought('pause_graph'), 59_901), 0, '4.95 down');
  assert.equal(markAt(bought('pause_graph', 6), 59_901), 1, 'and 6 paid');
});

test('resumed while breached: the present value is acknowledged; more than it breaches again, the same does not', () => {
  const d = bought('pause_graph');
  assert.equal(markAt(d, 59_700), 1, '15 lost');
  const resumed = d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.ok(resumed.ok && resumed.warnings.some((warning) => warning.code === 'STILL_BREACHED'));
  assert.equal(markAt(d, 59_700), 0, 'as acknowledged');
  assert.equal(markAt(d, 59_750), 0, 'better');
  assert.equal(d.graph().status, 'active');
  assert.equal(markAt(d, 59_699), 1, 'worse');
  assert.equal(d.graph().status, 'paused');
});

test('once recovered, a limit breaches again below what was acknowledged', () => {
  const d = bought('pause_graph');
  assert.equal(markAt(d, 59_700), 1);
  d.command({ kind: 'resume_graph', graphId: 'g1' });
  assert.equal(markAt(d, 59_900), 0, 'recovered: 5 lost');
  assert.equal(markAt(d, 59_780), 1, '11 lost');
});

test('cancel_all takes exits too; cancel_all_open leaves them', () => {
  for (const action of ['cancel_all_open', 'cancel_all'] as const) {
    const d = bought(action);
    markAt(d, 59_700);
    assert.ok(d.cancelled(d.child('entry')), action);
    assert.equal(d.cancelled(d.child('tp')), action === 'cancel_all', action);
    assert.equal(d.node('sl').status, action === 'cancel_all' ? 'cancelled' : 'waiting', action);
  }
});

test('a breach cuts a hedge to its protected part', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'spot', lots: 100, limit: 60_000 }), node({ nodeId: 'hedge', instrument: BTC_PERP, side: -1, lots: 100, limit: 60_500 })],
    edges: [edge(0, 1, { kind: 'on_first_fill' })], risk: riskOf(10, 'cancel_all_open'),
  }));
  d.fill(d.child('spot'), 50, 60_000);
  const whole = d.child('hedge');
  assert.equal(whole.lots, 100);
  d.ack(whole);
  markAt(d, 59_700);
  assert.ok(d.cancelled(whole), 'what is beyond the 50 that were bought comes off');
  d.gone(whole);
  d.advance(1_100 * MS);
  assert.equal(d.children('hedge').reduce((sum, child) => sum + (child.doneAtNs < 0 ? child.lots : 0), 0), 50);
});

test('lateness of a slice never accumulates: the next is due by the start of the first', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'twap', lots: 300, limit: 60_000, pacing: { slices: 3, intervalNs: 10 * S, carry: 'next' } })] }));
  // The timer of slice 2 comes three seconds late, that of slice 3 on time.
  d.tNs += 13 * S;
  d.advance(0);
  assert.notEqual(d.graph().nodes.find((entry) => entry.nodeId === 'twap.2'), undefined);
  d.advance(7 * S - 1);
  assert.equal(d.graph().nodes.some((entry) => entry.nodeId === 'twap.3'), false);
  d.advance(1);
  assert.equal(d.graph().nodes.some((entry) => entry.nodeId === 'twap.3'), true);
});
