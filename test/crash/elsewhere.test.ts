/** `legwork start --venues-at`: venues in a process of their own outlive the engine. The fused topology has it in survives.test.ts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startVenues } from './campaign.js';
import { readLedger } from './compare.js';
import { liveIn } from './guests.js';
import { StartedEngine } from './started-engine.js';

/** By default what opens comes off when its venue is lost. */
const graph = {
  graph_id: 'rests', nodes: [{ node_id: 'order', instrument: { symbol: 'BTC-USD', type: 'spot' }, side: 'buy', qty: 0.01, order_type: 'limit', limit_price: 40_000 }], edges: [],
  risk: { failure: { on_disconnect: 'continue' } },
};

interface Order {
  readonly status: string;
  readonly venue_orders: readonly { readonly client_order_id: string; readonly status: string }[];
}

test('threads: what rests at a venue is found again after a kill; what nobody knows stays or goes as configured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-elsewhere-'));
  const venues = await startVenues(folder, 3);
  const ended = (): number => readLedger(join(folder, 'ledger.jsonl')).filter(({ what }) => what === 'end').length;
  let engine: StartedEngine | null = null;
  const start = async (data: string, unknown: 'keep' | 'cancel'): Promise<StartedEngine> => {
    const options = ['--topology', 'threads', '--venues-at', join(folder, 'venue.sock'), '--unknown-orders', unknown, '--durability', 'power'];
    engine = await StartedEngine.start(join(folder, data), {}, options);
    return engine;
  };
  // It may have been moved meanwhile, since its venue was lost for a while: there is one, and both sides name the same.
  const agreed = (of: StartedEngine): Promise<unknown> => of.eventually('/v1/orders/rests:order:1', ({ json }) => {
    const here = (json as Order).venue_orders?.filter(({ status }) => status === 'live').map((order) => order.client_order_id) ?? [];
    const there = liveIn(join(folder, 'ledger.jsonl'));
    return here.length === 1 && there.size === 1 && there.has(here[0] ?? '');
  });
  try {
    let now = await start('data', 'cancel');
    const made = await now.client.post('/v1/orders', graph);
    assert.deepEqual([made.status, made.headers['x-durability']], [201, 'power'], made.text);
    await agreed(now);
    await now.end('SIGKILL');
    now = await start('data', 'cancel');
    await agreed(now);
    await now.end('SIGKILL');

    // Another engine, whose journal knows nothing of it.
    const before = ended();
    now = await start('empty', 'keep');
    assert.equal(ended(), before, 'left alone');
    assert.equal((await now.client.get('/v1/orders')).text.includes('rests'), false);
    await now.end('SIGKILL');
    now = await start('empty', 'cancel');
    await now.eventually('/v1/health', () => ended() > before);
    assert.equal(liveIn(join(folder, 'ledger.jsonl')).size, 0);
    assert.equal(await now.end('SIGTERM'), 0);
  } finally {
    await (engine as StartedEngine | null)?.end('SIGKILL');
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
