import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { HISTOGRAM_BUCKET_COUNT, HISTOGRAM_VALUE_MAX, createHistogram } from '../../../src/memory/histogram-layout.js';
import { HistogramSnapshot, HistogramWriter, bucketOf, bucketTop } from '../../../src/memory/histogram.js';

test('buckets are in order, without holes, and at most 1/64 wide', () => {
  for (let bucket = 0; bucket < HISTOGRAM_BUCKET_COUNT; bucket++) {
    const top = bucketTop(bucket);
    assert.equal(bucketOf(top), bucket);
    if (top < HISTOGRAM_VALUE_MAX) assert.equal(bucketOf(top + 1), bucket + 1);
    const bottom = bucket === 0 ? 0 : bucketTop(bucket - 1) + 1;
    assert.ok((top - bottom) * 64 <= Math.max(bottom, 64), `bucket ${bucket}: ${bottom}..${top}`);
  }
  assert.equal(bucketTop(HISTOGRAM_BUCKET_COUNT - 1), HISTOGRAM_VALUE_MAX);
  assert.equal(bucketOf(2 ** 50), HISTOGRAM_BUCKET_COUNT - 1);
  assert.equal(bucketOf(-5), 0);
});

test('percentiles are within a bucket of the sorted values, the maximum is exact', () => {
  const region = createHistogram();
  const writer = new HistogramWriter(region);
  const prng = new Prng(7);
  const values: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    const value = Math.floor(prng.below(1_000) ** 2.5);
    values.push(value);
    writer.record(value);
  }
  values.sort((a, b) => a - b);
  const snapshot = new HistogramSnapshot(region);
  assert.equal(snapshot.count, values.length);
  assert.equal(snapshot.max, values.at(-1));
  for (const share of [0, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
    const got = snapshot.percentile(share);
    assert.ok(got >= exact && got <= exact * (1 + 1 / 64) + 1, `${share}: ${got} of ${exact}`);
  }
  assert.equal(new HistogramSnapshot(createHistogram()).percentile(0.5), 0);
});
