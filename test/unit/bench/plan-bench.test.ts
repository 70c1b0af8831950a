/** The planner's benchmark with small parameters, so that it can't rot: it runs, and its answers don't vary. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planBench } from '../../../bench/micro/plan.js';

test('bench/micro/plan: same checksums each time, nothing refused', () => {
  const first = planBench(20);
  const again = planBench(20);
  for (const [i, row] of first.entries()) {
    assert.ok(row.checksum > 0, row.name);
    assert.equal(row.checksum, again[i]?.checksum, row.name);
  }
});
