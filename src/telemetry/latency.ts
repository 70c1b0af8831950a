/**
 * Latency spans in shared histograms: one set a thread that records, merged by name where they are exported.
 * Recording costs a few nanoseconds and allocates nothing: it stays on.
 */
import { assert, must } from '../base/assert.js';
import { HISTOGRAM_BYTES } from '../memory/histogram-layout.js';
import { HistogramSnapshot, HistogramWriter } from '../memory/histogram.js';
import { LINE_BYTES, allocateRegion, requireRegion, roundUp, type Region } from '../memory/region.js';
import { plainReadFloat64 } from '../memory/words.js';
import { spans } from './latency-stages.js';

/** 2^31 - 1 ns, two seconds: what `| 0` keeps. */
const SMALL = 0x7fff_ffff;
const STRIDE = roundUp(HISTOGRAM_BYTES, LINE_BYTES);
export const LATENCY_BYTES = spans.length * STRIDE;

/** A set with a buffer of its own. */
export function createLatency(): Region {
  return allocateRegion(LATENCY_BYTES);
}

/** Index of a span for record(): look it up once. */
export function spanIndex(name: string): number {
  const index = spans.findIndex((span) => span.name === name);
  assert(index >= 0, `span must be one of ${spans.map((span) => span.name).join(', ')}, got "${name}"`);
  return index;
}

function part(region: Region, index: number): Region {
  return { buffer: region.buffer, offset: region.offset + index * STRIDE, bytes: STRIDE };
}

export class LatencyWriter {
  readonly #writers: readonly HistogramWriter[];

  constructor(region: Region) {
    requireRegion(region, LATENCY_BYTES, 'latency spans');
    this.#writers = spans.map((_, index) => new HistogramWriter(part(region, index)));
  }

  /** Ignores spans whose start is unknown (0) or lies after their end. */
  record(span: number, fromNs: number, toNs: number): void {
    if (!(fromNs > 0 && toNs >= fromNs)) return;
    const ns = toNs - fromNs;
    // Two calls, so that the usual one passes a small integer, which isn't boxed.
    if (ns <= SMALL) this.#writers[span]?.record(ns | 0);
    else this.#writers[span]?.record(ns);
  }

  /** As record(), between two stamps of an array: doubles handed to a call may be boxed. */
  recordBetween(span: number, stamps: Float64Array, from: number, to: number): void {
    const fromNs = plainReadFloat64(stamps, from);
    const ns = plainReadFloat64(stamps, to) - fromNs;
    if (!(fromNs > 0 && ns >= 0)) return;
    if (ns <= SMALL) this.#writers[span]?.record(ns | 0);
    else this.#writers[span]?.record(ns);
  }

  /** Of one span, for a room that knows no spans. */
  histogram(span: number): HistogramWriter {
    return must(this.#writers[span], 'histogram of a span');
  }
}

export interface SpanSnapshot {
  readonly name: string;
  readonly snapshot: HistogramSnapshot;
}

/** A copy of every span of a set. */
export function readLatency(region: Region): SpanSnapshot[] {
  return spans.map(({ name }, index) => ({ name, snapshot: new HistogramSnapshot(part(region, index)) }));
}
