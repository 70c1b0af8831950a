/**
 * The long campaign over real sockets: `node dist/test/api/fuzz-main.js [malformed] [mutated] [binary] [seed]`, default
 * 200,000 bodies, 20,000 changed documents, 60,000 binary frames. Orders are sent beside it all the time; printed are
 * statuses, rates, the growth of memory, and p99 of those orders against the same without hostile traffic; the last line
 * says whether all held, the exit code too (1: p99 above 2 x, or memory grew). Any 5xx, anything accepted that is damaged, or
 * a crash ends it with the seed. Binary frames in bulk, without sockets:
 * `node dist/test/unit/gateway/binary/fuzz.js`.
 */
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { rig } from './client.js';
import { fuzzBinary } from './fuzz-binary-run.js';
import { fuzz } from './fuzz-run.js';

const [malformedCount = 200_000, mutatedCount = 20_000, binaryCount = 60_000, seed = 7] = process.argv.slice(2).map(Number);
const r = await rig({ mount: [mountBinary()] });
// The kill switch of the fuzzed account is among what is fuzzed.
const trader = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));

async function order(times: number[]): Promise<void> {
  const started = performance.now();
  const got = await trader.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
  if (got.status !== 201) throw new Error(`order refused: ${got.status} ${got.text}`);
  times.push(performance.now() - started);
}

const at = (times: readonly number[], share: number): number => [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;

/** Well-formed orders on four connections: what the hostile traffic is compared with. */
async function harmless(count: number): Promise<void> {
  for (let i = 0; i < count; i += 4) await Promise.all([0, 1, 2, 3].map(() => r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })));
}

interface Phase {
  readonly times: number[];
  ms: number;
}
const newPhase = (): Phase => ({ times: [], ms: 0 });

async function beside<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
  let over = false;
  const trading = (async () => {
    while (!over) await order(phase.times);
  })();
  const started = performance.now();
  const result = await work().finally(() => (over = true));
  await trading;
  phase.ms += performance.now() - started;
  return result;
}

/** Orders in each of both phases from which on their p99 means something. */
const ORDERS_MIN = 1_000;
const RATIO_MAX = 2;
const GROWN_MB_MAX = 64;
const broken: string[] = [];

/** Rounds of each kind: calm and hostile traffic by turns, so that both see the same machine. */
const ROUNDS = 20;

await fuzz(r, 'malformed', seed, 2_000);
await r.client.post('/v1/kill_switch/clear');
await harmless(2_000);
await fuzz(r, 'mutated', seed, 2_000);
const before = process.memoryUsage().rss;

async function campaign(name: string, count: number, part: (count: number, seed: number) => Promise<string>): Promise<void> {
  const calm = newPhase();
  const hostile = newPhase();
  let said = '';
  for (let round = 0; round < ROUNDS; round++) {
    await r.client.post('/v1/kill_switch/clear');
    await beside(calm, () => harmless(Math.max(4, Math.ceil(count / ROUNDS / 8))));
    said = await beside(hostile, () => part(Math.ceil(count / ROUNDS), seed + 1_000 * round));
  }
  const [p99, calm99] = [at(hostile.times, 0.99), at(calm.times, 0.99)];
  if (Math.min(hostile.times.length, calm.times.length) >= ORDERS_MIN && p99 > RATIO_MAX * calm99) broken.push(`${name}: order p99 ${(p99 / calm99).toFixed(2)} × calm`);
  console.log(`${name} ${count} in ${Math.round(hostile.ms / 1000)} s; ${said}; order p99 ${p99.toFixed(2)} ms, ${(p99 / calm99).toFixed(2)} × calm`);
}

const byStatus = { malformed: new Map<number, number>(), mutated: new Map<number, number>() };
for (const [mode, count, first] of [['malformed', malformedCount, 1], ['mutated', mutatedCount, 2]] as const) {
  await campaign(mode, count, async (part, own) => {
    const found = await fuzz(r, mode, own + first, part);
    for (const [status, n] of found.byStatus) byStatus[mode].set(status, (byStatus[mode].get(status) ?? 0) + n);
    return [...byStatus[mode]].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`).join(', ');
  });
}
let connections = 0;
await campaign('binary', binaryCount, async (part, own) => {
  connections += (await fuzzBinary(r, own + 3, part, 4)).connections;
  return `${connections} connections ended with 4007`;
});
const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
if (grown > GROWN_MB_MAX) broken.push(`${grown} MB more memory`);
await r.close();
console.log(`fuzz ${malformedCount} + ${mutatedCount} + ${binaryCount}, seed ${seed}: rss ${grown} MB more; ${broken.length === 0 ? 'all held' : `FAILED: ${broken.join('; ')}`}`);
process.exitCode = broken.length === 0 ? 0 : 1;
