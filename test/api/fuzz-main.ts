/**
 * The long campaign: `node dist/test/api/fuzz-main.js [malformed-count] [mutated-count] [seed]`
 * (default 200,000 and 20,000). Prints statuses, the rate and the growth of memory; any 5xx ends it with the seed.
 */
import { rig } from './client.js';
import { fuzz } from './fuzz-run.js';

const [malformedCount = 200_000, mutatedCount = 20_000, seed = 7] = process.argv.slice(2).map(Number);
const r = await rig();
await fuzz(r, 'malformed', seed, 2_000);
const before = process.memoryUsage().rss;
const started = performance.now();
const bad = await fuzz(r, 'malformed', seed + 1, malformedCount);
const changed = await fuzz(r, 'mutated', seed + 2, mutatedCount);
const seconds = (performance.now() - started) / 1000;
const ordered = (map: ReadonlyMap<number, number>): string =>
  [...map].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`).join(', ');
console.log(`malformed ${bad.sent}: ${ordered(bad.byStatus)}`);
console.log(`mutated ${changed.sent}: ${ordered(changed.byStatus)}`);
console.log(`${Math.round((bad.sent + changed.sent) / seconds)} requests/s, rss ${Math.round((process.memoryUsage().rss - before) / 1e6)} MB more`);
await r.client.post('/v1/kill_switch/clear');
const order = await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
await r.close();
console.log(order.status === 201 ? 'still trades' : `does not trade any more: ${order.text}`);
process.exitCode = order.status === 201 ? 0 : 1;
