import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockDirectory } from '../../../src/journal/directory-lock.js';
import { JournalLocked } from '../../../src/journal/journal-error.js';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'legwork-lock-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** A process that takes the lock, says so and waits to be killed. */
async function holder(directory: string): Promise<{ kill: () => Promise<void> }> {
  const module = new URL('../../../src/journal/directory-lock.js', import.meta.url).href;
  const script = `const { lockDirectory } = await import('${module}'); lockDirectory('${directory}');
    process.stdout.write('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('a second process is refused while the first lives, and gets in after kill -9', async (t) => {
  const directory = folder(t);
  const first = await holder(directory);
  assert.throws(() => lockDirectory(directory), JournalLocked);
  assert.throws(() => lockDirectory(directory, true), JournalLocked, 'take-over is not for holders that live');
  await first.kill();
  const lock = lockDirectory(directory);
  assert.equal(readdirSync(directory).length, 1, 'the dead one left nothing');
  lock.release();
  assert.deepEqual(readdirSync(directory), []);
});

test('the same process is refused twice', (t) => {
  const directory = folder(t);
  const lock = lockDirectory(directory);
  assert.throws(() => lockDirectory(directory), JournalLocked);
  lock.release();
  lockDirectory(directory).release();
});

test('a reused pid, a reboot and another host', (t) => {
  const directory = folder(t);
  const lock = lockDirectory(directory);
  const me = JSON.parse(readFileSync(lock.path, 'utf8')) as Record<string, unknown>;
  lock.release();
  const left = (change: object): void => writeFileSync(join(directory, 'lock.4'), JSON.stringify({ ...me, ...change }));

  left({ started: '1' });
  lockDirectory(directory).release();
  left({ bootId: 'before' });
  lockDirectory(directory).release();

  left({ host: 'elsewhere' });
  assert.throws(() => lockDirectory(directory), /elsewhere.*remove .*lock\.4/s);
  lockDirectory(directory, true).release();
});
