import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { checkAndMeter } from '../../src/algo/admission/admit.js';
import { CompilePool } from '../../src/algo/compile/compile-pool.js';
import { AlgoHarness } from '../../src/algo/harness/algo-harness.js';
import { ModuleStore } from '../../src/algo/admission/module-store.js';
import { admitted } from './support.js';

test('the pool compiles what the build compiles; a mistake comes back as the compiler says it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-compile-'));
  const pool = new CompilePool();
  try {
    const job = { root: resolve('.'), entry: 'algos/peg/index.ts', outFile: join(folder, 'peg.wasm') };
    assert.equal(await pool.compile(job), undefined);
    assert.ok(readFileSync(job.outFile).equals(readFileSync('dist/algos/peg.wasm')));
    assert.ok(checkAndMeter(readFileSync(job.outFile)).ok);
    const messages = await pool.compile({ ...job, entry: 'algos/nobody/index.ts' });
    assert.match(messages ?? '', /nobody/);
  } finally {
    await pool.close();
    rmSync(folder, { recursive: true });
  }
});

test('every algo has the same entry file', () => {
  const template = readFileSync('algos/peg/index.ts', 'utf8');
  for (const name of readdirSync('algos').filter((entry) => entry !== 'std')) {
    assert.equal(readFileSync(`algos/${name}/index.ts`, 'utf8'), template, name);
  }
});

test('the harness that writers use: orders, fills, logs and the end', () => {
  const algo = new AlgoHarness('dist/algos/peg.wasm', { config: [1, 100_000] });
  algo.book([100, 5], [101, 5]);
  algo.ack(1);
  algo.fill(1, 100, 4, 1);
  algo.book([102, 5], [103, 5]);
  algo.shutdown();
  assert.deepEqual(algo.actions.map(({ kind, ref, priceTicks }) => [kind, ref, priceTicks]), [[0, 1, 100], [2, 1, 102], [1, 1, 0]]);
  assert.deepEqual(algo.deaths, []);
});

test('the store gives back what was admitted, and nothing that was changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-store-'));
  try {
    const store = new ModuleStore(folder);
    const module = admitted('dist/algos/maker.wasm');
    store.put(module);
    const again = new ModuleStore(folder).get(module.hash);
    assert.ok(again.ok && Buffer.from(again.value.metered).equals(module.metered) && again.value.profile.name === '0.4');
    assert.deepEqual(store.hashes(), [module.hash]);
    const forged = { ...module, metered: Uint8Array.from(module.metered, (byte, i) => (i === 100 ? byte ^ 1 : byte)) };
    store.put({ ...forged, hash: 'f'.repeat(64) });
    assert.deepEqual(store.get('f'.repeat(64)), { ok: false, error: 'changed' });
    assert.deepEqual(store.get('../../etc/passwd'), { ok: false, error: 'unknown' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
