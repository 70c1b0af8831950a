/** Raw WebSocket protocol cases on `/v1/stream` and `/v1/ws/orders`: more than 350, each on a connection of its own. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { frameBytesMax } from '../../src/gateway/binary/verify.js';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { newOrderFrame } from '../unit/gateway/binary/frames.js';
import { raw, rig, type Rig } from './client.js';
import { frame, wsCases, type WsCase } from './ws-cases.js';

let r: Rig;
before(async () => {
  r = await rig({ mount: [mountStreams(), mountBinary()], addressRate: { qps: null, burst: 0 } });
});
after(() => r.close());

const doors = {
  '/v1/stream': { opcode: 1, good: Buffer.from('{"subscribe":["prices:ETH-USD"]}'), max: 64 * 1024 },
  '/v1/ws/orders': { opcode: 2, good: Buffer.from(newOrderFrame(1n, 1n, 1n, 0, 1, 0)), max: frameBytesMax },
} as const;
type Path = keyof typeof doors;

function shake(path: Path): string {
  const protocol = path === '/v1/ws/orders' ? 'Sec-WebSocket-Protocol: legwork.v1\r\n' : '';
  return (
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${r.key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${protocol}` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  );
}

interface Seen {
  /** Opcodes that came from the server after the handshake, in order. */
  readonly opcodes: readonly number[];
  readonly texts: readonly string[];
  readonly ended: boolean;
  readonly ponged: boolean;
}

/** Server frames are never masked; returns what is whole. */
function framesOf(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + head > bytes.length) break;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + head + length > bytes.length) break;
    frames.push({ opcode: (bytes[at] ?? 0) & 15, payload: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return frames;
}

/** Sends a case and then a ping with a mark; ends when the pong or the end of the connection came. */
function play(path: Path, wsCase: WsCase): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = connect(r.gateway.listenPort, '127.0.0.1', () => socket.write(shake(path)));
    socket.setNoDelay(true);
    let got = Buffer.alloc(0);
    let shaken = false;
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`${path} ${wsCase.name}: neither answered nor ended in 15 s; ${got.toString('latin1').slice(0, 200)}`));
    }, 15_000);
    const done = (ended: boolean): void => {
      clearTimeout(deadline);
      socket.destroy();
      const frames = framesOf(got);
      resolve({
        opcodes: frames.map(({ opcode }) => opcode), texts: frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString()), ended,
        ponged: frames.some(({ opcode, payload }) => opcode === 10 && payload.toString() === 'mark'),
      });
    };
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (!shaken) {
        const head = got.indexOf('\r\n\r\n');
        if (head < 0) return;
        shaken = true;
        if (!got.toString('latin1').startsWith('HTTP/1.1 101')) {
          clearTimeout(deadline);
          reject(new Error(`no handshake: ${got.toString('latin1').slice(0, 200)}`));
          return;
        }
        got = got.subarray(head + 4);
        void send();
      }
      if (framesOf(got).some(({ opcode, payload }) => opcode === 10 && payload.toString() === 'mark')) done(false);
    });
    const send = async (): Promise<void> => {
      for (const bytes of [...wsCase.bytes, frame(9, 'mark')]) {
        if (socket.destroyed) return;
        await new Promise((sent) => socket.write(bytes, sent));
      }
    };
    socket.on('error', () => undefined);
    socket.on('close', () => done(true));
  });
}

function judge(path: Path, { name, expect }: WsCase, seen: Seen): string | null {
  const data = seen.opcodes.filter((opcode) => opcode < 8).length;
  const told = `${path} ${name}: expected ${expect}, saw opcodes ${seen.opcodes.join(' ')} ${seen.texts.join(' ').slice(0, 150)} ended ${seen.ended}`;
  if (expect === 'refused') return seen.ended || (data === 1 && !/subscribed/.test(seen.texts.join(''))) ? null : told;
  if (expect === 'alive') return seen.ponged && !seen.ended ? null : told;
  if (expect === 'close') return seen.ended && seen.opcodes.includes(8) && data === 0 ? null : told;
  return seen.ended && !seen.ponged && !/subscribed/.test(seen.texts.join('')) ? null : told;
}

for (const path of Object.keys(doors) as Path[]) {
  test(`${path}: frames as RFC 6455 allows and forbids them`, async () => {
    const cases = wsCases(doors[path]);
    assert.ok(cases.length >= 175, `${cases.length} cases a door`);
    const commands = r.engine.commands.length;
    const wrong: string[] = [];
    for (let i = 0; i < cases.length; i += 8) {
      const found = await Promise.all(cases.slice(i, i + 8).map(async (wsCase) => judge(path, wsCase, await play(path, wsCase))));
      wrong.push(...found.filter((told) => told !== null));
    }
    assert.deepEqual(wrong, []);
    assert.equal(r.engine.commands.length, commands, 'nothing reached the engine');
    const deadline = Date.now() + 10_000;
    while (r.gateway.context.sessions.size > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(r.gateway.context.sessions.size, 0, 'no connection is left');
    assert.equal((await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })).status, 201, 'and it trades');
  });
}

test('handshakes that are none', async () => {
  const changes: readonly (readonly [string, string])[] = [
    ['GET', 'POST'], ['GET', 'HEAD'], ['HTTP/1.1', 'HTTP/1.0'], ['HTTP/1.1', 'HTTP/2.0'], ['Host: x\r\n', ''], ['Upgrade: websocket', 'Upgrade: h2c'],
    ['Upgrade: websocket', 'Upgrade: websocket2'], ['Upgrade: websocket\r\n', ''], ['Connection: Upgrade', 'Connection: keep-alive'],
    ['Connection: Upgrade\r\n', ''], ['Version: 13', 'Version: 8'], ['Version: 13', 'Version: 13, 8'], ['Version: 13', 'Version: x'],
    ['Sec-WebSocket-Version: 13\r\n', ''], ['Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Key: AAAA'], ['Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Key: '],
    ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n', ''], ['Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Key: ********************=='],
    ['Bearer ', 'Basic '], ['Host: x', 'Origin: https://evil.example\r\nHost: x'], ['Host: x', 'Origin: null\r\nHost: x'],
    ['Host: x', 'Host: x\r\nTransfer-Encoding: gzip'], ['Host: x', 'Host: x\r\nContent-Length: 3\r\nContent-Length: 4'],
    ['?', '?'], ['/v1/stream', '/v1/stream?ticket=wst_nothing'], ['/v1/stream', '/v1/stream/'], ['/v1/stream', '/v1//stream'],
  ];
  for (const change of changes) {
    const bytes = shake('/v1/stream').replace(...change);
    if (bytes === shake('/v1/stream')) continue;
    const got = await raw(r.gateway.listenPort, [bytes]);
    assert.doesNotMatch(got, /^HTTP\/1\.1 (?:101|2\d\d|500)/, change.join(' → '));
  }
  const unnamed = await raw(r.gateway.listenPort, [shake('/v1/ws/orders').replace('legwork.v1', 'legwork.v9')]);
  assert.match(unnamed, /^HTTP\/1\.1 400/);
});
