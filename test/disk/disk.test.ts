/** A short run of the disk campaigns; the long one is `node dist/test/disk/main.js`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashCampaign } from './crash-campaign.js';
import { flipsAtEnd, randomFlips, truncations, victim } from './damage-campaign.js';
import { faultCampaign } from './fault-campaign.js';
import { straceCampaign, straceWorks } from './strace-campaign.js';

const SEED = 20_260;

test(`1,000 power losses lose nothing acknowledged (seed ${SEED})`, () => {
  const tally = crashCampaign(SEED, 1000);
  assert.ok(tally.torn > 100, `only ${tally.torn} images had a torn tail`);
  assert.ok(tally.secondCrashes > 100 && tally.withSnapshot > 100 && tally.unacknowledgedKept > 100);
});

test('a last segment cut short is refused at every byte', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  truncations(victim(SEED, 40), 1024, tally, 2048);
  assert.deepEqual(tally, { refused: 2048, harmless: 0, said: 0 });
});

test('every flipped bit in the last 256 used bytes is refused', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  flipsAtEnd(victim(SEED + 1, 40), 256, tally);
  assert.ok(tally.refused > 2000, JSON.stringify(tally));
  assert.deepEqual({ harmless: tally.harmless, said: tally.said }, { harmless: 0, said: 0 });
});

test('1,000 random flips are refused, or said when they hit unused zeros', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  randomFlips(victim(SEED + 2, 100), 1000, SEED, tally);
  assert.equal(tally.harmless, 0);
  assert.ok(tally.refused > 700, JSON.stringify(tally));
});

for (const durability of ['process', 'power'] as const) {
  test(`${durability}: EIO, ENOSPC and half writes at each of the first 50 calls stop the writer for good`, () => {
    const tally = faultCampaign(50, durability, SEED);
    assert.equal(tally.failed, 150, JSON.stringify(tally));
    assert.ok(tally.atStart > 0 && tally.atStart < 40, JSON.stringify(tally));
  });
}

test('a real process whose calls fail, or that is killed at them, loses nothing acknowledged (where strace is)', (t) => {
  if (!straceWorks()) return t.diagnostic('strace is not here or may not trace: not run');
  const tally = straceCampaign([2, 9]);
  assert.equal(tally.runs, 22);
  assert.ok(tally.failed >= 6 && tally.killed >= 4, JSON.stringify(tally));
});
