import type { Prng } from '../../src/base/prng.js';
import type { Durability } from '../../src/journal/format.js';
import { OpenedJournal } from '../../src/journal/open-journal.js';
import type { JournalFs } from '../../src/journal/journal-fs.js';
import type { JournalWriter } from '../../src/journal/journal-writer.js';
import type { Syncer } from '../../src/journal/syncer.js';

export const DIRECTORY = 'journal';
export const SMALL_SEGMENT = 16 * 1024;

/** Opens with the defaults of these tests. */
export function openWith(
  fs: JournalFs, durability: Exclude<Durability, 'memory'> = 'power', segmentBytes = SMALL_SEGMENT,
): OpenedJournal {
  return new OpenedJournal({
    fs, directory: DIRECTORY, durability, segmentBytes, configHash: new Uint8Array(32).fill(7),
    newRunId: new Uint8Array(16).fill(9), nowMs: 1_790_000_000_000,
  });
}

/** A payload that tells its sequence, so that a record read back can be compared without keeping it. */
export function payloadFor(sequence: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) payload[i] = (Math.imul(sequence, 31) + Math.imul(i, 7) + (i >> 8)) & 0xff;
  return payload;
}

/** Length of the record with this sequence: mostly small, some of several sectors, some empty. */
export function lengthFor(sequence: number): number {
  const kind = Math.imul(sequence, 0x9e37_79b1) >>> 0;
  if (kind % 7 === 0) return 700 + (kind % 2000);
  return kind % 120;
}

/** Appends and commits groups of random size; `acked` learns of each acknowledgement at once. */
export function appendGroups(writer: JournalWriter, groups: number, random: Prng, acked: (sequence: number) => void): void {
  for (let group = 0; group < groups; group++) {
    const size = 1 + random.below(6);
    for (let i = 0; i < size; i++) {
      const length = lengthFor(writer.sequence + 1);
      writer.append(1 + (writer.sequence % 40), payloadFor(writer.sequence + 1, length), length);
    }
    writer.commit();
    acked(writer.acknowledged);
  }
}

/** Reads to the end, comparing every record with what was written. @returns the last sequence */
export function readAndCompare(opened: OpenedJournal): number {
  const { cursor } = opened;
  while (cursor.next()) {
    const expected = payloadFor(cursor.sequence, lengthFor(cursor.sequence));
    const found = cursor.bytes.subarray(cursor.payloadAt, cursor.payloadAt + cursor.payloadBytes);
    const same = cursor.type === 1 + ((cursor.sequence - 1) % 40) && Buffer.compare(expected, found) === 0;
    if (!same) throw new Error(`record ${cursor.sequence} isn't what was written`);
  }
  return cursor.sequence;
}

/** Syncs only each few requests, as a thread does that is still busy with the one before. */
export class LazySyncer implements Syncer {
  readonly #fs: JournalFs;
  readonly #random: Prng;
  #synced: number;
  #file = -1;
  #wanted = 0;

  constructor(fs: JournalFs, random: Prng, sequence: number) {
    this.#synced = sequence;
    this.#fs = fs;
    this.#random = random;
  }

  request(file: number, sequence: number): void {
    this.#file = file;
    this.#wanted = sequence;
  }

  synced(): number {
    if (this.#file >= 0 && this.#random.chance(1, 4)) {
      this.#fs.dataSync(this.#file);
      this.#synced = this.#wanted;
      this.#file = -1;
    }
    return this.#synced;
  }

  idle(): boolean {
    return this.#file < 0;
  }

  close(): void {}
}
