/**
 * Malformed client frames: every truncation, every flipped bit, random bytes over and swaps inside valid frames. The
 * decoder must answer each with a message or a reason, and what it reads must lie inside the frame: the frame sits in
 * a larger buffer whose other bytes are then changed, and the answer must not.
 *
 * `node dist/test/unit/gateway/binary/fuzz.js [cases] [seed]`; default 1,000,000 cases.
 */
import { fileURLToPath } from 'node:url';
import { decodeClientFrame } from '../../../../src/gateway/binary/decode.js';
import { validFrames } from './frames.js';

const MARGIN = 64;

export interface FuzzResult {
  readonly cases: number;
  readonly accepted: number;
}

/** A frame inside a larger buffer, decoded twice with different surroundings. @throws when they matter */
function decodeOne(bytes: Uint8Array): boolean {
  const answers = [0x00, 0xff].map((around) => {
    const room = new Uint8Array(bytes.length + 2 * MARGIN).fill(around);
    room.set(bytes, MARGIN);
    const decoded = decodeClientFrame(new DataView(room.buffer, MARGIN, bytes.length));
    return JSON.stringify(decoded, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
  });
  if (answers[0] !== answers[1]) throw new Error(`reads outside the frame: ${Buffer.from(bytes).toString('hex')}`);
  return !(answers[0] ?? '').startsWith('{"kind":"bad"');
}

/** Every truncation and every single flipped bit of every valid frame. */
export function fuzzExhaustive(): FuzzResult {
  let cases = 0;
  let accepted = 0;
  for (const valid of Object.values(validFrames)) {
    for (let length = 0; length < valid.length; length++, cases++) if (decodeOne(valid.slice(0, length))) accepted++;
    for (let bit = 0; bit < valid.length * 8; bit++, cases++) {
      const bytes = valid.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (decodeOne(bytes)) accepted++;
    }
  }
  return { cases, accepted };
}

/** A kept seed's damaged frames one after another, those that still decode left out. */
export function damaged(seed: number): () => Uint8Array {
  const draw = drawer(seed);
  return () => {
    for (;;) {
      const bytes = damage(draw);
      if (decodeClientFrame(new DataView(bytes.buffer, bytes.byteOffset, bytes.length)).kind === 'bad') return bytes;
    }
  };
}

type Draw = (below: number) => number;

function drawer(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** Megabytes that a campaign may leave behind. */
const GROWN_MB_MAX = 64;
const telling = [0, 1, 2, 4, 8, 0x7f, 0x80, 0xfe, 0xff];
const frames = Object.values(validFrames);

/** Up to four bytes replaced by telling values, pieces copied over others, then cut. */
function damage(next: Draw): Uint8Array {
  const bytes = (frames[next(frames.length)] ?? new Uint8Array(0)).slice();
  for (let n = next(4); n >= 0; n--) bytes[next(bytes.length)] = next(2) === 0 ? (telling[next(telling.length)] ?? 0) : next(256);
  if (next(4) === 0) bytes.copyWithin(next(bytes.length), next(bytes.length), next(bytes.length));
  return next(8) === 0 ? bytes.slice(0, next(bytes.length)) : bytes;
}

export function fuzzRandom(cases: number, seed: number): FuzzResult {
  const draw = drawer(seed);
  let accepted = 0;
  for (let i = 0; i < cases; i++) if (decodeOne(damage(draw))) accepted++;
  return { cases, accepted };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cases = Number(process.argv[2] ?? 1_000_000);
  const seed = Number(process.argv[3] ?? 1);
  const whole = fuzzExhaustive();
  fuzzRandom(20_000, seed);
  const before = process.memoryUsage().rss;
  const random = fuzzRandom(cases, seed);
  const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
  const said = `exhaustive ${JSON.stringify(whole)}; random, seed ${seed}, ${JSON.stringify(random)}: no read outside a frame, rss ${grown} MB more`;
  process.stdout.write(`${said}; ${grown <= GROWN_MB_MAX ? 'held' : 'FAILED: memory grew'}\n`);
  process.exitCode = grown <= GROWN_MB_MAX ? 0 : 1;
}
