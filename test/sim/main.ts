/**
 * `npm run sim -- --seeds N --seed FIRST [--seconds S] [--workers W] [--hash] [--reach] [--events MIN] [--orders MIN]`:
 * runs N seeds from FIRST on, S virtual seconds of chaos each. `--hash` prints the trace hash last; `--reach` fails the
 * run when a fault kind or a named situation was not reached, `--events` and `--orders` when there were fewer of them.
 * `--ci` stands for the run that CI makes. A failing seed prints the one command that reproduces it.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { RunningHash } from '../../src/base/hash.js';
import { addResult, emptyTally, merge, runSeed, runSeeds, unreached, type Tally } from './tally.js';

const ci = { seeds: '300', seed: '1', seconds: '90', events: '10000000', orders: '200000' } as const;

interface Task {
  readonly seed: number;
  readonly seconds: number;
}

interface Options {
  readonly seeds: readonly number[];
  readonly seconds: number;
  readonly workers: number;
  readonly hash: boolean;
  readonly reach: boolean;
  readonly events: number;
  readonly orders: number;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      seconds: { type: 'string' },
      events: { type: 'string' },
      orders: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      hash: { type: 'boolean', default: false },
      reach: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
    },
  });
  const preset = values.ci ? ci : { seeds: '20', seed: '1', seconds: ci.seconds, events: '0', orders: '0' };
  const number = (name: keyof typeof preset): number => {
    const given = Number(values[name] ?? preset[name]);
    if (!Number.isSafeInteger(given) || given < 0) throw new RangeError(`--${name}: expected a whole number, got ${values[name] ?? ''}`);
    return given;
  };
  const first = number('seed');
  return {
    seeds: Array.from({ length: number('seeds') }, (_, i) => first + i), seconds: number('seconds'),
    events: number('events'), orders: number('orders'), hash: values.hash, reach: values.reach || values.ci,
    workers: Math.max(1, Math.min(Number(values.workers), number('seeds'))),
  };
}

/** Seeds differ in length: each worker asks for the next when it is done with one. */
function inWorkers({ seeds, seconds, workers }: Options): Promise<Tally> {
  const tally = emptyTally();
  const left = [...seeds];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(fileURLToPath(import.meta.url));
      const next = (): void => {
        const seed = left.shift();
        if (seed === undefined) resolve(void worker.terminate());
        else worker.postMessage({ seed, seconds } satisfies Task);
      };
      worker.on('message', (part: Tally) => {
        merge(tally, part);
        next();
      });
      worker.once('error', reject);
      next();
    });
  return Promise.all(Array.from({ length: workers }, one)).then(() => tally);
}

async function main(): Promise<void> {
  const asked = options();
  const started = process.hrtime.bigint();
  const tally = asked.workers === 1 ? runSeeds(asked.seeds, asked.seconds) : await inWorkers(asked);
  report(tally, Number(process.hrtime.bigint() - started) / 1e9, asked.seconds);
  const missing = asked.seeds.length > 1 || asked.reach ? unreached(tally) : { faults: [], situations: [] };
  const lines = [
    ...missing.faults.map((kind) => `fault ${kind}`),
    ...missing.situations.map((name) => `situation ${name}`),
    ...(tally.events < asked.events ? [`events: ${tally.events} of ${asked.events}`] : []),
    ...(tally.orders < asked.orders ? [`orders: ${tally.orders} of ${asked.orders}`] : []),
  ];
  for (const line of lines) process.stdout.write(`${asked.reach ? 'NOT REACHED' : 'not reached'} ${line}\n`);
  if (asked.hash) process.stdout.write(`${traceHash(tally)}\n`);
  const short = (asked.reach && lines.length > 0) || tally.events < asked.events || tally.orders < asked.orders;
  process.exitCode = tally.failures.length > 0 || short ? 1 : 0;
}

function report(tally: Tally, elapsed: number, seconds: number): void {
  for (const { seed, problems } of [...tally.failures].sort((a, b) => a.seed - b.seed)) {
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
  parentPort?.on('message', (task: Task) => {
    const tally = emptyTally();
    addResult(tally, runSeed(task.seed, task.seconds));
    parentPort?.postMessage(tally);
  });
}
