/**
 * The algo host alone: what a callback costs beside the guest's own time, what metering costs, how long a runaway and
 * a fresh start take, what an idle instance holds.
 *
 *   this thread:  BookTop → Deployment.bookChanged → guest → actions → sink
 *
 * `node dist/bench/micro/algo.js` prints the rows; small parameters by `benchAlgo({ calls: 2000 })`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkAndMeter, type AdmittedModule } from '../../src/algo/admission/admit.js';
import { BookTop } from '../../src/algo/host/book-top.js';
import { Deployment, type DeploymentSink } from '../../src/algo/host/deployment.js';
import { AlgoInstance, type InstanceSink } from '../../src/algo/host/instance.js';
import { zeroFeatures } from '../../src/algo/features/feature-values.js';
import type { ConfigParam } from '../../src/algo/host/regions.js';

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const symbol = {
  name: 'BTC-USD', tick1e9: 10_000_000, lot1e8: 10_000, minQtyLots: 1, minNotional1e9: 0, pricePrecision: 2, qtyPrecision: 4,
};
const risk = { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false };
const config: ConfigParam[] = [1, 100_000, 0, 1, 1].map((value) => ({ type: 'int', value }));
const baseNs = 1_723_161_600_000_000_000n;
const names = ['peg', 'sniper', 'iceberg', 'maker', 'xhedge', 'kernel'] as const;

function load(name: string): AdmittedModule {
  const result = checkAndMeter(readFileSync(`dist/algos/${name}.wasm`));
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value;
}

function twentyLevels(shift: number): BookTop {
  const top = new BookTop();
  const side = (sign: number): number[] => Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 6_000_000 + shift + sign * (5 + i) : 100 + i));
  top.setFrom(side(-1), side(1), 0);
  return top;
}

type BookFn = (book: number, state: number) => number;

/** on_book of a bare instance, host work left out, ns a call, best of three rounds. */
function guestNs(bytes: Uint8Array<ArrayBuffer>, calls: number): number {
  const env = { host_log_impl: () => {}, __seq_send: () => {} };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const memory = instance.exports['memory'] as WebAssembly.Memory;
  const budget = instance.exports['__lw_budget'] as WebAssembly.Global | undefined;
  if (budget !== undefined) budget.value = 1 << 29;
  const at = (instance.exports['algo_alloc'] as (n: number) => number)(3_160);
  const words = new BigInt64Array(memory.buffer as ArrayBuffer);
  for (let i = 0; i < 40; i++) {
    words[(at >> 3) + 2 * i] = BigInt(i < 20 ? 60_000_000_000_000 - i * 10_000_000 : 60_000_010_000_000 + i * 10_000_000);
    words[(at >> 3) + 2 * i + 1] = 100_000_000n;
  }
  new Uint8Array(memory.buffer as ArrayBuffer).set([20, 20], at + 640);
  // A position and an order that rests far off, so that quoting algos do their whole round.
  const state = (at >> 3) + 82;
  words[state] = 10_000n;
  const onBook = instance.exports['algo_on_book_v3'] as BookFn;
  let best = Infinity;
  let sum = 0;
  for (let i = 0; i < calls; i++) sum += onBook(at, at + 656);
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    for (let i = 0; i < calls; i++) sum += onBook(at, at + 656);
    best = Math.min(best, ((performance.now() - started) * 1e6) / calls);
  }
  if (sum < 0) throw new Error('unreachable');
  return best;
}

/**
 * One on_book of the host, guest included, ns, best of many short rounds: other work on the machine hits some of them.
 * @param moved levels a side that differ from the book before, 0..20
 */
function hostCallNs(calls: number, moved: number): number {
  const module = load('sniper');
  const silent: InstanceSink = { act: () => {}, log: () => {}, died: () => {} };
  // A limit price that is never reached: the guest looks and does nothing.
  const idle: ConfigParam[] = [1, 100_000, 1].map((value) => ({ type: 'int', value }));
  const instance = new AlgoInstance(
    { label: 'main', place: 0, meshId: 0, peers: [], venueId: 3, venues: new Set([3]), symbols: [symbol], risk, config: idle, baseNs },
    new WebAssembly.Module(module.metered), module.profile, silent,
  );
  const tops = [twentyLevels(0), twentyLevels(0)] as const;
  for (let i = 0; i < moved; i++) {
    tops[1].setBid(i, tops[1].bid(i) - 1, tops[1].bidSize(i) + 1);
    tops[1].setAsk(i, tops[1].ask(i) + 1, tops[1].askSize(i) + 1);
  }
  const features = zeroFeatures();
  const perRound = Math.max(100, Math.floor(calls / 10));
  let best = Infinity;
  for (let round = 0; round < 60; round++) {
    const started = performance.now();
    for (let i = 0; i < perRound; i++) {
      features.microprice1e9 = 60_000_000_000_000 + i;
      features.ofi1Level1e8 = -i;
      features.tsNs = i;
      instance.onBook(0, tops[i & 1] as BookTop, features, i);
    }
    best = Math.min(best, ((performance.now() - started) * 1e6) / perRound);
  }
  return best;
}

