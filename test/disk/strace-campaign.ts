/**
 * A real process on a real file system whose system calls fail, or that is killed at them, by strace's fault
 * injection. What it said it had acknowledged is there afterwards.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JOURNAL_FAILURE_EXIT_CODE } from '../../src/journal/format.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { OpenedJournal } from '../../src/journal/open-journal.js';
import { readAndCompare, SMALL_SEGMENT } from './support.js';

const VICTIM = fileURLToPath(new URL('./victim-process.js', import.meta.url));

/** What strace does at the n-th such call of the process. */
const injections = [
  { durability: 'power', calls: 'fdatasync', fault: 'error=EIO' },
  { durability: 'power', calls: 'pwrite64', fault: 'error=ENOSPC' },
  { durability: 'process', calls: 'pwrite64', fault: 'error=EIO' },
  { durability: 'process', calls: 'pwrite64', fault: 'error=ENOSPC' },
  { durability: 'power', calls: 'pwrite64', fault: 'error=EIO' },
  { durability: 'power', calls: 'fdatasync', fault: 'error=ENOSPC' },
  { durability: 'process', calls: 'fsync,rename,ftruncate', fault: 'error=EIO' },
  { durability: 'power', calls: 'fsync,rename,ftruncate', fault: 'error=ENOSPC' },
  { durability: 'process', calls: 'pwrite64', fault: 'signal=KILL' },
  { durability: 'power', calls: 'fdatasync', fault: 'signal=KILL' },
  { durability: 'process', calls: 'ftruncate', fault: 'signal=KILL' },
] as const;

export interface StraceTally {
  runs: number;
  failed: number;
  killed: number;
  /** The process made fewer calls than that. */
  untouched: number;
}

/** Whether strace is here and may trace. */
export function straceWorks(): boolean {
  return spawnSync('strace', ['-f', '-qq', '-e', 'trace=none', 'true']).status === 0;
}

/** @param steps which calls fail, 1 is the first @throws Error at the first run that lost something */
export function straceCampaign(steps: readonly number[]): StraceTally {
  const tally = { runs: 0, failed: 0, killed: 0, untouched: 0 };
  for (const injection of injections) {
    for (const when of steps) {
      const root = mkdtempSync(join(tmpdir(), 'legwork-strace-'));
      try {
        runOnce(root, injection, when, tally);
      } finally {
        rmSync(root, { recursive: true });
      }
      tally.runs++;
    }
  }
  return tally;
}

function runOnce(root: string, injection: (typeof injections)[number], when: number, tally: StraceTally): void {
  const { durability, calls, fault } = injection;
  const where = `${durability}, ${calls} ${fault} at call ${when}`;
  const inject = `inject=${calls}:${fault}:when=${when}`;
  // Not --seccomp-bpf, which is faster: injected signals get lost with it.
  const strace = ['-f', '-qq', '-o', `${root}/trace`, '-e', `trace=${calls}`, '-e', inject];
  const directory = `${root}/journal`;
  realFs.makeDirectory(directory);
  const run = spawnSync('strace', [...strace, process.execPath, VICTIM, directory, durability, '60'], { encoding: 'utf8' });
  if (run.status === JOURNAL_FAILURE_EXIT_CODE) tally.failed++;
  else if (run.signal === 'SIGKILL' || run.status === 137) tally.killed++;
  else if (run.status === 0) tally.untouched++;
  else throw new Error(`${where}: ended with ${run.status ?? run.signal}: ${run.stderr}`);
  const acknowledged = Number(/acknowledged (\d+)\n$/.exec(run.stdout)?.[1] ?? 0);
  const opened = new OpenedJournal({
    fs: realFs, directory, durability, segmentBytes: SMALL_SEGMENT, configHash: new Uint8Array(32),
    newRunId: new Uint8Array(16), nowMs: 0,
  });
  const last = readAndCompare(opened);
  if (last < acknowledged) throw new Error(`${where}: ends with ${last}, ${acknowledged} was acknowledged`);
  opened.startWriting().close();
}
