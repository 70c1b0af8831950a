/**
 * The random campaign: `node dist/test/model/main.js [--cases N] [--seed FIRST] [--workers W] [--depth D]`.
 * Engine against twin on N random cases, every failure shrunk and printed with its seed; then every interleaving of
 * the example graphs to depth D (0 = not at all).
 */
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
}

interface Found {
  readonly cases: number;
  readonly steps: number;
  readonly refused: number;
  readonly failures: readonly { readonly seed: number; readonly text: string }[];
}

/** Shrinking is the slow part: the first few failures are enough to read. */
const FAILURES_SHOWN = 5;

function runShare({ first, cases, stride }: Share): Found {
  const failures: { seed: number; text: string }[] = [];
  let steps = 0;
  let refused = 0;
  for (let i = 0; i < cases; i++) {
    const seed = first + i * stride;
    const drawn = makeCase(seed);
    const outcome = runCase(makeEngine, drawn);
    steps += outcome.steps;
    if (outcome.refused) refused++;
    if (outcome.problems.length === 0) continue;
    if (failures.length >= FAILURES_SHOWN) {
      failures.push({ seed, text: outcome.problems[0] ?? '' });
      continue;
    }
    const least = shrink(makeEngine, drawn);
    failures.push({ seed, text: `${runCase(makeEngine, least).problems.join('\n  ')}\n${describeCase(least)}` });
  }
  return { cases, steps, refused, failures };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(availableParallelism()) },
      depth: { type: 'string', default: '0' },
    },
  });
  const stride = Math.max(1, Number(values.workers));
  const perWorker = Math.ceil(Number(values.cases) / stride);
  const shares: Share[] = Array.from({ length: stride }, (_, w) => ({ first: Number(values.seed) + w, cases: perWorker, stride }));
  const run = (share: Share): Promise<Found> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  const started = process.hrtime.bigint();
  const found = stride === 1 ? shares.map(runShare) : await Promise.all(shares.map(run));
  const total = (of: (f: Found) => number): number => found.reduce((sum, f) => sum + of(f), 0);
  const failures = found.flatMap((f) => f.failures).sort((a, b) => a.seed - b.seed);
  for (const { seed, text } of failures.slice(0, 40)) process.stdout.write(`seed ${seed} FAILED\n  ${text}\n`);
  process.stdout.write(
    `${total((f) => f.cases)} cases, ${total((f) => f.steps)} steps, ${total((f) => f.refused)} refused, ` +
      `${failures.length} failed, ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s\n`,
  );
  const bad = interleavings(Number(values.depth));
  process.exitCode = failures.length > 0 || bad ? 1 : 0;
}

function interleavings(depth: number): boolean {
  if (depth === 0) return false;
  let bad = false;
  for (const { name, spec, alphabet } of examples) {
    const result = everyInterleaving(makeEngine, spec, alphabet, depth);
    process.stdout.write(`${name}: ${result.states} states, ${result.paths} ends at depth ${depth}\n`);
    if (result.problems.length === 0) continue;
    bad = true;
    process.stdout.write(`  FAILED ${result.problems.join('\n  ')}\n${describeCase({ spec, steps: result.path })}\n`);
  }
  return bad;
}

if (isMainThread) await main();
else parentPort?.postMessage(runShare(workerData as Share));
