/** `npm run algo -- <command> NAME`: from an empty folder to a running deployment. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { admit, type AdmittedModule } from '../algo/admission/admit.js';
import { Probe } from '../algo/admission/probe.js';
import { CompilePool } from '../algo/compile/compile-pool.js';
import { reportJson, reportSvg, reportText } from '../algo/report/render-report.js';
import { stripCustom } from '../algo/wasm/strip-custom.js';
import type { ConfigParam } from '../algo/host/regions.js';
import { runAlgoBacktest } from '../main/backtest/algo-backtest.js';
import { loadTapes } from '../venues/sim/market.js';
import { buildUniverse } from '../venues/sim/universe.js';

const USAGE = `usage: npm run algo -- <command> NAME [options]
  init NAME       makes algos/NAME with an example and its test
  build NAME      compiles algos/NAME to dist/algos/NAME.wasm and admits it
  test NAME       builds it and runs algos/NAME/*.test.mjs
  backtest NAME   --symbol BTC-USD --venues binance[,coinbase] [--labels maker,hedger] --config 1,100000
                  --seconds 60 --seed 1 [--data recordings] [--out DIRECTORY]
  deploy NAME     --url http://127.0.0.1:8080 --key KEY --symbols BTC-USD [--venues …] [--labels …] [--config …]
`;

const options = {
  symbol: { type: 'string', default: 'BTC-USD' },
  symbols: { type: 'string' },
  venues: { type: 'string', default: 'binance' },
  labels: { type: 'string' },
  config: { type: 'string', default: '' },
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: '1' },
  data: { type: 'string', default: 'recordings' },
  out: { type: 'string' },
  url: { type: 'string', default: 'http://127.0.0.1:8080' },
  key: { type: 'string' },
} as const;

const example = `// NAME: what it does, in a line or two.
// config: 0 side (1 buy, -1 sell) · 1 quantity _1e8
import { actions, BUY, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { Book, State } from "../std/views";

class Example extends Algo {
  private id: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable || this.id != 0) return;
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const id = this.nextId();
    const px = side == BUY ? book.bid(0).px : book.ask(0).px;
    if (actions.order(id, side, POST_ONLY, px, config.int(1, 100000))) this.id = id;
  }
}

export function create(): Algo {
  return new Example();
}
`;

const exampleTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AlgoHarness } from '../../dist/src/algo/harness/algo-harness.js';

test('posts once at the touch', () => {
  const algo = new AlgoHarness('dist/algos/NAME.wasm', { config: [1, 100000] });
  algo.book([100, 5], [101, 5]);
  algo.book([102, 5], [103, 5]);
  assert.deepEqual(algo.actions.map(({ side, priceTicks, qtyLots }) => [side, priceTicks, qtyLots]), [[1, 100, 10]]);
  assert.deepEqual(algo.deaths, []);
});
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const fail = (text: string): number => {
  process.stderr.write(`algo: ${text}\n`);
  return 1;
};

function init(name: string): number {
  const folder = join('algos', name);
  if (existsSync(folder)) return fail(`${folder} is there already`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.ts'), readFileSync('algos/peg/index.ts'));
  writeFileSync(join(folder, 'algo.ts'), example.replaceAll('NAME', name));
  writeFileSync(join(folder, 'algo.test.mjs'), exampleTest.replaceAll('NAME', name));
  say(`made ${folder}: write algo.ts, then npm run algo -- test ${name}`);
  return 0;
}

/** Compiles where there is a source, then admits. @returns the module, or what to print */
async function build(name: string): Promise<AdmittedModule | string> {
  const outFile = `dist/algos/${name}.wasm`;
  const entry = `algos/${name}/index.ts`;
  if (existsSync(entry)) {
    const pool = new CompilePool();
    const messages = await pool.compile({ root: resolve('.'), entry, outFile });
    await pool.close();
    if (messages !== undefined) return messages;
  } else if (!existsSync(outFile) && !existsSync(name)) return `there is no ${entry}, no ${outFile} and no file ${name}`;
  const probe = new Probe();
  const result = await admit(readFileSync(existsSync(outFile) ? outFile : name), probe);
  probe.close();
  return result.ok ? result.value : `refused: ${result.error.code}: ${result.error.message}`;
}

