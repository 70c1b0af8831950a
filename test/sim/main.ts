/**
 * `npm run sim -- --seeds N --seed FIRST [--seconds S] [--workers W] [--hash] [--reach]`: runs N seeds from FIRST on.
 * `--hash` prints the trace hash last; `--reach` fails the run when a fault kind or a named situation was not reached.
 * A failing seed prints the one command that reproduces it.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { RunningHash } from '../../src/base/hash.js';
import { emptyTally, merge, runSeeds, unreached, type Tally } from './tally.js';

interface Share {
  readonly seeds: readonly number[];
  readonly seconds: number;
}

function inWorker(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '120' },
      workers: { type: 'string', default: String(availableParallelism()) },
      hash: { type: 'boolean', default: false },
      reach: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.seeds);
  const first = Number(values.seed);
  const seconds = Number(values.seconds);
  const workers = Math.max(1, Math.min(Number(values.workers), count));
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const shares = Array.from({ length: workers }, (_, w) => ({ seeds: seeds.filter((_s, i) => i % workers === w), seconds }));
  const started = process.hrtime.bigint();
  const tally = emptyTally();
  for (const part of workers === 1 ? shares.map((s) => runSeeds(s.seeds, s.seconds)) : await Promise.all(shares.map(inWorker))) {
    merge(tally, part);
  }
  report(tally, Number(process.hrtime.bigint() - started) / 1e9, seconds);
  const missing = values.reach || count > 1 ? unreached(tally) : { faults: [], situations: [] };
  for (const kind of missing.faults) process.stdout.write(`${values.reach ? 'NOT REACHED' : 'not reached'} fault ${kind}\n`);
  for (const name of missing.situations) {
    process.stdout.write(`${values.reach ? 'NOT REACHED' : 'not reached'} situation ${name}\n`);
  }
  if (values.hash) process.stdout.write(`${traceHash(tally)}\n`);
  const short = values.reach && missing.faults.length + missing.situations.length > 0;
  process.exitCode = tally.failures.length > 0 || short ? 1 : 0;
}

function report(tally: Tally, elapsed: number, seconds: number): void {
  for (const { seed, problems } of tally.failures) {
    process.stdout.write(`seed ${seed} FAILED\n  ${problems.join('\n  ')}\n`);
    process.stdout.write(`  again: npm run sim -- --seeds 1 --seed ${seed} --seconds ${seconds}\n`);
  }
  process.stdout.write(
    `${tally.seeds} seeds, ${tally.events} events, ${tally.orders} orders in ${elapsed.toFixed(1)} s, ` +
      `${tally.failures.length} failed\n`,
  );
}

/** Order of workers does not matter: seeds are hashed in their order. */
export function traceHash(tally: Tally): string {
  const hash = new RunningHash();
  for (const [seed, text] of [...tally.hashes].sort((a, b) => a[0] - b[0])) {
    hash.integer(seed);
    hash.text(text);
  }
  return hash.hex();
}

if (isMainThread) await main();
else {
  const share = workerData as Share;
  parentPort?.postMessage(runSeeds(share.seeds, share.seconds));
}
