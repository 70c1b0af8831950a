/** What the demo submits is what the product text prints: only the bracket's prices are moved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoGraphs } from '../../../src/cli/demo/graphs.js';
import { bracket, hedge, simple, twap } from '../protocol/document/fixture.js';

test('the demo’s graphs are the product’s, field by field', () => {
  // The bracket as the public client sends it; where the graph runs is not the document's matter.
  const { nodes, edges } = bracket;
  assert.deepEqual(demoGraphs(80_000, -5).map(({ document }) => document), [simple, twap, hedge, { nodes, edges }]);
});
