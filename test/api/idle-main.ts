/**
 * `node dist/test/api/idle-main.js [sockets]` (default 5,000): trading beside idle, slow and half-sent connections.
 * Prints p50 and p99 of an order before, during and after, and the growth of memory, in one line; fails above 2x at p99.
 * The load generator shares the machine: compare the ratios, not the times.
 */
import { connect, type Socket } from 'node:net';
import { rig } from './client.js';

const sockets = Number(process.argv[2] ?? 5_000);
const r = await rig();
const head = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${r.key}\r\nContent-Length: 1000\r\n\r\n{"sy`;
const starts = ['', 'POST /v1/or', head, 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'];

async function trade(count: number): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    const got = await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
    if (got.status !== 201) throw new Error(`order refused: ${got.text}`);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(count * 0.5)] ?? 0, p99: times[Math.floor(count * 0.99)] ?? 0 };
}

const show = ({ p50, p99 }: { p50: number; p99: number }): string => `${p50.toFixed(2)}/${p99.toFixed(2)}`;

await trade(1_000);
const before = await trade(2_000);
const rss = process.memoryUsage().rss;
const open: Socket[] = [];
for (let i = 0; i < sockets; i++) {
  const socket = connect(r.gateway.listenPort, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  const start = starts[i % starts.length] ?? '';
  if (start !== '') socket.write(start);
  socket.pause();
  open.push(socket);
}
const during = await trade(2_000);
const grown = process.memoryUsage().rss - rss;
for (const socket of open) socket.destroy();
const after = await trade(2_000);
await r.close();
const ratio = during.p99 / Math.max(before.p99, after.p99);
console.log(
  `idle ${sockets}: order p50/p99 ms before ${show(before)}, beside ${show(during)}, after ${show(after)}; p99 ${ratio.toFixed(2)} ×; ` +
    `rss ${Math.round(grown / 1e6)} MB more (both ends); ${ratio <= 2 ? 'held' : 'FAILED: above 2 ×'}`,
);
process.exitCode = ratio <= 2 ? 0 : 1;
