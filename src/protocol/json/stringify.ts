/** Writes JSON exactly: bigint as bare digits, exact decimals and raw parts letter for letter. */
import { assert } from '../../base/assert.js';
import { jsonDepthMax } from './parse.js';
import { ExactDecimal, RawJson } from './values.js';

/** Deepest nesting written: an answer may wrap what a client sent in a few levels of its own. */
const depthMax = jsonDepthMax + 16;

/**
 * The value as JSON text. Members that are undefined are left out, as `JSON.stringify` does; numbers that are not
 * finite, functions and nesting beyond the limit are the caller's fault and stop it.
 */
export function stringifyExact(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      assert(Number.isFinite(value), 'JSON has no number for what is not finite');
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1);
    default:
      assert(false, `JSON has no form for a ${typeof value}`);
      return '';
  }
}

function writeObject(value: object, depth: number): string {
  assert(depth <= depthMax, `JSON nested deeper than ${depthMax}`);
  if (value instanceof RawJson || value instanceof ExactDecimal) return value.text;
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += `${items === '' ? '' : ','}${item === undefined ? 'null' : write(item, depth)}`;
    return `[${items}]`;
  }
  let members = '';
  for (const key of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${nameOf(key)}${write(member, depth)}`;
  }
  return `{${members}}`;
}

/** What JSON writes as it stands. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Longest text for which looking is cheaper than the library's call. */
const SHORT = 100;

function quoted(text: string): string {
  return text.length <= SHORT && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `"name":` of members seen before. Names of clients' choice come here too (metadata, nodes): kept up to a number. */
const names = new Map<string, string>();
const NAMES_MAX = 1_000;

function nameOf(key: string): string {
  let name = names.get(key);
  if (name !== undefined) return name;
  name = `${quoted(key)}:`;
  if (names.size < NAMES_MAX && key.length <= SHORT) names.set(key, name);
  return name;
}
