import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters } from '../../../src/memory/counters-layout.js';
import { CounterReader, CounterWriter } from '../../../src/memory/counters.js';
import { allocateRegion } from '../../../src/memory/region.js';
import { DistinctErrorWriter, readDistinctErrors } from '../../../src/telemetry/distinct-errors.js';
import { counterText, spanText } from '../../../src/telemetry/exposition.js';
import { LatencyWriter, createLatency, readLatency, spanIndex } from '../../../src/telemetry/latency.js';
import { spans, stageIndex, stages } from '../../../src/telemetry/latency-stages.js';
import { TraceReader, TraceWriter, createTraces } from '../../../src/telemetry/traces.js';

test('every span runs forward over known stages', () => {
  for (const span of spans) assert.ok(stages.includes(span.from) && stages.includes(span.to), span.name);
  assert.equal(new Set(spans.map((span) => span.name)).size, spans.length);
});

test('latency: spans without a start, or that end before it, are not counted', () => {
  const region = createLatency();
  const writer = new LatencyWriter(region);
  const span = spanIndex('tick_to_order');
  writer.record(span, 1_000, 3_500);
  writer.record(span, 0, 3_500);
  writer.record(span, 4_000, 3_500);
  const read = readLatency(region).find(({ name }) => name === 'tick_to_order');
  assert.equal(read?.snapshot.count, 1);
  assert.equal(read?.snapshot.max, 2_500);
  assert.equal(readLatency(region).filter(({ snapshot }) => snapshot.count > 0).length, 1);
  assert.throws(() => spanIndex('nothing'), /must be one of/);
});

test('exposition: summaries in seconds, counters with their labels', () => {
  const region = createLatency();
  new LatencyWriter(region).record(spanIndex('frame_to_book'), 1, 101);
  const text = spanText(readLatency(region).map((span) => ({ ...span, labels: 'thread="venue"' })));
  assert.match(text, /legwork_span_seconds\{span="frame_to_book",thread="venue",quantile="0.99"\} 1e-7\n/);
  assert.match(text, /legwork_span_seconds_count\{span="frame_to_book",thread="venue"\} 1\n/);
  assert.ok(!text.includes('order_to_ack'), 'empty spans are left out');
  const set = createCounters(['frames', 'ring_full']);
  const counters = new CounterWriter(set);
  counters.add(0);
  counters.add(0, 4);
  counters.set(1, 9);
  assert.equal(
    counterText([{ counters: new CounterReader(set), labels: 'venue="sim"' }]),
    '# TYPE legwork_frames_total counter\nlegwork_frames_total{venue="sim"} 5\n' +
      '# TYPE legwork_ring_full_total counter\nlegwork_ring_full_total{venue="sim"} 9\n',
  );
});

test('traces: found by order, oldest first; the oldest slot is overwritten', () => {
  const region = createTraces(4);
  const writer = new TraceWriter(region, 4);
  const reader = new TraceReader(region, 4);
  const stamps = new Float64Array(stages.length);
  for (let n = 1; n <= 6; n++) {
    stamps[stageIndex('frame_in')] = n * 100;
    stamps[stageIndex('order_bytes_out')] = n * 100 + 7;
    writer.record(1, n % 2, stamps);
  }
  assert.deepEqual(reader.find(1, 0).map(({ stampsNs }) => stampsNs), [
    { frame_in: 400, order_bytes_out: 407 }, { frame_in: 600, order_bytes_out: 607 },
  ]);
  assert.equal(reader.find(1, 1).length, 2);
  assert.deepEqual(reader.find(0, 0), []);
});

test('distinct errors: one record a text, counted; full loses new ones only', () => {
  const region = allocateRegion(1_280);
  const writer = new DistinctErrorWriter(region);
  writer.record('socket closed', 10);
  writer.record('frame corrupt: ünëven', 20);
  writer.record('socket closed', 30);
  assert.deepEqual(readDistinctErrors(region), [
    { text: 'socket closed', count: 2, firstNs: 10, lastNs: 30 },
    { text: 'frame corrupt: ünëven', count: 1, firstNs: 20, lastNs: 20 },
  ]);
  writer.record('x'.repeat(5_000), 40);
  assert.equal(readDistinctErrors(region)[2]?.text.length, 1_000);
  writer.record('y'.repeat(500), 50);
  assert.equal(writer.lost, 1);
  writer.record('socket closed', 60);
  assert.equal(readDistinctErrors(region)[0]?.count, 3);
});
