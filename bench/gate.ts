/**
 * `npm run bench:gate -- [--quick] [--plant delay|allocation] [--write]`: compares ratios with bench/baseline.json and
 * fails when one is worse by more than 15 % with 99 % confidence (rank test of the repeats). `--write` makes the
 * baseline anew; `--plant` slows the path on purpose and must go red.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gateCases, type Plant } from './gate-cases.js';
import { rankTest } from './support/mann-whitney.js';
import { spread } from './support/row.js';

const BASELINE = 'bench/baseline.json';
const ALLOWED = 1.15;
const SURE = 2.33;

type Ratios = Readonly<Record<string, readonly number[]>>;

const has = (flag: string): boolean => process.argv.includes(flag);
const measured = measure(plantOf(), has('--quick') ? 25 : 100);
if (has('--write')) {
  writeFileSync(BASELINE, `${JSON.stringify(measured, null, 1)}\n`);
  process.stdout.write(`${BASELINE}: ${Object.keys(measured).length} benches\n`);
} else {
  const worse = compare(JSON.parse(readFileSync(BASELINE, 'utf8')) as Ratios, measured);
  process.exitCode = worse === 0 ? 0 : 1;
}

function plantOf(): Plant {
  const at = process.argv.indexOf('--plant');
  if (at < 0) return 'none';
  const wanted = process.argv[at + 1];
  if (wanted === 'delay' || wanted === 'allocation') return wanted;
  throw new Error(`--plant takes delay or allocation, not ${wanted ?? 'nothing'}`);
}

/** Repeats by turns over the cases, so that a slow moment hits all alike. */
function measure(plant: Plant, repeats: number): Record<string, number[]> {
  const cases = gateCases(plant);
  const out: Record<string, number[]> = {};
  for (const { name } of cases) out[name] = [];
  for (let i = 0; i < repeats; i++) {
    for (const { name, ratio } of cases) out[name]?.push(Number(ratio().toPrecision(4)));
  }
  return out;
}

function compare(baseline: Ratios, now: Ratios): number {
  let worse = 0;
  for (const [name, values] of Object.entries(now)) {
    const before = baseline[name];
    if (before === undefined) throw new Error(`${BASELINE} has no "${name}"; make it anew with --write`);
    const { z } = rankTest(values, before.map((value) => value * ALLOWED));
    const isWorse = z > SURE;
    if (isWorse) worse++;
    process.stdout.write(`${isWorse ? 'WORSE' : 'ok   '} ${name}: ${shape(values)}, baseline ${shape(before)}, z ${z.toFixed(2)}\n`);
  }
  return worse;
}

function shape(values: readonly number[]): string {
  const { value, low, high } = spread(values);
  return `${value.toPrecision(3)} (${low.toPrecision(3)} … ${high.toPrecision(3)})`;
}
