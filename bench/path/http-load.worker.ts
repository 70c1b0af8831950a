/**
 * Load generator on a thread of its own: raw keep-alive sockets, kinds of request by turns. Closed loop, or open loop at
 * a rate: then a time counts from when its request was due, whether or not a connection was free.
 */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface LoadRequest {
  readonly port: number;
  readonly sockets: number;
  /** Exchanges of each kind. */
  readonly count: number;
  /** Time between an answer and the next request, spent spinning: what an order leaves to do is not the next one's wait. */
  readonly gapUs: number;
  /** Requests a second; 0: closed loop. */
  readonly rate: number;
  /** By kind, whole HTTP requests sent in turn; the kinds alternate, so that all see the same machine. */
  readonly requests: readonly (readonly string[])[];
}

export interface LoadResult {
  /** Microseconds of each exchange, by kind. */
  readonly timesUs: readonly Float64Array[];
  readonly seconds: number;
  /** First request, in ms since the Unix epoch: open loop, request i was due i / rate later. */
  readonly startedMs: number;
  /** Answers whose status was not 2xx. */
  readonly refused: number;
}

const { port, sockets, count, requests, gapUs, rate } = workerData as LoadRequest;
const total = count * requests.length;
const timesUs = requests.map(() => new Float64Array(count));
const free: Connection[] = [];
let refused = 0;
let next = 0;
let answered = 0;
let started = 0;

/** One request on the way at most. */
class Connection {
  readonly #socket: Socket;
  #text = '';
  #index = 0;
  #sinceMs = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
  }

  send(index: number, sinceMs: number): void {
    this.#index = index;
    this.#sinceMs = sinceMs;
    this.#text = '';
    const variants = requests[index % requests.length] ?? [];
    this.#socket.write(variants[Math.floor(index / requests.length) % variants.length] ?? '');
  }

  #take(chunk: Buffer): void {
    this.#text = this.#text === '' ? chunk.toString('latin1') : this.#text + chunk.toString('latin1');
    const text = this.#text;
    const head = text.indexOf('\r\n\r\n');
    const length = head < 0 ? undefined : /content-length: (\d+)/i.exec(text)?.[1];
    if (length === undefined || text.length < head + 4 + Number(length)) return;
    const row = timesUs[this.#index % requests.length];
    if (row !== undefined) row[Math.floor(this.#index / requests.length)] = (performance.now() - this.#sinceMs) * 1000;
    if (!text.startsWith('HTTP/1.1 2')) refused++;
    if (++answered === total) return finish();
    free.push(this);
    for (const untilMs = performance.now() + gapUs / 1000; performance.now() < untilMs; ) continue;
    pump();
  }
}

function finish(): void {
  const result: LoadResult = { timesUs, seconds: (performance.now() - started) / 1000, startedMs: performance.timeOrigin + started, refused };
  parentPort?.postMessage(result);
  process.exit();
}

function pump(): void {
  const now = performance.now();
  while (next < total && free.length > 0) {
    const dueMs = rate === 0 ? now : started + (next * 1000) / rate;
    if (dueMs > now) return;
    free.pop()?.send(next++, dueMs);
  }
}

function openLoop(): void {
  pump();
  if (next < total) setImmediate(openLoop);
}

for (let i = 0; i < sockets; i++) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.once('connect', () => {
    free.push(new Connection(socket));
    if (free.length < sockets) return;
    started = performance.now();
    if (rate > 0) openLoop();
    else pump();
  });
}
