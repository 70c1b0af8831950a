/**
 * Limits of the algo host in one place, each with its reason. Engine-wide limits of the ABI (orders, actions,
 * venues, …) come from `abi/layouts.generated.ts`.
 */
import { assert } from '../base/assert.js';

export const PAGE_BYTES = 65_536;

/** What a module may be, checked on its bytes before anything compiles. */
export const moduleLimits = {
  /** A Rust build that keeps its debug sections is about 5 MiB; they are dropped, but must be read past. */
  bytes: 8 << 20,
  types: 1_000,
  params: 64,
  results: 16,
  imports: 16,
  functions: 10_000,
  exports: 512,
  nameBytes: 256,
  bodyBytes: 256 << 10,
  /** Locals are zeroed at each call: a function of 50,000 locals is a weapon, not a program. */
  locals: 4_096,
  localGroups: 512,
  nesting: 256,
  branchTargets: 4_096,
  globals: 1_024,
  tables: 4,
  /** 10 million entries in a 40-byte module abort Node; compilers emit a few hundred. */
  tableEntries: 1_024,
  elementSegments: 1_024,
  elements: 8_192,
  dataSegments: 4_096,
  customSections: 256,
  memoryPages: 256,
} as const;

/** First address that the host's tables don't use (ABI §2). */
export const GUEST_DATA_START = 0x25000;
/** Bytes of the one block that the host asks the guest for (ABI §2). */
export const HOST_BLOCK_BYTES = 3_160;

/** What one instance may do at run time. */
export const runLimits = {
  /** Fuel a callback: about an instruction a unit; 2 million are 0.5 to 8 ms, whatever the mix. */
  fuelPerCallback: 2_000_000,
  /** Metered calls on the stack; V8's own stack of 984 KiB holds more than this of any permitted function. */
  callDepth: 400,
  logBytes: 4_096,
  logLinesPerSecond: 200,
  logLinesKept: 1_000,
  /** Guest memory of one thread, all its instances together: each may have 16 MiB, and most have one. */
  threadMemoryBytes: 512 << 20,
  /** Orders and amends a second of all modules of an account: each instance may send 200. */
  accountOrdersPerSecond: 1_000,
  messageQueue: 1_024,
  heartbeatNs: 1_000_000_000,
  /** A book without a proof of life for longer is stale (semantics §1). */
  staleAfterNs: 2_000_000_000,
  /** Of a recorded run: some hours of a busy market. */
  tapeBytes: 256 << 20,
  /** How often a guest thread looks for books that fell silent: silence makes no version. */
  silenceCheckNs: 100_000_000,
  /** IOC orders that a chasing intent may become (ABI §4). */
  chaseTries: 16,
  /** Orders and amends a second of an instance whose account has no limit of its own. */
  ordersPerSecond: 200,
  /** A callback still running after this many ms ends its thread. */
  watchdogMs: 80,
  /** Ids an instance may use in its life: enough for 200 orders a second through a day. */
  orderIdsKept: 1 << 20,
} as const;

/** First compile, in a child process. */
export const probeLimits = {
  wallMs: 5_000,
  residentBytes: 768 << 20,
  heapMegabytes: 128,
  pollMs: 20,
} as const;

assert(moduleLimits.memoryPages * PAGE_BYTES > GUEST_DATA_START, 'a guest memory must hold the host tables');
assert(runLimits.fuelPerCallback < 2 ** 30, 'fuel is an i32 that may go below zero by one bulk operation');
