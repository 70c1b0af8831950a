/**
 * JSON as the engine reads it: what `JSON.parse` gives, with three differences. Integers beyond 2^53 are bigint,
 * decimals that no double holds keep their text, objects have no prototype (so `__proto__` and `constructor`
 * are names like any other).
 */
import { decimalToBigInt } from '../../base/decimal.js';

/** A decimal whose digits a double would change; `text` is as sent. */
export class ExactDecimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A part of a document kept and written back letter for letter (opaque metadata). */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactDecimal
  | RawJson
  | readonly JsonValue[]
  | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** True for a JSON object, false for arrays, null and the number classes. */
export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactDecimal) &&
    !(value instanceof RawJson)
  );
}

/** True for a finite JSON number in any of its three forms. */
export function isJsonNumber(value: unknown): value is number | bigint | ExactDecimal {
  return (
    (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint' || value instanceof ExactDecimal
  );
}

/**
 * A number as decimal text. For doubles the shortest text that gives the double again, which is what the client
 * typed whenever it typed at most 15 significant digits.
 */
export function decimalText(value: number | bigint | ExactDecimal): string {
  return value instanceof ExactDecimal ? value.text : String(value);
}

/** A number times 10^scale, exact; null when it is finer than that or has more than 24 digits on a side. */
export function scaledInteger(value: number | bigint | ExactDecimal, scale: number): bigint | null {
  if (typeof value === 'bigint') return value * 10n ** BigInt(scale);
  const scaled = decimalToBigInt(decimalText(value), scale);
  return typeof scaled === 'bigint' ? scaled : null;
}
