/** A small share of the simulation (all of it: `npm run sim`), and the promise that one seed is one trace. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runSeeds } from './tally.js';

const SEEDS = 6;
const SECONDS = 40;

test(`${SEEDS} seeds of chaos and healing`, () => {
  const tally = runSeeds(Array.from({ length: SEEDS }, (_, i) => i + 1), SECONDS);
  const again = (seed: number): string => `npm run sim -- --seeds 1 --seed ${seed} --seconds ${SECONDS}`;
  const told = tally.failures.map(({ seed, problems }) => `${again(seed)}\n  ${problems.join('\n  ')}`);
  assert.deepEqual(told, []);
  assert.ok(tally.orders > 300, `only ${tally.orders} orders: the simulation no longer trades`);
  const faults = Object.values(tally.faults).filter((count) => count > 0).length;
  const situations = Object.values(tally.situations).filter((count) => count > 0).length;
  assert.ok(faults >= 15, `only ${faults} kinds of fault struck`);
  assert.ok(situations >= 40, `only ${situations} situations reached`);
});

test('the same seed has the same trace hash in separate processes', () => {
  const args = ['dist/test/sim/main.js', '--seeds', '2', '--seed', '7', '--seconds', '10', '--hash'];
  const hashOf = (workers: string): string | undefined => {
    const done = spawnSync(process.execPath, [...args, '--workers', workers], { encoding: 'utf8' });
    assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
    return done.stdout.trim().split('\n').at(-1);
  };
  const first = hashOf('1');
  assert.match(first ?? '', /^[0-9a-f]{16}$/);
  assert.equal(hashOf('2'), first);
});
