/** The writer's kit as a new user meets it: an empty folder, then init, test and a deployment on a running engine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { algoCommand } from '../../src/cli/algo.js';
import { buildAlgo, makeAlgo } from '../../src/cli/algo-kit.js';
import { stripCustom } from '../../src/algo/wasm/strip-custom.js';
import { checkAndMeter } from '../../src/algo/admission/admit.js';
import { at } from '../api/client.js';
import { simRig } from '../api/sim-rig.js';
import { baseParts, build, i32 } from './guest-builder.js';

function algo(...args: string[]): { readonly status: number | null; readonly text: string } {
  const done = spawnSync(process.execPath, ['dist/src/cli/algo.js', ...args], { encoding: 'utf8' });
  return { status: done.status, text: done.stdout + done.stderr };
}

test('init, test and deploy in an empty folder; mistakes are said', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'legwork-kit-'));
  const r = await simRig();
  try {
    assert.deepEqual(makeAlgo(dir, 'mine'), { folder: join(dir, 'algos/mine') });
    assert.ok(existsSync(join(dir, 'algos/std/algo.ts')));
    assert.match(String(makeAlgo(dir, 'mine')), /is there already/);
    assert.match(String(makeAlgo(dir, 'Mine!')), /no name for an algo/);
    const tested = algo('test', 'mine', '--dir', dir);
    assert.equal(tested.status, 0, tested.text);
    // Not in a process of its own: the engine that answers is in this one.
    assert.equal(await algoCommand(['deploy', join(dir, 'dist/algos/mine.wasm'), '--url', r.gateway.address, '--key', r.key, '--symbols', 'BTC-USD', '--config', '1,100000']), 0);
    const listed = await r.eventually('/v1/orders?symbol=BTC-USD', (got) => Number(at(got.json, 'total')) === 1);
    assert.match(String(at(listed.json, 'orders', 0, 'graph_id')), /^dep_/);
    assert.match(String(await buildAlgo(dir, 'nobody')), /there is no /);
    assert.equal(await algoCommand(['--help']), 0);
    assert.equal(await algoCommand(['deploy', 'peg', '--key', 'k', '--url', 'http://127.0.0.1:1']), 1, 'nobody answers there');
    const order = join(dir, 'order.json');
    writeFileSync(order, '{"symbol":"BTC-USD","side":"buy","qty":0.01}');
    await assert.rejects(algoCommand(['backtest', order, '--seconds', '1', '--data', dir]), /--data: expected a folder with recordings/);
  } finally {
    await r.close();
    rmSync(dir, { recursive: true });
  }
});

test('custom sections are left out of what is deployed, and nothing else', () => {
  const plain = build(baseParts(i32(0)));
  const custom = [0, 5, 1, 0x61, 1, 2, 3];
  const withDebug = Uint8Array.from([...plain.subarray(0, 8), ...custom, ...plain.subarray(8), ...custom]);
  assert.deepEqual([...stripCustom(withDebug)], [...stripCustom(plain)]);
  assert.ok(checkAndMeter(stripCustom(withDebug)).ok);
});
