/** Malformed bodies and mutated documents: no 5xx, no crash, still trades. Long form: `node dist/test/api/fuzz-main.js`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rig } from './client.js';
import { fuzz } from './fuzz-run.js';

/** Seeds that once found something, and one for each day of work. */
const keptSeeds = [1, 20_261_125];

for (const seed of keptSeeds) {
  test(`500 malformed bodies and 500 mutated documents, seed ${seed}`, async () => {
    const r = await rig();
    const bad = await fuzz(r, 'malformed', seed, 500);
    assert.ok((bad.byStatus.get(400) ?? 0) > 150, JSON.stringify([...bad.byStatus]));
    const changed = await fuzz(r, 'mutated', seed, 500);
    assert.ok((changed.byStatus.get(422) ?? 0) > 150, JSON.stringify([...changed.byStatus]));
    await r.client.post('/v1/kill_switch/clear');
    assert.equal((await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })).status, 201);
    await r.close();
  });
}
