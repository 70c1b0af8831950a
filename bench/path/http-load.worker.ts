/** Load generator on a thread of its own: raw keep-alive sockets, closed loop, two kinds of request by turns. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface LoadRequest {
  readonly port: number;
  readonly sockets: number;
  /** Exchanges of each kind. */
  readonly count: number;
  /** Time between an answer and the next request, spent spinning: what an order leaves to do is not the next one's wait. */
  readonly gapUs?: number;
  /** Whole HTTP requests; sent alternately, so that both see the same machine. */
  readonly requests: readonly string[];
}

export interface LoadResult {
  /** Microseconds of each exchange, by kind. */
  readonly timesUs: readonly Float64Array[];
  readonly seconds: number;
  /** Answers whose status was not 2xx. */
  readonly refused: number;
}

const { port, sockets, count, requests, gapUs = 0 } = workerData as LoadRequest;
const timesUs = requests.map(() => new Float64Array(count));
const done = requests.map(() => 0);
let refused = 0;
let next = 0;
let open = sockets;
const started = performance.now();

function go(socket: Socket): void {
  const total = count * requests.length;
  if (next >= total) {
    socket.destroy();
    if (--open === 0) {
      const result: LoadResult = { timesUs, seconds: (performance.now() - started) / 1000, refused };
      parentPort?.postMessage(result);
    }
    return;
  }
  const kind = next++ % requests.length;
  const sentAt = performance.now();
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(text)?.[1];
    if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return;
    socket.off('data', take);
    const row = timesUs[kind];
    if (row !== undefined) row[done[kind] ?? 0] = (performance.now() - sentAt) * 1000;
    done[kind] = (done[kind] ?? 0) + 1;
    if (!text.startsWith('HTTP/1.1 2')) refused++;
    for (const untilMs = performance.now() + gapUs / 1000; performance.now() < untilMs; ) continue;
    go(socket);
  };
  socket.on('data', take);
  socket.write(requests[kind] ?? '');
}

for (let i = 0; i < sockets; i++) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('connect', () => go(socket));
}
