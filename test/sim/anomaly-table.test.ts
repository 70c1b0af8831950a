/** The table of anomalies in docs/TESTING.md is the list, and every test that it names is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalies, anomalyTable, tableOnPage, testsOf } from './anomaly-table.js';

test('docs/TESTING.md shows the anomalies as they are (else: node dist/test/sim/anomaly-table.js)', () => {
  assert.equal(tableOnPage(), anomalyTable());
  assert.equal(new Set(anomalies.map(({ name }) => name)).size, anomalies.length);
});

test('every anomaly has its named test on the core and its named test through a venue', () => {
  const missing: string[] = [];
  for (const { name, core, venue } of anomalies) {
    for (const [file, wanted] of [core, venue]) {
      const begins = wanted.endsWith('…') ? wanted.slice(0, -1) : null;
      const found = testsOf(file).filter((entry) => (begins === null ? entry === wanted : entry.startsWith(begins)));
      if (found.length !== 1) missing.push(`${name}: ${found.length} tests "${wanted}" in test/${file}`);
    }
  }
  assert.deepEqual(missing, []);
});
