/**
 * The process in which an uploaded module is checked, metered and meets the compiler for the first time: none of it holds
 * up the engine. It holds nothing: no keys, no sockets, an empty environment; its parent ends it on time or memory.
 */
import { loadGuest } from '../host/load-guest.js';
import { RefusalError, type Refusal } from '../refusal.js';
import { checkAndMeter, type AdmitOptions, type AdmittedModule } from './admit.js';

export interface ProbeJob {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: AdmitOptions;
}

export interface ProbeAnswer {
  readonly id: number;
  readonly refusal: Refusal | undefined;
  /** Of a module that passed; its bytes are the parent's. */
  readonly admitted: Pick<AdmittedModule, 'hash' | 'metered' | 'entries'> | undefined;
}

/** The checks before anything compiles, then the first compile and instantiation. */
function probe({ id, bytes, options }: ProbeJob): ProbeAnswer {
  const checked = checkAndMeter(bytes, options);
  const refusal = checked.ok ? compile(checked.value) : checked.error;
  if (refusal !== undefined || !checked.ok) return { id, refusal, admitted: undefined };
  const { hash, metered, entries } = checked.value;
  return { id, refusal: undefined, admitted: { hash, metered, entries } };
}

function compile({ original, metered, profile }: AdmittedModule): Refusal | undefined {
  if (!WebAssembly.validate(original)) return { code: 'COMPILE', message: 'the module does not validate' };
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(metered);
  } catch (error) {
    return { code: 'COMPILE', message: `the metered module does not compile: ${String(error)}` };
  }
  try {
    loadGuest(module, profile, { log: () => {}, send: () => {} });
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error.toRefusal();
    return { code: 'INSTANTIATE', message: String(error) };
  }
}

process.on('message', (job: ProbeJob) => {
  process.send?.(probe(job));
});
process.on('disconnect', () => process.exit(0));
