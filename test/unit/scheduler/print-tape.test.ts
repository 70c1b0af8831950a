import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrintTape } from '../../../src/scheduler/print-tape.js';

test('print tape: the newest are kept, the last of those since a moment are told in order', () => {
  const tape = new PrintTape(4);
  const times = (sinceNs: number, limit: number): number[] => tape.since(sinceNs, limit).map(({ tsNs }) => tsNs);
  assert.deepEqual(times(0, 10), []);
  for (let i = 1; i <= 3; i++) tape.add(i, 10 * i, i, i % 2);
  assert.deepEqual(tape.since(2, 10), [{ tsNs: 2, ticks: 20, lots: 2, venue: 0 }, { tsNs: 3, ticks: 30, lots: 3, venue: 1 }]);
  for (let i = 4; i <= 9; i++) tape.add(i, 10 * i, i, 0);
  assert.deepEqual(times(0, 10), [6, 7, 8, 9]);
  assert.deepEqual(times(7, 2), [8, 9]);
  tape.add(3, 1, 1, 0); // of another thread, a little late
  assert.deepEqual(times(8, 10), [8, 9]);
});
