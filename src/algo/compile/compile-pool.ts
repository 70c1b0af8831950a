import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { CompileJob } from './compile-algo.js';

/** One thread at most: compiling is rare and must not take cores from trading. Close it when done. */
export class CompilePool {
  readonly #pool = new Piscina<CompileJob, string | undefined>({
    filename: fileURLToPath(new URL('./compile-algo.js', import.meta.url)), name: 'compileAlgo', minThreads: 0, maxThreads: 1,
    maxQueue: 32, resourceLimits: { maxOldGenerationSizeMb: 512 },
  });

  /** @returns undefined, or the compiler's messages */
  compile(job: CompileJob): Promise<string | undefined> {
    return this.#pool.run(job);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