/** Book in, features, callback, actions out of a market maker that moves a quote at each book. */
function deploymentsPerSecond(calls: number): number {
  const module = load('maker');
  let actions = 0;
  const pending: [AlgoInstance, number][] = [];
  const sink: DeploymentSink = {
    act: (instance, action) => {
      actions++;
      if (action.kind === 0) pending.push([instance, action.ref]);
    },
    log: () => {}, died: () => {},
  };
  const maker: ConfigParam[] = [100_000, 5, 1_000_000, 5, 1].map((value) => ({ type: 'int', value }));
  const deployment = new Deployment(
    { id: 'bench', instances: [{ label: 'main', venueId: 3 }], symbols: [symbol], risk, config: maker, baseNs },
    new WebAssembly.Module(module.metered), module.profile, sink,
  );
  const tops = [twentyLevels(0), twentyLevels(3_000)];
  let best = 0;
  let t = 0;
  for (let round = 0; round < 4; round++) {
    const started = performance.now();
    for (let i = 0; i < calls; i++) {
      t += 100_000;
      deployment.bookChanged(3, 0, tops[i & 1] as BookTop, t);
      for (let order = pending.pop(); order !== undefined; order = pending.pop()) order[0].orderAcked(0, order[1]);
    }
    best = Math.max(best, (calls * 1_000) / (performance.now() - started));
  }
  if (actions === 0) throw new Error('the maker did nothing');
  return best;
}

function idleMegabytes(instances: number): number {
  const module = load('peg');
  const compiled = new WebAssembly.Module(module.metered);
  const sink: DeploymentSink = { act: () => {}, log: () => {}, died: () => {} };
  const before = process.memoryUsage().rss;
  const kept = Array.from({ length: instances }, (_, i) => new Deployment(
    { id: `d${i}`, instances: [{ label: 'main', venueId: 3 }], symbols: [symbol], risk, config, baseNs },
    compiled, module.profile, sink,
  ));
  for (const deployment of kept) deployment.bookChanged(3, 0, twentyLevels(0), 1);
  return (process.memoryUsage().rss - before) / 2 ** 20;
}

/** @param calls callbacks a round; 200,000 for figures */
export function benchAlgo({ calls }: { calls: number }): BenchRow[] {
  const rows: BenchRow[] = [];
  const overheads: number[] = [];
  for (const name of names) {
    const module = load(name);
    const n = name === 'kernel' ? Math.max(20, Math.floor(calls / 200)) : calls;
    const bare = guestNs(module.original, n);
    const metered = guestNs(module.metered, n);
    overheads.push((metered / bare - 1) * 100);
    rows.push({ name: `${name}: on_book, bare`, value: bare, unit: 'ns' });
    rows.push({ name: `${name}: on_book, metered`, value: metered, unit: 'ns' });
    rows.push({ name: `${name}: metering`, value: (metered / bare - 1) * 100, unit: '%' });
  }
  overheads.sort((x, y) => x - y);
  rows.push({ name: 'metering, median of six', value: ((overheads[2] ?? 0) + (overheads[3] ?? 0)) / 2, unit: '%' });
  const guest = guestNs(load('sniper').metered, calls);
  for (const moved of [20, 2]) {
    rows.push({ name: moved === 20 ? 'callback of the host beside the guest' : `callback beside the guest, ${2 * moved} of 40 levels moved`, value: hostCallNs(calls, moved) - guest, unit: 'ns' });
  }
  rows.push({ name: 'maker: book to actions', value: deploymentsPerSecond(calls), unit: 'callbacks/s' });
  rows.push({ name: '200 idle instances', value: idleMegabytes(200), unit: 'MB' });
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, value, unit } of benchAlgo({ calls: 200_000 })) {
    process.stdout.write(`${name.padEnd(40)} ${value.toFixed(1).padStart(12)} ${unit}\n`);
  }
}
