/**
 * Why this test? A cancel or a query may overtake the order it asks after. The simulation (seed 45) met a take-profit
 * whose cancel got there first: "unknown order" and then "not found" were taken for its end, the stop sold the position,
 * the take-profit arrived and sold it again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind, VenueReason } from '../../../src/protocol/events.js';
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, onEntry } from './specs.js';
import { BTC_USD } from './universe.js';

/** Entry filled, take-profit just sent, stop fired: it waits for the take-profit's cancel. */
function overtaken(): { d: Driver; tp: ReturnType<Driver['child']> } {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100, limit: 60_100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }),
      node({ nodeId: 'sl', side: -1, lots: 100 }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
  }));
  d.fill(d.child('entry'), 100, 60_000);
  const tp = d.child('tp');
  d.tNs += 2 * MS;
  d.tick(BTC_USD, 56_000);
  assert.ok(d.cancelled(tp), 'the stop takes the position from the take-profit');
  d.tNs += 2 * MS;
  d.report(tp, ReportKind.cancelReject, { reason: VenueReason.unknownOrder });
  d.tNs += 2 * MS;
  d.report(tp, ReportKind.notFound);
  return { d, tp };
}

test('an order not found while its send may be on the way stays doubtful: the stop does not sell beside it', () => {
  const { d, tp } = overtaken();
  assert.equal(tp.state, 'unknown');
  assert.equal(d.children('sl').length, 0);
  d.fill(tp, 40, 80_000);
  d.report(tp, ReportKind.cancelled, { openLots: 0, cumLots: 40 });
  assert.equal(d.child('sl').lots, 60, 'what the take-profit left, once its fate is known');
});

test('an order not found after its send can no longer be on the way never arrived: the stop sells all', () => {
  const { d, tp } = overtaken();
  const queries = (): number => d.effects.filter((effect) => effect.kind === 'query').length;
  const before = queries();
  d.advance(1 * S + 10 * MS);
  assert.ok(queries() > before, 'asked after again');
  d.report(tp, ReportKind.notFound);
  assert.equal(tp.state, 'rejected');
  assert.equal(d.child('sl').lots, 100);
});

test('an acknowledged order that is not found was forgotten at once, however young', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'order', lots: 100, limit: 59_000 })] }));
  const child = d.child('order');
  d.ack(child);
  d.report(child, ReportKind.notFound);
  assert.equal(child.state, 'cancelled');
});
