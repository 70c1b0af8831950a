/**
 * The build: type-check and compile TypeScript to `dist/`, then each AssemblyScript module that changed.
 * `--quiet` prints only problems. A module is recompiled when its sources' hash differs from the last build's.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes('--quiet');
const say = (text) => quiet || console.log(text);
process.chdir(root);

function run(script, args, what) {
  const done = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout}${done.stderr}\nbuild: ${what} failed\n`);
  process.exit(1);
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** Hash of the files' names and bytes; equal hashes mean nothing to compile. */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}


/** Output whose source is gone would still be found by tests: out with it. */
function pruneOutput() {
  for (const file of ['src', 'test', 'bench', 'sdk'].flatMap((folder) => filesUnder(join('dist', folder)))) {
    const source = relative('dist', file).replace(/\.js(\.map)?$/, '.ts');
    if (/\.js(\.map)?$/.test(file) && !existsSync(source)) rmSync(file);
  }
}

function compileTypeScript() {
  const started = Date.now();
  const sources = ['src', 'test', 'bench', 'sdk'].flatMap(filesUnder).filter((file) => file.endsWith('.ts'));
  const stamp = 'dist/.ts-hash';
  const hash = hashOf([...sources, 'tsconfig.json', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return say('typescript: unchanged');
  run('node_modules/typescript/bin/tsc', ['-p', '.'], 'tsc');
  writeFileSync(stamp, hash);
  return say(`typescript: ${sources.length} files in ${Date.now() - started} ms`);
}

/**
 * Targets come from asconfig.json: one a module, each with entry and outFile. All stale ones are compiled in this
 * process: loading the compiler costs more than most modules.
 */
async function compileAssemblyScript() {
  if (!existsSync('asconfig.json')) return;
  const config = JSON.parse(readFileSync('asconfig.json', 'utf8'));
  for (const [name, target] of Object.entries(config.targets)) {
    const folders = [dirname(target.entries[0]), ...(target.watch ?? [])];
    const hash = hashOf([...new Set(folders.flatMap(filesUnder)), 'asconfig.json', 'package-lock.json']);
    const stamp = `${target.outFile}.hash`;
    if (existsSync(target.outFile) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue;
    const started = Date.now();
    mkdirSync(dirname(target.outFile), { recursive: true });
    const { main } = await import('assemblyscript/asc');
    const { error, stderr } = await main(['--config', 'asconfig.json', '--target', name, ...target.entries]);
    if (error) {
      process.stderr.write(`${stderr.toString()}\nbuild: asc ${name} failed: ${error.message}\n`);
      process.exit(1);
    }
    writeFileSync(stamp, hash);
    say(`assemblyscript: ${name} (${relative(root, target.outFile)}) in ${Date.now() - started} ms`);
  }
}

pruneOutput();
compileTypeScript();
await compileAssemblyScript();
