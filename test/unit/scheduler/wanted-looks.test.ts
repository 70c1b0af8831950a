import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WantedLooks } from '../../../src/scheduler/wanted-looks.js';

test('wanted looks: oldest first, one an instrument, with the most of what each asked for', () => {
  const wanted = new WantedLooks(3);
  wanted.add(2, 20, 5, 0);
  wanted.add(0, 1, 0, 7);
  wanted.add(2, 10, 4, Infinity);
  assert.equal(wanted.waiting, 2);
  assert.equal(wanted.take(), 2);
  assert.deepEqual([wanted.levels(2), wanted.askLots(2), wanted.bidLots(2)], [20, 5, Infinity]);
  wanted.add(2, 3, 1, 1);
  assert.deepEqual([wanted.take(), wanted.take(), wanted.waiting], [0, 2, 0]);
  assert.deepEqual([wanted.levels(2), wanted.askLots(2), wanted.bidLots(2)], [3, 1, 1], 'what was served is forgotten');
  assert.throws(() => wanted.take());
});
