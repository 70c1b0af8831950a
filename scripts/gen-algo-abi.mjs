/**
 * Makes the guest ABI's constants from src/algo/abi/algo-abi.json, for the host (TypeScript) and for the kit
 * (AssemblyScript). `--check` writes nothing and exits 1 when a generated file is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const abi = JSON.parse(readFileSync('src/algo/abi/algo-abi.json', 'utf8'));
const bytes = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8, i64: 8, u128: 16 };
const upper = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/^_+/, '').toUpperCase();
const structName = (name) => upper(name.replace(/([a-z])([A-Z])/g, '$1_$2'));

/** One line a constant: size, then each field that isn't padding at its offset, arrays with count and stride. */
function structLines(name, struct, suffix) {
  const prefix = `${structName(name)}${suffix}`;
  const lines = [[`${prefix}_SIZE`, struct.size]];
  for (const field of struct.fields) {
    if (field.name.includes('pad') || field.name.startsWith('_')) continue;
    lines.push([`${prefix}_${upper(field.name)}`, field.offset]);
    if (field.count === undefined) continue;
    lines.push([`${prefix}_${upper(field.name)}_COUNT`, field.count]);
    const changed = suffix === '' ? undefined : abi.older['0.3.2'].changed[field.type];
    lines.push([`${prefix}_${upper(field.name)}_STRIDE`, bytes[field.type] ?? (changed ?? abi.structs[field.type]).size]);
  }
  return lines;
}

function constants(older) {
  const lines = Object.entries(abi.constants);
  for (const [group, values] of Object.entries(abi.enums)) {
    for (const [name, value] of Object.entries(values)) lines.push([`${upper(group)}_${upper(name)}`, value]);
  }
  for (const region of abi.regions) lines.push([`${structName(region.struct)}_AT`, region.offset]);
  for (const [name, struct] of Object.entries(abi.structs)) lines.push(...structLines(name, struct, ''));
  if (!older) return lines;
  for (const [version, suffix] of [['0.3.2', '_V03'], ['0.1.0', '_V01']]) {
    for (const [name, struct] of Object.entries(abi.older[version].changed)) lines.push(...structLines(name, struct, suffix));
  }
  return lines;
}

const head = '// Made by scripts/gen-algo-abi.mjs from src/algo/abi/algo-abi.json. Do not edit.\n';
const typescript = head + constants(true).map(([name, value]) => `export const ${name} = ${value};\n`).join('');
const guest = head + constants(false).map(([name, value]) => `export const ${name}: i32 = ${value};\n`).join('');
const outputs = [['src/algo/abi/layouts.generated.ts', typescript], ['algos/std/layouts.generated.ts', guest]];
let stale = 0;
for (const [file, text] of outputs) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${file} is out of date: run node scripts/gen-algo-abi.mjs`);
    stale++;
  } else writeFileSync(file, text);
}
process.exit(stale === 0 ? 0 : 1);
