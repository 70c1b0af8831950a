import type { AbiProfile } from '../abi/profiles.js';
import { meterExports } from '../admission/meter.js';
import { GUEST_DATA_START, HOST_BLOCK_BYTES, PAGE_BYTES, runLimits } from '../limits.js';
import { refuse } from '../refusal.js';

/** What the guest may call (ABI §1). Neither may ever call back into the guest. */
export interface GuestImports {
  log(level: number, ptr: number, length: number): void;
  send(meshId: bigint, ptr: number, length: number): void;
}

export type BookFn = (book: number, state: number) => number;

/** The functions of a loaded module; undefined where the module has none. */
export interface GuestFunctions {
  readonly onBook: BookFn | undefined;
  readonly onNbbo: ((nbbo: number, books: number, state: number) => number) | undefined;
  readonly onMessage: ((from: bigint, payload: number, length: number, state: number) => number) | undefined;
  readonly onHeartbeat: ((state: number) => number) | undefined;
  readonly onFill: ((fill: number, state: number) => void) | undefined;
  readonly onReject: ((reject: number) => void) | undefined;
  readonly onShutdown: ((state: number) => number) | undefined;
}

export interface LoadedGuest {
  readonly memory: WebAssembly.Memory;
  readonly functions: GuestFunctions;
  /** The one block of HOST_BLOCK_BYTES that the guest gave. */
  readonly block: number;
  readonly fuel: WebAssembly.Global;
  readonly depth: WebAssembly.Global;
  readonly budget: WebAssembly.Global;
}

/**
 * Instantiates a metered module and asks it for the host's block (ABI §2).
 * @param fuel fuel of each callback
 * @throws RefusalError INSTANTIATE, MEMORY or ALLOC
 */
export function loadGuest(
  module: WebAssembly.Module,
  profile: AbiProfile,
  imports: GuestImports,
  fuel: number = runLimits.fuelPerCallback,
): LoadedGuest {
  const env = { host_log_impl: imports.log, __seq_send: imports.send };
  let exports: WebAssembly.Exports;
  try {
    exports = new WebAssembly.Instance(module, { env }).exports;
  } catch (error) {
    return refuse('INSTANTIATE', `instantiating failed: ${String(error)}`);
  }
  const memory = exports['memory'] as WebAssembly.Memory;
  growToTables(memory, profile);
  const global = (name: string): WebAssembly.Global => exports[name] as WebAssembly.Global;
  const budget = global(meterExports.budget);
  budget.value = fuel;
  const block = hostBlock(exports['algo_alloc'] as (size: number) => number, memory, profile);
  // The casts are what the static checks made sure of: each known export has exactly this type.
  const functions: GuestFunctions = {
    onBook: profile.bookExport && (exports[profile.bookExport] as BookFn | undefined),
    onNbbo: profile.layout && (exports['algo_on_nbbo'] as GuestFunctions['onNbbo']),
    onMessage: exports['algo_on_message'] as GuestFunctions['onMessage'],
    onHeartbeat: profile.heartbeat ? (exports['algo_on_heartbeat'] as GuestFunctions['onHeartbeat']) : undefined,
    onFill: exports['algo_on_fill'] as GuestFunctions['onFill'],
    onReject: exports['algo_on_reject'] as GuestFunctions['onReject'],
    onShutdown: exports['algo_on_shutdown'] as GuestFunctions['onShutdown'],
  };
  const { fuel: left, depth } = meterExports;
  return { memory, functions, block, fuel: global(left), depth: global(depth), budget };
}

function growToTables(memory: WebAssembly.Memory, profile: AbiProfile): void {
  const missing = GUEST_DATA_START - memory.buffer.byteLength;
  if (missing <= 0 || profile.name === '0.1') return;
  try {
    memory.grow(Math.ceil(missing / PAGE_BYTES));
  } catch {
    refuse('MEMORY', `the memory must grow to ${GUEST_DATA_START} bytes for the host's tables, its maximum is below`);
  }
}

function hostBlock(alloc: (size: number) => number, memory: WebAssembly.Memory, profile: AbiProfile): number {
  let at: number;
  try {
    at = alloc(HOST_BLOCK_BYTES) >>> 0;
  } catch (error) {
    return refuse('ALLOC', `algo_alloc(${HOST_BLOCK_BYTES}) failed: ${String(error)}`);
  }
  const lowest = profile.name === '0.1' ? 1 : GUEST_DATA_START;
  if (at === 0) refuse('ALLOC', `algo_alloc(${HOST_BLOCK_BYTES}) returned 0: the guest has no room`);
  if (at < lowest || at % 8 !== 0 || at + HOST_BLOCK_BYTES > memory.buffer.byteLength) {
    refuse('ALLOC', `algo_alloc returned ${at}: expected an 8-aligned block inside memory from ${lowest} on`);
  }
  return at;
}
