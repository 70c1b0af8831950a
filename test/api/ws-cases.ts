/**
 * What may and may not go over a WebSocket (RFC 6455), as bytes. Each case is sent after a good handshake on a door of its
 * own; `end`: the connection must end without the frame having meant anything; `alive`: it must go on; `refused`: what comes
 * of it is refused as a message, because the library lets it through.
 */

export type Expectation = 'end' | 'alive' | 'close' | 'refused';

export interface WsCase {
  readonly name: string;
  /** Sent one after another, each in a packet of its own. */
  readonly bytes: readonly Buffer[];
  /** `close`: the server answers with a Close frame and ends. */
  readonly expect: Expectation;
}

export interface FrameOptions {
  readonly fin?: boolean;
  /** Bits 1, 2, 4: RSV3, RSV2, RSV1. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** Length said instead of the true one, and in how many bytes. */
  readonly lengthAs?: { readonly value: bigint; readonly bytes: 1 | 2 | 8 };
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export function frame(opcode: number, payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const { fin = true, rsv = 0, masked = true, lengthAs } = options;
  const data = Buffer.from(payload as string);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const flag = masked ? 0x80 : 0;
  const form = lengthAs?.bytes ?? (data.length < 126 ? 1 : data.length < 65_536 ? 2 : 8);
  const length = lengthAs?.value ?? BigInt(data.length);
  const head = Buffer.alloc(form === 1 ? 2 : 2 + form);
  head[0] = first;
  if (form === 1) head[1] = flag | Number(length);
  else if (form === 2) {
    head[1] = flag | 126;
    head.writeUInt16BE(Number(length), 2);
  } else {
    head[1] = flag | 127;
    head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  }
  if (!masked) return Buffer.concat([head, data]);
  return Buffer.concat([head, MASK, data.map((byte, i) => byte ^ (MASK[i % 4] ?? 0))]);
}

const names: Readonly<Record<number, string>> = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const one = (name: string, bytes: Buffer, expect: Expectation = 'end'): WsCase => ({ name, bytes: [bytes], expect });

function reserved(): WsCase[] {
  const cases: WsCase[] = [];
  for (const opcode of [1, 2, 8, 9, 10]) {
    for (let rsv = 1; rsv < 8; rsv++) cases.push(one(`RSV bits ${rsv} on ${names[opcode] ?? ''}`, frame(opcode, '', { rsv })));
  }
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    for (const payload of ['', 'x'.repeat(20)]) cases.push(one(`opcode ${opcode} with ${payload.length} bytes`, frame(opcode, payload)));
  }
  return cases;
}

function control(): WsCase[] {
  const cases: WsCase[] = [];
  for (const opcode of [8, 9, 10]) {
    const what = names[opcode] ?? '';
    for (const size of [126, 127, 200, 65_535, 65_536]) cases.push(one(`${what} of ${size} bytes`, frame(opcode, Buffer.alloc(size, 97))));
    cases.push(one(`${what} in pieces`, frame(opcode, '', { fin: false })));
    cases.push(one(`${what} said to be 2^62 bytes`, frame(opcode, 'x', { lengthAs: { value: 2n ** 62n, bytes: 8 } })));
  }
  cases.push(one('ping of 125 bytes', frame(9, Buffer.alloc(125, 97)), 'alive'));
  cases.push(one('pong nobody asked for', frame(10, 'x'), 'alive'));
  cases.push({ name: '20 pings in one packet', bytes: [Buffer.concat(Array.from({ length: 20 }, (_, i) => frame(9, String(i))))], expect: 'alive' });
  cases.push({ name: 'a ping byte by byte', bytes: [...frame(9, 'slow')].map((byte) => Buffer.from([byte])), expect: 'alive' });
  return cases;
}

