/**
 * The long campaign over real sockets: `node dist/test/api/fuzz-main.js [malformed] [mutated] [binary] [seed]`, default
 * 200,000 bodies, 20,000 changed documents, 60,000 binary frames. Orders are sent beside it all the time; printed are
 * statuses, rates, the growth of memory, and p99 of those orders against the same without hostile traffic. Any 5xx,
 * anything accepted that is damaged, or a crash ends it with the seed. Binary frames in bulk, without sockets:
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

async function beside<T>(work: () => Promise<T>): Promise<{ result: T; times: number[]; seconds: number }> {
  const times: number[] = [];
  let over = false;
  const trading = (async () => {
    while (!over) await order(times);
  })();
  const started = performance.now();
  const result = await work().finally(() => (over = true));
  await trading;
  return { result, times, seconds: (performance.now() - started) / 1000 };
}

await fuzz(r, 'malformed', seed, 2_000);
await r.client.post('/v1/kill_switch/clear');
await harmless(2_000);
const calm = await beside(() => harmless(8_000));
await fuzz(r, 'mutated', seed, 2_000);
const before = process.memoryUsage().rss;
const phases = {
  malformed: await beside(() => fuzz(r, 'malformed', seed + 1, malformedCount)),
  mutated: await beside(() => fuzz(r, 'mutated', seed + 2, mutatedCount)),
};
const binary = await beside(() => fuzzBinary(r, seed + 3, binaryCount, 4));
const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
const told = (name: string, sent: number, times: readonly number[], seconds: number, more: string): void =>
  console.log(`${name} ${sent} in ${Math.round(seconds)} s; ${more}; order p99 ${at(times, 0.99).toFixed(2)} ms, ${(at(times, 0.99) / at(calm.times, 0.99)).toFixed(2)} × calm`);
console.log(`calm: order p50 ${at(calm.times, 0.5).toFixed(2)} ms, p99 ${at(calm.times, 0.99).toFixed(2)} ms beside well-formed orders`);
for (const [name, { result, times, seconds }] of Object.entries(phases)) {
  const statuses = [...result.byStatus].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`).join(', ');
  told(name, result.sent, times, seconds, statuses);
}
told('binary', binary.result.frames, binary.times, binary.seconds, `${binary.result.connections} connections ended with 4007`);
console.log(`rss ${grown} MB more`);
await r.close();
