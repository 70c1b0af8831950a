/**
 * The process in which an uploaded module meets the compiler for the first time. It holds nothing: no keys, no
 * sockets, an empty environment; its parent ends it on time or memory.
 */
import type { AbiProfile } from '../abi/profiles.js';
import { loadGuest } from '../host/load-guest.js';
import { RefusalError, type Refusal } from '../refusal.js';

export interface ProbeJob {
  readonly id: number;
  readonly original: Uint8Array<ArrayBuffer>;
  readonly metered: Uint8Array<ArrayBuffer>;
  readonly profile: AbiProfile;
}

export interface ProbeAnswer {
  readonly id: number;
  readonly refusal: Refusal | undefined;
}

function probe(job: ProbeJob): Refusal | undefined {
  if (!WebAssembly.validate(job.original)) return { code: 'COMPILE', message: 'the module does not validate' };
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(job.metered);
  } catch (error) {
    return { code: 'COMPILE', message: `the metered module does not compile: ${String(error)}` };
  }
  try {
    loadGuest(module, job.profile, { log: () => {}, send: () => {} });
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error.toRefusal();
    return { code: 'INSTANTIATE', message: String(error) };
  }
}

process.on('message', (job: ProbeJob) => {
  process.send?.({ id: job.id, refusal: probe(job) } satisfies ProbeAnswer);
});
process.on('disconnect', () => process.exit(0));
