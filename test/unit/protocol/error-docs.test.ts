/** docs/ERRORS.md is what the registry says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('docs/ERRORS.md is fresh', () => {
  const run = spawnSync(process.execPath, ['scripts/generate-error-docs.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
});
