/**
 * Runs the compiled tests with Node's own runner: `node scripts/run-tests.mjs [folder-or-file-part ...]`.
 * Without arguments: everything named *.test.js below dist/test.
 *
 * Tests of pure rooms share a process a room: they touch nothing but values, and most of what a small file costs is the
 * start of its process. Those that measure the heap have one of their own.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const wanted = process.argv.slice(2);
const tests = readdirSync('dist/test', { recursive: true })
  .map((name) => join('dist/test', String(name)))
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();
if (tests.length === 0) {
  console.error(`run-tests: no test matches ${wanted.join(' ') || 'dist/test'}; build first`);
  process.exit(1);
}
const files = [];
for (const room of ['unit/base', 'unit/core', 'unit/protocol', null]) {
  const inRoom = tests.filter((name) => roomOf(name) === room);
  if (room === null || inRoom.length < 2) files.push(...inRoom);
  else files.push(batchOf(room, inRoom));
}

function roomOf(name) {
  if (name.endsWith('memory.test.js')) return null;
  return ['unit/base', 'unit/core', 'unit/protocol'].find((room) => name.startsWith(join('dist/test', room))) ?? null;
}

/** A file that imports the others: Node's runner starts a process for each file that it is given. */
function batchOf(room, names) {
  mkdirSync('dist/test-batches', { recursive: true });
  const path = join('dist/test-batches', `${room.replace('/', '-')}.test.mjs`);
  writeFileSync(path, names.map((name) => `import '../${name.slice('dist/'.length)}';\n`).join(''));
  return path;
}

const args = ['--test', `--test-concurrency=${Math.max(1, availableParallelism())}`, '--test-reporter=spec', ...files];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
