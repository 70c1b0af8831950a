/** Small runs, so that the benchmarks can't rot; and the promise that appending allocates nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecBench } from '../../../bench/micro/journal-codec.js';
import { journalBench } from '../../../bench/micro/journal.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import { memoryWriter } from '../../../src/journal/journal-writer.js';
import { EventEncoder } from '../../../src/protocol/codec/event-encoder.js';
import { benchReport, benchSample } from '../../../bench/micro/journal-codec.js';

test('the journal benchmark runs and its answers are right', () => {
  const rows = journalBench({ process: 200, power: 5, read: 2000 });
  assert.deepEqual(rows.map((row) => row.checksum), [20_800, 20_800, 20_800, 520, 520, 2000]);
});

test('the codec benchmark runs and its answers are right', () => {
  for (const row of codecBench(200)) assert.equal(row.checksum, 200 * row.bytes);
});

test('appending and committing a sample or a report allocates nothing', () => {
  const writer = memoryWriter(realFs);
  const encoder = new EventEncoder();
  const [sample, report] = [benchSample(), benchReport()];
  const work = (count: number): void => {
    for (let i = 0; i < count; i++) {
      encoder.append(sample, writer);
      encoder.append(report, writer);
      writer.commit();
    }
  };
  work(30_000);
  let least = Infinity;
  // The least of several: another part of the process may allocate in between. One small object a record is 640 KB.
  for (let round = 0; round < 8; round++) {
    const before = process.memoryUsage().heapUsed;
    work(20_000);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) least = Math.min(least, grown);
  }
  assert.ok(least < 200_000, `${least} bytes in 40,000 records`);
});
