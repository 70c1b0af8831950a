/**
 * A process that journals until its disk fails: `node victim-process.js <directory> <process|power> <groups>`. Says
 * "acknowledged <n>" on standard output after each group and exits with the failure's code.
 */
import { writeSync } from 'node:fs';
import { must } from '../../src/base/assert.js';
import { Prng } from '../../src/base/prng.js';
import { JournalFailure } from '../../src/journal/journal-error.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { OpenedJournal } from '../../src/journal/open-journal.js';
import { appendGroups, readAndCompare, SMALL_SEGMENT } from './support.js';

const directory = must(process.argv[2], 'directory');
const durability = process.argv[3] === 'power' ? 'power' : 'process';
const groups = Number(process.argv[4]);

try {
  const opened = new OpenedJournal({
    fs: realFs, directory, durability, segmentBytes: SMALL_SEGMENT, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16), nowMs: 0,
  });
  readAndCompare(opened);
  const writer = opened.startWriting();
  appendGroups(writer, groups, new Prng(1), (sequence) => writeSync(1, `acknowledged ${sequence}\n`));
  writer.close();
} catch (cause) {
  if (!(cause instanceof JournalFailure)) throw cause;
  writeSync(2, `${cause.message}\n`);
  process.exitCode = cause.exitCode;
}
