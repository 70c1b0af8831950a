/** Malformed bodies and mutated documents: no 5xx, no crash, still trades. Long form: `node dist/test/api/fuzz-main.js`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { rig } from './client.js';
import { fuzzBinary } from './fuzz-binary-run.js';
import { fuzz } from './fuzz-run.js';
import { simRig } from './sim-rig.js';

/** Seeds that once found something, and one for each day of work. */
const keptSeeds = [1, 20_261_125];

/** Bodies that once caused a 5xx. */
const keptBodies: readonly string[] = [
  // -1e-400 is minus zero as a double: a quantity divided by it went on as minus infinity.
  '{"nodes":[{"node_id":"a","instrument":{"symbol":"BTC-USD"},"side":"buy","order_type":"market","quantity":{"fixed":{"qty_1e8":100000000}},"execution":{"pacing":{"uniform":{"num_slices":-1e-400,"interval_ms":30000}}}}],"edges":[]}',
];

test('bodies that once caused a 5xx are refused', async () => {
  const r = await rig();
  for (const body of keptBodies) {
    const got = await r.client.send('POST', '/v1/orders', body);
    assert.ok(got.status >= 400 && got.status < 500, `${body} → ${got.status} ${got.text}`);
  }
  await r.close();
});

for (const seed of keptSeeds) {
  test(`300 malformed bodies and 300 mutated documents, seed ${seed}`, async () => {
    const r = await rig();
    const bad = await fuzz(r, 'malformed', seed, 300);
    assert.ok((bad.byStatus.get(400) ?? 0) > 100, JSON.stringify([...bad.byStatus]));
    const changed = await fuzz(r, 'mutated', seed, 300);
    assert.ok((changed.byStatus.get(422) ?? 0) > 100, JSON.stringify([...changed.byStatus]));
    await r.client.post('/v1/kill_switch/clear');
    assert.equal((await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })).status, 201);
    await r.close();
  });
}

/** ENGINE_MUTATIONS in the environment: 20,000 take some 20 s. */
const engineMutations = Number(process.env['ENGINE_MUTATIONS'] ?? 300);

test(`${engineMutations} mutated documents into the real engine: no 5xx, and it trades afterwards`, async () => {
  const r = await simRig();
  try {
    const changed = await fuzz(r, 'mutated', 5, engineMutations);
    assert.ok((changed.byStatus.get(201) ?? 0) > 0 && (changed.byStatus.get(422) ?? 0) > 100, JSON.stringify([...changed.byStatus]));
    const other = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));
    const made = await other.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'afterwards' });
    assert.equal(made.status, 201, made.text);
    const filled = async (): Promise<boolean> => /"status":"FILLED"/.test((await other.get('/v1/orders/afterwards:order:1')).text);
    const deadline = Date.now() + 60_000;
    while (!(await filled())) assert.ok(Date.now() < deadline, 'filled within a minute');
  } finally {
    await r.close();
  }
});

test('300 damaged binary frames over sockets: refused, nothing reaches the engine', async () => {
  const r = await rig({ mount: [mountBinary()] });
  const { frames, connections } = await fuzzBinary(r, 1, 300, 4);
  assert.ok(frames >= 300 && connections >= 100);
  assert.equal((await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })).status, 201);
  await r.close();
});
