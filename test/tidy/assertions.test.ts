/** The core checks itself while it runs: how much is counted here, and the count may only rise. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { assertionTable, countAssertions } from './assertions.js';

/** Assertions (`assert`, `must`) for each function of src/core. Raise it to what the table says; never lower it. */
const FLOOR = 1.95;

const files = readdirSync('src/core', { recursive: true }).map((name) => `src/core/${String(name)}`).filter((name) => name.endsWith('.ts'));
const counts = countAssertions(files);
const sum = (of: 'functions' | 'asserts' | 'musts'): number => counts.reduce((total, count) => total + count[of], 0);

test(`src/core has at least ${FLOOR} always-on assertions a function`, () => {
  const share = (sum('asserts') + sum('musts')) / sum('functions');
  assert.ok(share >= FLOOR, `${share.toFixed(3)} a function → assert what the new functions promise and rely on; node scripts/core-assertions.mjs --files says where`);
});

test('an assertion of src/core has a constant message, so that one that holds costs a comparison', () => {
  const built = counts.flatMap((count) => count.builtMessages);
  assert.deepEqual(built, [], 'say what should have held as one literal; what came is in the journal');
});

test('the table of assertions in docs/CORE.md is not out of date', () => {
  const page = readFileSync('docs/CORE.md', 'utf8');
  const shares = (text: string): Map<string, number> =>
    new Map([...text.matchAll(/^\| ([^|]+) \| \d+ \| \d+ \| \d+ \| ([\d.]+) \|$/gm)].map((row) => [row[1] ?? '', Number(row[2])]));
  const said = shares(page);
  const wayOut = 'run node scripts/core-assertions.mjs';
  for (const [room, share] of shares(assertionTable(counts))) {
    const there = said.get(room);
    assert.ok(there !== undefined && Math.abs(there - share) < 0.15, `docs/CORE.md says ${there ?? 'nothing'} of ${room}, it is ${share}: ${wayOut}`);
  }
});
