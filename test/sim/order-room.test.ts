/** That orders of a node are set aside (core/orders/aside.ts) shows in no decision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.js';

test('with every ended order set aside at once, chaos is decided as with none', () => {
  const run = (ended: number): ReturnType<Simulation['run']> =>
    new Simulation({ seed: 7, seconds: 15, tickRate: 3, orderRoom: { ended, step: 1, aside: 1e6 } }).run();
  const aside = run(0);
  const whole = run(1e6);
  assert.deepEqual(aside.problems, whole.problems);
  assert.ok(aside.orders > 20, 'a simulation that trades');
  assert.equal(aside.trace, whole.trace);
  assert.notEqual(aside.hash, whole.hash, 'orders were set aside');
});
