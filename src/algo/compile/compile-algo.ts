/**
 * Compiles one algo with the AssemblyScript package: a job for the thread pool, since it takes seconds. The options
 * are the kit's: data above the host's tables, no start function, no abort import.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { main } from 'assemblyscript/asc';

export interface CompileJob {
  /** Folder that paths are relative to, with `algos/std` below it. */
  readonly root: string;
  /** e.g. algos/peg/index.ts */
  readonly entry: string;
  readonly outFile: string;
}

/** First address of the module's data: the host's tables lie below. */
const memoryBase = 0x30000;

/** @returns undefined, or the compiler's messages */
export async function compileAlgo(job: CompileJob): Promise<string | undefined> {
  mkdirSync(dirname(job.outFile), { recursive: true });
  let messages = '';
  const note = { write: (text: string | Uint8Array): void => void (messages += String(text)) };
  const { error } = await main(
    [
      job.entry, '--baseDir', job.root, '--outFile', job.outFile, '--config', 'algos/no-config.json', '--optimizeLevel', '3',
      '--shrinkLevel', '0', '--noAssert', '--runtime', 'algos/std/runtime', '--memoryBase', String(memoryBase), '--use', 'abort=',
    ],
    { stdout: note, stderr: note },
  );
  return error === null ? undefined : messages || error.message;
}
