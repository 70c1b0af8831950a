/**
 * Many subscribers of one price beside one that never reads: how long from a book's change to the frame at each
 * reader, with and without the one that never reads. Clients and server share this process, so the figures compare
 * the two phases with each other; they are no absolute latencies.
 *
 * `node dist/test/api/stream-load.js [subscribers] [changes]`; default 1,000 and 200.
 */
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { StreamEngine } from './stream-engine.js';

export interface LoadResult {
  readonly subscribers: number;
  /** Frames that came, of subscribers × changes. */
  readonly frames: number;
  readonly wanted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A raw socket that subscribes; small and without a frame parser, so that a thousand of them cost little. */
function subscriber(port: number, key: string, channels: readonly string[], onBytes: ((bytes: Buffer) => void) | null): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const lines = [
      'GET /v1/stream HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Authorization: Bearer ${key}`, '', '',
    ];
    socket.write(lines.join('\r\n'));
    socket.on('error', reject);
    socket.once('data', (head: Buffer) => {
      if (!head.toString('latin1').startsWith('HTTP/1.1 101')) reject(new Error(head.toString('latin1').slice(0, 100)));
      const payload = Buffer.from(JSON.stringify({ subscribe: channels }));
      // Masked with zeroes: the payload as it is.
      const length = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
      socket.write(Buffer.concat([length, Buffer.alloc(4), payload]));
      if (onBytes === null) socket.pause();
      else socket.on('data', onBytes);
      resolve(socket);
    });
  });
}

export async function streamLoad(subscribers: number, changes: number): Promise<{ alone: LoadResult; beside: LoadResult }> {
  const engine = new StreamEngine();
  const gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000, mount: [mountStreams()],
  });
  const sockets: Socket[] = [];
  try {
    const alone = await phase(engine, gateway, subscribers, changes, sockets);
    const lazy = await subscriber(gateway.listenPort, gateway.makeTestKey(), ['prices:ETH-USD', 'book:ETH-USD', 'children'], null);
    sockets.push(lazy);
    const beside = await phase(engine, gateway, subscribers, changes, sockets);
    return { alone, beside };
  } finally {
    for (const socket of sockets) socket.destroy();
    await gateway.close();
  }
}

async function phase(engine: StreamEngine, gateway: Gateway, subscribers: number, changes: number, sockets: Socket[]): Promise<LoadResult> {
  let sentAtMs = 0;
  let counting = false;
  let frames = 0;
  const ms: number[] = [];
  let round: () => void = () => undefined;
  let missing = 0;
  const onBytes = (bytes: Buffer): void => {
    if (!counting || !bytes.includes('"prices:ETH-USD"')) return;
    frames++;
    ms.push(performance.now() - sentAtMs);
    if (--missing === 0) round();
  };
  const key = gateway.makeTestKey();
  const own: Socket[] = [];
  for (let i = 0; i < subscribers; i++) own.push(await subscriber(gateway.listenPort, key, ['prices:ETH-USD'], onBytes));
  sockets.push(...own);
  await new Promise((resolve) => setTimeout(resolve, 50));
  counting = true;
  for (let i = 0; i < changes; i++) {
    missing = subscribers;
    const all = new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${missing} of ${subscribers} readers got nothing in 10 s`)), 10_000);
      round = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
    sentAtMs = performance.now();
    engine.move(1, 1);
    await all;
  }
  for (const socket of own) socket.destroy();
  ms.sort((a, b) => a - b);
  const at = (part: number): number => Math.round((ms[Math.floor(ms.length * part)] ?? 0) * 100) / 100;
  return { subscribers, frames, wanted: subscribers * changes, p50Ms: at(0.5), p99Ms: at(0.99) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { alone, beside } = await streamLoad(Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 200));
  const ratio = beside.p99Ms / alone.p99Ms;
  const held = ratio <= 2 && alone.frames === alone.wanted && beside.frames === beside.wanted;
  process.stdout.write(
    `streams: ${alone.subscribers} readers, p50/p99 ms ${alone.p50Ms}/${alone.p99Ms} alone, ${beside.p50Ms}/${beside.p99Ms} beside one that never reads; ` +
      `p99 ${ratio.toFixed(2)} ×; frames ${alone.frames + beside.frames} of ${alone.wanted + beside.wanted}; ${held ? 'held' : 'FAILED: above 2 ×, or frames missing'}\n`,
  );
  process.exitCode = held ? 0 : 1;
}
