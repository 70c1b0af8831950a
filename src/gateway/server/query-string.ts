/** Query text to the values of a route's schema. */
import type { TSchema } from 'typebox';
import type { Warning } from '../../protocol/graph-spec.js';
import { ApiError, type Detail } from './api-error.js';
import { checker, details } from './validate.js';

type Properties = Readonly<Record<string, { readonly type?: string; readonly default?: unknown }>>;

/**
 * Parsed, converted to the schema's simple types, defaults filled in. Unknown names become warnings.
 * @throws ApiError INVALID_PARAMS naming every wrong parameter
 */
export function parseQuery(text: string, schema: TSchema | null, warnings: Warning[]): Record<string, unknown> {
  const properties = propertiesOf(schema);
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const problems: Detail[] = [];
  for (const pair of text === '' ? [] : text.split('&')) {
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const value = decode(cut < 0 ? '' : pair.slice(cut + 1));
    if (name === null || value === null) {
      problems.push({ field: pair.slice(0, 64), message: 'a percent escape is not UTF-8' });
    } else if (!Object.hasOwn(properties, name)) {
      if (name !== '' && warnings.length < 20) {
        warnings.push({ code: 'UNKNOWN_PARAMETER', message: `ignored: ${name.slice(0, 64)}`, field: name.slice(0, 64) });
      }
    } else if (name in values) {
      problems.push({ field: name, message: 'given twice' });
    } else {
      values[name] = convert(value, properties[name]?.type);
    }
  }
  for (const [name, property] of Object.entries(properties)) {
    if (!(name in values) && property.default !== undefined) values[name] = property.default;
  }
  if (schema !== null && problems.length === 0) problems.push(...details(checker(schema), values));
  if (problems.length > 0) {
    const named = problems.map((row) => ({ field: row.field.replace(/^\//, ''), message: row.message }));
    const first = named[0];
    throw new ApiError('INVALID_PARAMS', `query parameter ${first?.field ?? ''}: ${first?.message ?? ''}`, {
      details: named,
    });
  }
  return values;
}

export function propertiesOf(schema: TSchema | null): Properties {
  return schema === null ? {} : ((schema as { readonly properties?: Properties }).properties ?? {});
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function convert(text: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?([eE][+-]?\d{1,2})?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') {
    if (text === 'true' || text === '1' || text === '') return true;
    return text === 'false' || text === '0' ? false : text;
  }
  return text;
}
