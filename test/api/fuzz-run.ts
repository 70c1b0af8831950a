/** Sends seeded hostile bodies over pipelined keep-alive connections and judges every answer. */
import assert from 'node:assert/strict';
import { Prng } from '../../src/base/prng.js';
import type { Rig } from './client.js';
import { malformed, mutated } from './fuzz-bodies.js';

export interface FuzzResult {
  readonly sent: number;
  readonly byStatus: ReadonlyMap<number, number>;
}

const paths = ['/v1/orders', '/v1/orders', '/v1/orders/preview', '/v1/kill_switch', '/v1/sandbox/positions', '/v1/quotes_batch'];
const jsonPaths = ['/v1/orders', '/v1/orders/preview', '/v1/execution/simulate'];

/**
 * @param mode `malformed`: any route that takes a body; `mutated`: order routes with changed valid documents
 * @throws on the first 5xx, or an answer that is not JSON
 */
export async function fuzz(r: Pick<Rig, 'client'>, mode: 'malformed' | 'mutated', seed: number, count: number): Promise<FuzzResult> {
  const prng = new Prng(seed);
  const byStatus = new Map<number, number>();
  const one = async (i: number): Promise<void> => {
    const path = prng.pick(mode === 'malformed' ? paths : jsonPaths);
    const body = mode === 'malformed' ? malformed(prng) : Buffer.from(mutated(prng));
    const got = await r.client.send('POST', path, body);
    const where = `seed ${seed} #${i} ${path}: ${body.toString('latin1').slice(0, 2_000)}\n→ ${got.status} ${got.text.slice(0, 300)}`;
    assert.ok(got.status < 500 && got.status >= 200, where);
    assert.ok(got.json !== undefined, `not JSON: ${where}`);
    byStatus.set(got.status, (byStatus.get(got.status) ?? 0) + 1);
  };
  for (let i = 0; i < count; i += 4) await Promise.all([0, 1, 2, 3].map((k) => one(i + k)));
  return { sent: count, byStatus };
}
