/** The zoo: modules that try to harm the host, each with what must become of it. */
import type { RefusalCode } from '../../src/algo/refusal.js';
import type { DeathReason } from '../../src/algo/host/instance.js';
import {
  actionsBlock, baseParts, BR0, build, EMPTY, END, i32, i64, I32, I64, leb, LOOP, onBook, store32, withImports, type GuestParts,
} from './guest-builder.js';

export type Fate = RefusalCode | DeathReason | 'harmless';

export interface HostileKind {
  readonly name: string;
  readonly make: () => Uint8Array;
  /** Any of these; the first is the one expected. */
  readonly fate: readonly Fate[];
}

const kinds: HostileKind[] = [];
function kind(name: string, make: () => Uint8Array, ...fate: Fate[]): void {
  kinds.push({ name, make, fate });
}
function changed(change: (parts: GuestParts) => void, code: readonly number[] = i32(0)): Uint8Array {
  const parts = baseParts(code);
  change(parts);
  return build(parts);
}
const repeat = (count: number, code: readonly number[]): number[] => Array.from({ length: count }, () => code).flat();
const voidFunction = (code: readonly number[]): { type: number; code: readonly number[] } => ({ type: 2, code });

// Endless loops in every form.
kind('loop { br 0 }', () => onBook([...LOOP, ...BR0, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop { br_if 0 true }', () => onBook([...LOOP, ...i32(1), 0x0d, 0, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop { br_table }', () => onBook([...LOOP, ...i32(0), 0x0e, 1, 0, 0, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop inside loop', () => onBook([...LOOP, ...LOOP, 0x0c, 1, END, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop left and entered by a block', () => onBook([...LOOP, 0x02, EMPTY, 0x0c, 1, END, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop of calls', () => build(baseParts([...LOOP, 0x10, 2, ...BR0, END, ...i32(0)], [voidFunction([])])), 'OUT_OF_FUEL');
kind('loop of indirect calls', () => {
  const parts = baseParts([...LOOP, ...i32(0), 0x11, 2, 0, ...BR0, END, ...i32(0)], [voidFunction([])]);
  parts.tables = [[0x70, 0, 1]];
  parts.elements = [[0, ...i32(0), END, 1, 2]];
  return build(parts);
}, 'OUT_OF_FUEL');
kind('loop in a helper', () => build(baseParts([0x10, 2, ...i32(0)], [voidFunction([...LOOP, ...BR0, END])])), 'OUT_OF_FUEL');
kind('endless algo_alloc', () => {
  const parts = baseParts(i32(0));
  parts.functions[0] = { type: 1, code: [...LOOP, ...BR0, END, ...i32(0x30000)] };
  return build(parts);
}, 'ALLOC');
kind('loop of log calls', () => build(withImports(baseParts([...LOOP, ...i32(2), ...i32(0), ...i32(10), 0x10, 0, ...BR0, END, ...i32(0)]))), 'OUT_OF_FUEL');
kind('loop of sends', () => build(withImports(baseParts([...LOOP, ...i64(2), ...i32(0), ...i32(10), 0x10, 1, ...BR0, END, ...i32(0)]))), 'OUT_OF_FUEL');

// Recursion.
kind('recursion', () => build(baseParts([0x10, 2, ...i32(0)], [voidFunction([0x10, 2])])), 'CALL_DEPTH');
kind('mutual recursion', () => build(baseParts([0x10, 2, ...i32(0)], [voidFunction([0x10, 3]), voidFunction([0x10, 2])])), 'CALL_DEPTH');
kind('recursion through a table', () => {
  const parts = baseParts([0x10, 2, ...i32(0)], [voidFunction([...i32(0), 0x11, 2, 0])]);
  parts.tables = [[0x70, 0, 1]];
  parts.elements = [[0, ...i32(0), END, 1, 2]];
  return build(parts);
}, 'CALL_DEPTH');
kind('recursion of functions with many locals', () => {
  const parts = baseParts([0x10, 2, ...i32(0)], [{ type: 2, locals: [[4_000, I64]], code: [0x10, 2] }]);
  return build(parts);
}, 'CALL_DEPTH', 'OUT_OF_FUEL');
kind('two calls each, forty deep', () => {
  const more = Array.from({ length: 40 }, (_, i) => voidFunction([0x10, 3 + i, 0x10, 3 + i]));
  return build(baseParts([0x10, 2, ...i32(0)], [...more, voidFunction([])]));
}, 'OUT_OF_FUEL');
kind('on_book calls itself', () => onBook([...i32(0), ...i32(0), 0x10, 1]), 'CALL_DEPTH');

// Each kind of trap.
kind('unreachable', () => onBook([0x00]), 'TRAP');
kind('division by zero', () => onBook([...i32(1), ...i32(0), 0x6d]), 'TRAP');
kind('division overflow', () => onBook([...i32(-0x8000_0000), ...i32(-1), 0x6d]), 'TRAP');
kind('remainder by zero', () => onBook([...i32(1), ...i32(0), 0x70]), 'TRAP');
kind('load outside memory', () => onBook([...i32(-8), 0x28, 2, 0]), 'TRAP');
kind('store outside memory', () => onBook([...store32(0x7fff_fff0, 1), ...i32(0)]), 'TRAP');
kind('load with a wrapping offset', () => onBook([...i32(-1), 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'TRAP');
kind('conversion of NaN', () => onBook([0x43, 0, 0, 0xc0, 0x7f, 0xa8]), 'TRAP');
kind('indirect call outside the table', () => {
  const parts = baseParts([...i32(99), 0x11, 2, 0, ...i32(0)]);
  parts.tables = [[0x70, 0, 1]];
  return build(parts);
}, 'TRAP');
kind('indirect call of another type', () => {
  const parts = baseParts([...i32(0), 0x11, 2, 0, ...i32(0)]);
  parts.tables = [[0x70, 0, 1]];
  parts.elements = [[0, ...i32(0), END, 1, 0]];
  return build(parts);
}, 'TRAP');
kind('indirect call of null', () => {
  const parts = baseParts([...i32(0), 0x11, 2, 0, ...i32(0)]);
  parts.tables = [[0x70, 0, 1]];
  return build(parts);
}, 'TRAP');
kind('memory.copy outside memory', () => onBook([...i32(0), ...i32(0x7f00_0000), ...i32(64), 0xfc, 10, 0, 0, ...i32(0)]), 'TRAP');
kind('memory.fill of 4 GiB', () => onBook([...i32(0), ...i32(0), ...i32(-1), 0xfc, 11, 0, ...i32(0)]), 'OUT_OF_FUEL');

// Memory and table bombs.
kind('memory of 65,536 pages', () => changed((p) => { p.memories = [[0, ...leb(65_536)]]; }), 'MEMORY');
kind('memory of 257 pages', () => changed((p) => { p.memories = [[0, ...leb(257)]]; }), 'MEMORY');
kind('two memories', () => changed((p) => { p.memories = [[0, 4], [0, 4]]; }), 'LIMIT', 'MEMORY');
kind('no memory', () => changed((p) => { p.memories = []; p.exports = p.exports.filter(({ kind: k }) => k !== 2); }), 'MEMORY');
kind('memory too small for the tables and fixed', () => changed((p) => { p.memories = [[1, 1, 1]]; }), 'MEMORY');
kind('maximum below minimum', () => changed((p) => { p.memories = [[1, 4, 2]]; }), 'MEMORY');
kind('memory.grow to the end', () => onBook([...i32(60_000), 0x40, 0, 0x1a, ...i32(0)]), 'OUT_OF_FUEL');
kind('memory.grow page by page', () => onBook([...LOOP, ...i32(1), 0x40, 0, 0x1a, ...BR0, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('a page leaked each call', () => onBook([...i32(1), 0x40, 0, 0x1a, ...i32(0)]), 'harmless');
kind('table of 10 million entries', () => changed((p) => { p.tables = [[0x70, 0, ...leb(10_000_000)]]; }), 'TABLE');
kind('table of 1,025 entries', () => changed((p) => { p.tables = [[0x70, 0, ...leb(1_025)]]; }), 'TABLE');
kind('table.grow without end', () => {
  const parts = baseParts([...LOOP, 0xd0, 0x70, ...i32(1), 0xfc, 15, 0, 0x1a, ...BR0, END, ...i32(0)]);
  parts.tables = [[0x70, 0, 1]];
  return build(parts);
}, 'OUT_OF_FUEL');
kind('table.fill of 4 billion', () => {
  const parts = baseParts([...i32(0), 0xd0, 0x70, ...i32(-1), 0xfc, 17, 0, ...i32(0)]);
  parts.tables = [[0x70, 0, 1]];
  return build(parts);
}, 'OUT_OF_FUEL', 'TRAP');
kind('five tables', () => changed((p) => { p.tables = repeat(5, [1]).map(() => [0x70, 0, 1]); }), 'LIMIT');

// Giants.
kind('giant function', () => onBook([...repeat(150_000, [0x41, 0, 0x1a]), ...i32(0)]), 'LIMIT');
kind('nest 10,000 deep', () => onBook([...repeat(10_000, [0x02, EMPTY]), ...repeat(10_000, [END]), ...i32(0)]), 'LIMIT');
kind('50,000 locals', () => onBook(i32(0), [[50_000, I64]]), 'LIMIT');
kind('4 billion locals', () => onBook(i32(0), [[0xffff_ffff, I32]]), 'LIMIT');
kind('2,000 types', () => changed((p) => { p.types.push(...Array.from({ length: 2_000 }, () => ({ params: [], results: [] }))); }), 'LIMIT');
kind('type of 1,000 parameters', () => changed((p) => { p.types.push({ params: repeat(1_000, [I32]), results: [] }); }), 'LIMIT');
kind('20,000 functions', () => changed((p) => { p.functions.push(...Array.from({ length: 20_000 }, () => voidFunction([]))); }), 'LIMIT');
kind('name of 100,000 bytes', () => changed((p) => { p.exports.push({ name: 'x'.repeat(100_000), kind: 0, index: 0 }); }), 'LIMIT');
kind('1,000 exports', () => changed((p) => { for (let i = 0; i < 1_000; i++) p.exports.push({ name: `x${i}`, kind: 0, index: 0 }); }), 'LIMIT');
kind('br_table of 10,000 targets', () => onBook([0x02, EMPTY, ...i32(0), 0x0e, ...leb(10_000), ...repeat(10_001, [0]), END, ...i32(0)]), 'LIMIT');
kind('10,000 data segments', () => changed((p) => { p.data = Array.from({ length: 10_000 }, () => [1, 0]); }), 'LIMIT');
kind('10,000 element segments', () => changed((p) => { p.elements = Array.from({ length: 10_000 }, () => [3, 0, 0]); }), 'LIMIT');
kind('5,000 globals', () => changed((p) => { p.globals = Array.from({ length: 5_000 }, () => [I32, 0, 0x41, 0, END]); }), 'LIMIT');
kind('1,000 custom sections', () => changed((p) => { p.extra = Array.from({ length: 1_000 }, () => ({ id: 0, content: [1, 120] })); }), 'LIMIT');
kind('module of 9 MiB', () => changed((p) => { p.extra = [{ id: 0, content: [1, 120, ...new Array<number>(9 << 20).fill(0)] }]; }), 'TOO_LARGE');
kind('count that promises 4 billion', () => changed((p) => { p.extra = []; p.data = [[1, 0xff, 0xff, 0xff, 0xff, 0x0f]]; }), 'MALFORMED');

// Bytes that aren't a module.
kind('empty', () => new Uint8Array(0), 'MALFORMED');
kind('text', () => new TextEncoder().encode('#!/bin/sh'), 'MALFORMED');
kind('over-long LEB', () => changed((p) => { p.memories = [[0, 0x84, 0x80, 0x80, 0x80, 0x80, 0x00]]; }), 'MALFORMED');
kind('section twice', () => changed((p) => { p.extra = [{ id: 1, content: [0] }]; }), 'MALFORMED');
kind('unknown section', () => changed((p) => { p.extra = [{ id: 42, content: [0] }]; }), 'MALFORMED');
kind('body that goes on', () => onBook([...i32(0), END, 0x01]), 'MALFORMED', 'COMPILE');
kind('else without if', () => onBook([0x05, ...i32(0)]), 'MALFORMED');
kind('type error', () => onBook([0x6a]), 'COMPILE');
kind('result missing', () => onBook([]), 'COMPILE');

// Imports and exports.
kind('import of a clock', () => changed((p) => { p.imports = [{ module: 'env', name: 'now', kind: 0, tail: [2] }]; }), 'IMPORT');
kind('import from wasi', () => changed((p) => { p.imports = [{ module: 'wasi_snapshot_preview1', name: 'fd_write', kind: 0, tail: [0] }]; }), 'IMPORT');
kind('log of another type', () => changed((p) => { p.imports = [{ module: 'env', name: 'host_log_impl', kind: 0, tail: [0] }]; }), 'IMPORT_TYPE');
kind('imported memory', () => changed((p) => { p.imports = [{ module: 'env', name: 'memory', kind: 2, tail: [0, 4] }]; }), 'MEMORY');
kind('imported table', () => changed((p) => { p.imports = [{ module: 'env', name: 't', kind: 1, tail: [0x70, 0, 1] }]; }), 'TABLE');
kind('imported global', () => changed((p) => { p.imports = [{ module: 'env', name: 'g', kind: 3, tail: [I32, 0] }]; }), 'IMPORT');
kind('no algo_alloc', () => changed((p) => { p.exports = p.exports.filter(({ name }) => name !== 'algo_alloc'); }), 'EXPORT_MISSING');
kind('no entry', () => changed((p) => { p.exports = p.exports.filter(({ name }) => name !== 'algo_on_book_v3'); }), 'EXPORT_MISSING');
kind('no exported memory', () => changed((p) => { p.exports = p.exports.filter(({ name }) => name !== 'memory'); }), 'EXPORT_MISSING');
kind('on_fill of another type', () => changed((p) => { p.exports.push({ name: 'algo_on_fill', kind: 0, index: 0 }); }), 'EXPORT_TYPE');
kind('on_fill as a global', () => changed((p) => {
  p.globals = [[I32, 0, 0x41, 0, END]];
  p.exports.push({ name: 'algo_on_fill', kind: 3, index: 0 });
}), 'EXPORT_TYPE');
kind('start function', () => changed((p) => { p.functions.push(voidFunction([...LOOP, ...BR0, END])); p.start = 2; }), 'START');

// Features that aren't allowed.
kind('SIMD', () => onBook([0xfd, 12, ...repeat(16, [0]), 0x1a, ...i32(0)]), 'FEATURE');
kind('SIMD local', () => onBook(i32(0), [[1, 0x7b]]), 'FEATURE');
kind('atomics', () => onBook([...i32(0), 0xfe, 0x10, 2, 0]), 'FEATURE');
kind('shared memory', () => changed((p) => { p.memories = [[3, 4, 4]]; }), 'FEATURE');
kind('memory64', () => changed((p) => { p.memories = [[4, 4]]; }), 'FEATURE');
kind('tail call', () => onBook([...i32(0), ...i32(0), 0x12, 1]), 'FEATURE');
kind('exceptions', () => onBook([0x06, EMPTY, END, ...i32(0)]), 'FEATURE');
kind('tag section', () => changed((p) => { p.extra = [{ id: 13, content: [0] }]; }), 'FEATURE');
kind('garbage collection', () => onBook([0xfb, 0, 0, 0x1a, ...i32(0)]), 'FEATURE');

// Data where the host writes.
kind('data under the host tables', () => changed((p) => { p.data = [[0, ...i32(0x10000), END, 1, 7]]; }), 'LOW_DATA');
kind('heap base under the host tables', () => changed((p) => {
  p.globals = [[I32, 0, ...i32(0x8000), END]];
  p.exports.push({ name: '__heap_base', kind: 3, index: 0 });
}), 'LOW_DATA');
kind('data beyond the memory', () => changed((p) => { p.data = [[0, ...i32(0x4_0000), END, 1, 7]]; }), 'MEMORY');
kind('algo_alloc gives 0', () => changed((p) => { p.functions[0] = { type: 1, code: i32(0) }; }), 'ALLOC');
kind('algo_alloc gives the host tables', () => changed((p) => { p.functions[0] = { type: 1, code: i32(0x10000) }; }), 'ALLOC');
kind('algo_alloc gives the end', () => changed((p) => { p.functions[0] = { type: 1, code: i32(0x3fff8) }; }), 'ALLOC');
kind('algo_alloc gives an odd address', () => changed((p) => { p.functions[0] = { type: 1, code: i32(0x30001) }; }), 'ALLOC');
kind('algo_alloc traps', () => changed((p) => { p.functions[0] = { type: 1, code: [0x00] }; }), 'ALLOC');
kind('algo_alloc logs', () => {
  const parts = withImports(baseParts(i32(0)));
  parts.functions[0] = { type: 1, code: [...i32(2), ...i32(0), ...i32(9), 0x10, 0, ...i32(0x30000)] };
  return build(parts);
}, 'harmless');

// Actions that lie.
kind('actions pointer outside memory', () => onBook(i32(0x7fff_0000)), 'BAD_ACTIONS');
kind('actions pointer that wraps', () => onBook(i32(-8)), 'BAD_ACTIONS');
kind('actions block over the end', () => onBook(i32(0x3ff00)), 'BAD_ACTIONS');
kind('odd actions pointer', () => onBook(i32(0x31001)), 'harmless');
kind('count 17', () => onBook(actionsBlock(17, [])), 'BAD_ACTIONS');
kind('count 2^32 - 1', () => onBook(actionsBlock(-1, [])), 'BAD_ACTIONS');
kind('actions over the host block', () => onBook(i32(0x30000)), 'harmless', 'BAD_ACTIONS');
kind('sixteen entries of garbage', () => onBook(actionsBlock(16, repeat(128, [0x5a5a_5a5a]))), 'harmless');
kind('sixteen entries of ones', () => onBook(actionsBlock(16, repeat(128, [-1]))), 'harmless');
kind('foreign symbol', () => changed((p) => {
  // Only a 0.4 module's actions carry a symbol.
  p.types.push({ params: [I64, I32, I32, I32], results: [I32] });
  p.functions.push({ type: 5, code: i32(0) });
  p.exports.push({ name: 'algo_on_message', kind: 0, index: 2 });
}, actionsBlock(1, [1, 0, 10_000_000, 0, 10_000, 0, 1, 0x0900])), 'harmless');
kind('foreign venue', () => onBook(actionsBlock(1, [1, 0, 10_000_000, 0, 10_000, 0, 0x1100_0001, 0])), 'harmless');
kind('order id 0', () => onBook(actionsBlock(1, [0, 0, 10_000_000, 0, 10_000, 0, 1, 0])), 'harmless');
kind('half-written actions before a trap', () => onBook([...actionsBlock(1, [1, 0, 10_000_000, 0, 10_000, 0, 1, 0]), 0x1a, 0x00]), 'TRAP');
kind('log range outside memory', () => build(withImports(baseParts([...i32(2), ...i32(-16), ...i32(64), 0x10, 0, ...i32(0)]))), 'harmless');
kind('log of 16 KiB at level 77', () => build(withImports(baseParts([...i32(77), ...i32(0), ...i32(16_384), 0x10, 0, ...i32(0)]))), 'harmless');
kind('message of 4 GiB to nobody', () => build(withImports(baseParts([...i64(99), ...i32(0), ...i32(-1), 0x10, 1, ...i32(0)]))), 'harmless');

// Evading the meter: reaching for what it appends.
kind('reads the meter\'s local', () => onBook([0x20, 2]), 'INDEX');
kind('sets the meter\'s global', () => onBook([...i32(1_000_000), 0x24, 0, ...i32(0)]), 'INDEX');
kind('calls the meter\'s entry, which refuels', () => onBook([...i32(0), ...i32(0), 0x10, 3]), 'INDEX');
kind('branches past the meter\'s exit', () => onBook([...i32(0), 0x0c, 1]), 'INDEX');
kind('exports named like the meter\'s', () => changed((p) => {
  p.globals = [[I32, 1, 0x41, 0, END]];
  p.exports.push({ name: '__lw_fuel', kind: 3, index: 0 });
}, [...LOOP, ...BR0, END, ...i32(0)]), 'OUT_OF_FUEL');
kind('loop through return', () => build(baseParts([...LOOP, 0x10, 2, 0x0c, 0, END, ...i32(0)], [voidFunction([0x0f])])), 'OUT_OF_FUEL');
kind('slow but legal', () => onBook([
  ...i32(9_000), 0x21, 2, ...LOOP, 0x20, 2, ...i32(1), 0x6b, 0x22, 2, 0x0d, 0, END, ...i32(0),
], [[1, I32]]), 'harmless');

export const hostileKinds: readonly HostileKind[] = kinds;
