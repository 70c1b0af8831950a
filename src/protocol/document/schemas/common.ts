/** Parts that every body's schema shares. The schemas validate requests and are published as OpenAPI. */
import { Type, type TSchema } from 'typebox';

/** Largest integer of the wire: a signed 64-bit one. */
export const wireIntegerMax = 2 ** 63;
/** 30 days: longer waits belong to the caller; keeps ns sums far below 2^53. */
export const durationMsMax = 2_592_000_000;
export const idPattern = '^[A-Za-z0-9_.-]{1,64}$';

/** An object that refuses unknown fields. */
export function closed<T extends Record<string, TSchema>>(properties: T, options: object = {}): TSchema {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** May be left out; an explicit null means the same. */
export function opt(schema: TSchema): TSchema {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

/** One of some words, upper and lower case alike. */
export function oneOf(words: readonly string[], description?: string): TSchema {
  return Type.Unsafe<string>({
    type: 'string',
    enum: [...words],
    'x-any-case': true,
    ...(description === undefined ? {} : { description }),
  });
}

/** An object with exactly one of the given members: `{"on_timeout":{"ms":5}}`. */
export function oneKey(properties: Record<string, TSchema>): TSchema {
  const optional = Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, Type.Optional(part)]));
  return Type.Object(optional, { additionalProperties: false, minProperties: 1, maxProperties: 1 });
}

export const id = Type.String({ pattern: idPattern, description: 'Letters, digits, "_", "." and "-"; 1 to 64.' });
export const symbol = Type.String({ minLength: 1, maxLength: 64, description: '"BTC-USD", "BTC-USD-PERP"' });
export const venueName = Type.String({ minLength: 1, maxLength: 64, description: 'A venue of /v1/venues' });
export const side = oneOf(['buy', 'sell']);
export const qty1e8 = Type.Integer({ minimum: 1, exclusiveMaximum: wireIntegerMax, description: 'Quantity in 1e-8' });
export const price1e9 = Type.Integer({ minimum: 1, exclusiveMaximum: wireIntegerMax, description: 'Price in 1e-9' });
export const decimal = Type.Number({ exclusiveMinimum: 0, maximum: 1e18 });
export const usd = Type.Number({ exclusiveMinimum: 0, maximum: 1e15, description: 'US dollars' });
export const bps = Type.Number({ exclusiveMinimum: 0, maximum: 10_000, description: 'Basis points' });
export const ms = Type.Integer({ minimum: 1, maximum: durationMsMax, description: 'Milliseconds' });
export const msOrZero = Type.Integer({ minimum: 0, maximum: durationMsMax, description: 'Milliseconds' });
export const epochNs = Type.Integer({ minimum: 1, exclusiveMaximum: wireIntegerMax, description: 'ns since 1970' });
export const empty = closed({});
export const anything = Type.Unknown({ description: 'Any JSON' });
