/** The gate's judgement of one case: worse than the baseline by more than is allowed, and surely so. Pure. */
import { rankTest } from './mann-whitney.js';
import { median } from './summary.js';

/** A ratio may be 15 % worse. */
export const ALLOWED = 1.15;
/** 99 % confidence. */
export const SURE = 2.33;
/** Bytes a tick that are none: what looking at the heap costs is below it. */
export const FREE_BYTES = 16;

export interface Judgement {
  readonly isWorse: boolean;
  readonly z: number;
}

export function judge(unit: 'ratio' | 'bytes', now: readonly number[], before: readonly number[]): Judgement {
  if (unit === 'bytes') return { isWorse: median(now) >= FREE_BYTES + median(before), z: Number.NaN };
  const { z } = rankTest(now, before.map((value) => value * ALLOWED));
  return { isWorse: z > SURE && median(now) > ALLOWED * median(before), z };
}

/** Ten columns from the lowest to the highest of both, how many values fall into each: `▁▃█▂`. */
export function shape(values: readonly number[], low: number, high: number): string {
  const columns = new Array<number>(20).fill(0);
  for (const value of values) {
    const at = high > low ? Math.min(19, Math.floor((20 * (value - low)) / (high - low))) : 0;
    columns[at] = (columns[at] ?? 0) + 1;
  }
  const most = Math.max(...columns);
  return columns.map((count) => (count === 0 ? '·' : (BARS[Math.min(7, Math.floor((8 * count) / (most + 1)))] ?? '█'))).join('');
}

const BARS = '▁▂▃▄▅▆▇█';
