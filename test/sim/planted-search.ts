/**
 * The long search: for each planted bug a seed that finds it, written to `planted-seeds.json`, and the table in
 * docs/TESTING.md. A seed that is known and still finds its bug is kept; `--all` searches from the first seed again.
 * Usage: `node dist/test/sim/planted-search.js [--all] [--cases 3000] [--seeds 200] [--seconds 60]`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plantedBugs, type PlantedBug } from '../../src/core/planted.js';
import { findingsFile, readFindings, tryOne, type Finding } from './planted.js';

const marks = ['<!-- planted: generated -->', '<!-- planted: end -->'] as const;

function again(known: Finding): Finding | null {
  const told = tryOne(known.bug, known.by, known.seed, known.seconds);
  return told === null || tryOne(undefined, known.by, known.seed, known.seconds) !== null ? null : { ...known, told };
}

function search(bug: PlantedBug, cases: number, seeds: number, seconds: number): Finding | null {
  for (let seed = 1; seed <= cases; seed++) {
    const told = tryOne(bug, 'model', seed, 0);
    if (told !== null && tryOne(undefined, 'model', seed, 0) === null) return { bug, by: 'model', seed, seconds: 0, told };
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const told = tryOne(bug, 'sim', seed, seconds);
    if (told !== null && tryOne(undefined, 'sim', seed, seconds) === null) return { bug, by: 'sim', seed, seconds, told };
  }
  return null;
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '3000' },
    all: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
  },
});
const knownOnes = readFindings();
const findings: Finding[] = [];
const rows: string[] = ['| bug | found by | seed | what was told |', '|---|---|---|---|'];
for (const bug of Object.keys(plantedBugs) as PlantedBug[]) {
  const known = values.all ? undefined : knownOnes.find((finding) => finding.bug === bug);
  const found = (known === undefined ? null : again(known)) ?? search(bug, Number(values.cases), Number(values.seeds), Number(values.seconds));
  if (found !== null) findings.push(found);
  const told = found === null ? 'not found yet' : found.told.replaceAll('|', '/').slice(0, 110);
  rows.push(`| ${bug} | ${found?.by ?? '–'} | ${found?.seed ?? '–'} | ${told} |`);
  process.stdout.write(`${rows.at(-1) ?? ''}\n`);
}
writeFileSync(findingsFile, `[\n${findings.map((f) => `  ${JSON.stringify(f)}`).join(',\n')}\n]\n`);
const page = readFileSync('docs/TESTING.md', 'utf8');
const [before, rest] = page.split(marks[0]);
const after = rest?.split(marks[1])[1];
if (before === undefined || after === undefined) throw new Error('docs/TESTING.md has lost its marks for the table of planted bugs');
writeFileSync('docs/TESTING.md', `${before}${marks[0]}\n${rows.join('\n')}\n${marks[1]}${after}`);
