import { moduleLimits as limits } from '../limits.js';
import { refuse } from '../refusal.js';
import { ByteReader } from './byte-reader.js';
import { emptyModule, type Export, type Memory, type WasmModule } from './module.js';
import { op, type } from './opcodes.js';

/** Standard sections must appear in this order, each at most once; DataCount (12) stands before Code (10). */
const sectionOrder: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
const kinds = ['func', 'table', 'memory', 'global'] as const;

/**
 * Reads a module's structure within `moduleLimits`. Bodies are only delimited: `scanBody` reads them.
 * @throws RefusalError naming the rule and the byte offset
 */
export function parseModule(bytes: Uint8Array): WasmModule {
  if (bytes.length > limits.bytes) {
    refuse('TOO_LARGE', `at most ${limits.bytes} bytes are allowed, the module has ${bytes.length}`);
  }
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (header.some((byte, i) => bytes[i] !== byte)) refuse('MALFORMED', 'no WebAssembly 1 header', 0);
  const module = emptyModule(bytes);
  const reader = new ByteReader(bytes, header.length);
  let last = -1;
  let custom = 0;
  while (!reader.done) {
    const at = reader.at;
    const id = reader.u8();
    const length = reader.u32();
    const start = reader.at;
    reader.skip(length);
    const section = new ByteReader(bytes, start, reader.at);
    if (id === 0) {
      if (++custom > limits.customSections) refuse('LIMIT', `more than ${limits.customSections} custom sections`, at);
      section.name(limits.nameBytes);
      continue;
    }
    const rank = sectionOrder.indexOf(id);
    if (id === 13) refuse('FEATURE', 'a tag section belongs to exception handling, which is not allowed', at);
    if (rank < 0) refuse('MALFORMED', `there is no section ${id}`, at);
    if (rank <= last) refuse('MALFORMED', `section ${id} is repeated or out of order`, at);
    last = rank;
    module.sections.set(id, { start, end: reader.at });
    readSection(module, id, section);
    if (!section.done) refuse('MALFORMED', `section ${id} has ${section.end - section.at} bytes left over`, section.at);
  }
  checkCounts(module);
  return module;
}

function readSection(module: WasmModule, id: number, r: ByteReader): void {
  switch (id) {
    case 1: return repeat(r, limits.types, 'types', () => readType(module, r));
    case 2: return repeat(r, limits.imports, 'imports', () => readImport(module, r));
    case 3: return repeat(r, limits.functions, 'functions', () => readFunction(module, r));
    case 4: return repeat(r, limits.tables, 'tables', () => readTable(module, r));
    case 5: return repeat(r, 1, 'memories', () => module.memories.push(readMemory(r)));
    case 6: return repeat(r, limits.globals, 'globals', () => readGlobal(module, r));
    case 7: return readExports(module, r);
    case 8:
      module.startFunction = true;
      return void functionIndex(module, r);
    case 9: return repeat(r, limits.elementSegments, 'element segments', () => readElements(module, r));
    case 10: return repeat(r, limits.functions, 'bodies', () => readBody(module, r));
    case 11: return repeat(r, limits.dataSegments, 'data segments', () => readData(module, r));
    default:
      module.dataCount = r.u32();
      if (module.dataCount > limits.dataSegments) refuse('LIMIT', `${module.dataCount} data segments announced`, r.at);
  }
}

function repeat(r: ByteReader, limit: number, what: string, each: () => unknown): void {
  const count = r.count(limit, what);
  for (let i = 0; i < count; i++) each();
}

export function valueType(r: ByteReader): number {
  const at = r.at;
  const value = r.u8();
  if (value >= type.f64 && value <= type.i32) return value;
  if (value === type.funcref || value === type.externref) return value;
  if (value === 0x7b) return refuse('FEATURE', 'v128 belongs to SIMD, which is not allowed', at);
  if (value >= 0x60 && value < 0x70) return refuse('FEATURE', 'garbage-collected types are not allowed', at);
  return refuse('MALFORMED', `0x${value.toString(16)} is no value type`, at);
}

