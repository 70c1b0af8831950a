/**
 * The AssemblyScript market module over a shared memory. One instance a thread that writes books: its scratch (frame
 * and changes) belongs to that thread.
 */
import { readFileSync } from 'node:fs';
import { assert } from '../base/assert.js';
import type { Arena } from '../memory/arena.js';
import { float64View, int32View, uint8View, type Region } from '../memory/region.js';
import { CHANGES, FRAME, FRAME_MAX, SCRATCH_BYTES } from './assembly/layout.js';

export { SCRATCH_BYTES } from './assembly/layout.js';

/** Pointers are byte offsets into the shared memory. Results are RESULT_* of assembly/layout.ts. */
export interface MarketExports {
  initBook(book: number): void;
  scanFrame(book: number, scratch: number, length: number): number;
  applyFrame(book: number, scratch: number, length: number): number;
  applyChanges(
    book: number, scratch: number, bids: number, asks: number, first: number, last: number, previous: number,
    venueTimeUs: number, receivedNs: number,
  ): number;
  applySnapshot(
    book: number, scratch: number, bids: number, asks: number, last: number, venueTimeUs: number, receivedNs: number,
  ): number;
  markStale(book: number, reason: number): void;
  touch(book: number, receivedNs: number): void;
  changeLevels(book: number, scratch: number, bids: number, asks: number): void;
  replaceLevels(book: number, scratch: number, bids: number, asks: number): void;
}

let compiled: WebAssembly.Module | undefined;

function marketModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../wasm/market.wasm', import.meta.url)));
  return compiled;
}

export class MarketModule {
  readonly exports: MarketExports;
  readonly buffer: SharedArrayBuffer;
  /** Byte address of the scratch. */
  readonly scratch: number;
  /** Where a frame's bytes go, FRAME_MAX of them. */
  readonly frame: Uint8Array;
  /** Flat pairs tick, lots of the changes to apply. */
  readonly changes: Float64Array;
  readonly scratchInt32: Int32Array;
  readonly scratchFloat64: Float64Array;

  /** @param scratch a region of SCRATCH_BYTES in the same memory, this thread's alone */
  constructor(memory: WebAssembly.Memory, scratch: Region) {
    assert(scratch.buffer === memory.buffer, 'the scratch must lie in the shared memory of the module');
    assert(scratch.bytes >= SCRATCH_BYTES, `the scratch must hold ${SCRATCH_BYTES} bytes, got ${scratch.bytes}`);
    const instance = new WebAssembly.Instance(marketModule(), { env: { memory } });
    this.exports = instance.exports as unknown as MarketExports; // asc's output, checked by the contract test
    this.buffer = scratch.buffer;
    this.scratch = scratch.offset;
    this.frame = uint8View(scratch).subarray(FRAME, FRAME + FRAME_MAX);
    this.changes = float64View(scratch).subarray(CHANGES >> 3);
    this.scratchInt32 = int32View(scratch);
    this.scratchFloat64 = float64View(scratch);
  }

  /** For everything on one thread: the scratch carved from the arena. */
  static inArena(arena: Arena, name: string): MarketModule {
    return new MarketModule(arena.memory, arena.carve(`${name} scratch`, SCRATCH_BYTES));
  }
}
