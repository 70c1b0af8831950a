/** Every JSON block of docs/GRAPHS.md is a body that is accepted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accepted, bracket, hedge, simple, twap } from './fixture.js';

const blocks = [...readFileSync('docs/GRAPHS.md', 'utf8').matchAll(/^```json\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');

test('docs/GRAPHS.md has the product’s four graphs first among its examples, and more', () => {
  assert.ok(blocks.length >= 9, `${blocks.length} blocks`);
  const hashes = blocks.map((block) => accepted(block).bodyHash);
  for (const document of [simple, twap, hedge]) assert.ok(hashes.includes(accepted(document).bodyHash));
  assert.ok(hashes.includes(accepted({ ...bracket, edges: [{ ...bracket.edges[0], edge_id: 'e_tp' }, bracket.edges[1]] }).bodyHash));
});

for (const [i, block] of blocks.entries()) {
  test(`docs/GRAPHS.md, example ${i + 1}`, () => {
    const { graph } = accepted(block);
    const odd = graph.warnings.filter(({ code }) => !['OVER_HEDGE', 'DRAWDOWN_BELOW_LOSS'].includes(code));
    assert.deepEqual(odd, []);
  });
}
