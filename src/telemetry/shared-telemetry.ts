/**
 * What every thread of an engine measures: latency spans and the traces of orders it sent, a set of both a thread.
 * Plain values and shared memory only, so that it may be a worker's data.
 */
import { must } from '../base/assert.js';
import type { Region } from '../memory/region.js';
import { spanText } from './exposition.js';
import { LatencyWriter, createLatency, readLatency } from './latency.js';
import { TraceReader, TraceWriter, createTraces, type Trace } from './traces.js';

/** Orders whose stamps are kept, newest, a thread. */
const TRACE_SLOTS = 4_096;

export interface ThreadTelemetry {
  readonly thread: string;
  readonly latency: Region;
  readonly traces: Region;
}

export interface SharedTelemetry {
  /** `process.hrtime.bigint()` at the start: what all threads' stamps count from. */
  readonly baseHrNs: bigint;
  readonly threads: readonly ThreadTelemetry[];
}

/** @param threads by name: those that measure */
export function createTelemetry(baseHrNs: bigint, threads: readonly string[]): SharedTelemetry {
  return {
    baseHrNs,
    threads: threads.map((thread) => ({ thread, latency: createLatency(), traces: createTraces(TRACE_SLOTS) })),
  };
}

function of(shared: SharedTelemetry, thread: string): ThreadTelemetry {
  return must(shared.threads.find((each) => each.thread === thread), `telemetry of thread ${thread}`);
}

/** On the thread itself, once. */
export function latencyWriter(shared: SharedTelemetry, thread: string): LatencyWriter {
  return new LatencyWriter(of(shared, thread).latency);
}

/** On the thread itself, once. */
export function traceWriter(shared: SharedTelemetry, thread: string): TraceWriter {
  return new TraceWriter(of(shared, thread).traces, TRACE_SLOTS);
}

/** Prometheus text of all threads' spans. */
export function telemetryText(shared: SharedTelemetry): string {
  return spanText(shared.threads.flatMap(({ thread, latency }) => (
    readLatency(latency).map((span) => ({ ...span, labels: `thread="${thread}"` })))));
}

/** Stamps kept of the orders of a node, oldest first, from every thread. */
export class TraceFinder {
  readonly #readers: readonly TraceReader[];

  constructor(shared: SharedTelemetry) {
    this.#readers = shared.threads.map(({ traces }) => new TraceReader(traces, TRACE_SLOTS));
  }

  /** @param graph serial number of the graph; @param order index of the node */
  find(graph: number, order: number): Trace[] {
    return this.#readers.flatMap((reader) => reader.find(graph, order));
  }
}
