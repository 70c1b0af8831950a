/**
 * Mutants of the real algos and random modules of binaryen's generator against the whole path: checks, metering,
 * probe, run. The default test runs a small part; the long one is
 * `node dist/test/algo/campaign.js --mutants 50000 --random 3000 --seed 1`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Prng } from '../../src/base/prng.js';
import { admit } from '../../src/algo/admission/admit.js';
import { Probe } from '../../src/algo/admission/probe.js';
import { RandomModules } from './random-modules.js';
import { BINANCE, book, deploy, ints, only, recorder } from './support.js';

export const algoNames = ['peg', 'sniper', 'iceberg', 'maker', 'xhedge'] as const;

/** How a campaign went: refusals and deaths by code, modules that ran to the end, and what must stay 0. */
export interface Tally {
  readonly byCode: Map<string, number>;
  modules: number;
  ran: number;
  /** Callbacks that took longer than the watchdog allows, probes that died. */
  slow: number;
  probeDeaths: number;
  slowestMs: number;
}

export function emptyTally(): Tally {
  return { byCode: new Map(), modules: 0, ran: 0, slow: 0, probeDeaths: 0, slowestMs: 0 };
}

/** One to three random changes: flips, overwrites, cuts, insertions, splices. */
export function mutate(source: Uint8Array, random: Prng): Uint8Array {
  let bytes = [...source];
  for (let n = random.between(1, 3); n > 0; n--) {
    const at = random.between(8, bytes.length - 1);
    // Mostly changes that keep the lengths: the others rarely get past the parser.
    switch (random.below(16)) {
      case 0: bytes = bytes.slice(0, at); break;
      case 1: bytes.splice(at, random.between(1, 4)); break;
      case 2: bytes.splice(at, 0, random.below(256), random.below(256)); break;
      case 3: {
        const from = random.between(8, bytes.length - 1);
        bytes.splice(at, 8, ...bytes.slice(from, from + 8));
        break;
      }
      case 4:
      case 5:
      case 6: bytes[at] = random.below(256); break;
      default: bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    if (bytes.length < 10) break;
  }
  return Uint8Array.from(bytes);
}

/** Admits and runs one module; whatever it is, this returns. */
export async function attempt(bytes: Uint8Array, probe: Probe, tally: Tally): Promise<void> {
  tally.modules++;
  const children = probe.children;
  const result = await admit(bytes, probe);
  const count = (code: string): void => void tally.byCode.set(code, (tally.byCode.get(code) ?? 0) + 1);
  if (!result.ok) {
    if (result.error.code.startsWith('PROBE')) tally.probeDeaths++;
    return count(result.error.code);
  }
  if (children > 0 && probe.children !== children) tally.probeDeaths++;
  const sink = recorder();
  const deployment = deploy(result.value, sink, { config: ints(1, 1_000_000, 0, 1) });
  for (let t = 1; t <= 4; t++) {
    const started = performance.now();
    deployment.bookChanged(BINANCE, 0, book([6_000_000 + t, 5], [6_000_010 + t, 5]), t);
    const took = performance.now() - started;
    tally.slowestMs = Math.max(tally.slowestMs, took);
    if (took > 80) tally.slow++;
  }
  deployment.shutdown(5);
  const instance = only(deployment);
  if (instance.death === undefined) tally.ran++;
  else count(instance.death.reason);
}

export async function runMutants(count: number, seed: number, probe: Probe, tally: Tally): Promise<void> {
  const sources = algoNames.map((name) => readFileSync(`dist/algos/${name}.wasm`));
  const random = new Prng(seed);
  for (let i = 0; i < count; i++) await attempt(mutate(random.pick(sources), random), probe, tally);
}

/** Valid modules that binaryen makes from random bytes around a guest of ours, keeping its imports and exports. */
export async function runRandom(count: number, seed: number, probe: Probe, tally: Tally, bytesMax = 4_000): Promise<void> {
  const modules = new RandomModules(seed);
  try {
    for (let i = 0; i < count; i++) {
      const bytes = await modules.next(bytesMax);
      if (bytes === undefined) tally.byCode.set('GENERATOR', (tally.byCode.get('GENERATOR') ?? 0) + 1);
      else await attempt(bytes, probe, tally);
    }
  } finally {
    modules.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mutants: { type: 'string', default: '50000' }, random: { type: 'string', default: '3000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const probe = new Probe();
  const started = Date.now();
  const tally = emptyTally();
  await runMutants(Number(values.mutants), Number(values.seed), probe, tally);
  await runRandom(Number(values.random), Number(values.seed) + 1, probe, tally);
  probe.close();
  const rows = [...tally.byCode].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${code} ${count}`);
  process.stdout.write(
    `${tally.modules} modules in ${Math.round((Date.now() - started) / 1_000)} s: ran ${tally.ran}, ${rows.join(', ')}\n` +
      `slowest callback ${tally.slowestMs.toFixed(1)} ms, over the watchdog ${tally.slow}, probe deaths ${tally.probeDeaths}, ` +
      'host crashes 0\n',
  );
  const held = tally.probeDeaths === 0 && tally.slow === 0 && tally.ran > 0;
  process.stdout.write(`${held ? 'HELD' : 'NOT HELD'}: no crash of host or probe, nothing over the watchdog, seed ${values.seed}\n`);
  process.exitCode = held ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
