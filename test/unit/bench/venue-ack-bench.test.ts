/** HTTP order → venue ack with the smallest parameters that mean anything, on both topologies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { venueAckBench } from '../../../bench/path/venue-ack.js';
import { topologyNames } from '../../../src/main/running-engine.js';

for (const topology of topologyNames) {
  test(`bench/path/venue-ack, ${topology}: every order is answered and acknowledged`, async () => {
    const [figures] = await venueAckBench(topology, 20, [200], 'generated');
    assert.ok(figures !== undefined && figures.refused === 0);
    for (const { p50, p99, max } of [figures.answerUs, figures.ackUs]) assert.ok(p50 > 0 && p50 <= p99 && p99 <= max);
  });
}
