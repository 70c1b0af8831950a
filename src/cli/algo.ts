/** `npm run algo -- <command> NAME`: from an empty folder to a running deployment. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ModuleStore } from '../algo/admission/module-store.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import type { ConfigParam } from '../algo/host/regions.js';
import { reportJson, reportSvg, reportText } from '../algo/report/render-report.js';
import { replayTape } from '../algo/tape/replay-tape.js';
import { stripCustom } from '../algo/wasm/strip-custom.js';
import { runAlgoBacktest, type BacktestResult } from '../main/backtest/algo-backtest.js';
import { runGraphBacktest } from '../main/backtest/graph-backtest.js';
import { loadRecordings, simulatedUniverse } from '../main/simulated-venues.js';
import { loadTapes, type Tapes } from '../venues/sim/market.js';
import { buildAlgo, makeAlgo } from './algo-kit.js';

const USAGE = `usage: npm run algo -- <command> NAME [options]
  init NAME       makes algos/NAME with an example and its test, and algos/std where it is missing
  build NAME      compiles algos/NAME to dist/algos/NAME.wasm and admits it
  test NAME       builds it and runs algos/NAME/*.test.mjs
  backtest NAME   --symbol BTC-USD --venues binance[,coinbase] [--labels maker,hedger] --config 1,100000
                  --seconds 60 --seed 1 [--data FOLDER of recordings] [--out DIRECTORY]
  backtest GRAPH.json   an order document on the whole engine: --seconds, --seed, --data, --out
  replay TAPE     a recorded run through its module again: the same actions must come
  deploy NAME     --url http://127.0.0.1:50052 --key KEY --symbols BTC-USD [--venues …] [--labels …] [--config …]
NAME is an algo of this folder, one of the built-in five, or a file FILE.wasm; --dir FOLDER works elsewhere.
`;

const options = {
  dir: { type: 'string', default: '.' },
  symbol: { type: 'string', default: 'BTC-USD' },
  symbols: { type: 'string' },
  venues: { type: 'string', default: 'binance' },
  labels: { type: 'string' },
  config: { type: 'string', default: '' },
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: '1' },
  data: { type: 'string' },
  out: { type: 'string' },
  url: { type: 'string', default: 'http://127.0.0.1:50052' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = { readonly [K in Exclude<keyof typeof options, 'help'>]: string | undefined };

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const fail = (text: string): number => {
  process.stderr.write(`algo: ${text}\n`);
  return 1;
};

function parameters(text: string): ConfigParam[] {
  return text.split(',').filter((part) => part !== '').map((part): ConfigParam => {
    if (part === 'true' || part === 'false') return { type: 'bool', value: part === 'true' };
    const value = Number(part);
    if (!Number.isFinite(value)) throw new RangeError(`--config: "${part}" is no number, true or false`);
    return { type: Number.isInteger(value) ? 'int' : 'float', value };
  });
}

function positive(name: string, text: string | undefined): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`--${name}: expected a number above 0, got "${text ?? ''}"`);
  return value;
}

function instancesOf(values: Values): { label: string; venue: string }[] {
  const venues = (values.venues ?? '').split(',');
  const labels = values.labels?.split(',') ?? venues.map((venue) => (venues.length === 1 ? 'main' : venue));
  if (labels.length !== venues.length) throw new RangeError('--labels: one a venue');
  return venues.map((venue, i) => ({ venue, label: labels[i] ?? venue }));
}

function bar(share: number): boolean {
  const done = Math.round(share * 40);
  if (process.stderr.isTTY) process.stderr.write(`\r[${'#'.repeat(done)}${'.'.repeat(40 - done)}] ${Math.round(share * 100)} %`);
  return true;
}

function printReport(name: string, { report, logs, runMs }: BacktestResult, out: string | undefined): number {
  if (process.stderr.isTTY) process.stderr.write('\n');
  say(reportText(report));
  if (report.callbacks > 0) say(`${report.callbacks} callbacks in ${(runMs / 1_000).toFixed(2)} s: ${Math.round(report.callbacks / (runMs / 1_000))} a second`);
  for (const line of logs.slice(-20)) say(line);
  if (out === undefined) return 0;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${name}.txt`), reportText(report));
  writeFileSync(join(out, `${name}.json`), reportJson(report));
  writeFileSync(join(out, `${name}.svg`), reportSvg(report));
  say(`written to ${out}: ${name}.txt, ${name}.json, ${name}.svg`);
  return 0;
}

/** @throws RangeError for a folder without the recordings */
function tapesOf(folder: string | undefined): Tapes {
  if (folder === undefined) return loadRecordings();
  try {
    return loadTapes(folder, simulatedUniverse);
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem);
    throw new RangeError(`--data: expected a folder with recordings named as those in recordings/, got ${folder}: ${why}`, { cause: problem });
  }
}

