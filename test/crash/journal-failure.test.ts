/** A journal that can't be written: no more answers, exit code 74, and the next start has what was acknowledged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replayDirectory } from '../../src/main/data-directory.js';
import type { Command } from '../../src/protocol/commands.js';
import { graphOf, noRisk, plainNode } from '../model/world.js';
import { EngineLife } from './engine-client.js';
import { startVenues } from './campaign.js';
import { StartedEngine } from './started-engine.js';

const failing = ['--import', './dist/test/crash/failing-disk.js'];

/** Rests far below the market: opening, and live for as long as nobody cancels it. */
function resting(graphId: string): Command {
  const node = { ...plainNode, orderType: 'limit', limitTicks: 5_500_000, quantity: { kind: 'fixed', lots: 10_000 } } as const;
  return { kind: 'submit', graph: { ...graphOf([node], []), graphId, risk: noRisk }, bodyHash: graphId, repeatKey: '' };
}

test('legwork start ends with 74 and says which file, why and what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-fail-'));
  try {
    const ended = spawnSync(
      process.execPath, [...failing, 'dist/src/cli/legwork.js', 'start', '--port', '0', '--data', folder],
      { env: { ...process.env, FAIL_WRITE_AT: '6' }, encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(ended.status, 74, ended.stderr);
    assert.match(ended.stderr, /journal .*segment-.* failed with EIO .*Acknowledgements stopped.*start again/s);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an engine whose disk fails acknowledges nothing more, cancels what opens, and loses nothing acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-fail-'));
  const venues = await startVenues(folder, 1);
  try {
    const data = join(folder, 'data');
    const life = new EngineLife(data, join(folder, 'venue.sock'), () => undefined, failing, { FAIL_WRITE_AT: '60' });
    await Promise.race([life.ready, life.ended.then(() => assert.fail(`ended at its start: ${life.stderr}`))]);
    const acknowledged: string[] = [];
    let asked = 0;
    const submit = (): void => {
      const graphId = `f${++asked}`;
      life.command(resting(graphId), (reply) => {
        if (reply.ok) acknowledged.push(graphId);
      });
    };
    const load = setInterval(submit, 2);
    const { code } = await life.ended;
    clearInterval(load);
    assert.equal(code, 74, life.stderr);
    assert.match(life.stderr, /failed with EIO/);
    assert.ok(acknowledged.length > 0 && acknowledged.length < asked, `${acknowledged.length} of ${asked}`);
    assert.ok(life.cancelled > 0, `${life.cancelled} opening orders were cancelled`);
    const { state } = replayDirectory(data, null, () => false, false);
    assert.deepEqual(acknowledged.filter((graphId) => !state.graphs.has(graphId)), []);
  } finally {
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

test('threads: an end whose journal can not be closed is no clean end: 74, and the reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-fail-'));
  const marker = join(folder, 'broken');
  const env = { NODE_OPTIONS: failing.join(' '), FAIL_SYNC_WHEN: marker };
  const engine = await StartedEngine.start(join(folder, 'data'), env, ['--topology', 'threads']);
  writeFileSync(marker, '');
  assert.equal(await engine.end('SIGTERM'), 74, engine.stderr);
  assert.match(engine.stderr, /snapshot.* failed with EIO/);
  assert.match(engine.stderr, /segment-.* syncing before closing failed with EIO/);
  rmSync(folder, { recursive: true, force: true });
});
