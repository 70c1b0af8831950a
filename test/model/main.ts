/**
 * The model campaign: `npm run model -- [--cases N] [--seed FIRST] [--depth D] [--workers W]`.
 *
 * Engine against twin on N random cases from seed FIRST on (100,000 from 1), then every interleaving of the example
 * graphs to depth D (0 = none). Failures are shrunk, printed with their seed and kept in test/model/seeds.json, which
 * the test run plays first. Exit code 1 with any difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { describeCase, makeCase, runCase, shrink } from './campaign.js';
import { everyInterleaving } from './exhaustive.js';
import { examples } from './example-graphs.js';
import { makeEngine } from './engine-under-test.js';

interface Share {
  readonly first: number;
  readonly cases: number;
  readonly stride: number;
  readonly graphs: readonly string[];
  readonly depth: number;
}

interface Found {
  readonly cases: number;
  readonly steps: number;
  readonly refused: number;
  readonly failures: readonly { readonly seed: number; readonly text: string }[];
  readonly interleavings: readonly string[];
  readonly badInterleavings: number;
}

/** Shrinking is the slow part: the first few failures are enough to read. */
const FAILURES_SHRUNK = 5;
const FAILURES_SHOWN = 40;
const SEEDS_FILE = 'test/model/seeds.json';

function runShare(share: Share): Found {
  const failures: { seed: number; text: string }[] = [];
  let steps = 0;
  let refused = 0;
  for (let i = 0; i < share.cases; i++) {
    const seed = share.first + i * share.stride;
    const drawn = makeCase(seed);
    const outcome = runCase(makeEngine, drawn);
    steps += outcome.steps;
    if (outcome.refused) refused++;
    if (outcome.problems.length === 0) continue;
    if (failures.length >= FAILURES_SHRUNK) {
      failures.push({ seed, text: outcome.problems[0] ?? '' });
      continue;
    }
    const least = shrink(makeEngine, drawn);
    failures.push({ seed, text: `${runCase(makeEngine, least).problems.join('\n  ')}\n${describeCase(least)}` });
  }
  const searched = share.graphs.map((name) => searchGraph(name, share.depth));
  return {
    cases: share.cases, steps, refused, failures,
    interleavings: searched.map((s) => s.text), badInterleavings: searched.filter((s) => s.bad).length,
  };
}

function searchGraph(graph: string, depth: number): { readonly text: string; readonly bad: boolean } {
  const example = examples.find((e) => e.name === graph);
  if (example === undefined) throw new Error(`no example graph is called ${graph}`);
  const { name, spec, alphabet } = example;
  const result = everyInterleaving(makeEngine, spec, alphabet, depth);
  const text = `${name}: ${result.states} states, ${result.paths} of them ends at depth ${depth}`;
  if (result.problems.length === 0) return { text, bad: false };
  return { text: `${text}\n  FAILED ${result.problems.join('\n  ')}\n${describeCase({ spec, steps: result.path })}`, bad: true };
}

/** The largest graph to the worker with the least to do. */
function shares(cases: number, first: number, workers: number, depth: number): Share[] {
  const graphs: string[][] = Array.from({ length: workers }, () => []);
  const load = graphs.map(() => 0);
  for (const { name, weight } of depth === 0 ? [] : [...examples].sort((a, b) => b.weight - a.weight)) {
    const least = load.indexOf(Math.min(...load));
    graphs[least]?.push(name);
    load[least] = (load[least] ?? 0) + weight;
  }
  return graphs.map((names, w) => ({
    first: first + w, cases: Math.floor(cases / workers) + (w < cases % workers ? 1 : 0), stride: workers, graphs: names, depth,
  }));
}

/** Failing seeds are played first by every test run from then on. */
function keepSeeds(failing: readonly number[]): void {
  const { seeds } = JSON.parse(readFileSync(SEEDS_FILE, 'utf8')) as { readonly seeds: readonly number[] };
  const all = [...new Set([...seeds, ...failing])].sort((a, b) => a - b);
  writeFileSync(SEEDS_FILE, `{\n  "seeds": [${all.join(', ')}]\n}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      depth: { type: 'string', default: '0' },
    },
  });
  const workers = Math.max(1, Number(values.workers));
  const run = (share: Share): Promise<Found> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  const started = process.hrtime.bigint();
  const todo = shares(Number(values.cases), Number(values.seed), workers, Number(values.depth));
  const found = workers === 1 ? todo.map(runShare) : await Promise.all(todo.map(run));
  const total = (of: (f: Found) => number): number => found.reduce((sum, f) => sum + of(f), 0);
  const failures = found.flatMap((f) => f.failures).sort((a, b) => a.seed - b.seed);
  for (const { seed, text } of failures.slice(0, FAILURES_SHOWN)) process.stdout.write(`seed ${seed} FAILED\n  ${text}\n`);
  if (failures.length > 0) keepSeeds(failures.map((f) => f.seed));
  process.stdout.write(
    `model: ${total((f) => f.cases)} cases from seed ${values.seed}, ${total((f) => f.steps)} steps, ` +
      `${total((f) => f.refused)} refused, ${failures.length} differ\n`,
  );
  for (const line of found.flatMap((f) => f.interleavings)) process.stdout.write(`model: ${line}\n`);
  process.stdout.write(`model: ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s on ${workers} threads\n`);
  process.exitCode = failures.length > 0 || total((f) => f.badInterleavings) > 0 ? 1 : 0;
}

if (isMainThread) await main();
else parentPort?.postMessage(runShare(workerData as Share));
