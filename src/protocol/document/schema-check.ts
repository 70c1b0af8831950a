/**
 * Compiles a JSON schema (the subset that our schemas use) to a checker that reports every problem in words a
 * client can act on, and takes the three forms of number of `json/values.ts`. The same schemas are published as
 * OpenAPI; a test holds this checker and ajv to the same verdicts.
 *
 * Keywords: type, enum, const, pattern, minLength, maxLength, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, properties, required, additionalProperties (false or absent), minProperties, maxProperties,
 * items, minItems, maxItems, anyOf, and ours: x-any-case (enum compares without regard to case).
 */
import { assert } from '../../base/assert.js';
import { decimalText, ExactDecimal, isJsonNumber, isJsonObject, scaledInteger } from '../json/values.js';
import { type Problem, Problems, pointerPart, shown } from './problems.js';

export type Check = (value: unknown, path: string, problems: Problems) => void;

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly 'x-any-case'?: boolean;
}

/** @param schema a typebox schema, or the same as plain JSON */
export function compileSchema(schema: object): Check {
  return compile(schema as Schema);
}

function compile(schema: Schema): Check {
  if (schema.anyOf !== undefined) return compileUnion(schema.anyOf);
  if (schema.enum !== undefined || schema.const !== undefined) return compileEnum(schema);
  switch (schema.type) {
    case 'object':
      return compileObject(schema);
    case 'array':
      return compileArray(schema);
    case 'string':
      return compileString(schema);
    case 'number':
    case 'integer':
      return compileNumber(schema);
    case 'boolean':
      return (value, path, problems) => {
        if (typeof value !== 'boolean') problems.add(path, 'TYPE', `expected true or false, got ${shown(value)}`);
      };
    case 'null':
      return (value, path, problems) => {
        if (value !== null) problems.add(path, 'TYPE', `expected null, got ${shown(value)}`);
      };
    default:
      assert(schema.type === undefined, `schema type ${String(schema.type)} has no checker`);
      return () => undefined;
  }
}

/** What kind of JSON value a branch of a union wants, to choose the branch whose problems are told. */
function kindOf(schema: Schema): string {
  if (schema.type !== undefined) return schema.type === 'integer' ? 'number' : schema.type;
  const sample = schema.enum?.[0] ?? schema.const;
  return sample === undefined ? 'any' : typeof sample;
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint' || value instanceof ExactDecimal) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

function compileUnion(branches: readonly Schema[]): Check {
  const all = branches.map((schema) => ({ kind: kindOf(schema), check: compile(schema) }));
  const nullable = all.some((branch) => branch.kind === 'null');
  const real = all.filter((branch) => branch.kind !== 'null');
  const only = real.length === 1 ? real[0] : undefined;
  return (value, path, problems) => {
    if (value === null && nullable) return;
    if (only !== undefined) {
      only.check(value, path, problems);
      return;
    }
    const kind = kindOfValue(value);
    let best: readonly Problem[] | null = null;
    for (const branch of real) {
      if (branch.kind !== kind && branch.kind !== 'any') continue;
      const found = new Problems();
      branch.check(value, path, found);
      if (found.count === 0) return;
      if (best === null || found.rows.length < best.length) best = found.rows;
    }
    if (best !== null) for (const { field, code, message } of best) problems.add(field, code, message);
    else problems.add(path, 'TYPE', `expected ${kinds(real.map((branch) => branch.kind))}, got ${shown(value)}`);
  };
}

function kinds(list: readonly string[]): string {
  return [...new Set(list)].map((kind) => (/^[aeio]/.test(kind) ? `an ${kind}` : `a ${kind}`)).join(' or ');
}

function compileEnum(schema: Schema): Check {
  const allowed = schema.enum ?? [schema.const];
  const set = new Set(allowed);
  const anyCase = schema['x-any-case'] === true;
  const list = allowed.map((value) => JSON.stringify(value)).join(', ');
  return (value, path, problems) => {
    if (set.has(anyCase && typeof value === 'string' ? value.toLowerCase() : value)) return;
    const code = typeof value === typeof allowed[0] ? 'UNKNOWN_VALUE' : 'TYPE';
    problems.add(path, code, `expected one of ${list}, got ${shown(value)}`);
  };
}

function compileString(schema: Schema): Check {
  const pattern = schema.pattern === undefined ? null : new RegExp(schema.pattern, 'u');
  const most = schema.maxLength ?? Infinity;
  const least = schema.minLength ?? 0;
  return (value, path, problems) => {
    if (typeof value !== 'string') problems.add(path, 'TYPE', `expected a string, got ${shown(value)}`);
    else if (value.length > most || value.length < least) {
      const wanted = value.length > most ? `at most ${most}` : `at least ${least}`;
      problems.add(path, 'RANGE', `expected ${wanted} characters, got ${value.length}`);
    } else if (pattern !== null && !pattern.test(value)) {
      problems.add(path, 'BAD_ID', `expected text of the form ${schema.pattern ?? ''}, got ${shown(value)}`);
    }
  };
}

function compileNumber(schema: Schema): Check {
  const whole = schema.type === 'integer';
  const least = schema.minimum ?? -Infinity;
  const most = schema.maximum ?? Infinity;
  const above = schema.exclusiveMinimum ?? -Infinity;
  const below = schema.exclusiveMaximum ?? Infinity;
  const range = rangeText(schema);
  return (value, path, problems) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      problems.add(path, 'RANGE', 'expected a finite number');
    } else if (!isJsonNumber(value) || typeof value === 'string') {
      problems.add(path, 'TYPE', `expected ${whole ? 'an integer' : 'a number'}, got ${shown(value)}`);
    } else if (whole && !isWhole(value)) {
      problems.add(path, 'TYPE', `expected an integer, got ${decimalText(value).slice(0, 40)}`);
    } else {
      const size = value instanceof ExactDecimal ? Number(value.text) : value;
      const fits = size >= least && size <= most && size > above && size < below;
      if (!fits) problems.add(path, 'RANGE', `expected ${range}, got ${shown(size)}`);
    }
  };
}

