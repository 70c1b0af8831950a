/**
 * A core in the middle of a bit of everything, always the same: open and ended graphs, armed and held price edges,
 * timers, groups, slices, an amended node, a flattened graph. `fixtures/state-<version>.json` are this state as
 * earlier builds wrote it.
 */
import { Driver, MS, S } from './driver.js';
import { edge, graph, node, onEntry, onPrice } from './specs.js';
import { BTC_USD } from './universe.js';

export function busyCore(): Driver {
  const d = new Driver();
  bracket(d);
  triggers(d);
  paced(d);
  ended(d);
  d.command({ kind: 'amend_node', graphId: 'rest', nodeId: 'limit', lots: 80, limitTicks: null });
  d.command({ kind: 'pause_graph', graphId: 'paced' });
  return d;
}

/** What goes on after it: enough to touch what the state holds. */
export function goOn(d: Driver): void {
  d.tick(BTC_USD, 61_500);
  d.advance(2 * S);
  d.command({ kind: 'resume_graph', graphId: 'paced' });
  d.advance(5 * S);
  d.tick(BTC_USD, 56_000);
  d.advance(20 * S);
  d.run(graph({ graphId: 'later', nodes: [node({ nodeId: 'alone', lots: 10 }), node({ nodeId: 'next', lots: 5 })], edges: [edge(0, 1, { kind: 'on_full_fill' })] }));
  for (const name of ['rest', 'paced']) d.command({ kind: 'cancel_graph', graphId: name, flatten: false });
}

function bracket(d: Driver): void {
  d.run(graph({
    graphId: 'bracket',
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
    groups: [{ type: 'ouo', nodes: [1, 2], stuck: 'wait', stuckNs: 1 * S }],
  }));
  d.fill(d.child('entry', -1, 'bracket'), 100, 60_000);
  d.ack(d.child('tp', -1, 'bracket'));
}

function triggers(d: Driver): void {
  d.run(graph({
    graphId: 'triggers',
    nodes: [node({ nodeId: 'entry', lots: 100, limit: 59_000 }), ...['a', 'b', 'c', 'd', 'e'].map((nodeId) => node({ nodeId, lots: 10 }))],
    edges: [
      edge(0, 1, onPrice('above', 61_000)),
      edge(0, 2, { ...onPrice('below', 60_500), confirmNs: 10 * S } as ReturnType<typeof onPrice>),
      edge(0, 3, { kind: 'on_timeout', afterNs: 30 * S }),
      edge(0, 4, { kind: 'on_fill_ratio', ratioE8: 50_000_000 }, { kind: 'parent_filled_qty' }),
      edge(0, 5, { kind: 'on_price', instrument: BTC_USD, direction: 'above', level: { kind: 'arrival_mid', offsetPpm: 10_000 }, source: 'ask', confirmNs: 0, allowImmediate: false }),
    ],
  }));
  d.ack(d.child('entry', -1, 'triggers'));
  d.fill(d.child('entry', -1, 'triggers'), 20, 59_000);
  d.tick(BTC_USD, 60_100);
  d.run(graph({ graphId: 'rest', nodes: [node({ nodeId: 'limit', lots: 60, limit: 58_000 })] }));
  d.ack(d.child('limit', -1, 'rest'));
}

function paced(d: Driver): void {
  d.run(graph({ graphId: 'paced', nodes: [node({ nodeId: 'twap', lots: 90, pacing: { slices: 5, intervalNs: 500 * MS, carry: 'next' } })] }));
  d.fill(d.child('twap.1', -1, 'paced'), 10, 60_000);
  d.advance(600 * MS);
}

function ended(d: Driver): void {
  d.run(graph({ graphId: 'done', nodes: [node({ nodeId: 'only', lots: 50 })] }));
  d.fill(d.child('only', -1, 'done'), 50, 60_000);
  d.submit(graph({ graphId: 'keyed', nodes: [node({ nodeId: 'only', lots: 50 })] }), 'key', 'h2');
  d.command({ kind: 'answered', graphId: 'keyed', delivered: false });
  d.fill(d.child('only', -1, 'keyed'), 50, 60_000);
  d.run(graph({ graphId: 'flat', nodes: [node({ nodeId: 'only', lots: 50 })] }));
  d.fill(d.child('only', -1, 'flat'), 20, 60_000);
  d.command({ kind: 'cancel_graph', graphId: 'flat', flatten: true });
  d.gone(d.child('only', -1, 'flat'));
}
