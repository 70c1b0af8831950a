/**
 * Checks a FlatBuffer before anything is read from it; the JavaScript runtime has no verifier. Driven by the layout
 * made from the schema: every offset, vtable, vector and string lies inside the buffer and is aligned, required
 * fields are there, fields that the schema doesn't know are not. Allocates nothing for a frame that passes.
 */
import { must } from '../../base/assert.js';
import { tables } from './generated/layout.js';
import type { FieldLayout } from './layout-types.js';

export const frameBytesMax = 1024 * 1024;
const depthMax = 16;
const stringBytesMax = 16 * 1024;
const stringsMax = 10_000;

interface Table {
  readonly name: string;
  readonly fields: readonly FieldLayout[];
  /** The table of each field that is one. */
  readonly children: readonly (Table | null)[];
}

const compiled = new Map<string, Table>();

function compile(name: string): Table {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const fields = must(tables[name], `table ${name} in the layout`);
  const children = fields.map((field) => (field.kind === 'table' ? compile(field.type) : null));
  const table = { name, fields, children };
  compiled.set(name, table);
  return table;
}

const clientFrame = compile('ClientFrame');
const serverFrame = compile('ServerFrame');

/** Null when every read of the frame stays inside it, else what is wrong. */
export function verifyClientFrame(view: DataView): string | null {
  return verifyRoot(view, clientFrame);
}

export function verifyServerFrame(view: DataView): string | null {
  return verifyRoot(view, serverFrame);
}

/** Position of a field's bytes inside a verified table, 0 when absent. @param index the field's number in the schema */
export function fieldAt(view: DataView, table: number, index: number): number {
  const vtable = table - view.getInt32(table, true);
  const entry = 4 + 2 * index;
  if (entry + 2 > view.getUint16(vtable, true)) return 0;
  const offset = view.getUint16(vtable + entry, true);
  return offset === 0 ? 0 : table + offset;
}

function verifyRoot(view: DataView, table: Table): string | null {
  const length = view.byteLength;
  if (length < 8) return `a frame of ${length} bytes; the shortest has 8`;
  if (length > frameBytesMax) return `a frame of ${length} bytes; at most ${frameBytesMax}`;
  return verifyTable(view, view.getUint32(0, true), table, 1);
}

function verifyTable(view: DataView, at: number, table: Table, depth: number): string | null {
  if (depth > depthMax) return `tables nested deeper than ${depthMax}`;
  const length = view.byteLength;
  if (at % 4 !== 0 || at < 4 || at > length - 4) return `${table.name}: its offset leaves the frame or is not aligned`;
  const vtable = at - view.getInt32(at, true);
  if (vtable % 2 !== 0 || vtable < 4 || vtable > length - 4) return `${table.name}: its vtable lies outside the frame`;
  const vtableBytes = view.getUint16(vtable, true);
  const tableBytes = view.getUint16(vtable + 2, true);
  if (vtableBytes % 2 !== 0 || vtableBytes < 4 || vtableBytes > length - vtable) return `${table.name}: bad vtable length`;
  if (tableBytes < 4 || tableBytes > length - at) return `${table.name}: it is longer than the frame`;
  const entries = (vtableBytes - 4) >> 1;
  const { fields } = table;
  for (let i = 0; i < entries; i++) {
    const offset = view.getUint16(vtable + 4 + 2 * i, true);
    if (offset === 0) continue;
    const field = fields[i];
    if (field === undefined) return `${table.name}: a field that this schema does not have (number ${i})`;
    if (offset < 4 || offset + field.size > tableBytes) return `${table.name}.${field.name}: it leaves its table`;
    if ((at + offset) % field.align !== 0) return `${table.name}.${field.name}: it is not aligned`;
    const problem = verifyField(view, at + offset, field, table.children[i] ?? null, depth);
    if (problem !== null) return problem;
  }
  for (let i = 0; i < fields.length; i++) {
    if (fields[i]?.required === true && fieldAt(view, at, i) === 0) return `${table.name}.${fields[i]?.name ?? ''} is required`;
  }
  return null;
}

function verifyField(view: DataView, at: number, field: FieldLayout, child: Table | null, depth: number): string | null {
  switch (field.kind) {
    case 'scalar':
    case 'struct':
      return null;
    case 'bool':
      return view.getUint8(at) > 1 ? `${field.name}: a bool is 0 or 1` : null;
    case 'table':
      return child === null ? `${field.name}: no such table` : verifyTable(view, at + view.getUint32(at, true), child, depth + 1);
    case 'string':
      return verifyString(view, at, field.name);
    case 'bytes':
      return verifyVector(view, at, 1, frameBytesMax, field.name);
    case 'strings':
      return verifyStrings(view, at, field.name);
  }
}

function verifyVector(view: DataView, at: number, itemBytes: number, countMax: number, name: string): string | null {
  const vector = at + view.getUint32(at, true);
  if (vector % 4 !== 0 || vector > view.byteLength - 4) return `${name}: its offset leaves the frame or is not aligned`;
  const count = view.getUint32(vector, true);
  if (count > countMax) return `${name}: ${count} items; at most ${countMax}`;
  return count * itemBytes > view.byteLength - vector - 4 ? `${name}: it is longer than the frame` : null;
}

function verifyString(view: DataView, at: number, name: string): string | null {
  const problem = verifyVector(view, at, 1, stringBytesMax, name);
  if (problem !== null) return problem;
  const vector = at + view.getUint32(at, true);
  const end = vector + 4 + view.getUint32(vector, true);
  return end >= view.byteLength || view.getUint8(end) !== 0 ? `${name}: a string must end in a zero byte` : null;
}

function verifyStrings(view: DataView, at: number, name: string): string | null {
  const problem = verifyVector(view, at, 4, stringsMax, name);
  if (problem !== null) return problem;
  const vector = at + view.getUint32(at, true);
  const count = view.getUint32(vector, true);
  for (let i = 0; i < count; i++) {
    const bad = verifyString(view, vector + 4 + 4 * i, name);
    if (bad !== null) return bad;
  }
  return null;
}
