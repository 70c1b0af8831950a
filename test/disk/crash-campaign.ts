/**
 * Power losses at any operation: nothing acknowledged is missing, nothing that was never written appears, and
 * the journal goes on from there, over a second crash as well.
 */
import { Prng } from '../../src/base/prng.js';
import type { OpenedJournal } from '../../src/journal/open-journal.js';
import { publishSnapshot } from '../../src/journal/publish-snapshot.js';
import { SnapshotWriter } from '../../src/journal/snapshot.js';
import { appendGroups, DIRECTORY, LazySyncer, openWith, readAndCompare } from './support.js';
import { crashImage, SimDisk } from './sim-disk.js';

export interface CrashTally {
  images: number;
  torn: number;
  secondCrashes: number;
  withSnapshot: number;
  /** Records that survived though nobody had been told so: allowed, and shows that images differ. */
  unacknowledgedKept: number;
}

/** Sequence acknowledged once the trace had this many operations. */
interface Ack {
  readonly operations: number;
  readonly sequence: number;
}

const IMAGES_A_TRACE = 50;

/** @throws Error naming seed, image and what is wrong, at the first wrong image */
export function crashCampaign(seed: number, images: number): CrashTally {
  const tally = { images: 0, torn: 0, secondCrashes: 0, withSnapshot: 0, unacknowledgedKept: 0 };
  const random = new Prng(seed);
  while (tally.images < images) {
    const disk = new SimDisk();
    const acks = live(disk, openWith(disk), 12 + random.below(50), random, 0);
    for (let i = 0; i < IMAGES_A_TRACE && tally.images < images; i++) {
      const where = `seed ${seed} image ${tally.images}`;
      try {
        crashAndCheck(disk, acks, random, tally);
      } catch (cause) {
        throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
      tally.images++;
    }
  }
  return tally;
}

function crashAndCheck(disk: SimDisk, acks: readonly Ack[], random: Prng, tally: CrashTally): void {
  const at = 1 + random.below(disk.trace.length);
  const image = crashImage(disk.trace, at, random);
  const begin = image.trace.length;
  const opened = check(image, acknowledgedBy(acks, at), tally);
  if (!random.chance(1, 4)) return;
  const floor = opened.cursor.sequence;
  // Only crashes after the start: what is on the image already is synced.
  const more = live(image, opened, 1 + random.below(12), random, floor);
  const second = begin + 1 + random.below(image.trace.length - begin);
  check(crashImage(image.trace, second, random), Math.max(floor, acknowledgedBy(more, second)), tally);
  tally.secondCrashes++;
}

/** Reads the image to its end. @throws Error if a record is missing or wrong */
function check(image: SimDisk, acknowledged: number, tally: CrashTally): OpenedJournal {
  const opened = openWith(image);
  const last = readAndCompare(opened);
  if (last < acknowledged) throw new Error(`ends with ${last}, ${acknowledged} was acknowledged`);
  if (opened.notes.some((note) => note.includes('never acknowledged'))) tally.torn++;
  if (opened.snapshot !== undefined) tally.withSnapshot++;
  tally.unacknowledgedKept += last - acknowledged;
  return opened;
}

/** Writes groups, now and then a snapshot. @param floor acknowledged before */
function live(disk: SimDisk, opened: OpenedJournal, groups: number, random: Prng, floor: number): Ack[] {
  const acks: Ack[] = [{ operations: 0, sequence: floor }];
  readAndCompare(opened);
  // Half the lives sync in line, half behind several groups.
  const lazy = random.chance(1, 2) ? (sequence: number) => new LazySyncer(disk, random.fork(1), sequence) : undefined;
  const writer = opened.startWriting(lazy);
  for (let done = 0; done < groups; ) {
    const some = Math.min(1 + random.below(15), groups - done);
    appendGroups(writer, some, random, (sequence) => acks.push({ operations: disk.trace.length, sequence }));
    done += some;
    if (writer.acknowledged === 0 || !random.chance(1, 2)) continue;
    const snapshot = new SnapshotWriter(disk, DIRECTORY, {
      runId: opened.runId, sequence: writer.sequence, epoch: writer.epoch, recordCrc: writer.crc, createdMs: 0,
    });
    const state = new TextEncoder().encode(`state after ${writer.sequence} `.repeat(1 + random.below(80)));
    snapshot.write(state, state.length);
    snapshot.finish();
    publishSnapshot(disk, DIRECTORY, snapshot.head.sequence);
  }
  return acks;
}

function acknowledgedBy(acks: readonly Ack[], operations: number): number {
  return acks.reduce((most, ack) => (ack.operations <= operations ? Math.max(most, ack.sequence) : most), 0);
}
