/** An engine that has nothing to do costs next to nothing, in both topologies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topologyNames } from '../../src/main/running-engine.js';
import { openEngine } from '../../src/main/topology.js';
import { eventually } from './support.js';

/** Of one core. Measured: about 1 % on a busy machine; the goal is below 3 %, the bound is for machines that are busier. */
const SHARE_MAX = 0.1;
/** Long enough for some heartbeats of each thread and venue. */
const WATCHED_MS = 1_500;

for (const topology of topologyNames) {
  test(`${topology}: venues connected, no market and no orders`, async () => {
    const engine = await openEngine({
      topology, accounts: ['main'], seed: 1, speed: 1, clock: 'wall', dataDir: null, tracing: false, market: 'quiet', idle: 'backoff', log: () => undefined,
    });
    engine.run();
    await eventually('ready', () => new Promise((resolve) => {
      engine.port.query(0, { kind: 'health' }, (reply) => resolve(reply.ok && (reply.body as { ready: boolean }).ready));
    }));
    // What is measured is time itself: the only wait in these tests that is not for an event.
    const before = process.cpuUsage();
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1_000 / (performance.now() - started);
    await engine.stop();
    assert.ok(share < SHARE_MAX, `${(100 * share).toFixed(1)} % of a core`);
  });
}
