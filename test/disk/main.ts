/**
 * The long disk campaigns: `node dist/test/disk/main.js [--seed S] [--images N]`. Ends with code 1 at the first
 * journal that lost something or hid damage.
 */
import { parseArgs } from 'node:util';
import { crashCampaign } from './crash-campaign.js';
import { flipsAtEnd, randomFlips, truncations, victim } from './damage-campaign.js';
import { faultCampaign } from './fault-campaign.js';
import { straceCampaign, straceWorks } from './strace-campaign.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, images: { type: 'string', default: '10000' } },
});
const seed = Number(values.seed);

function timed(what: string, work: () => object): void {
  const started = performance.now();
  const tally = work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${what}: ${JSON.stringify(tally)} in ${seconds} s\n`);
}

timed(`crash images (seed ${seed})`, () => crashCampaign(seed, Number(values.images)));
timed('truncation at every byte of the last 64 KiB', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  truncations(victim(seed, 100, 128 * 1024), 64 * 1024, tally);
  return tally;
});
timed('every bit of the last 4 KiB flipped', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  flipsAtEnd(victim(seed, 100), 4096, tally);
  return tally;
});
timed('10,000 random flips', () => {
  const tally = { refused: 0, harmless: 0, said: 0 };
  randomFlips(victim(seed + 9, 100), 10_000, seed, tally);
  return tally;
});
for (const durability of ['process', 'power'] as const) {
  timed(`faults at each of the first 200 calls, ${durability}`, () => faultCampaign(200, durability, seed));
}
if (straceWorks()) {
  const steps = Array.from({ length: 50 }, (_, i) => i + 1);
  timed('strace: each of the first 50 calls', () => straceCampaign(steps));
} else {
  process.stdout.write('strace is not here or may not trace: its campaign was not run\n');
}
