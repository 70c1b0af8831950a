import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestLives } from './guests.js';

const KILLS = Number(process.env['LEGWORK_GUEST_KILLS'] ?? '2');
const SEED = 41;

test(`${KILLS} kills while modules trade: no order of theirs twice, none forgotten, positions are the venues' (seed ${SEED})`, async (t) => {
  const lives = await guestLives(KILLS, SEED, 'fused');
  t.diagnostic(JSON.stringify(lives));
  assert.deepEqual(lives.problems, []);
  assert.ok(lives.orders >= 5 * KILLS, JSON.stringify(lives));
});
