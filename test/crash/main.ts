/**
 * `npm run test:crash -- --kills N --seed S [--guests N]`: the long campaign, in rounds with a directory of their own; then
 * kills while modules trade, half of them in each topology.
 */
import { parseArgs } from 'node:util';
import { crashCampaign } from './campaign.js';
import { guestLives } from './guests.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    life: { type: 'string', default: '250' },
    events: { type: 'string', default: '60' },
    round: { type: 'string', default: '50' },
    keep: { type: 'boolean', default: false },
    guests: { type: 'string', default: '0' },
  },
});
const kills = Number(values.kills);
const round = Number(values.round);
let left = kills;
let failed = false;
for (let seed = Number(values.seed); left > 0 && !failed; seed++) {
  const part = Math.min(left, round);
  left -= part;
  const started = Date.now();
  const command = `npm run test:crash -- --kills ${part} --seed ${seed} --life ${values.life} --events ${values.events}`;
  try {
    const log = (text: string): boolean => process.stdout.write(`${text}\n`);
    const tally = await crashCampaign({ kills: part, seed, lifeMs: Number(values.life), lifeEvents: Number(values.events), keep: values.keep, log });
    const { comparison, ...counts } = tally;
    const seconds = ((Date.now() - started) / 1_000).toFixed(1);
    process.stdout.write(`seed ${seed} ${seconds} s ${JSON.stringify({ ...counts, ...comparison })}\n`);
    failed = comparison.problems.length > 0;
  } catch (error) {
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    failed = true;
  }
  if (failed) process.stdout.write(`again: ${command}\n`);
}
const guests = Number(values.guests);
for (const topology of ['fused', 'threads'] as const) {
  if (failed || guests === 0) break;
  try {
    const lives = await guestLives(Math.ceil(guests / 2), Number(values.seed), topology);
    process.stdout.write(`guests, ${topology}: ${JSON.stringify(lives)}\n`);
    failed = lives.problems.length > 0;
  } catch (error) {
    process.stdout.write(`guests, ${topology}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    failed = true;
  }
}
process.stdout.write(failed ? 'FAILED\n' : `${kills} kills: nothing acknowledged lost, no duplicate, no orphan\n`);
process.exitCode = failed ? 1 : 0;
