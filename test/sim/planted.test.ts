/** The oracle is tested: each planted bug is found by the seed that is known to find it, and not without the bug. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plantedBugs } from '../../src/core/planted.js';
import { readFindings, tryOne } from './planted.js';

const findings = readFindings();

test('at least twenty planted bugs have a seed that finds them', () => {
  assert.ok(findings.length >= 20, `${findings.length} of ${Object.keys(plantedBugs).length}`);
});

for (const { bug, by, seed, seconds } of findings) {
  test(`${bug} is found by ${by} seed ${seed}`, () => {
    const told = tryOne(bug, by, seed, seconds);
    assert.notEqual(told, null, 'the checks no longer notice it: run node dist/test/sim/planted-search.js');
    assert.equal(tryOne(undefined, by, seed, seconds), null, 'the seed fails without the bug as well');
  });
}
