import type { ConfigParam } from '../../algo/host/regions.js';

/** By place: an array as given, an object's values in order. @throws RangeError for what is no number or boolean */
export function configParams(json: string | null): ConfigParam[] {
  const given = json === null ? [] : (JSON.parse(json) as unknown);
  const values: unknown[] = Array.isArray(given) ? given : Object.values(given as object);
  return values.slice(0, 32).map((value): ConfigParam => {
    if (typeof value === 'boolean') return { type: 'bool', value };
    const number = Number(value);
    if (typeof value === 'object' || value === '' || !Number.isFinite(number)) {
      throw new RangeError(`config value ${JSON.stringify(value)} is no number or boolean`);
    }
    return { type: Number.isInteger(number) ? 'int' : 'float', value: number };
  });
}
