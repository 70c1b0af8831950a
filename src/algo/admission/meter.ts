import { moduleLimits, runLimits } from '../limits.js';
import { ByteWriter } from '../wasm/byte-writer.js';
import type { WasmModule } from '../wasm/module.js';
import { emptyBlock, op, type } from '../wasm/opcodes.js';
import { scanBody, type BodyScan, type Mark } from '../wasm/scan-body.js';

/**
 * Injects metering into a checked module:
 *
 * - *Fuel*: each basic block pays its cost when it begins; the balance is checked at function entries, loop heads and
 *   bulk instructions, which pay by their length as well. Between two checks a guest runs at most one pass of a body.
 *   The balance lives in a local and is written to the global around calls and at the exit only, so that a tight loop
 *   costs one subtraction and one test.
 * - *Depth*: each function that calls another counts one level; below zero it traps, always at the same depth.
 * - *Entries*: each ABI export is wrapped in a function that sets fuel and depth first, so that a callback costs no
 *   JavaScript access to a global.
 *
 * Everything is appended to its index space (types, functions, globals, locals, exports), so no index of the guest's
 * changes; `scanBody` has refused every index beyond the guest's own, so that it can't touch what is appended.
 * Memory and tables get their maximum; custom sections and exports that the ABI doesn't name are dropped.
 */
export interface MeterPlan {
  readonly memoryPages: number;
  /** Names of the ABI's functions that the module exports. */
  readonly entries: ReadonlySet<string>;
}

/** Exports that the host reads: fuel left, call levels left, fuel of each callback. */
export const meterExports = { fuel: '__lw_fuel', depth: '__lw_depth', budget: '__lw_budget' } as const;

const func = 0;
const global = 3;

export function meterModule(module: WasmModule, plan: MeterPlan): Uint8Array {
  return new Meter(module, plan).run();
}

class Meter {
  readonly #module: WasmModule;
  readonly #plan: MeterPlan;
  readonly #fuel: number;
  readonly #depth: number;
  readonly #budget: number;
  /** Types `() -> results` that are appended for bodies with several results, by their key. */
  readonly #extraTypes = new Map<string, number>();

  constructor(module: WasmModule, plan: MeterPlan) {
    this.#module = module;
    this.#plan = plan;
    this.#fuel = module.globals.length;
    this.#depth = this.#fuel + 1;
    this.#budget = this.#fuel + 2;
  }