function isWhole(value: number | bigint | ExactDecimal): boolean {
  if (typeof value === 'bigint') return true;
  return typeof value === 'number' ? Number.isInteger(value) : scaledInteger(value, 0) !== null;
}

function rangeText(schema: Schema): string {
  const parts: string[] = [];
  if (schema.exclusiveMinimum !== undefined) parts.push(`more than ${schema.exclusiveMinimum}`);
  if (schema.minimum !== undefined) parts.push(`at least ${schema.minimum}`);
  if (schema.exclusiveMaximum !== undefined) parts.push(`less than ${schema.exclusiveMaximum}`);
  if (schema.maximum !== undefined) parts.push(`at most ${schema.maximum}`);
  return parts.join(' and ');
}

function compileArray(schema: Schema): Check {
  const item = compile(schema.items ?? {});
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Infinity;
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.add(path, 'TYPE', `expected a list, got ${shown(value)}`);
    } else if (value.length < least) {
      problems.add(path, 'RANGE', `expected at least ${least} item${least === 1 ? '' : 's'}, got ${value.length}`);
    } else if (value.length > most) {
      problems.add(path, 'TOO_MANY', `expected at most ${most} items, got ${value.length}`);
    } else for (let i = 0; i < value.length; i++) item(value[i], `${path}/${i}`, problems);
  };
}

function compileObject(schema: Schema): Check {
  const members = new Map(Object.entries(schema.properties ?? {}).map(([key, part]) => [key, compile(part)]));
  const required = schema.required ?? [];
  const closed = schema.additionalProperties === false;
  const known = [...members.keys()].join(', ');
  const least = schema.minProperties ?? 0;
  const most = schema.maxProperties ?? Infinity;
  return (value, path, problems) => {
    if (!isJsonObject(value)) {
      problems.add(path, 'TYPE', `expected an object, got ${shown(value)}`);
      return;
    }
    let count = 0;
    for (const key in value) {
      count++;
      const check = members.get(key);
      if (check !== undefined) check(value[key], `${path}/${pointerPart(key)}`, problems);
      else if (closed) {
        problems.add(`${path}/${pointerPart(key)}`, 'UNKNOWN_FIELD', `unknown field; known here: ${known}`);
      }
    }
    for (const key of required) {
      if (value[key] === undefined) problems.add(`${path}/${key}`, 'REQUIRED', 'missing');
    }
    if (count < least || count > most) {
      const wanted = least === most ? `exactly ${least}` : `${least} to ${most}`;
      problems.add(path, 'RANGE', `expected ${wanted} of ${known}, got ${count}`);
    }
  };
}
