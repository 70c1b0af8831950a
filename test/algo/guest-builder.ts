/** Makes guest modules byte by byte, good and bad: the base is a valid module that does nothing. */
import { ByteWriter } from '../../src/algo/wasm/byte-writer.js';

export const I32 = 0x7f;
export const I64 = 0x7e;
export const EMPTY = 0x40;

export interface FunctionPart {
  readonly type: number;
  /** Groups of [count, type]. */
  readonly locals?: readonly (readonly [number, number])[];
  /** Instructions without the closing end. */
  readonly code: readonly number[];
}

export interface GuestParts {
  types: { params: number[]; results: number[] }[];
  imports: { module: string; name: string; kind: number; tail: number[] }[];
  functions: FunctionPart[];
  tables: number[][];
  memories: number[][];
  /** Type, mutability, initialiser with end. */
  globals: number[][];
  exports: { name: string; kind: number; index: number }[];
  start?: number;
  elements: number[][];
  dataCount?: number;
  data: number[][];
  /** Raw sections appended at the end: id and content. */
  extra: { id: number; content: number[] }[];
}

/** Index 0 algo_alloc, 1 algo_on_book_v3, then `more`. Types: 0 (i32,i32)→i32, 1 (i32)→i32, 2 ()→(), 3 log, 4 send. */
export function baseParts(onBook: readonly number[], more: readonly FunctionPart[] = [], locals: FunctionPart['locals'] = []): GuestParts {
  return {
    types: [
      { params: [I32, I32], results: [I32] }, { params: [I32], results: [I32] }, { params: [], results: [] },
      { params: [I32, I32, I32], results: [] }, { params: [I64, I32, I32], results: [] },
    ],
    imports: [],
    functions: [{ type: 1, code: i32(0x30000) }, { type: 0, code: onBook, locals }, ...more],
    tables: [],
    memories: [[0, 4]],
    globals: [],
    exports: [
      { name: 'memory', kind: 2, index: 0 }, { name: 'algo_alloc', kind: 0, index: 0 },
      { name: 'algo_on_book_v3', kind: 0, index: 1 },
    ],
    elements: [], data: [], extra: [],
  };
}

/** With `host_log_impl` as function 0 and `__seq_send` as 1, so that the own ones begin at 2. */
export function withImports(parts: GuestParts): GuestParts {
  parts.imports = [
    { module: 'env', name: 'host_log_impl', kind: 0, tail: [3] }, { module: 'env', name: '__seq_send', kind: 0, tail: [4] },
  ];
  parts.exports = parts.exports.map((entry) => (entry.kind === 0 ? { ...entry, index: entry.index + 2 } : entry));
  return parts;
}

export function leb(value: number): number[] {
  return [...new ByteWriter().u32(value).view()];
}

export function i32(value: number): number[] {
  return [0x41, ...new ByteWriter().s32(value).view()];
}

export function i64(value: number): number[] {
  return [0x42, ...new ByteWriter().s32(value).view()];
}

/** i32 store of a constant at a constant address. */
export function store32(at: number, value: number): number[] {
  return [...i32(at), ...i32(value), 0x36, 2, 0];
}

export function build(parts: GuestParts): Uint8Array {
  const out = new ByteWriter().put(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const vector = (id: number, items: readonly number[][]): void => {
    if (items.length === 0) return;
    const content = new ByteWriter().u32(items.length);
    for (const item of items) content.bytes(Uint8Array.from(item));
    out.section(id, content);
  };
  const text = (value: string): number[] => [...new ByteWriter().name(value).view()];
  vector(1, parts.types.map(({ params, results }) => [0x60, ...leb(params.length), ...params, ...leb(results.length), ...results]));
  vector(2, parts.imports.map(({ module, name, kind, tail }) => [...text(module), ...text(name), kind, ...tail]));
  vector(3, parts.functions.map(({ type }) => leb(type)));
  vector(4, parts.tables);
  vector(5, parts.memories);
  vector(6, parts.globals);
  vector(7, parts.exports.map(({ name, kind, index }) => [...text(name), kind, ...leb(index)]));
  if (parts.start !== undefined) out.section(8, new ByteWriter().u32(parts.start));
  vector(9, parts.elements);
  if (parts.dataCount !== undefined) out.section(12, new ByteWriter().u32(parts.dataCount));
  const bodies = new ByteWriter().u32(parts.functions.length);
  for (const { locals = [], code } of parts.functions) {
    const body = new ByteWriter().u32(locals.length);
    for (const [count, type] of locals) body.u32(count).u8(type);
    body.bytes(Uint8Array.from(code)).u8(0x0b);
    bodies.u32(body.length).bytes(body.view());
  }
  out.section(10, bodies);
  vector(11, parts.data);
  for (const { id, content } of parts.extra) out.section(id, new ByteWriter().bytes(Uint8Array.from(content)));
  return out.view().slice();
}

/** A module whose on_book runs this code and returns what it leaves on the stack. */
export function onBook(code: readonly number[], locals: FunctionPart['locals'] = []): Uint8Array {
  return build(baseParts(code, [], locals));
}

export const LOOP = [0x03, EMPTY];
export const END = 0x0b;
export const BR0 = [0x0c, 0];

/** Writes an actions block at 0x31000: count, then the given words from offset 8. */
export function actionsBlock(count: number, words: readonly number[]): number[] {
  return [
    ...store32(0x31000, count), ...words.flatMap((word, i) => store32(0x31008 + 4 * i, word)), ...i32(0x31000),
  ];
}
