/** Load generator of binary order entry on a thread of its own: raw WebSocket frames, closed loop with a window a connection. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Builder } from 'flatbuffers';
import { ackBytes } from '../../src/gateway/binary/encode.js';
import { ClientFrame } from '../../sdk/ts/generated/client-frame.js';
import { Logon } from '../../sdk/ts/generated/logon.js';
import { NewOrder } from '../../sdk/ts/generated/new-order.js';

export interface BinaryLoad {
  readonly port: number;
  readonly key: string;
  /** Names the sessions: each load has its own. */
  readonly name: string;
  readonly sockets: number;
  /** Orders on the way a connection. */
  readonly window: number;
  /** Orders in all; with `paired` as many echoes by turns. */
  readonly count: number;
  readonly paired: boolean;
  readonly gapUs: number;
}

export interface BinaryLoadResult {
  readonly orderUs: Float64Array;
  readonly echoUs: Float64Array;
  readonly seconds: number;
}

const load = workerData as BinaryLoad;
const orderUs = new Float64Array(load.count);
const echoUs = new Float64Array(load.count);
const MARK = 0x0000_1122_3344_5566n;

/** A message as a masked frame; the mask is zero, so that its bytes stand as they are. */
function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | message.length, 0, 0, 0, 0]), message]);
}

function logon(session: string): Buffer {
  const builder = new Builder(128);
  const made = Logon.createLogon(builder, 0, builder.createString(session), 0n, 0);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addLogon(builder, made);
  builder.finish(ClientFrame.endClientFrame(builder));
  return framed(builder.asUint8Array());
}

/** An IOC limit far from the market: accepted, planned, expired; and where its sequence stands. */
function order(): { bytes: Buffer; at: number } {
  const builder = new Builder(64);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addNewOrder(builder, NewOrder.createNewOrder(builder, MARK, 50_000_000n, 100_000_000_000n, 1, 1, 2, 0));
  builder.finish(ClientFrame.endClientFrame(builder));
  const bytes = framed(builder.asUint8Array());
  const mark = Buffer.alloc(8);
  mark.writeBigUInt64LE(MARK);
  return { bytes, at: bytes.indexOf(mark) };
}

/** Lengths of the whole server messages at the front of the bytes, and how much they take. */
function messages(bytes: Buffer, found: (length: number) => void): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + head > bytes.length) break;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + head + length > bytes.length) break;
    if (((bytes[at] ?? 0) & 15) === 2) found(length);
    at += head + length;
  }
  return at;
}

function open(path: string, onMessage: (length: number) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(load.port, '127.0.0.1');
    socket.setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    let shaken = false;
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!shaken) {
        const head = rest.indexOf('\r\n\r\n');
        if (head < 0) return;
        if (!rest.toString('latin1', 0, 12).endsWith('101')) return reject(new Error(rest.toString('latin1').slice(0, 200)));
        shaken = true;
        rest = rest.subarray(head + 4);
        resolve(socket);
      }
      rest = rest.subarray(messages(rest, onMessage));
    });
    socket.on('error', reject);
    const protocol = path === '/v1/ws/orders' ? 'Sec-WebSocket-Protocol: legwork.v1\r\n' : '';
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${load.key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${protocol}` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
  });
}

function spin(us: number): void {
  for (const untilMs = performance.now() + us / 1000; performance.now() < untilMs; ) continue;
}

let done = 0;
let sent = 0;
let finish: () => void = () => undefined;
const finished = new Promise<void>((resolve) => (finish = resolve));

async function trader(index: number): Promise<() => void> {
  const { bytes, at } = order();
  let seq = 0;
  const sentAt: number[] = [];
  let loggedOn: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (loggedOn = resolve));
  let echo: Socket | null = null;
  let echoAt = 0;
  const next = (): void => {
    if (sent >= load.count) return;
    sent++;
    seq++;
    bytes.writeUInt32LE(seq, at);
    bytes.writeUInt32LE(0, at + 4);
    sentAt.push(performance.now());
    socket.write(Buffer.from(bytes));
  };
  const socket = await open('/v1/ws/orders', (length) => {
    if (seq === 0) return loggedOn();
    if (length !== ackBytes) return;
    orderUs[done++] = (performance.now() - (sentAt.shift() ?? 0)) * 1000;
    if (done >= load.count && echo === null) return finish();
    spin(load.gapUs);
    if (echo === null) return next();
    echoAt = performance.now();
    echo.write(Buffer.from(bytes));
  });
  if (load.paired) {
    echo = await open('/bench/ws-echo', () => {
      echoUs[done - 1] = (performance.now() - echoAt) * 1000;
      if (done >= load.count) return finish();
      spin(load.gapUs);
      next();
    });
  }
  socket.write(logon(`${load.name}-${index}`));
  await ready;
  return () => {
    for (let i = 0; i < load.window; i++) next();
  };
}

const traders: (() => void)[] = [];
for (let i = 0; i < load.sockets; i++) traders.push(await trader(i));
const started = performance.now();
for (const start of traders) start();
await finished;
const result: BinaryLoadResult = { orderUs, echoUs, seconds: (performance.now() - started) / 1000 };
parentPort?.postMessage(result);
process.exit();
