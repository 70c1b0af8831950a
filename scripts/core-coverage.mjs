// Branch coverage of src/core by its tests: node scripts/core-coverage.mjs [--min 95] [--list FILE] [--quick]
//
// Runs the tests of the core (unit, preview, model, simulation) under NODE_V8_COVERAGE and merges what every process saw.
// A branch is a block that V8 counts apart from what surrounds it: the arm of an if, a conditional, a case, what follows
// an early return, the right side of && || ??. It is covered when some process ran it. Functions count as one branch.
// --quick leaves model and simulation out; --list shows the branches of one file that nothing ran.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { min: { type: 'string', default: '0' }, list: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const core = pathToFileURL(join(root, 'dist/src/core/')).href;

function testsUnder(folder) {
  const out = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) out.push(...testsUnder(join(folder, entry.name)));
    else if (entry.name.endsWith('.test.js')) out.push(join(folder, entry.name));
  }
  return out;
}

const tests = [...testsUnder('dist/test/unit/core'), ...testsUnder('dist/test/unit/main')];
if (!values.quick) tests.push('dist/test/model/model.test.js', 'dist/test/sim/sim.test.js', 'dist/test/sim/anomalies.test.js', 'dist/test/sim/algo-nodes.test.js', 'dist/test/sim/planted.test.js');

/** Per script: [start, end] of every block seen, and for each character whether some process ran it. */
const scripts = new Map();

function take(file) {
  const { result } = JSON.parse(readFileSync(file, 'utf8'));
  for (const { url, functions } of result) {
    if (!url.startsWith(core)) continue;
    let known = scripts.get(url);
    if (known === undefined) {
      const text = readFileSync(fileURLToPath(url), 'utf8');
      scripts.set(url, (known = { text, blocks: new Map(), ran: new Uint8Array(text.length) }));
    }
    const count = new Float64Array(known.text.length);
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count: times } of ranges) {
        if (startOffset === 0 && endOffset >= known.text.length) continue;
        known.blocks.set(`${startOffset}-${endOffset}`, [startOffset, endOffset]);
        // Outer ranges come before those inside them.
        count.fill(times, startOffset, endOffset);
      }
    }
    for (let i = 0; i < count.length; i++) if (count[i] > 0) known.ran[i] = 1;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'core-coverage-'));
try {
  for (const test of tests) {
    const run = spawnSync(process.execPath, [test], { cwd: root, env: { ...process.env, NODE_V8_COVERAGE: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
    if (run.status !== 0) process.stdout.write(`${test} fails; its coverage counts all the same\n`);
    for (const name of readdirSync(folder)) {
      take(join(folder, name));
      rmSync(join(folder, name));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** A block that begins with what is only punctuation or a closing brace is the rest of a function after a return. */
function isRun(known, [start, end]) {
  let at = start;
  while (at < end - 1 && /[\s{}();:?&|]/.test(known.text[at])) at++;
  return known.ran[at] === 1;
}

let all = 0;
let hit = 0;
const rows = [];
for (const [url, known] of scripts) {
  const missed = [...known.blocks.values()].filter((block) => /\S/.test(known.text.slice(...block).replace(/[{}();]/g, '')) && !isRun(known, block));
  const counted = [...known.blocks.values()].filter((block) => /\S/.test(known.text.slice(...block).replace(/[{}();]/g, ''))).length;
  all += counted;
  hit += counted - missed.length;
  rows.push({ name: relative(join(root, 'dist'), fileURLToPath(url)), counted, missed, known });
}
rows.sort((a, b) => b.missed.length - a.missed.length);
for (const { name, counted, missed, known } of rows) {
  if (values.list !== undefined ? !name.includes(values.list) : missed.length === 0) continue;
  process.stdout.write(`${name}: ${counted - missed.length} of ${counted}\n`);
  if (values.list === undefined) continue;
  for (const [start, end] of missed) {
    const line = known.text.slice(0, start).split('\n').length;
    process.stdout.write(`  ${line}: ${known.text.slice(start, Math.min(end, start + 110)).replace(/\s+/g, ' ')}\n`);
  }
}
const share = all === 0 ? 0 : (100 * hit) / all;
process.stdout.write(`src/core: ${hit} of ${all} branches run, ${share.toFixed(2)} %\n`);
if (all === 0 || share < Number(values.min)) {
  process.stdout.write(`below ${values.min} %: add tests (--list FILE shows what nothing ran)\n`);
  process.exitCode = 1;
}
