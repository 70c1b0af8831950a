import { profileOf, type AbiProfile } from '../abi/profiles.js';
import { GUEST_DATA_START, moduleLimits } from '../limits.js';
import { refuse } from '../refusal.js';
import type { FuncType, WasmModule } from '../wasm/module.js';
import { type } from '../wasm/opcodes.js';

const { i32, i64 } = type;
const signature = (params: number[], results: number[]): FuncType => ({ params, results });

/** What a guest may import, all from `env` (ABI §1). */
export const importTypes: ReadonlyMap<string, FuncType> = new Map([
  ['host_log_impl', signature([i32, i32, i32], [])],
  ['__seq_send', signature([i64, i32, i32], [])],
]);

/** Functions that the host calls, by name (ABI §1 and §6). */
export const exportTypes: ReadonlyMap<string, FuncType> = new Map([
  ['algo_alloc', signature([i32], [i32])],
  ['algo_on_book_v3', signature([i32, i32], [i32])],
  ['algo_on_book', signature([i32, i32], [i32])],
  ['algo_on_nbbo', signature([i32, i32, i32], [i32])],
  ['algo_on_message', signature([i64, i32, i32, i32], [i32])],
  ['algo_on_heartbeat', signature([i32], [i32])],
  ['algo_on_fill', signature([i32, i32], [])],
  ['algo_on_reject', signature([i32], [])],
  ['algo_on_shutdown', signature([i32], [i32])],
]);

export interface AbiFacts {
  readonly profile: AbiProfile;
  /** Names of the ABI's functions that the module exports. */
  readonly entries: ReadonlySet<string>;
}

/**
 * The ABI's rules on a parsed module.
 * @param declaredAbi the deployment's `abi`, if it names one
 * @throws RefusalError
 */
export function checkAbi(module: WasmModule, declaredAbi?: string): AbiFacts {
  checkImports(module);
  if (module.startFunction) refuse('START', 'a module may not have a start function: nothing runs before the first callback');
  if (module.memories.length !== 1) refuse('MEMORY', `expected one memory of the module's own, found ${module.memories.length}`);
  const entries = checkExports(module);
  const profile = profileOf(entries, declaredAbi);
  if (profile === undefined) {
    return refuse('EXPORT_MISSING', 'expected at least one of algo_on_book_v3, algo_on_book, algo_on_nbbo');
  }
  if (declaredAbi !== undefined && !abiFits(declaredAbi, profile)) {
    refuse('ABI', `the deployment says abi ${declaredAbi}, the module's exports are those of ${profile.name}`);
  }
  if (profile.name !== '0.1') checkLowMemory(module);
  checkSegments(module);
  return { profile, entries };
}

function abiFits(declared: string, profile: AbiProfile): boolean {
  if (declared === profile.name || profile.name.startsWith(`${declared}-`)) return true;
  const version = /^0\.[134](\.\d+)?$/.test(declared) ? declared.slice(0, 3) : undefined;
  // A plain 0.3 module has the exports of 0.1 and gets its profile.
  return version !== undefined && (profile.name.startsWith(version) || (version === '0.3' && profile.name === '0.1'));
}

function show({ params, results }: FuncType): string {
  const names: Record<number, string> = {
    0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x70: 'funcref', 0x6f: 'externref',
  };
  const list = (values: readonly number[]): string => `(${values.map((value) => names[value]).join(', ')})`;
  return `${list(params)} → ${list(results)}`;
}

function typeOf(module: WasmModule, typeIndex: number | undefined): FuncType {
  return module.types[typeIndex ?? 0] ?? refuse('INDEX', `type ${typeIndex} does not exist`);
}

function checkImports(module: WasmModule): void {
  for (const entry of module.imports) {
    const expected = entry.module === 'env' ? importTypes.get(entry.name) : undefined;
    if (expected === undefined) {
      refuse(
        'IMPORT',
        `the host offers env.host_log_impl and env.__seq_send, not ${entry.module}.${entry.name}`,
        entry.offset,
      );
    }
    const actual = typeOf(module, entry.typeIndex);
    if (show(actual) !== show(expected)) {
      refuse('IMPORT_TYPE', `${entry.name} is ${show(expected)}, the module imports ${show(actual)}`, entry.offset);
    }
  }
}

function checkExports(module: WasmModule): Set<string> {
  const entries = new Set<string>();
  let memory = false;
  for (const { name, kind, index } of module.exports) {
    if (name === 'memory') {
      if (kind !== 'memory') refuse('EXPORT_TYPE', `the export memory must be a memory, it is a ${kind}`);
      memory = true;
    }
    const expected = exportTypes.get(name);
    if (expected === undefined) continue;
    if (kind !== 'func') return refuse('EXPORT_TYPE', `the export ${name} must be a function, it is a ${kind}`);
    const actual = typeOf(module, module.functions[index]);
    if (show(actual) !== show(expected)) {
      refuse('EXPORT_TYPE', `${name} is ${show(expected)}, the module exports ${show(actual)}`);
    }
    entries.add(name);
  }
  if (!memory) refuse('EXPORT_MISSING', 'expected an export named memory');
  if (!entries.has('algo_alloc')) refuse('EXPORT_MISSING', 'expected an export named algo_alloc');
  return entries;
}

/** The host's tables lie below GUEST_DATA_START: a module linked with a small stack has its data there. */
function checkLowMemory(module: WasmModule): void {
  const limit = `0x${GUEST_DATA_START.toString(16)}`;
  for (const segment of module.data) {
    if (segment.active && segment.length > 0 && segment.address < GUEST_DATA_START) {
      refuse(
        'LOW_DATA',
        `data at 0x${segment.address.toString(16)} lies below ${limit}, where the host writes its tables: ` +
          'link with a larger stack (Rust: the default 1 MiB; AssemblyScript: --memoryBase 196608)',
        segment.offset,
      );
    }
  }
  for (const name of ['__data_end', '__heap_base']) {
    const entry = module.exports.find((candidate) => candidate.name === name && candidate.kind === 'global');
    const value = entry === undefined ? undefined : module.globals[entry.index]?.i32;
    if (value !== undefined && value < GUEST_DATA_START) {
      refuse('LOW_DATA', `${name} is 0x${value.toString(16)}, below ${limit}: link with a larger stack`);
    }
  }
}

function checkSegments(module: WasmModule): void {
  const bytes = Math.min(module.memories[0]?.minPages ?? 0, moduleLimits.memoryPages) * 65_536;
  for (const segment of module.data) {
    if (segment.active && segment.address + segment.length > bytes) {
      refuse('MEMORY', `a data segment ends at ${segment.address + segment.length}, the memory at ${bytes}`, segment.offset);
    }
  }
}
