/** Engine against twin: kept seeds first, then a small share of the campaign (all of it: `node dist/test/model/main.js`). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeCase, makeCase, runCase, shrink, type Case } from './campaign.js';
import { makeEngine } from './engine-under-test.js';
import { examples } from './example-graphs.js';
import { everyInterleaving } from './exhaustive.js';

const CASES = 1_000;
const DEPTH = 4;

const kept = JSON.parse(readFileSync('test/model/seeds.json', 'utf8')) as { readonly seeds: readonly number[] };

function demand(seed: number, drawn: Case): void {
  if (runCase(makeEngine, drawn).problems.length === 0) return;
  const least = shrink(makeEngine, drawn);
  const { problems } = runCase(makeEngine, least);
  assert.fail(`seed ${seed}: ${problems.join('\n  ')}\n${describeCase(least)}\n→ node dist/test/model/main.js --cases 1 --workers 1 --seed ${seed}`);
}

test('seeds that once failed', () => {
  for (const seed of kept.seeds) demand(seed, makeCase(seed));
});

test(`${CASES} random graphs from seed 1`, () => {
  let refused = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const drawn = makeCase(seed);
    const outcome = runCase(makeEngine, drawn);
    if (outcome.refused) refused++;
    if (outcome.problems.length > 0) demand(seed, drawn);
  }
  assert.ok(refused < CASES / 20, `${refused} of ${CASES} graphs were refused: the generator no longer tests much`);
});

for (const { name, spec, alphabet } of examples) {
  test(`${name}: every interleaving to depth ${DEPTH}`, () => {
    const result = everyInterleaving(makeEngine, spec, alphabet, DEPTH);
    assert.deepEqual(result.problems, [], `${describeCase({ spec, steps: result.path })}`);
    assert.ok(result.states > 10, `only ${result.states} states: the steps no longer mean anything`);
  });
}
