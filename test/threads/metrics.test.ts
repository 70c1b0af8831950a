/** /metrics says the same in both topologies; what only one has is named here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { topologyNames, type RunningEngine } from '../../src/main/running-engine.js';
import { openEngine } from '../../src/main/topology.js';
import { eventually, pricesEverywhere, submitCommand } from './support.js';

/** The kill board is for threads that hang: one thread has none. */
const THREADS_ONLY = ['legwork_kill_board_covered', 'legwork_kill_board_graphs'];

function value(engine: RunningEngine, line: string): number {
  const found = new RegExp(`^${line.replaceAll(/[{}"]/g, String.raw`\$&`)} (\\S+)$`, 'm').exec(engine.port.metricsText?.() ?? '');
  return Number(found?.[1] ?? Number.NaN);
}

/** Names of metrics, labels of spans, after one order. */
async function toldBy(topology: (typeof topologyNames)[number]): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-metrics-'));
  const engine = await openEngine({
    topology, accounts: ['main'], seed: 1, speed: 1, clock: 'wall', dataDir: directory, tracing: false, market: 'generated', log: () => undefined,
  });
  engine.run();
  try {
    await eventually('prices', () => pricesEverywhere(engine));
    await eventually('ready', () => new Promise((resolve) => {
      engine.port.query(0, { kind: 'health' }, (reply) => resolve(reply.ok && (reply.body as { ready: boolean }).ready));
    }));
    engine.port.command(0, submitCommand({ symbol: 'ETH-USD', side: 'buy', qty: 0.01 }), (reply) => assert.ok(reply.ok, JSON.stringify(reply)));
    const thread = topology === 'fused' ? 'engine' : 'venues';
    await eventually('the order is sent', () => value(engine, `legwork_orders_sent_total{thread="${thread}"}`) === 1);
    await eventually('events are counted', () => value(engine, 'legwork_core_events_total{thread="engine"}') > 1);
    await eventually('answered by the venue', () => /span="order_to_ack"/.test(engine.port.metricsText?.() ?? ''));
    await eventually('snapshots are told', () => (engine.snapshots?.().next_at ?? 0) > 0);
    const text = engine.port.metricsText?.() ?? '';
    for (const line of text.split('\n')) {
      const [name, number] = [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)];
      if (line !== '' && !line.startsWith('#')) assert.ok(name !== '' && Number.isFinite(Number(number)), line);
    }
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((found) => found[1] ?? '');
    assert.equal(new Set(names).size, names.length, 'each metric is told in one place');
    const spans = [...text.matchAll(/span="(\w+)"/g)].map((found) => `span ${found[1] ?? ''}`);
    return [...new Set([...names, ...spans])].sort();
  } finally {
    await engine.stop();
    rmSync(directory, { recursive: true });
  }
}

test('both topologies tell the same metrics', async () => {
  const [fused = [], threads = []] = [await toldBy('fused'), await toldBy('threads')];
  assert.deepEqual(threads.filter((name) => !THREADS_ONLY.includes(name)), fused);
  for (const name of ['legwork_market_tape_laps_total', 'legwork_book_read_retries_total', 'legwork_orders_sent_total', 'span gateway_to_order']) {
    assert.ok(fused.includes(name), name);
  }
});
