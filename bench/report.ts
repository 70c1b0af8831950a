/**
 * `npm run bench:report`: writes what the last `npm run bench` measured, and the demo's fills and costs, between the
 * markers of bench/RESULTS.md, and one chart a bench and unit into bench/charts. The text around the markers (goals,
 * reasons) is written by hand and stays.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { runDemo } from '../src/cli/demo/run-demo.js';
import { goalTable } from './goals.js';
import { barChart } from './support/chart.js';
import { table } from './support/print.js';
import type { Row } from './support/row.js';

interface Results {
  readonly date: string;
  readonly machine: string;
  readonly commit: string;
  readonly command: string;
  readonly quick: boolean;
  readonly rows: readonly Row[];
}

const RESULTS = 'bench/RESULTS.md';
const CHARTS = 'bench/charts';

const results = JSON.parse(readFileSync('dist/bench/results.json', 'utf8')) as Results;
const charts = drawCharts(results.rows);
let text = readFileSync(RESULTS, 'utf8');
text = between(text, 'measured', [
  `${results.machine}; ${results.date}; commit ${results.commit}; \`${results.command}\`${results.quick ? ' (quick: small parameters)' : ''}`,
  '', ...table(results.rows), '', ...charts.map((name) => `![${name}](charts/${name}.svg)`),
]);
text = between(text, 'goals', goalTable(results.rows));
text = between(text, 'demo', await demoLines());
writeFileSync(RESULTS, text);
process.stdout.write(`${RESULTS}: ${results.rows.length} rows; ${CHARTS}: ${charts.length} charts\n`);

/** @throws when the markers are missing: nothing is guessed */
function between(whole: string, name: string, lines: readonly string[]): string {
  const start = `<!-- ${name}: written by npm run bench:report -->`;
  const end = `<!-- end of ${name} -->`;
  const from = whole.indexOf(start);
  const to = whole.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${RESULTS} needs the lines "${start}" and "${end}"; put them back`);
  return `${whole.slice(0, from + start.length)}\n${lines.join('\n')}\n${whole.slice(to)}`;
}

function drawCharts(rows: readonly Row[]): string[] {
  mkdirSync(CHARTS, { recursive: true });
  for (const old of readdirSync(CHARTS)) if (old.endsWith('.svg')) rmSync(`${CHARTS}/${old}`);
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (!(row.low > 0 && Number.isFinite(row.high))) continue;
    const key = `${row.bench}-${row.unit.replaceAll(/[^A-Za-z]+/g, '-').replaceAll(/^-|-$/g, '') || 'share'}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const drawn = [...groups].filter(([, group]) => group.length > 1);
  for (const [name, group] of drawn) writeFileSync(`${CHARTS}/${name}.svg`, barChart(group[0]?.bench ?? name, group));
  return drawn.map(([name]) => name);
}

async function demoLines(): Promise<string[]> {
  const seed = 1;
  let said = '';
  await runDemo({ clock: 'virtual', seed, speed: 1, live: false, write: (part) => { said += part; } });
  return ['`npm run demo -- --clock virtual` (the same bytes each time):', '', '```', said.trimEnd(), '```'];
}
