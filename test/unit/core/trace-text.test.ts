/** What a person reads of a graph's life: which edge fired on which prices, which plan on which levels, why not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver } from './driver.js';
import { edge, graph, node, onEntry } from './specs.js';
import { BTC_USD } from './universe.js';

test('the life of a bracket is told with reasons, in units of people', () => {
  const d = new Driver();
  d.state.tracing = true;
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, onEntry('below', -50_000))],
  }));
  d.fill(d.child('entry'), 100, 60_000);
  d.tick(BTC_USD, 56_000);
  const lines = d.effects.flatMap((effect) => (effect.kind === 'trace' ? [`${effect.nodeId}: ${effect.text}`] : []));
  const line = (pattern: RegExp): string => lines.find((text) => pattern.test(text)) ?? assert.fail(`no line ${String(pattern)} in\n${lines.join('\n')}`);
  line(/^entry: decides on \w+ [\d.]+\/[\d.]+/);
  line(/^entry: plan: \w+ [\d.]+ up to level [\d.]+; left out: /);
  line(/^entry: sends buy [\d.]+ at [\d.]+ ioc to \w+ \(L/);
  line(/^entry: filled [\d.]+ at [\d.]+ at \w+ \(L/);
  line(/^sl: edge \S+ fired: mid [\d.]+ is below [\d.]+; \w+ [\d.]+\/[\d.]+/);
  line(/^sl: activated$/);
});
