/**
 * Why this test? A node that decided on a sample used to ask for another in the same step, and some changes were told
 * twice: every order paid for a look, a record of the journal and events that nobody needed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/protocol/effects.js';
import { stringifyExact } from '../../../src/protocol/json/stringify.js';
import { Driver } from './driver.js';
import { graph, node } from './specs.js';

function looks(effects: readonly Effect[]): number {
  return effects.filter((effect) => effect.kind === 'want_sample').length;
}

test('an order takes one look at the books, a market order as a resting one', () => {
  for (const limit of [undefined, 50_000]) {
    const d = new Driver();
    const before = looks(d.effects);
    d.run(graph({ nodes: [node({ nodeId: 'one', lots: 100, ...(limit === undefined ? {} : { limit }) })], edges: [] }));
    assert.equal(d.placed().length, 1);
    // One for the price that admits it, one for the plan.
    assert.ok(looks(d.effects) - before <= 2, `${looks(d.effects) - before} looks`);
  }
});

test('what comes back is planned again on one look', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'one', lots: 100 })], edges: [] }));
  d.fill(d.child('one'), 40, 60_000);
  const before = looks(d.effects);
  d.gone(d.child('one'));
  assert.equal(d.placed().length, 2);
  assert.equal(looks(d.effects) - before, 1);
});

test('nothing is told twice', () => {
  const d = new Driver();
  d.run(graph({ nodes: [node({ nodeId: 'one', lots: 100, limit: 50_000 })], edges: [] }));
  d.fill(d.child('one'), 40, 50_000);
  d.fill(d.child('one'), 30, 50_000);
  const told = d.effects.flatMap((effect) => (effect.kind === 'account' ? [`${effect.channel} ${stringifyExact(effect.data)}`] : []));
  assert.deepEqual(told.filter((text, i) => text === told[i - 1]), []);
  assert.equal(told.filter((text) => text.startsWith('graphs')).length, 1);
  assert.equal(told.filter((text) => text.startsWith('children')).length, 3);
});