function backtest(name: string, module: AdmittedModule, values: Values): number {
  const universe = simulatedUniverse;
  const result = runAlgoBacktest({
    name, module, universe, tapes: tapesOf(values.data),
    symbol: values.symbol ?? '', instances: instancesOf(values), config: parameters(values.config ?? ''), seed: positive('seed', values.seed),
    seconds: positive('seconds', values.seconds), progress: bar,
  });
  return printReport(basename(name, '.wasm'), result, values.out);
}

async function backtestGraph(file: string, values: Values): Promise<number> {
  const result = await runGraphBacktest({
    name: basename(file, '.json'), document: readFileSync(file, 'utf8'), seed: positive('seed', values.seed),
    seconds: positive('seconds', values.seconds), progress: bar, tapes: tapesOf(values.data),
  });
  return printReport(basename(file, '.json'), result, values.out);
}

/** Modules lie beside the tapes, as the engine keeps them. */
function replay(file: string): number {
  const store = new ModuleStore(join(dirname(file), '..', 'modules'));
  const { inputs, outputs, difference } = replayTape(readFileSync(file, 'utf8'), (hash) => {
    const found = store.get(hash);
    return found.ok ? found.value : undefined;
  });
  if (difference !== undefined) return fail(difference);
  say(`${inputs} inputs, ${outputs} actions and ends: the module did the same`);
  return 0;
}

async function deploy(name: string, module: AdmittedModule, values: Values): Promise<number> {
  if (values.key === undefined) return fail('deploy needs --key: the test key that npm start prints, or one of yours');
  const instances = instancesOf(values);
  const body = {
    // Debug sections don't run: without them a Rust debug build is under the upload's limit.
    name: basename(name, '.wasm').slice(0, 64), wasm_base64: Buffer.from(stripCustom(module.original)).toString('base64'),
    symbols: (values.symbols ?? values.symbol ?? '').split(','), start_immediately: true, venues: instances.map(({ venue }) => venue),
    labels: instances.map(({ label }) => label), config: Object.fromEntries(parameters(values.config ?? '').map(({ value }, place) => [place, value])),
  };
  const answer = await fetch(`${values.url}/v1/deployments`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { authorization: `Bearer ${values.key}`, 'content-type': 'application/json' },
  }).catch(() => null);
  if (answer === null) return fail(`no engine answers at ${values.url}: start one with npm start, or say where it is with --url`);
  say(await answer.text());
  return answer.ok ? 0 : 1;
}

function runTests(dir: string, name: string): number {
  const folder = join(dir, 'algos', name);
  const tests = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.test.mjs')).map((file) => join(folder, file)) : [];
  if (tests.length === 0) return fail(`${folder} has no *.test.mjs`);
  return spawnSync(process.execPath, ['--test', ...tests], { stdio: 'inherit' }).status ?? 1;
}

/** @returns exit code: 0 good, 1 the algo is wrong, 2 the call is */
export async function algoCommand(args: string[]): Promise<number> {
  const { values: given, positionals } = parseArgs({ args, options, allowPositionals: true });
  const values: Values = { ...given, symbols: given.symbols, labels: given.labels, data: given.data, out: given.out, key: given.key };
  const [command, name] = positionals;
  const dir = given.dir;
  if (given.help === true) {
    say(USAGE);
    return 0;
  }
  if (command === undefined || name === undefined || !['init', 'build', 'test', 'backtest', 'replay', 'deploy'].includes(command)) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (command === 'init') {
    const made = makeAlgo(dir, name);
    if (typeof made === 'string') return fail(made);
    say(`made ${made.folder}: write algo.ts, then npm run algo -- test ${name}${dir === '.' ? '' : ` --dir ${dir}`}`);
    return 0;
  }
  if (command === 'replay') return replay(name);
  if (command === 'backtest' && name.endsWith('.json')) return backtestGraph(name, values);
  const module = await buildAlgo(dir, name);
  if (typeof module === 'string') return fail(module);
  say(`${name}: admitted, abi ${module.profile.name}, ${module.original.length} bytes, ${module.hash}`);
  if (command === 'backtest') return backtest(name, module, values);
  if (command === 'deploy') return deploy(name, module, values);
  return command === 'build' ? 0 : runTests(dir, name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await algoCommand(process.argv.slice(2)).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}
