/**
 * Log-linear histogram of non-negative integers (nanoseconds) in shared memory, the idea of Gil Tene's HdrHistogram.
 *
 * Writer: one thread, plain adds.   Readers: anybody, plain loads; a snapshot taken while it is written may miss the
 * newest values, its percentiles come from what it copied.   Allocates: never after construction.
 */
import {
  HISTOGRAM_BUCKETS, HISTOGRAM_BUCKET_COUNT, HISTOGRAM_BYTES, HISTOGRAM_COUNT, HISTOGRAM_MAX, HISTOGRAM_SUM,
  HISTOGRAM_VALUE_MAX,
} from './histogram-layout.js';
import { float64View, requireRegion, type Region } from './region.js';
import { plainReadFloat64, plainWriteFloat64 } from './words.js';

/** Bucket of a value: below 128 itself; above, 64 buckets for each doubling. */
export function bucketOf(value: number): number {
  if (value < 128) return value < 0 ? 0 : Math.floor(value);
  const clipped = value > HISTOGRAM_VALUE_MAX ? HISTOGRAM_VALUE_MAX : value;
  const high = Math.floor(clipped / 0x1_0000_0000);
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(clipped >>> 0);
  const shift = bits - 7;
  return shift * 64 + Math.floor(clipped / 2 ** shift);
}

/** Largest integer that falls into a bucket. */
export function bucketTop(bucket: number): number {
  if (bucket < 128) return bucket;
  const shift = Math.floor(bucket / 64) - 1;
  return (bucket - shift * 64 + 1) * 2 ** shift - 1;
}

export class HistogramWriter {
  readonly #words: Float64Array;

  constructor(region: Region) {
    requireRegion(region, HISTOGRAM_BYTES, 'histogram');
    this.#words = float64View(region);
  }

  record(value: number): void {
    const words = this.#words;
    const bucket = HISTOGRAM_BUCKETS + bucketOf(value);
    plainWriteFloat64(words, bucket, plainReadFloat64(words, bucket) + 1);
    plainWriteFloat64(words, HISTOGRAM_COUNT, plainReadFloat64(words, HISTOGRAM_COUNT) + 1);
    plainWriteFloat64(words, HISTOGRAM_SUM, plainReadFloat64(words, HISTOGRAM_SUM) + value);
    if (value > plainReadFloat64(words, HISTOGRAM_MAX)) plainWriteFloat64(words, HISTOGRAM_MAX, value);
  }
}

/** A copy of a histogram at one moment. */
export class HistogramSnapshot {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  readonly #counts: Float64Array;

  constructor(region: Region) {
    requireRegion(region, HISTOGRAM_BYTES, 'histogram');
    const words = float64View(region);
    this.#counts = words.slice(HISTOGRAM_BUCKETS, HISTOGRAM_BUCKETS + HISTOGRAM_BUCKET_COUNT);
    this.count = this.#counts.reduce((sum, n) => sum + n, 0);
    this.sum = plainReadFloat64(words, HISTOGRAM_SUM);
    this.max = plainReadFloat64(words, HISTOGRAM_MAX);
  }

  /** Smallest bucket top that at least `share` of the values don't exceed; 0 when there are none. @param share 0..1 */
  percentile(share: number): number {
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += plainReadFloat64(this.#counts, bucket);
      if (seen >= rank) return Math.min(bucketTop(bucket), Math.max(this.max, 0));
    }
    return this.max;
  }

  mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
}
