/**
 * `npm run bench -- [--quick] [part of a name …]`: runs benches one after the other, prints a table and keeps the
 * rows in dist/bench/results.json for the report. Nothing else should run beside it.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { benches } from './registry.js';
import { machine, table } from './support/print.js';
import type { Row } from './support/row.js';

const USAGE = `usage: npm run bench -- [--quick] [part of a name …]
benches: ${benches.map(({ name }) => name).join(', ')}
--quick  small parameters, to see that they run: no figures to keep`;

const given = process.argv.slice(2);
const quick = given.includes('--quick');
const wanted = given.filter((argument) => !argument.startsWith('-'));
const unknown = [
  ...given.filter((argument) => argument.startsWith('-') && argument !== '--quick'),
  ...wanted.filter((part) => !benches.some(({ name }) => name.includes(part))),
];
if (unknown.length > 0) {
  const isHelp = unknown.every((argument) => argument === '--help' || argument === '-h');
  process.stderr.write(isHelp ? `${USAGE}\n` : `unknown: ${unknown.join(' ')}\n${USAGE}\n`);
  process.exit(isHelp ? 0 : 2);
}
const rows: Row[] = [];
for (const { name, run } of benches) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const started = Date.now();
  rows.push(...(await run(quick)));
  process.stderr.write(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '');
const result = { date: new Date().toISOString(), machine: machine(), commit: commit(), command, quick, rows };
writeFileSync('dist/bench/results.json', JSON.stringify(result, null, 2));
process.stdout.write(`${result.machine}, ${result.date}${quick ? ', quick' : ''}\n${table(rows).join('\n')}\n`);

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
