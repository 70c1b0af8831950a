import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlainSide } from '../../../src/scheduler/plain-book.js';

test('a side keeps the best levels in order, as a sorted map does', () => {
  const change = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.constantFrom<1 | -1>(1, -1), fc.array(change, { maxLength: 200 }), (sign, changes) => {
      const side = new PlainSide(sign, 4_096);
      const twin = new Map<number, number>();
      for (const [ticks, lots] of changes) {
        side.set(ticks, lots);
        if (lots === 0) twin.delete(ticks);
        else twin.set(ticks, lots);
      }
      const expected = [...twin].sort((a, b) => (b[0] - a[0]) * sign).flat();
      assert.deepEqual(Array.from(side.pairs.subarray(0, 2 * side.count)), expected);
      assert.equal(side.bestTicks(), expected[0] ?? 0);
      assert.equal(side.bestLots(), expected[1] ?? 0);
    }),
    { numRuns: 500 },
  );
});

test('a full side drops its worst level for a better one and ignores worse ones', () => {
  const side = new PlainSide(-1, 3);
  for (const ticks of [10, 12, 14, 16, 11]) side.set(ticks, 1);
  assert.deepEqual(Array.from(side.pairs.subarray(0, 6)), [10, 1, 11, 1, 12, 1]);
});
