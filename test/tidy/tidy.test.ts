/**
 * The house rules that a machine can check. Each failure names the rule and the way out.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { importTable, pureRooms } from './import-table.js';

const files = readdirSync('src', { recursive: true })
  .map((name) => `src/${String(name)}`)
  .filter((name) => name.endsWith('.ts') && !name.includes('/assembly/'));
const text = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const room = (file: string): string => (file.split('/').length === 2 ? 'index' : (file.split('/')[1] ?? ''));

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const found = [];
  for (const match of (text.get(file) ?? '').matchAll(/^(import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'/gm)) {
    const target = match[3] ?? '';
    const path = target.startsWith('.') ? normalize(join(dirname(file), target)).replace(/\.js$/, '.ts') : target;
    found.push({ target: path, typeOnly: match[2] !== undefined });
  }
  return found;
}

function report(problems: string[], wayOut: string): void {
  assert.ok(problems.length === 0, `${problems.join('\n')}\n→ ${wayOut}`);
}

test('a room imports only the rooms that the import table allows', () => {
  const problems = [];
  for (const file of files.filter((name) => room(name) !== 'index')) {
    const allowed = importTable[room(file)];
    if (allowed === undefined) problems.push(`${file}: room "${room(file)}" is not in the import table`);
    for (const { target } of importsOf(file).filter((entry) => entry.target.startsWith('src/'))) {
      const there = room(target);
      if (there !== room(file) && !allowed?.includes(there)) problems.push(`${file} imports ${target}`);
    }
  }
  report(problems, 'meet in a lower room, or change test/tidy/import-table.ts with the reason in the commit');
});

test('pure rooms have no clock, randomness, promise, Atomics or I/O', () => {
  const banned = [
    /\bDate\b(?!')/, /\bperformance\./, /Math\.(random|exp|log|pow|sin|cos|tan)\w*\(/, /\bPromise\b/, /\basync\b/,
    /\bAtomics\b/, /\bprocess\./, /\bconsole\./, /from 'node:/, /setTimeout|setInterval|setImmediate/,
  ];
  const problems = [];
  for (const file of files.filter((name) => pureRooms.includes(room(name)))) {
    const code = (text.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    for (const rule of banned) if (rule.test(code)) problems.push(`${file}: ${rule.source}`);
  }
  report(problems, 'pass the value in with the event; pure rooms decide, others act');
});

test('Atomics only in memory/', () => {
  const guilty = files.filter((file) => room(file) !== 'memory' && /\bAtomics\./.test(text.get(file) ?? ''));
  report(guilty, 'use the accessors of src/memory');
});

test('no default exports, no barrels, no enums', () => {
  const problems = [];
  for (const file of files) {
    const code = text.get(file) ?? '';
    if (/^export default/m.test(code)) problems.push(`${file}: default export`);
    if (file !== 'src/index.ts' && /^export \* from/m.test(code)) problems.push(`${file}: barrel`);
    if (/^(export )?(const )?enum /m.test(code)) problems.push(`${file}: enum`);
  }
  report(problems, 'export by name from the file that defines it; src/index.ts is the only barrel');
});

test('no runtime import cycle', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const { target, typeOnly } of importsOf(file)) {
      if (!typeOnly && text.has(target)) visit(target, [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  report(cycles, 'move what both need into a file below them, or import the type only');
});

test('files are at most 500 lines', () => {
  const long = files
    .filter((file) => !file.includes('generated'))
    .map((file) => ({ file, lines: (text.get(file) ?? '').split('\n').length }))
    .filter(({ lines }) => lines > 501)
    .map(({ file, lines }) => `${file}: ${lines} lines`);
  report(long, 'split it by subject');
});

test('file names are kebab-case', () => {
  const odd = files.filter((file) => !/^(src\/)([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z]+)*\.ts$/.test(file));
  report(odd, 'rename it');
});

test('algos have one and the same entry file', () => {
  // A module may have no start code, so that nothing could hand `create` to a shared entry: each algo has the file.
  const entries = readdirSync('algos').map((name) => `algos/${name}/index.ts`).filter((file) => existsSync(file));
  const wanted = readFileSync('algos/peg/index.ts', 'utf8');
  assert.ok(entries.length >= 5, `only ${entries.length} algos have an entry file`);
  report(entries.filter((file) => readFileSync(file, 'utf8') !== wanted), 'copy algos/peg/index.ts; what is an algo\'s own goes into its algo.ts');
});
