/**
 * A recording of raw venue messages: gzip text, one line = `<local ns since the Unix epoch> <raw message>`.
 * Unpacked once; frames are ranges of the unpacked bytes, nothing is copied.
 */
import { gunzipSync } from 'node:zlib';

/** The recorder's clock ran behind the venue's by this much (data set's own note); added to every stamp. */
export const recorderLagNs = 1_272_000_000;

const NEWLINE = 10;
const SPACE = 32;
const STAMP_DIGITS = 19;

export interface Recording {
  /** Stamp of the first frame in ns since the Unix epoch, recorder lag added. */
  readonly startNs: bigint;
  readonly count: number;
  /** Receive time of each frame in ns since `startNs`; never going back. */
  readonly timeNs: Float64Array;
  /** Frame i is `bytes.subarray(from[i], to[i])`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly bytes: Uint8Array;
}

/** Unpacks and indexes a recording. Throws a RangeError that names the line when one has no stamp. */
export function readRecording(gzip: Uint8Array): Recording {
  const bytes = gunzipSync(gzip);
  const lines = countLines(bytes);
  const timeNs = new Float64Array(lines);
  const from = new Uint32Array(lines);
  const to = new Uint32Array(lines);
  let first: bigint | null = null;
  let latest = 0;
  let at = 0;
  for (let i = 0; i < lines; i++) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    if (bytes[at + STAMP_DIGITS] !== SPACE) {
      throw new RangeError(`recording line ${i + 1}: expected a stamp of ${STAMP_DIGITS} digits and a space`);
    }
    const stamp = readStamp(bytes, at, i + 1);
    first ??= stamp;
    // Stamps of different sockets may be swapped by a few µs: time never goes back.
    latest = Math.max(latest, Number(stamp - first));
    timeNs[i] = latest;
    from[i] = at + STAMP_DIGITS + 1;
    to[i] = end;
    at = end + 1;
  }
  const startNs = (first ?? 0n) + BigInt(recorderLagNs);
  return { startNs, count: lines, timeNs, from, to, bytes };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    lines++;
    if (newline < 0) break;
    at = newline + 1;
  }
  return lines;
}

function readStamp(bytes: Uint8Array, at: number, line: number): bigint {
  let high = 0;
  let low = 0;
  for (let i = 0; i < STAMP_DIGITS; i++) {
    const digit = (bytes[at + i] ?? 0) - 48;
    if (digit < 0 || digit > 9) throw new RangeError(`recording line ${line}: the stamp holds a byte that is no digit`);
    if (i < 10) high = high * 10 + digit;
    else low = low * 10 + digit;
  }
  return BigInt(high) * 1_000_000_000n + BigInt(low);
}
