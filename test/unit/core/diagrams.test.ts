/** The diagrams in docs/CORE.md are those of the tables. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withDiagrams } from './diagrams.js';

test('docs/CORE.md shows the state tables as they are (else: node scripts/core-diagrams.mjs)', () => {
  const page = readFileSync('docs/CORE.md', 'utf8');
  assert.equal(page, withDiagrams(page));
  assert.ok(page.includes('stateDiagram-v2'));
});
