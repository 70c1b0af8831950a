/**
 * Why this test? Account events are made into their wire shape when somebody reads them, which may be much later. They
 * must then say what was so at their time: not what became of the order, not in another process's time base.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordCode } from '../../../src/core/emit.js';
import { graphStatuses } from '../../../src/core/graph/graph-table.js';
import { nodeStatuses } from '../../../src/core/graph/node-table.js';
import { childStates } from '../../../src/core/orders/child-table.js';
import { Told } from '../../../src/core/views/told.js';
import { plainEvent } from '../../../src/protocol/account-event.js';
import { stringifyExact } from '../../../src/protocol/json/stringify.js';
import { Simulation } from '../../sim/simulation.js';
import { Driver } from './driver.js';
import { graph, node } from './specs.js';

for (const seed of [3, 4]) {
  test(`what is read at the end is what was so at the time (seed ${seed})`, () => {
    const told: { readonly event: Told; readonly text: string }[] = [];
    const channels = new Set<string>();
    const result = new Simulation({
      seed, seconds: 8,
      listen: (effect) => {
        if (effect.kind !== 'account') return;
        assert.ok(effect instanceof Told, 'the core tells by facts');
        channels.add(effect.channel);
        told.push({ event: effect, text: stringifyExact(plainEvent(effect)) });
      },
    }).run();
    assert.deepEqual(result.problems, []);
    assert.ok(told.length > 200 && channels.size >= 6, `${told.length} events of ${channels.size} channels`);
    for (const { event, text } of told) assert.equal(stringifyExact(plainEvent(event)), text);
  });
}

test('facts keep no graph alive: what is told is kept longer than graphs are', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 100 })], edges: [] }));
  d.fill(d.child('entry'), 40, 60_000);
  const [owner] = d.state.graphs.values();
  assert.ok(owner !== undefined);
  const own = new Set<unknown>([owner, ...owner.nodes, ...owner.nodes.map(({ run }) => run), ...d.state.children.values(), ...d.state.markets]);
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    assert.ok(!own.has(value), 'a part of the state is reached from an account event');
    seen.add(value);
    for (const part of Object.values(value)) walk(part);
  };
  const events = d.effects.filter((effect) => effect.kind === 'account');
  assert.ok(events.length >= 5);
  for (const event of events) walk(event);
});

test('an event as JSON says its data', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'entry', lots: 100 })], edges: [] }));
  const event = d.effects.find((effect) => effect.kind === 'account' && effect.channel === 'routing');
  assert.ok(event?.kind === 'account');
  const plain = JSON.parse(JSON.stringify(event)) as Record<string, unknown>;
  assert.deepEqual(Object.keys(plain), ['kind', 'accountId', 'seq', 'tNs', 'channel', 'graphId', 'nodeId', 'data']);
  assert.deepEqual(plain['data'], JSON.parse(stringifyExact(event.data)));
});

test('words of one table have different numbers in the trace', () => {
  const kinds = ['place', 'cancel', 'amend', 'query', 'query_position', 'want_sample', 'reply', 'algo_start', 'algo_stop', 'algo_report', 'alert'];
  for (const words of [childStates, nodeStatuses, graphStatuses, kinds]) assert.equal(new Set(words.map(wordCode)).size, words.length);
});