function parameters(text: string): ConfigParam[] {
  return text.split(',').filter((part) => part !== '').map((part): ConfigParam => {
    if (part === 'true' || part === 'false') return { type: 'bool', value: part === 'true' };
    const value = Number(part);
    if (!Number.isFinite(value)) throw new RangeError(`--config: "${part}" is no number, true or false`);
    return { type: Number.isInteger(value) ? 'int' : 'float', value };
  });
}

type Values = { readonly [K in keyof typeof options]: string | undefined };

function instancesOf(values: Values): { label: string; venue: string }[] {
  const venues = (values.venues ?? '').split(',');
  const labels = values.labels?.split(',') ?? venues.map((venue, i) => (i === 0 ? 'main' : venue));
  if (labels.length !== venues.length) throw new RangeError('--labels: one a venue');
  return venues.map((venue, i) => ({ venue, label: labels[i] ?? venue }));
}

function backtest(name: string, module: AdmittedModule, values: Values): number {
  const universe = buildUniverse();
  const bar = (share: number): boolean => {
    const done = Math.round(share * 40);
    if (process.stderr.isTTY) process.stderr.write(`\r[${'#'.repeat(done)}${'.'.repeat(40 - done)}] ${Math.round(share * 100)} %`);
    return true;
  };
  const started = performance.now();
  const { report, logs } = runAlgoBacktest({
    name, module, universe, tapes: loadTapes(values.data ?? '', universe), symbol: values.symbol ?? '',
    instances: instancesOf(values), config: parameters(values.config ?? ''), seed: Number(values.seed),
    seconds: Number(values.seconds), progress: bar,
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  say(reportText(report));
  say(`${Math.round(report.callbacks / ((performance.now() - started) / 1_000))} callbacks/s including loading`);
  for (const line of logs.slice(-20)) say(line);
  if (values.out !== undefined) {
    mkdirSync(values.out, { recursive: true });
    writeFileSync(join(values.out, `${name}.txt`), reportText(report));
    writeFileSync(join(values.out, `${name}.json`), reportJson(report));
    writeFileSync(join(values.out, `${name}.svg`), reportSvg(report));
    say(`written to ${values.out}`);
  }
  return 0;
}

/** A deployment's name from an algo's, or from a file's. */
function nameOf(name: string): string {
  return basename(name, '.wasm').slice(0, 64);
}

async function deploy(name: string, module: AdmittedModule, values: Values): Promise<number> {
  if (values.key === undefined) return fail('deploy needs --key');
  const instances = instancesOf(values);
  const body = {
    // Debug sections don't run: without them a Rust debug build is under the upload's limit.
    name: nameOf(name), wasm_base64: Buffer.from(stripCustom(module.original)).toString('base64'), symbols: (values.symbols ?? values.symbol ?? '').split(','),
    start_immediately: true, venues: instances.map(({ venue }) => venue), labels: instances.map(({ label }) => label),
    config: Object.fromEntries(parameters(values.config ?? '').map(({ value }, place) => [place, value])),
  };
  const answer = await fetch(`${values.url}/v1/deployments`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { authorization: `Bearer ${values.key}`, 'content-type': 'application/json' },
  });
  say(await answer.text());
  return answer.ok ? 0 : 1;
}

/** @returns exit code: 0 good, 1 the algo is wrong, 2 the call is */
export async function algoCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, name] = positionals;
  if (command === undefined || name === undefined || !/^[\w./-]{1,200}$/.test(name)) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (command === 'init') return init(name);
  if (!['build', 'test', 'backtest', 'deploy'].includes(command)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const module = await build(name);
  if (typeof module === 'string') return fail(module);
  say(`${name}: admitted, abi ${module.profile.name}, ${module.original.length} bytes, ${module.hash}`);
  const all: Values = { ...values, symbols: values.symbols, labels: values.labels, out: values.out, key: values.key };
  if (command === 'backtest') return backtest(name, module, all);
  if (command === 'deploy') return deploy(name, module, all);
  if (command === 'build') return 0;
  const tests = readdirSync(join('algos', name)).filter((file) => file.endsWith('.test.mjs')).map((file) => join('algos', name, file));
  if (tests.length === 0) return fail(`algos/${name} has no *.test.mjs`);
  return spawnSync(process.execPath, ['--test', ...tests], { stdio: 'inherit' }).status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await algoCommand(process.argv.slice(2)).catch((error: unknown) => fail(String(error)));
}
