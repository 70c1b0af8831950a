/** Compiled validators, one a schema, and their findings as details of the error envelope. */
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { limits } from '../../base/limits.js';
import { ExactDecimal, RawJson, type JsonValue } from '../../protocol/json/values.js';
import type { Detail } from './api-error.js';

type Checker = Validator;

// The library stops after 8 findings by default; callers are told all, up to the limit and a count.
Settings.Set({ maxErrors: limits.problemsMax * 2 + 1 });

const compiled = new WeakMap<TSchema, Checker>();

export function checker(schema: TSchema): Checker {
  let made = compiled.get(schema);
  if (made === undefined) compiled.set(schema, (made = Compile(schema)));
  return made;
}

/** What the library names with the findings that are about names. */
interface Named {
  readonly additionalProperties?: readonly string[];
  readonly requiredProperties?: readonly string[];
  readonly allowedValue?: unknown;
}

/** Every finding, unknown fields by their own pointer; empty when the value is valid. */
export function details(check: Checker, value: unknown): Detail[] {
  if (check.Check(value)) return [];
  const rows: Detail[] = [];
  /** A choice of words fails once a word: one row says them all. */
  const words = new Map<string, string[]>();
  for (const error of check.Errors(value)) {
    const params = error.params as Named;
    if (error.keyword === 'const') {
      const known = words.get(error.instancePath);
      if (known === undefined) words.set(error.instancePath, [String(params.allowedValue)]);
      else known.push(String(params.allowedValue));
    } else if (error.keyword === 'additionalProperties') {
      for (const name of params.additionalProperties ?? []) {
        rows.push({ field: `${error.instancePath}/${escape(name)}`, message: 'is not a field of this route' });
      }
    } else if (error.keyword === 'required') {
      for (const name of params.requiredProperties ?? []) {
        rows.push({ field: `${error.instancePath}/${escape(name)}`, message: 'is required' });
      }
    } else if (error.keyword !== 'anyOf' && error.keyword !== 'boolean') {
      rows.push({ field: error.instancePath, message: error.message });
    }
    if (rows.length > limits.problemsMax * 2) break;
  }
  for (const [field, known] of words) rows.push({ field, message: `expected one of ${[...new Set(known)].join(', ')}` });
  return rows.length > 0 ? rows : [{ field: '', message: 'does not have the form that this route takes' }];
}

function escape(name: string): string {
  return name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value with numbers that no double holds as decimal text, for validators that know JSON's own types only. */
export function plain(value: JsonValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof ExactDecimal) return value.text;
  if (value instanceof RawJson) return JSON.parse(value.text) as unknown;
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') {
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [name, member] of Object.entries(value)) copy[name] = plain(member as JsonValue);
    return copy;
  }
  return value;
}
