/** Roles, one row a case of the page; automatic groups. Nodes are "instrument side": spot S, perp P, ether E; +/-. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoGroupsOf, rolesOf } from '../../../../src/protocol/document/roles.js';
import { sliceLots, smallestSliceLots } from '../../../../src/protocol/document/slices.js';
import { accepted, universe } from './fixture.js';

const instruments: Readonly<Record<string, number>> = { S: 0, E: 1, P: 2 };

function roles(nodes: string, edges: string): string {
  const spec = {
    nodes: nodes.split(' ').map((word) => ({ instrument: instruments[word[0] ?? ''] ?? -1, side: word[1] === '+' ? 1 as const : -1 as const })),
    edges: edges.split(' ').filter(Boolean).map((word) => ({ from: Number(word[0]), to: Number(word[1]) })),
  };
  return rolesOf(spec, universe).map((role) => `${role.mixed ? 'mixed' : role.role}${role.parents.length > 0 ? `:${role.parents.join()}` : ''}`).join(' ');
}

const table: readonly (readonly [string, string, string, string])[] = [
  ['alone', 'S+', '', 'opening'],
  ['same side', 'S+ S+', '01', 'opening opening'],
  ['exit', 'S+ S-', '01', 'opening exit:0'],
  ['hedge', 'S+ P-', '01', 'opening hedge:0'],
  ['same side of the perp', 'S+ P+', '01', 'opening opening'],
  ['another base', 'S+ E-', '01', 'opening opening'],
  ['exit of an exit’s P', 'S+ S- S-', '01 12', 'opening exit:0 exit:0'],
  ['an exit that turns the side opens', 'S+ S- S+', '01 12', 'opening exit:0 opening'],
  ['exit of a re-entry', 'S+ S- S+ S-', '01 12 23', 'opening exit:0 opening exit:2'],
  ['exit of a hedge', 'S+ P- P+', '01 12', 'opening hedge:0 exit:1'],
  ['hedge behind a hedge', 'S+ P- P-', '01 12', 'opening hedge:0 hedge:0'],
  ['a perp behind an exit opens', 'S+ S- P-', '01 12', 'opening exit:0 opening'],
  ['hedge of a hedge', 'S+ P- S+', '01 12', 'opening hedge:0 hedge:1'],
  ['exit of two', 'S+ S+ S-', '02 12', 'opening opening exit:0,1'],
  ['parents disagree', 'S+ E+ S-', '02 12', 'opening opening mixed'],
  ['exit of one, hedge of the other', 'S+ P+ S-', '02 12', 'opening opening mixed'],
  ['unwinding by both', 'S+ P- S- P+', '01 02 13 23', 'opening hedge:0 exit:0 mixed'],
  ['two edges from one parent', 'S+ S-', '01 01', 'opening exit:0'],
];

for (const [name, nodes, edges, expected] of table) {
  test(`roles: ${name}`, () => assert.equal(roles(nodes, edges), expected));
}

test('automatic groups: two exits of one P, not those with fixed sizing', () => {
  const none = { kind: 'none' as const };
  const fixed = { kind: 'fixed' as const, lots: 1 };
  const exit = { role: 'exit' as const, parents: [0], mixed: false };
  const all = [{ role: 'opening' as const, parents: [], mixed: false }, exit, exit, exit];
  const edge = (to: number, sizing: typeof none | typeof fixed) => ({ to, sizing });
  assert.deepEqual(autoGroupsOf({ edges: [edge(1, none), edge(2, none), edge(3, fixed)] }, all), [[1, 2]]);
  assert.deepEqual(autoGroupsOf({ edges: [edge(1, none), edge(2, fixed), edge(3, fixed)] }, all), []);
});

test('slices sum exactly and differ by at most a trade lot', () => {
  for (const [lots, lot, slices] of [[1_000_000, 10, 7], [90, 10, 9], [1_230, 10, 100], [2 ** 50 - (2 ** 50 % 10), 10, 9_999]] as const) {
    let sum = 0;
    let least = Infinity;
    for (let i = 1; i <= slices; i++) {
      const part = sliceLots(lots, lot, slices, i);
      assert.equal(part % lot, 0);
      least = Math.min(least, part);
      sum += part;
    }
    assert.equal(sum, lots);
    assert.equal(least, smallestSliceLots(lots, lot, slices));
  }
});

test('warnings', () => {
  const codes = (nodes: object[], edges: object[]): string[] => accepted({ nodes, edges }).graph.warnings.map(({ code, field }) => `${code} ${field ?? ''}`);
  const buy = { node_id: 'a', instrument: { symbol: 'BTC-USD' }, side: 'buy', qty: 1 };
  const sell = (id: string, qty: number, symbol = 'BTC-USD'): object => ({ node_id: id, instrument: { symbol }, side: 'sell', qty });
  const edge = (to: string, changes: object = {}): object => ({ from_node: 'a', to_node: to, trigger: 'on_full_fill', ...changes });
  assert.deepEqual(codes([buy, sell('x', 2)], [edge('x')]), ['EXIT_CAPPED /nodes/1']);
  assert.deepEqual(codes([buy, sell('x', 2)], [edge('x', { sizing: { fixed: { qty_1e8: 200_000_000 } } })]), []);
  assert.deepEqual(codes([buy, sell('h', 1, 'BTC-USD-PERP')], [edge('h')]), []);
  assert.deepEqual(codes([buy, sell('h', 1, 'BTC-USD-PERP')], [edge('h', { trigger: 'on_first_fill' })]), ['OVER_HEDGE /nodes/1']);
  assert.deepEqual(codes([buy, sell('h', 1, 'BTC-USD-PERP'), sell('x', 1)], [edge('h'), edge('x')]), ['HEDGE_NOT_UNWOUND /nodes/1']);
});