  run(): Uint8Array {
    const { bytes } = this.#module;
    const entries = this.#module.exports.filter(({ kind, name }) => kind === 'func' && this.#plan.entries.has(name));
    const code = this.#code(entries.map((entry) => entry.index));
    const out = new ByteWriter(bytes.length * 2).bytes(bytes, 0, 8);
    out.section(1, this.#types());
    this.#copy(out, 2);
    const functions = this.#vector(3, entries.length);
    for (const { index } of entries) functions.u32(this.#module.functions[index] ?? 0);
    out.section(3, functions);
    if (this.#module.tables.length > 0) out.section(4, this.#tables());
    out.section(5, this.#memory());
    const globals = this.#vector(6, 3);
    for (let i = 0; i < 3; i++) globals.put(type.i32, 1, op.i32Const, 0, op.end);
    out.section(6, globals);
    out.section(7, this.#exports(entries.map((entry) => entry.name)));
    this.#copy(out, 9);
    this.#copy(out, 12);
    out.section(10, code);
    this.#copy(out, 11);
    return out.view().slice();
  }

  #copy(out: ByteWriter, id: number): void {
    const range = this.#module.sections.get(id);
    if (range === undefined) return;
    out.section(id, new ByteWriter(range.end - range.start).bytes(this.#module.bytes, range.start, range.end));
  }

  /** A section's vector with room announced for `extra` more items, which the caller appends. */
  #vector(id: number, extra: number): ByteWriter {
    const { bytes } = this.#module;
    const range = this.#module.sections.get(id);
    if (range === undefined) return new ByteWriter().u32(extra);
    let at = range.start;
    let count = 0;
    for (let shift = 0; ; shift += 7, at++) {
      const byte = bytes[at] ?? 0;
      count += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return new ByteWriter(range.end - at).u32(count + extra).bytes(bytes, at + 1, range.end);
  }

  #types(): ByteWriter {
    const types = this.#vector(1, this.#extraTypes.size);
    for (const key of this.#extraTypes.keys()) {
      const results = key.split(',').map(Number);
      types.put(0x60, 0).u32(results.length).put(...results);
    }
    return types;
  }

  #tables(): ByteWriter {
    const out = new ByteWriter().u32(this.#module.tables.length);
    for (const table of this.#module.tables) {
      const most = Math.min(table.max ?? moduleLimits.tableEntries, moduleLimits.tableEntries);
      out.put(table.type, 1).u32(table.min).u32(most);
    }
    return out;
  }

  #memory(): ByteWriter {
    const memory = this.#module.memories[0];
    const most = Math.min(memory?.maxPages ?? this.#plan.memoryPages, this.#plan.memoryPages);
    return new ByteWriter().put(1, 1).u32(memory?.minPages ?? 0).u32(most);
  }

  #exports(entries: string[]): ByteWriter {
    const out = new ByteWriter().u32(entries.length + 4);
    entries.forEach((name, i) => out.name(name).u8(func).u32(this.#module.functions.length + i));
    out.name('memory').put(2, 0);
    out.name(meterExports.fuel).u8(global).u32(this.#fuel);
    out.name(meterExports.depth).u8(global).u32(this.#depth);
    return out.name(meterExports.budget).u8(global).u32(this.#budget);
  }

  #code(entries: number[]): ByteWriter {
    const out = new ByteWriter(this.#module.bytes.length * 2);
    out.u32(this.#module.bodies.length + entries.length);
    for (let i = 0; i < this.#module.bodies.length; i++) {
      const body = this.#body(scanBody(this.#module, i));
      out.u32(body.length).bytes(body.view());
    }
    for (const index of entries) {
      const body = this.#entry(index);
      out.u32(body.length).bytes(body.view());
    }
    return out;
  }

  /** Sets fuel and depth, then calls the guest's function with the same arguments. */
  #entry(index: number): ByteWriter {
    const params = this.#module.types[this.#module.functions[index] ?? 0]?.params.length ?? 0;
    const out = new ByteWriter().u32(0);
    out.u8(op.globalGet).u32(this.#budget).u8(op.globalSet).u32(this.#fuel);
    out.u8(op.i32Const).s32(runLimits.callDepth).u8(op.globalSet).u32(this.#depth);
    for (let i = 0; i < params; i++) out.u8(op.localGet).u32(i);
    return out.u8(op.call).u32(index).u8(op.end);
  }

  #body(scan: BodyScan): ByteWriter {
    const { bytes } = this.#module;
    const balance = scan.locals;
    const out = new ByteWriter((scan.code.end - scan.code.start) * 2 + 64);
    out.u32(scan.localGroups.count + 1).bytes(bytes, scan.localGroups.start, scan.localGroups.end);
    out.u32(2).u8(type.i32);
    if (!scan.leaf) this.#enterLevel(out, balance + 1);
    out.u8(op.globalGet).u32(this.#fuel).u8(op.i32Const).s32(scan.entryCost).u8(op.i32Sub);
    out.u8(op.localTee).u32(balance);
    this.#trapBelowZero(out, balance);
    // Branches to the function's own label now end here, in front of the exit code, with the same label index.
    out.u8(op.block);
    this.#blockType(out, scan.type.results);
    let at = scan.code.start;
    for (const mark of scan.marks) {
      out.bytes(bytes, at, mark.at);
      at = this.#place(out, mark, balance);
    }
    out.bytes(bytes, at, scan.code.end).u8(op.end);
    out.u8(op.localGet).u32(balance).u8(op.globalSet).u32(this.#fuel);
    if (!scan.leaf) {
      out.u8(op.globalGet).u32(this.#depth).put(op.i32Const, 1, op.i32Add, op.globalSet).u32(this.#depth);
    }
    return out.u8(op.end);
  }

  #enterLevel(out: ByteWriter, scratch: number): void {
    out.u8(op.globalGet).u32(this.#depth).put(op.i32Const, 1, op.i32Sub, op.localTee).u32(scratch);
    out.u8(op.globalSet).u32(this.#depth);
    out.u8(op.localGet).u32(scratch).put(op.i32Const, 0, op.i32LtS, op.if, emptyBlock, op.unreachable, op.end);
  }

  /** The balance is on the stack: below zero it is stored, so that the host sees why, and the guest traps. */
  #trapBelowZero(out: ByteWriter, balance: number): void {
    out.put(op.i32Const, 0, op.i32LtS, op.if, emptyBlock, op.localGet).u32(balance);
    out.u8(op.globalSet).u32(this.#fuel).put(op.unreachable, op.end);
  }

  #blockType(out: ByteWriter, results: readonly number[]): void {
    if (results.length === 0) out.u8(emptyBlock);
    else if (results.length === 1) out.u8(results[0] ?? 0);
    else {
      const key = results.join(',');
      const known = this.#extraTypes.get(key) ?? this.#module.types.length + this.#extraTypes.size;
      this.#extraTypes.set(key, known);
      out.s32(known);
    }
  }

  /** Writes what belongs at the mark; where the source goes on. */
  #place(out: ByteWriter, mark: Mark, balance: number): number {
    const { bytes } = this.#module;
    switch (mark.kind) {
      case 'charge':
      case 'loop':
        if (mark.value > 0 || mark.kind === 'loop') {
          out.u8(op.localGet).u32(balance).u8(op.i32Const).s32(mark.value).u8(op.i32Sub);
          if (mark.kind === 'charge') out.u8(op.localSet).u32(balance);
          else {
            out.u8(op.localTee).u32(balance);
            this.#trapBelowZero(out, balance);
          }
        }
        return mark.at;
      case 'return':
        out.u8(op.br).u32(mark.value);
        return mark.end;
      case 'call':
        out.u8(op.localGet).u32(balance).u8(op.globalSet).u32(this.#fuel);
        out.bytes(bytes, mark.at, mark.end);
        out.u8(op.globalGet).u32(this.#fuel).u8(op.localSet).u32(balance);
        return mark.end;
      case 'bulk':
        this.#chargeLength(out, mark.shift, balance);
        return mark.at;
    }
  }

  /** The length on top of the stack stays there; lengths beyond 2^20 units are charged as 2^30 fuel. */
  #chargeLength(out: ByteWriter, shift: number, balance: number): void {
    const length = balance + 1;
    out.u8(op.localTee).u32(length).u8(op.localGet).u32(balance);
    if (shift >= 0) out.u8(op.localGet).u32(length).u8(op.i32Const).s32(shift).u8(op.i32ShrU);
    else {
      // Only table.grow and memory.grow: their operand is small when they can succeed.
      out.u8(op.i32Const).s32(1 << 30).u8(op.localGet).u32(length).u8(op.i32Const).s32(1 << -shift).u8(op.i32Mul);
      out.u8(op.localGet).u32(length).u8(op.i32Const).s32(1 << 16).u8(op.i32GtU).u8(op.select);
    }
    out.u8(op.i32Sub).u8(op.localTee).u32(balance);
    this.#trapBelowZero(out, balance);
  }
}
