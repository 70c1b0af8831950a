/**
 * Damaged binary frames over real sockets, after a good logon: three bad ones end a connection, so each connection brings
 * three and the next takes its place. What still decodes (a flipped bit of a number) is left out: it is an order.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Builder } from 'flatbuffers';
import { ClientFrame } from '../../sdk/ts/generated/client-frame.js';
import { Logon } from '../../sdk/ts/generated/logon.js';
import { damaged } from '../unit/gateway/binary/fuzz.js';
import type { Rig } from './client.js';
import { frame } from './ws-cases.js';

const PER_CONNECTION = 3;

export interface BinaryFuzzResult {
  readonly frames: number;
  readonly connections: number;
}

function logonFrame(session: string): Buffer {
  const builder = new Builder(128);
  const made = Logon.createLogon(builder, 0, builder.createString(session), 0n, 0);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addLogon(builder, made);
  builder.finish(ClientFrame.endClientFrame(builder));
  return frame(2, builder.asUint8Array());
}

/** @throws when a connection does not end, or the engine hears anything */
export async function fuzzBinary(r: Rig, seed: number, count: number, sockets: number): Promise<BinaryFuzzResult> {
  const next = damaged(seed);
  const mine = (): number => r.engine.count(0);
  const before = mine();
  let frames = 0;
  let connections = 0;
  const worker = async (name: string): Promise<void> => {
    const hello = Buffer.concat([Buffer.from(shake(r.key)), logonFrame(name)]);
    while (frames < count) {
      const bad = Array.from({ length: PER_CONNECTION }, () => next());
      frames += bad.length;
      connections++;
      const got = await exchange(r.gateway.listenPort, hello, bad.map((bytes) => frame(2, bytes)));
      const where = `seed ${seed}, frames ${bad.map((bytes) => Buffer.from(bytes).toString('hex')).join(' ')}`;
      assert.match(got.subarray(0, 12).toString('latin1'), /HTTP\/1\.1 101/, where);
      // Close frame with 4007: three bad frames within a minute.
      assert.ok(got.includes(Buffer.from([0x0f, 0xa7])), `no 4007 came: ${where}`);
    }
  };
  await Promise.all(Array.from({ length: sockets }, (_, i) => worker(`fuzz-${i}`)));
  assert.equal(mine(), before, 'nothing damaged reached the engine');
  return { frames, connections };
}

function shake(key: string): string {
  return (
    `GET /v1/ws/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Protocol: legwork.v1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  );
}

/** Handshake, then the rest; everything that came until the end of the connection. */
function exchange(port: number, hello: Buffer, rest: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(hello));
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection did not end in 20 s: ${rest.map((bytes) => bytes.toString('hex')).join(' ')}`));
    }, 20_000);
    socket.once('data', () => socket.write(Buffer.concat(rest)));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks));
    });
  });
}
