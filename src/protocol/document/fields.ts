/** Reading a document that may still be wrong anywhere: a value of the wrong type reads as absent. */
import { isJsonNumber, isJsonObject, scaledInteger, type ExactDecimal, type JsonObject } from '../json/values.js';

/** A value and the pointer to it, for messages. */
export interface Field {
  readonly value: unknown;
  readonly at: string;
}

export const absent: Field = { value: undefined, at: '' };

/** Member of an object as a field; null and non-objects read as absent. */
export function member(parent: Field, key: string): Field {
  const at = `${parent.at}/${key}`;
  if (!isJsonObject(parent.value)) return { value: undefined, at };
  const value = parent.value[key];
  return { value: value === null ? undefined : value, at };
}

export function isGiven(field: Field): boolean {
  return field.value !== undefined;
}

export function textOf(field: Field): string | undefined {
  return typeof field.value === 'string' ? field.value : undefined;
}

/** Text in lower case, for words that compare without regard to case. */
export function wordOf(field: Field): string | undefined {
  return typeof field.value === 'string' ? field.value.toLowerCase() : undefined;
}

export function flagOf(field: Field): boolean | undefined {
  return typeof field.value === 'boolean' ? field.value : undefined;
}

export function numberOf(field: Field): number | bigint | ExactDecimal | undefined {
  return isJsonNumber(field.value) ? field.value : undefined;
}

/** A number that a double holds well enough: durations, counts, bps. */
export function plainNumberOf(field: Field): number | undefined {
  const value = numberOf(field);
  if (value === undefined) return undefined;
  return typeof value === 'object' ? Number(value.text) : Number(value);
}

/** Times 10^scale as an exact integer; undefined when absent or finer than the scale. */
export function scaledOf(field: Field, scale: number): bigint | undefined {
  const value = numberOf(field);
  return value === undefined ? undefined : (scaledInteger(value, scale) ?? undefined);
}

export function listOf(field: Field): readonly unknown[] {
  return Array.isArray(field.value) ? field.value : [];
}

export function objectOf(field: Field): JsonObject | undefined {
  return isJsonObject(field.value) ? field.value : undefined;
}

/** The one member of `{"word":{…}}`, or a bare word with no body. */
export function variantOf(field: Field): { readonly word: string; readonly body: Field } | undefined {
  if (typeof field.value === 'string') {
    return { word: field.value.toLowerCase(), body: { value: undefined, at: field.at } };
  }
  const object = objectOf(field);
  const keys = object === undefined ? [] : Object.keys(object);
  const word = keys[0];
  return keys.length === 1 && word !== undefined ? { word, body: member(field, word) } : undefined;
}
