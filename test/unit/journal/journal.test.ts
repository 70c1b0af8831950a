import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { FORMAT_VERSION, HEADER_AT, SEGMENT_HEADER_BYTES, segmentName } from '../../../src/journal/format.js';
import { crc32Bytes } from '../../../src/journal/crc32.js';
import { JournalCorruption } from '../../../src/journal/journal-error.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { memoryWriter } from '../../../src/journal/journal-writer.js';
import { encodeSegmentHeader } from '../../../src/journal/segment-header.js';
import { SimDisk } from '../../disk/sim-disk.js';
import { appendGroups, DIRECTORY, lengthFor, openWith, payloadFor, readAndCompare } from '../../disk/support.js';

/** Several lives on one disk. @returns the last sequence */
function live(disk: SimDisk, groups: number, seed = 3): number {
  const opened = openWith(disk);
  readAndCompare(opened);
  const writer = opened.startWriting();
  appendGroups(writer, groups, new Prng(seed), () => undefined);
  writer.close();
  return writer.sequence;
}

function problemOf(disk: SimDisk): string {
  try {
    readAndCompare(openWith(disk));
  } catch (cause) {
    if (cause instanceof JournalCorruption) return `${cause.problem} ${cause.place.sequence}`;
    throw cause;
  }
  return 'none';
}

function segments(disk: SimDisk): string[] {
  return disk.list(DIRECTORY).filter((name) => name.startsWith('segment-0')).sort().map((name) => `${DIRECTORY}/${name}`);
}

test('what lives wrote, over many segments, is read back in order', () => {
  const disk = new SimDisk();
  let last = 0;
  for (let life = 0; life < 4; life++) {
    const now = live(disk, life === 2 ? 0 : 60, life);
    assert.ok(life === 2 ? now === last : now > last);
    last = now;
  }
  assert.ok(segments(disk).length > 4);
  const opened = openWith(disk);
  assert.equal(readAndCompare(opened), last);
  assert.deepEqual(opened.notes, []);
  assert.equal(disk.openFiles, 0);
});

test('each start has its own epoch, the run id stays', () => {
  const disk = new SimDisk();
  live(disk, 2);
  live(disk, 2);
  const opened = openWith(disk);
  const epochs = new Set<number>();
  while (opened.cursor.next()) epochs.add(opened.cursor.epoch);
  assert.deepEqual([...epochs], [1, 2]);
  assert.deepEqual(opened.runId, new Uint8Array(16).fill(9));
});

test('append and claim/finish write the same bytes', () => {
  const [one, two] = [memoryWriter(realFs), memoryWriter(realFs)];
  for (let sequence = 1; sequence <= 50; sequence++) {
    const payload = payloadFor(sequence, lengthFor(sequence));
    one.append(7, payload, payload.length);
    const at = two.claim(payload.length + 64);
    two.bytes.set(payload, at);
    two.finish(7, payload.length);
    assert.equal(one.crc, two.crc);
  }
});

test('a missing segment, a swapped one and one of another run are refused with file, offset and sequence', () => {
  const original = new SimDisk();
  live(original, 200);
  const paths = segments(original);
  const [first = '', second = '', third = ''] = paths;
  assert.ok(paths.length > 4);

  const missing = original.copy();
  missing.unlink(second);
  assert.match(problemOf(missing), /^missing_segment \d+$/);

  const swapped = original.copy();
  const content = swapped.bytesOf(third).slice();
  swapped.unlink(second);
  swapped.place(second, content);
  assert.match(problemOf(swapped), /^wrong_order/);

  const lastGone = original.copy();
  lastGone.unlink(paths.at(-1) ?? '');
  assert.match(problemOf(lastGone), /^truncated_segment/);

  const firstGone = original.copy();
  firstGone.unlink(first);
  assert.match(problemOf(firstGone), /^missing_history 1$/);

  const foreign = original.copy();
  rewriteHeader(foreign, second, (view) => view.setUint8(HEADER_AT.runId, 1));
  assert.match(problemOf(foreign), /^other_run/);
});

test('a newer format is refused: there is no way down', () => {
  const disk = new SimDisk();
  live(disk, 3);
  rewriteHeader(disk, segments(disk)[0] ?? '', (view) => view.setUint32(HEADER_AT.version, FORMAT_VERSION + 1, true));
  assert.equal(problemOf(disk), 'newer_format 1');
});

test('a zeroed record that later ones know as acknowledged is damage', () => {
  const disk = new SimDisk();
  live(disk, 3);
  const path = segments(disk)[0] ?? '';
  const bytes = disk.bytesOf(path);
  const firstRecord = new DataView(bytes.buffer, bytes.byteOffset).getUint32(SEGMENT_HEADER_BYTES, true);
  bytes.fill(0, SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + firstRecord);
  assert.equal(problemOf(disk), 'damaged_record 1');
});

test('a journal of format 1 is read and goes on in format 2', () => {
  const disk = new SimDisk();
  const header = encodeSegmentHeader({
    version: 1, runId: new Uint8Array(16).fill(9), configHash: new Uint8Array(32), firstSequence: 1, crcBefore: 0,
    epoch: 1, segmentBytes: 0, createdMs: 0,
  });
  const records = Array.from({ length: 30 }, (_, i) => recordV1(i + 1, payloadFor(i + 1, lengthFor(i + 1))));
  disk.place(`${DIRECTORY}/${segmentName(1)}`, Buffer.concat([header, ...records]));
  assert.equal(readAndCompare(openWith(disk)), 30);
  const last = live(disk, 20);
  assert.ok(last > 30);
  assert.equal(readAndCompare(openWith(disk)), last);

  const damaged = disk.copy();
  const bytes = damaged.bytesOf(`${DIRECTORY}/${segmentName(1)}`);
  bytes[SEGMENT_HEADER_BYTES + 24] = (bytes[SEGMENT_HEADER_BYTES + 24] ?? 0) ^ 1;
  assert.match(problemOf(damaged), /^damaged_record/);
});

function recordV1(sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((24 + payload.length + 7) & ~7);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(8, sequence, true);
  view.setUint32(16, 1, true);
  view.setUint16(20, 1 + ((sequence - 1) % 40), true);
  bytes.set(payload, 24);
  view.setInt32(4, crc32Bytes(bytes, 8, 24 + payload.length), true);
  return bytes;
}

function rewriteHeader(disk: SimDisk, path: string, change: (view: DataView) => void): void {
  const bytes = disk.bytesOf(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  change(view);
  view.setInt32(HEADER_AT.crc, crc32Bytes(bytes, 0, HEADER_AT.crc), true);
}
