import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchMatching } from '../../../bench/micro/matching.js';

test('the matching benchmark runs, matches, and gives the same answer for one seed', () => {
  const [one, two, other] = [benchMatching(20_000, 5), benchMatching(20_000, 5), benchMatching(20_000, 6)];
  assert.equal(one.checksum, two.checksum);
  assert.notEqual(one.checksum, other.checksum);
  assert.ok(one.fills > 100 && one.resting === 1_000);
});
