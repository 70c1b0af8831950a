/** Bytes of a latency histogram; the promise is in histogram.ts. */
import type { LayoutDescription } from './layout.js';
import { allocateRegion, type Region } from './region.js';

export const HISTOGRAM_COUNT = 0;
export const HISTOGRAM_SUM = 1;
export const HISTOGRAM_MAX = 2;
export const HISTOGRAM_BUCKETS = 16;
/** 64 buckets an octave: a bucket is at most 1/64 = 1.6 % wide. */
export const BUCKETS_AN_OCTAVE = 64;
/** Values of 2^40 ns (18 minutes) and more count as that. */
export const HISTOGRAM_VALUE_MAX = 2 ** 40 - 1;
export const HISTOGRAM_BUCKET_COUNT = 34 * BUCKETS_AN_OCTAVE + 64;
export const HISTOGRAM_BYTES = (HISTOGRAM_BUCKETS + HISTOGRAM_BUCKET_COUNT) * 8;

/** A histogram with a buffer of its own. */
export function createHistogram(): Region {
  return allocateRegion(HISTOGRAM_BYTES);
}

export const histogramLayout: LayoutDescription = {
  name: 'Histogram',
  file: 'src/memory/histogram-layout.ts',
  purpose: 'Latencies in ns, log-linear: exact below 128, then 1.6 % wide.',
  writer: 'one thread',
  reader: 'anybody; may be a moment behind',
  size: `${HISTOGRAM_BYTES}`,
  limits: 'Values of 2^40 and more count in the last bucket; the maximum is exact.',
  fields: [
    { at: 0, bytes: 24, name: 'count, sum, maximum', order: 'plain', note: 'float64 each' },
    { at: HISTOGRAM_BUCKETS * 8, bytes: HISTOGRAM_BUCKET_COUNT * 8, name: 'buckets', order: 'plain', note: 'float64 counts' },
  ],
};