function referenceType(r: ByteReader): number {
  const at = r.at;
  const value = valueType(r);
  if (value !== type.funcref && value !== type.externref) refuse('MALFORMED', 'expected a reference type', at);
  return value;
}

function readType(module: WasmModule, r: ByteReader): void {
  const at = r.at;
  const form = r.u8();
  if (form !== 0x60) refuse('FEATURE', `type form 0x${form.toString(16)}: only function types are allowed`, at);
  const params: number[] = [];
  const results: number[] = [];
  repeat(r, limits.params, 'parameters', () => params.push(valueType(r)));
  repeat(r, limits.results, 'results', () => results.push(valueType(r)));
  module.types.push({ params, results });
}

function typeIndex(module: WasmModule, r: ByteReader): number {
  return inSpace(r.u32(), module.types.length, 'type', r.at);
}

function functionIndex(module: WasmModule, r: ByteReader): number {
  return inSpace(r.u32(), module.functions.length, 'function', r.at);
}

export function inSpace(index: number, size: number, what: string, at: number): number {
  if (index >= size) refuse('INDEX', `${what} ${index} does not exist: there are ${size}`, at);
  return index;
}

function readImport(module: WasmModule, r: ByteReader): void {
  const offset = r.at;
  const from = r.name(limits.nameBytes);
  const name = r.name(limits.nameBytes);
  const kind = kinds[r.u8()];
  if (kind === undefined) refuse('FEATURE', `import ${from}.${name} is of a kind that is not allowed`, offset);
  if (kind === 'memory') refuse('MEMORY', `the memory must be the module's own, not imported as ${from}.${name}`, offset);
  if (kind === 'table') refuse('TABLE', `a table may not be imported (${from}.${name})`, offset);
  if (kind === 'global') refuse('IMPORT', `a global may not be imported (${from}.${name})`, offset);
  const index = typeIndex(module, r);
  module.imports.push({ module: from, name, kind, typeIndex: index, offset });
  module.functions.push(index);
  module.importedFunctions++;
}

function readFunction(module: WasmModule, r: ByteReader): void {
  module.functions.push(typeIndex(module, r));
}

function readLimits(r: ByteReader, what: 'MEMORY' | 'TABLE'): { min: number; max: number | undefined } {
  const at = r.at;
  const flags = r.u8();
  if (flags >= 2 && flags <= 7) {
    refuse('FEATURE', `limits flags ${flags}: shared and 64-bit memories and tables are not allowed`, at);
  }
  if (flags > 7) refuse('MALFORMED', `limits flags ${flags} do not exist`, at);
  const min = r.u32();
  const max = flags === 1 ? r.u32() : undefined;
  if (max !== undefined && max < min) refuse(what, `the maximum ${max} is below the minimum ${min}`, at);
  return { min, max };
}

function readTable(module: WasmModule, r: ByteReader): void {
  const kind = referenceType(r);
  const at = r.at;
  const { min, max } = readLimits(r, 'TABLE');
  if (min > limits.tableEntries) {
    refuse('TABLE', `at most ${limits.tableEntries} entries are allowed, the module asks for ${min}`, at);
  }
  module.tables.push({ type: kind, min, max });
}

function readMemory(r: ByteReader): Memory {
  const at = r.at;
  const { min, max } = readLimits(r, 'MEMORY');
  if (min > limits.memoryPages) {
    refuse('MEMORY', `at most ${limits.memoryPages} pages are allowed, the module asks for ${min}`, at);
  }
  return { minPages: min, maxPages: max };
}

function readGlobal(module: WasmModule, r: ByteReader): void {
  const kind = valueType(r);
  const at = r.at;
  const mutable = r.u8();
  if (mutable > 1) refuse('MALFORMED', `${mutable} is no mutability`, at);
  module.globals.push({ type: kind, mutable: mutable === 1, i32: readConstant(module, r) });
}

