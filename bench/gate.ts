/**
 * `npm run bench:gate -- [--quick] [--plant delay|allocation] [--times N] [--write]`: compares ratios with
 * bench/baseline.json and fails when one is worse by more than 15 % with 99 % confidence (rank test of the repeats).
 *
 * What a process's compiler did and what else the machine does is part of a measurement. So each round is a process of
 * its own; a case that looks worse is measured again alone, with more repeats, in up to two more; it is worse when every
 * round says so. `--write` makes the baseline anew, out of five processes; `--plant` slows the path on purpose and must go
 * red; `--times` runs the gate so often and writes what came of it to dist/bench/gate-times.json.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge, shape } from './support/judge.js';
import { spread } from './support/row.js';

const BASELINE = 'bench/baseline.json';
const TIMES = 'dist/bench/gate-times.json';
const PROCESSES_OF_BASELINE = 5;
/** Rounds of a case that looks worse, the first included. */
const ROUNDS = 3;

type Values = Readonly<Record<string, readonly number[]>>;

interface Measured {
  readonly values: Values;
  readonly units: Readonly<Record<string, 'ratio' | 'bytes'>>;
}

const has = (flag: string): boolean => process.argv.includes(flag);
const after = (flag: string): string | undefined => (has(flag) ? process.argv[process.argv.indexOf(flag) + 1] : undefined);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const plant = plantOf();
const repeats = has('--quick') ? 12 : 40;
if (has('--write')) {
  write();
} else {
  const times = Number(after('--times') ?? 1);
  const worse: string[][] = [];
  for (let i = 0; i < times; i++) {
    worse.push(gate(JSON.parse(readFileSync(BASELINE, 'utf8')) as Values));
    if (times > 1) say(`run ${i + 1} of ${times}: ${worse[i]?.length === 0 ? 'green' : `RED ${worse[i]?.join(', ')}`}`);
  }
  const red = worse.filter((names) => names.length > 0);
  if (times > 1) {
    writeFileSync(TIMES, `${JSON.stringify({ at: new Date().toISOString(), repeats, plant, runs: worse }, null, 1)}\n`);
    say(`${times - red.length} of ${times} green; ${TIMES}`);
  }
  process.exitCode = red.length === 0 ? 0 : 1;
}

function plantOf(): string {
  const wanted = after('--plant');
  if (!has('--plant')) return 'none';
  if (wanted === 'delay' || wanted === 'allocation') return wanted;
  throw new Error(`--plant takes delay or allocation, not ${wanted ?? 'nothing'}`);
}

function measure(count: number, names: readonly string[]): Measured {
  const file = fileURLToPath(new URL('gate-measure.js', import.meta.url));
  const run = spawnSync(process.execPath, ['--max-semi-space-size=64', file, String(count), plant, ...names], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`measuring failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as Measured;
}

function write(): void {
  const all: Record<string, number[]> = {};
  for (let i = 0; i < PROCESSES_OF_BASELINE; i++) {
    for (const [name, values] of Object.entries(measure(20, []).values)) (all[name] ??= []).push(...values);
  }
  const lines = Object.entries(all).map(([name, values]) => ` ${JSON.stringify(name)}: ${JSON.stringify(values)}`);
  writeFileSync(BASELINE, `{\n${lines.join(',\n')}\n}\n`);
  say(`${BASELINE}: ${lines.length} cases`);
}

/** Names of the cases that every round found worse. */
function gate(baseline: Values): string[] {
  let suspects: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { values, units } = measure(repeats * (round + 1), suspects);
    const worse = Object.entries(values).filter(([name, now]) => {
      const before = baseline[name];
      if (before === undefined) throw new Error(`${BASELINE} has no "${name}"; make it anew with --write`);
      return isWorse(name, units[name] ?? 'ratio', now, before, round);
    });
    suspects = worse.map(([name]) => name);
    if (suspects.length === 0) return [];
  }
  return [...suspects];
}

function isWorse(name: string, unit: 'ratio' | 'bytes', now: readonly number[], before: readonly number[], round: number): boolean {
  const judgement = judge(unit, now, before);
  const verdict = !judgement.isWorse ? 'ok    ' : round === ROUNDS - 1 ? 'WORSE ' : 'again ';
  const z = unit === 'bytes' ? '' : `, z ${judgement.z.toFixed(2)}`;
  say(`${verdict} ${name}: ${text(now)}, baseline ${text(before)} ${unit === 'bytes' ? 'bytes' : 'of the floor'}${z}`);
  if (judgement.isWorse) {
    const both = [...now, ...before];
    const low = Math.min(...both);
    const high = Math.max(...both);
    say(`         now      ${shape(now, low, high)}  ${low.toPrecision(3)} … ${high.toPrecision(3)}`);
    say(`         baseline ${shape(before, low, high)}`);
  }
  return judgement.isWorse;
}

function text(values: readonly number[]): string {
  const { value, low, high } = spread(values);
  return `${value.toPrecision(3)} (${low.toPrecision(3)} … ${high.toPrecision(3)})`;
}
