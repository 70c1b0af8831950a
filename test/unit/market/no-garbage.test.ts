/**
 * The feed's path allocates nothing: frames through the book, the top and the ladder read, latency recorded, a trade
 * taped. Counted in a process of its own with a heap that is watched between two forced collections.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('ticks through book, top, depth, histogram and tape allocate less than 16 bytes each and retain nothing', () => {
  const ticks = process.env['LEGWORK_LONG'] === '1' ? 1_000_000 : 60_000;
  const probe = fileURLToPath(new URL('garbage-probe.js', import.meta.url));
  const run = spawnSync(process.execPath, ['--expose-gc', '--max-semi-space-size=64', probe, String(ticks)], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const { allocated, retained, applied } = JSON.parse(run.stdout) as { allocated: number; retained: number; applied: number };
  assert.ok(applied > ticks / 2, `${applied} frames applied`);
  assert.ok(allocated < 16, `${allocated} bytes allocated a tick`);
  assert.ok(retained < 64 * 1024, `${retained} bytes retained`);
});
