/**
 * A disk that fails: every call of the first N, each kind of error in turn. The writer stops at once and for
 * good, and what was acknowledged before is there afterwards.
 */
import { Prng } from '../../src/base/prng.js';
import type { Durability } from '../../src/journal/format.js';
import { JournalFailure } from '../../src/journal/journal-error.js';
import type { JournalFs, OpenMode } from '../../src/journal/journal-fs.js';
import type { JournalWriter } from '../../src/journal/journal-writer.js';
import { appendGroups, openWith, readAndCompare } from './support.js';
import { crashImage, diskError, SimDisk } from './sim-disk.js';

export type Fault = 'EIO' | 'ENOSPC' | 'half';

export interface FaultTally {
  runs: number;
  failed: number;
  /** The fault hit before the engine could start. */
  atStart: number;
}

/** Passes calls on; changing call number `failAt` (1 is the first) fails. `half`: a write takes half
 * its bytes (whole words: kernels stop at pages), another call fails with EIO. */
class FaultyFs implements JournalFs {
  readonly #disk: SimDisk;
  readonly #failAt: number;
  readonly #fault: Fault;
  calls = 0;

  constructor(disk: SimDisk, failAt: number, fault: Fault) {
    this.#disk = disk;
    this.#failAt = failAt;
    this.#fault = fault;
  }

  makeDirectory(): void {}
  list(directory: string): string[] {
    return this.#disk.list(directory);
  }
  open(path: string, mode: OpenMode): number {
    if (mode !== 'read') this.#count(path);
    return this.#disk.open(path, mode);
  }
  close(file: number): void {
    this.#disk.close(file);
  }
  size(file: number): number {
    return this.#disk.size(file);
  }
  write(file: number, bytes: Uint8Array, from: number, length: number, position: number): number {
    const half = this.#fault === 'half' && this.calls + 1 === this.#failAt;
    if (!half) this.#count('write');
    else this.calls++;
    return this.#disk.write(file, bytes, from, half ? (length >> 3) << 2 : length, position);
  }
  read(file: number, into: Uint8Array, from: number, length: number, position: number): number {
    return this.#disk.read(file, into, from, length, position);
  }
  dataSync(file: number): void {
    this.#count('dataSync');
    this.#disk.dataSync(file);
  }
  syncDirectory(): void {
    this.#count('syncDirectory');
    this.#disk.syncDirectory();
  }
  truncate(file: number, size: number): void {
    this.#count('truncate');
    this.#disk.truncate(file, size);
  }
  rename(from: string, to: string): void {
    this.#count('rename');
    this.#disk.rename(from, to);
  }
  unlink(path: string): void {
    this.#count('unlink');
    this.#disk.unlink(path);
  }

  #count(what: string): void {
    this.calls++;
    if (this.calls === this.#failAt) throw diskError(this.#fault === 'half' ? 'EIO' : this.#fault, what);
  }
}

/** @throws Error at the first run where an acknowledged record is missing or the writer goes on */
export function faultCampaign(calls: number, durability: Exclude<Durability, 'memory'>, seed: number): FaultTally {
  const tally = { runs: 0, failed: 0, atStart: 0 };
  for (let failAt = 1; failAt <= calls; failAt++) {
    for (const fault of ['EIO', 'ENOSPC', 'half'] as const) {
      const where = `${durability}, ${fault} at call ${failAt}`;
      runWithFault(failAt, fault, durability, new Prng(seed + failAt), where, tally);
      tally.runs++;
    }
  }
  return tally;
}

function runWithFault(
  failAt: number, fault: Fault, durability: 'process' | 'power', random: Prng, where: string, tally: FaultTally,
): void {
  const disk = new SimDisk();
  const fs = new FaultyFs(disk, failAt, fault);
  let acknowledged = 0;
  let writer: JournalWriter | undefined;
  try {
    const opened = openWith(fs, durability);
    readAndCompare(opened);
    writer = opened.startWriting();
    // 120 groups fill more than two segments: openings, changes and syncs are all among the calls.
    appendGroups(writer, 120, random, (sequence) => (acknowledged = sequence));
  } catch (cause) {
    if (!(cause instanceof JournalFailure)) throw new Error(`${where}: ${String(cause)}`, { cause });
    if (writer === undefined) tally.atStart++;
    else mustStayDead(writer, fs, where);
    // A segment change acknowledges what it synced, before the commit that would have told the caller.
    acknowledged = writer?.acknowledged ?? 0;
    tally.failed++;
  }
  const image = durability === 'power' ? crashImage(disk.trace, disk.trace.length, random) : disk.copy();
  const last = readAndCompare(openWith(image, durability));
  if (last < acknowledged) throw new Error(`${where}: ends with ${last}, ${acknowledged} was acknowledged`);
}

function mustStayDead(writer: JournalWriter, fs: FaultyFs, where: string): void {
  const { acknowledged } = writer;
  const calls = fs.calls;
  for (const attempt of [() => writer.append(1, new Uint8Array(4), 4), () => writer.commit(), () => writer.poll()]) {
    let threw: unknown;
    try {
      attempt();
    } catch (cause) {
      threw = cause;
    }
    if (threw !== writer.failure || threw === undefined) throw new Error(`${where}: the writer goes on after its failure`);
  }
  writer.close();
  if (fs.calls !== calls) throw new Error(`${where}: ${fs.calls - calls} calls to the disk after the failure`);
  if (writer.acknowledged > acknowledged) throw new Error(`${where}: acknowledged ${writer.acknowledged} after the failure`);
}
