import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.js';
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
  store.write(numbered(5));
  assert.equal(await later, null);
  assert.equal(store.read().nextNumber, 5, 'what was written at once meanwhile is newer');
  rmSync(folder, { recursive: true });
  assert.match(String(await keep(6)), /ENOENT/);
});

test('all tapes together have their room: those at work end in it, none begins beyond it', async () => {
  // Why this test? Only the beginning was judged: whatever began in time could write 256 MiB more, however many there were.
  const folder = mkdtempSync(join(tmpdir(), 'legwork-store-'));
  const path = (name: string): string => join(folder, 'tapes', `${name}.tape`);
  const store = new DeploymentStore(folder, 1_000);
  const ended = async (name: string): Promise<string> => {
    for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setImmediate(resolve))) {
      const text = existsSync(path(name)) ? readFileSync(path(name), 'latin1') : '';
      if (text.endsWith('["full"]\n')) return text;
      assert.ok(Date.now() < deadline, text);
    }
  };
  try {
    writeFileSync(path('before'), Buffer.alloc(900));
    const [first, second] = [must(store.tape('first'), 'tape'), must(store.tape('second'), 'tape')];
    first.append(`[${'1'.repeat(47)}]\n`);
    second.append(`[${'2'.repeat(47)}]\n`);
    second.append('["too much"]\n');
    assert.equal(await ended('second'), '["full"]\n');
    first.append('["too much"]\n');
    assert.equal(await ended('first'), `[${'1'.repeat(47)}]\n["full"]\n`);
    writeFileSync(path('before'), Buffer.alloc(1_000));
    assert.equal(store.tape('third'), null);
    rmSync(path('before'));
    must(store.tape('third'), 'tape').close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
