/** A short run of the crash campaign; the long one is `npm run test:crash -- --kills N --seed S`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashCampaign } from './campaign.js';

const KILLS = 50;
const SEED = 20_261;

test(`${KILLS} kills lose nothing acknowledged, double nothing, orphan nothing (seed ${SEED})`, async (t) => {
  t.diagnostic(`again: npm run test:crash -- --kills ${KILLS} --seed ${SEED} --life 40 --events 12`);
  const log = (text: string): void => t.diagnostic(text);
  const tally = await crashCampaign({ kills: KILLS, seed: SEED, lifeMs: 40, lifeEvents: 12, keep: false, log });
  assert.deepEqual(tally.comparison.problems, []);
  const { inRecovery, underLoad, atShutdown, atSegment, atSnapshot, power } = tally;
  assert.equal(inRecovery + underLoad + atShutdown + atSegment + atSnapshot, KILLS);
  assert.ok(inRecovery >= 5 && atShutdown >= 3 && power >= 10, JSON.stringify(tally));
  assert.ok(underLoad + atSegment + atSnapshot >= 10, JSON.stringify(tally));
  assert.ok(tally.comparison.snapshots >= 2, `only ${tally.comparison.snapshots} snapshots were compared with the replay`);
  assert.ok(tally.acknowledged >= 50 && tally.comparison.orders >= 50 && tally.comparison.fills >= 10, JSON.stringify(tally));
});
