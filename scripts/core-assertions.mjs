/**
 * Writes the table of always-on assertions into docs/CORE.md: `node scripts/core-assertions.mjs [--files]`.
 * --files prints a row for each file instead, thinnest first, and names the functions without any. A tidy test fails when the page is not what this writes.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { assertionTable, countAssertions, withAssertionTable } from '../dist/test/tidy/assertions.js';

const files = readdirSync('src/core', { recursive: true }).filter((name) => name.endsWith('.ts')).map((name) => `src/core/${name}`);
const counts = countAssertions(files);
if (process.argv.includes('--files')) {
  const lacking = ({ functions, asserts, musts }) => 2 * functions - asserts - musts;
  for (const count of [...counts].sort((a, b) => lacking(b) - lacking(a))) {
    console.log(`${count.file}: ${count.functions} functions, ${count.asserts} assert, ${count.musts} must; lacks ${lacking(count)}${count.bare.length === 0 ? '' : `; none in ${count.bare.join(', ')}`}`);
  }
  console.log(assertionTable(counts));
} else {
  const page = 'docs/CORE.md';
  writeFileSync(page, withAssertionTable(readFileSync(page, 'utf8'), assertionTable(counts)));
}
