/**
 * Load generator of binary order entry on a thread of its own: raw WebSocket frames over one connection. Closed loop
 * with a window, or open loop at a rate: then a time counts from when its order was due, sent late or not.
 */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Builder } from 'flatbuffers';
import { ackBytes, ackTimesAt } from '../../src/gateway/binary/encode.js';
import { ClientFrame } from '../../sdk/ts/generated/client-frame.js';
import { Logon } from '../../sdk/ts/generated/logon.js';
import { NewOrder } from '../../sdk/ts/generated/new-order.js';

export interface BinaryLoad {
  readonly port: number;
  readonly key: string;
  /** Names the session: each load has its own. */
  readonly name: string;
  /** Orders on the way. */
  readonly window: number;
  /** Orders in all; with `paired` as many echoes by turns. */
  readonly count: number;
  readonly paired: boolean;
  readonly gapUs: number;
  /** Orders a second, due one after another whatever comes back; 0: closed loop. */
  readonly rate: number;
}

export interface BinaryLoadResult {
  readonly orderUs: Float64Array;
  readonly echoUs: Float64Array;
  /** From an order's arrival to its acknowledgement's leaving, by the stamps in the acknowledgement. */
  readonly insideUs: Float64Array;
  readonly seconds: number;
}

const load = workerData as BinaryLoad;
const orderUs = new Float64Array(load.count);
const echoUs = new Float64Array(load.count);
const insideUs = new Float64Array(load.count);
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

/** A market order that fills, of the second instrument (ETH-USD); and where its sequence stands. */
function order(side: 1 | 2): { bytes: Buffer; at: number } {
  const builder = new Builder(64);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addNewOrder(builder, NewOrder.createNewOrder(builder, MARK, 2_000_000n, 0n, 1, side, 0, 0));
  builder.finish(ClientFrame.endClientFrame(builder));
  const bytes = framed(builder.asUint8Array());
  const mark = Buffer.alloc(8);
  mark.writeBigUInt64LE(MARK);
  return { bytes, at: bytes.indexOf(mark) };
}

/** Places of the whole binary messages at the front of the bytes, and how much they take. */
function messages(bytes: Buffer, found: (at: number, length: number) => void): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + head > bytes.length) break;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + head + length > bytes.length) break;
    if (((bytes[at] ?? 0) & 15) === 2) found(at + head, length);
    at += head + length;
  }
  return at;
}

function open(path: string, onMessage: (bytes: Buffer, at: number, length: number) => void): Promise<Socket> {
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
      const bytes = rest;
      // What one read makes possible leaves in one write.
      socket.cork();
      rest = bytes.subarray(messages(bytes, (at, length) => onMessage(bytes, at, length)));
      socket.uncork();
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

/** Buys and sells by turns, so that positions stay small. */
const orders = [order(1), order(2)] as const;
const sentAt = new Float64Array(load.count);
let sent = 0;
let done = 0;
let loggedOn: () => void = () => undefined;
let finish: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (loggedOn = resolve));
const finished = new Promise<void>((resolve) => (finish = resolve));
let isReady = false;

function next(dueMs = performance.now()): void {
  if (sent >= load.count) return;
  const { bytes, at } = orders[(sent & 1) as 0 | 1];
  sentAt[sent++] = dueMs;
  bytes.writeUInt32LE(sent, at);
  bytes.writeUInt32LE(0, at + 4);
  socket.write(Buffer.from(bytes));
}

function onAck(bytes: Buffer, at: number): void {
  orderUs[done] = (performance.now() - (sentAt[done] ?? 0)) * 1000;
  insideUs[done] = Number(bytes.readBigUInt64LE(at + ackTimesAt.gatewayOut) - bytes.readBigUInt64LE(at + ackTimesAt.gatewayIn)) / 1000;
  done++;
  if (echo === null) {
    if (done >= load.count) finish();
    else if (load.rate === 0) next();
    return;
  }
  spin(load.gapUs);
  echoAt = performance.now();
  echo.write(Buffer.from(orders[0].bytes));
}

let echo: Socket | null = null;
let echoAt = 0;
const socket = await open('/v1/ws/orders', (bytes, at, length) => {
  if (!isReady) {
    isReady = true;
    loggedOn();
  } else if (length === ackBytes) onAck(bytes, at);
});
if (load.paired) {
  echo = await open('/bench/ws-echo', () => {
    echoUs[done - 1] = (performance.now() - echoAt) * 1000;
    if (done >= load.count) return finish();
    spin(load.gapUs);
    return next();
  });
}
socket.write(logon(load.name));
await ready;

function openLoop(startMs: number): void {
  const now = performance.now();
  for (let due = startMs + (sent * 1000) / load.rate; due <= now && sent < load.count; due = startMs + (sent * 1000) / load.rate) next(due);
  if (sent < load.count) setImmediate(() => openLoop(startMs));
}

const started = performance.now();
if (load.rate > 0) openLoop(started);
else for (let i = 0; i < load.window; i++) next();
await finished;
const result: BinaryLoadResult = { orderUs, echoUs, insideUs, seconds: (performance.now() - started) / 1000 };
parentPort?.postMessage(result);
process.exit();