/** A constant expression of one instruction; its value where it is an `i32.const`. */
function readConstant(module: WasmModule, r: ByteReader): number | undefined {
  const at = r.at;
  let value: number | undefined;
  switch (r.u8()) {
    case op.i32Const: value = r.s32() >>> 0; break;
    case op.i64Const: r.skipSigned(64); break;
    case op.f32Const: r.skip(4); break;
    case op.f64Const: r.skip(8); break;
    case 0x23: inSpace(r.u32(), module.globals.length, 'global', at); break;
    case op.refNull: referenceType(r); break;
    case op.refFunc: functionIndex(module, r); break;
    default: refuse('FEATURE', 'only constants, globals and references may initialise', at);
  }
  if (r.u8() !== op.end) refuse('FEATURE', 'extended constant expressions are not allowed', at);
  return value;
}

function readExports(module: WasmModule, r: ByteReader): void {
  const seen = new Set<string>();
  const sizes = { func: module.functions, table: module.tables, memory: module.memories, global: module.globals };
  repeat(r, limits.exports, 'exports', () => {
    const at = r.at;
    const name = r.name(limits.nameBytes);
    const kind = kinds[r.u8()];
    if (kind === undefined) return refuse('FEATURE', `export ${name} is of a kind that is not allowed`, at);
    if (seen.has(name)) refuse('MALFORMED', `export ${name} is repeated`, at);
    seen.add(name);
    const index = inSpace(r.u32(), sizes[kind].length, kind, at);
    return module.exports.push({ name, kind, index } satisfies Export);
  });
}

/** All eight forms of an element segment, by its flags. */
function readElements(module: WasmModule, r: ByteReader): void {
  const at = r.at;
  const flags = r.u32();
  if (flags > 7) refuse('MALFORMED', `element flags ${flags} do not exist`, at);
  const passive = (flags & 1) !== 0;
  const explicit = (flags & 2) !== 0;
  const expressions = (flags & 4) !== 0;
  if (!passive) {
    inSpace(explicit ? r.u32() : 0, module.tables.length, 'table', at);
    readConstant(module, r);
  }
  if (passive || explicit) {
    if (expressions) referenceType(r);
    else if (r.u8() !== 0) refuse('MALFORMED', 'the only element kind is function', at);
  }
  repeat(r, limits.elements, 'elements', () => (expressions ? readConstant(module, r) : functionIndex(module, r)));
  module.elementSegments++;
}

function readBody(module: WasmModule, r: ByteReader): void {
  const at = r.at;
  const length = r.u32();
  if (length > limits.bodyBytes) {
    refuse('LIMIT', `a function body has ${length} bytes, at most ${limits.bodyBytes} are allowed`, at);
  }
  const start = r.at;
  r.skip(length);
  module.bodies.push({ start, end: r.at });
}

function readData(module: WasmModule, r: ByteReader): void {
  const offset = r.at;
  const flags = r.u32();
  if (flags > 2) refuse('MALFORMED', `data flags ${flags} do not exist`, offset);
  if (flags === 2) inSpace(r.u32(), module.memories.length, 'memory', offset);
  let address = 0;
  if (flags !== 1) {
    inSpace(0, module.memories.length, 'memory', offset);
    const value = readConstant(module, r);
    if (value === undefined) refuse('LOW_DATA', 'a data segment must start at an i32.const', offset);
    address = value;
  }
  const length = r.u32();
  r.skip(length);
  module.data.push({ active: flags !== 1, address, length, offset });
}

function checkCounts(module: WasmModule): void {
  const own = module.functions.length - module.importedFunctions;
  if (own !== module.bodies.length) {
    refuse('MALFORMED', `${own} functions are declared and ${module.bodies.length} have a body`);
  }
  if (module.dataCount !== undefined && module.dataCount !== module.data.length) {
    refuse('MALFORMED', `${module.dataCount} data segments are announced and ${module.data.length} are there`);
  }
}
