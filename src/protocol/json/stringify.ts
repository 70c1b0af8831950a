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
      return JSON.stringify(value);
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
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${write(member, depth)}`;
  }
  return `{${members}}`;
}
