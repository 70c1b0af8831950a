import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DeploymentStore } from '../../../src/main/deployment-store.js';

const numbered = (nextNumber: number) => ({ nextNumber, deployments: [], owners: {} });

test('what is kept behind the engine\'s back: the newest stands, everybody is answered, a broken disk is said', async () => {
  // Why this test? Each start and stop of a deployment synced a file in the engine's thread, and a full disk ended the engine.
  const folder = mkdtempSync(join(tmpdir(), 'legwork-store-'));
  const store = new DeploymentStore(folder);
  const keep = (n: number): Promise<Error | null> => new Promise((resolve) => store.replace(numbered(n), resolve));
  assert.deepEqual(await Promise.all([keep(1), keep(2), keep(3)]), [null, null, null]);
  assert.equal(store.read().nextNumber, 3);
  const later = keep(4);
  store.write(numbered(5), true);
  assert.equal(await later, null);
  assert.equal(store.read().nextNumber, 5, 'what was written at once meanwhile is newer');
  rmSync(folder, { recursive: true });
  assert.match(String(await keep(6)), /ENOENT/);
});
