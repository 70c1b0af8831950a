/**
 * Builds, then runs the command line in this process: `node scripts/run.mjs start [options]`. With `exec` in
 * package.json npm's shell gives way to it: Ctrl-C meets the engine and no shell that would die of it, and npm ends with
 * the engine's exit code.
 */
import { spawnSync } from 'node:child_process';

const built = spawnSync(process.execPath, ['scripts/build.mjs', '--quiet'], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
await import('../dist/src/cli/legwork.js');
