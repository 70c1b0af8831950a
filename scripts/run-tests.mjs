/**
 * Runs the compiled tests with Node's own runner: `node scripts/run-tests.mjs [folder-or-file-part ...]`.
 * Without arguments: everything named *.test.js below dist/test.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
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
const args = ['--test', `--test-concurrency=${Math.max(1, availableParallelism())}`, '--test-reporter=spec', ...tests];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
