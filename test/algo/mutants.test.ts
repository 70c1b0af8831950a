import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { admit, checkAndMeter } from '../../src/algo/admission/admit.js';
import { Probe } from '../../src/algo/admission/probe.js';
import { baseParts, build, EMPTY, END, i32 } from './guest-builder.js';
import { algoNames, emptyTally, runMutants, runRandom } from './campaign.js';

const probe = new Probe();
after(() => probe.close());

test('each algo, cut at every byte, is refused', () => {
  for (const name of algoNames) {
    const whole = readFileSync(`dist/algos/${name}.wasm`);
    assert.ok(checkAndMeter(whole).ok, name);
    let accepted = 0;
    for (let length = 0; length < whole.length; length++) if (checkAndMeter(whole.subarray(0, length)).ok) accepted++;
    // A cut between two sections may leave a whole module: only in front of trailing custom sections or data.
    assert.ok(accepted <= 2, `${name}: ${accepted} cuts were accepted`);
  }
});

test('a large module is checked in the child: who uploads holds nobody up', async () => {
  // Why this test? Checks and metering of 2 MB took 0.2 to 0.3 s in the engine's thread, at each upload.
  const code = Array.from({ length: 35_000 }, () => [0x02, EMPTY, ...i32(0), 0x0d, 0, END]).flat();
  const large = build(baseParts(i32(0), Array.from({ length: 7 }, () => ({ type: 2, code }))));
  const cpuOf = (work: () => unknown): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const checked = cpuOf(() => assert.ok(checkAndMeter(large).ok));
  let admitted: ReturnType<typeof admit> | undefined;
  const here = cpuOf(() => void (admitted = admit(large, probe)));
  assert.ok((await admitted)?.ok);
  assert.ok(here * 4 < checked, `${here} µs of this thread for what takes ${checked} µs`);
});

test('2,000 mutants of the real algos (seed 7) take nothing down', async () => {
  const tally = emptyTally();
  await runMutants(2_000, 7, probe, tally);
  assert.equal(tally.modules, 2_000);
  assert.equal(tally.probeDeaths, 0);
  assert.ok(tally.ran > 50, `mutants that still run reach the host: ${tally.ran}`);
  assert.ok(tally.byCode.size >= 5, 'refused and ended for many reasons');
});

test('100 random modules of binaryen (seed 11) run metered without harm', async () => {
  const tally = emptyTally();
  await runRandom(100, 11, probe, tally, 600);
  assert.equal(tally.modules, 100, JSON.stringify([...tally.byCode]));
  assert.equal(tally.probeDeaths, 0);
  assert.ok(tally.ran > 30, `modules that run to the end: ${tally.ran}, ${JSON.stringify([...tally.byCode])}`);
});