function fragments(opcode: 1 | 2, good: Buffer): WsCase[] {
  const head = (bytes: Uint8Array): Buffer => frame(opcode, bytes, { fin: false });
  const part = (bytes: Uint8Array, fin: boolean): Buffer => frame(0, bytes, { fin });
  const half = good.length >> 1;
  const [a, b] = [good.subarray(0, half), good.subarray(half)];
  return [
    { name: 'two fragments', bytes: [head(a), part(b, true)], expect: 'alive' },
    { name: 'a fragment a byte', bytes: [head(good.subarray(0, 1)), ...[...good.subarray(1)].map((byte, i, all) => part(Buffer.from([byte]), i === all.length - 1))], expect: 'alive' },
    { name: 'empty fragments between', bytes: [head(a), part(Buffer.alloc(0), false), part(Buffer.alloc(0), false), part(b, true)], expect: 'alive' },
    { name: 'a ping between fragments', bytes: [head(a), frame(9, 'p'), part(b, true)], expect: 'alive' },
    { name: 'a continuation of nothing', bytes: [part(a, true)], expect: 'end' },
    { name: 'a continuation of nothing, to go on', bytes: [part(a, false)], expect: 'end' },
    { name: 'a continuation after a whole message', bytes: [frame(opcode, good), part(b, true)], expect: 'end' },
    // The library joins a binary frame to the fragments before it instead of ending the connection; the door's own checks see it.
    { name: 'a text message within fragments', bytes: [head(a), frame(1, good)], expect: 'end' },
    { name: 'a binary message within fragments', bytes: [head(a), frame(2, good)], expect: 'refused' },
    { name: 'a close between fragments', bytes: [head(a), frame(8, Buffer.from([3, 232]))], expect: 'close' },
    { name: 'RSV bits on a continuation', bytes: [head(a), frame(0, b, { rsv: 4 })], expect: 'end' },
  ];
}

const badUtf8: readonly number[][] = [
  [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xc3], [0xe2, 0x82],
  [0xf0, 0x9f, 0x98], [0xc3, 0x28], [0xe2, 0x28, 0xa1], [0x61, 0xc3], [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
];

function texts(): WsCase[] {
  const hex = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16)).join(' ');
  return badUtf8.flatMap((bytes) => {
    const data = Buffer.from(bytes);
    return [
      one(`text of bad UTF-8 ${hex(bytes)}`, frame(1, data)),
      { name: `bad UTF-8 ${hex(bytes)} in a later fragment`, bytes: [frame(1, '{"a"', { fin: false }), frame(0, data, { fin: true })], expect: 'end' as const },
    ];
  });
}

function closes(): WsCase[] {
  const code = (value: number, reason: Uint8Array | string = ''): Buffer => Buffer.concat([Buffer.from([value >> 8, value & 255]), Buffer.from(reason as string)]);
  const cases: WsCase[] = [];
  for (const bad of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]) cases.push(one(`close with code ${bad}`, frame(8, code(bad)), 'close'));
  for (const good of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) cases.push(one(`close with code ${good}`, frame(8, code(good)), 'close'));
  cases.push(one('close without a code', frame(8, ''), 'close'), one('close with half a code', frame(8, Buffer.from([3])), 'close'));
  cases.push(one('close with a reason', frame(8, code(1000, 'bye')), 'close'), one('close with a reason of bad UTF-8', frame(8, code(1000, Buffer.from([0xff]))), 'close'));
  cases.push({ name: 'a message after a close', bytes: [frame(8, code(1000)), frame(1, '{"subscribe":["orders"]}')], expect: 'close' });
  return cases;
}

/** @param max the door's largest message */
function sizes(opcode: 1 | 2, max: number): WsCase[] {
  const said = (value: bigint, bytes: 1 | 2 | 8): Buffer => frame(opcode, 'xx', { lengthAs: { value, bytes } });
  const over = Buffer.alloc(max + 1, 32);
  return [
    one('a byte too many', frame(opcode, over)),
    one('length 2^63', said(2n ** 63n, 8)), one('length 2^64 - 1', said(2n ** 64n - 1n, 8)), one('length 2^32', said(2n ** 32n, 8)),
    one('length 2^32 + 2', said(2n ** 32n + 2n, 8)), one('a length above the largest', said(BigInt(max) + 1n, 8)),
    { name: 'too large in fragments', bytes: [frame(opcode, over.subarray(0, max >> 1), { fin: false }), frame(0, over.subarray(0, (max >> 1) + 2), { fin: true })], expect: 'end' },
    {
      name: 'endless fragments', expect: 'end',
      bytes: [frame(opcode, over.subarray(0, max >> 2), { fin: false }), ...Array.from({ length: 6 }, () => frame(0, over.subarray(0, max >> 2), { fin: false }))],
    },
  ];
}

function unmasked(opcode: 1 | 2, good: Buffer): WsCase[] {
  return [opcode, 8, 9, 10].map((kind) => one(`${names[kind] ?? ''} without a mask`, frame(kind, kind === opcode ? good : 'ab', { masked: false })));
}

/** @param good a message that the door takes */
export function wsCases(door: { readonly opcode: 1 | 2; readonly good: Buffer; readonly max: number }): WsCase[] {
  const { opcode, good, max } = door;
  return [
    ...reserved(), ...control(), ...fragments(opcode, good), ...texts(), ...closes(), ...sizes(opcode, max), ...unmasked(opcode, good),
    one('a good message', frame(opcode, good), 'alive'),
  ];
}
