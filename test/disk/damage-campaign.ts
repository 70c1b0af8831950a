/**
 * A journal at rest, damaged: cut at every byte of its end, every bit of its end flipped, random bits elsewhere.
 * Each is refused or, where the damage lies in bytes that hold nothing, leaves every record as it was.
 */
import { Prng } from '../../src/base/prng.js';
import { JournalCorruption } from '../../src/journal/journal-error.js';
import { appendGroups, DIRECTORY, openWith, readAndCompare } from './support.js';
import { SimDisk } from './sim-disk.js';

export interface DamageTally {
  refused: number;
  /** Read whole and said nothing: the damage lay in no record (unused zeros of a segment that is not the last). */
  harmless: number;
  /** Read whole, with a note. */
  said: number;
}

interface Victim {
  readonly disk: SimDisk;
  readonly last: number;
  readonly paths: readonly string[];
}

/** A journal of several segments written by two lives of an engine. */
export function victim(seed: number, groups: number, segmentBytes?: number): Victim {
  const disk = new SimDisk();
  const random = new Prng(seed);
  let last = 0;
  for (let life = 0; life < 2; life++) {
    const opened = openWith(disk, 'process', segmentBytes);
    readAndCompare(opened);
    const writer = opened.startWriting();
    appendGroups(writer, groups, random, () => undefined);
    last = writer.sequence;
    writer.close();
  }
  return { disk, last, paths: disk.list(DIRECTORY).sort().map((name) => `${DIRECTORY}/${name}`) };
}

/** Cuts the last segment to every length from its last `bytes` bytes that hold records to its end, at most `most`. */
export function truncations(subject: Victim, bytes: number, tally: DamageTally, most = Infinity): void {
  const path = subject.paths.at(-1) ?? '';
  const whole = subject.disk.bytesOf(path).slice();
  const from = Math.max(0, usedOf(whole) - bytes);
  for (let size = from; size < Math.min(whole.length, from + most); size++) {
    subject.disk.resizeFile(path, size);
    judge(subject, `cut to ${size}`, tally);
    subject.disk.resizeFile(path, whole.length);
    subject.disk.bytesOf(path).set(whole);
  }
}

/** Bytes before the zeros at the end. */
function usedOf(content: Uint8Array): number {
  let used = content.length;
  while (used > 0 && content[used - 1] === 0) used--;
  return used;
}

/** Flips every bit of the last `bytes` bytes that hold records. */
export function flipsAtEnd(subject: Victim, bytes: number, tally: DamageTally): void {
  const path = subject.paths.at(-1) ?? '';
  const content = subject.disk.bytesOf(path);
  const used = usedOf(content);
  for (let bit = Math.max(0, used - bytes) * 8; bit < used * 8; bit++) flip(subject, path, bit, tally);
}

/** Flips random bits anywhere in any file. */
export function randomFlips(subject: Victim, count: number, seed: number, tally: DamageTally): void {
  const random = new Prng(seed);
  for (let i = 0; i < count; i++) {
    const path = random.pick(subject.paths);
    flip(subject, path, random.below(subject.disk.bytesOf(path).length * 8), tally);
  }
}

function flip(subject: Victim, path: string, bit: number, tally: DamageTally): void {
  const bytes = subject.disk.bytesOf(path);
  const at = bit >> 3;
  const before = bytes[at] ?? 0;
  bytes[at] = before ^ (1 << (bit & 7));
  judge(subject, `bit ${bit & 7} of byte ${at} of ${path} flipped`, tally);
  bytes[at] = before;
}

function judge(subject: Victim, what: string, tally: DamageTally): void {
  try {
    const opened = openWith(subject.disk, 'process');
    const last = readAndCompare(opened);
    if (last !== subject.last) throw new Error(`${what}: ends with ${last} instead of ${subject.last}, undetected`);
    if (opened.notes.length > 0) tally.said++;
    else tally.harmless++;
  } catch (cause) {
    if (!(cause instanceof JournalCorruption)) throw cause;
    tally.refused++;
  }
}
