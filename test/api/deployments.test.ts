/** Deployments over HTTP and their streams, real engine, guest threads, wall clock. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { at } from './client.js';
import { simRig, type SimRig } from './sim-rig.js';
import { StreamClient } from './stream-client.js';

let r: SimRig;
before(async () => {
  r = await simRig({ mount: [mountStreams()] });
});
after(() => r.close());

const base64 = (name: string): string => readFileSync(`dist/algos/${name}.wasm`).toString('base64');
const upload = (name: string, more: Record<string, unknown> = {}) => ({
  name, wasm_base64: base64(name), symbols: ['BTC-USD'], venues: ['binance'], start_immediately: true, ...more,
});

test('a deployment\'s life by its routes, told by its streams', async () => {
  const made = await r.client.post('/v1/deployments', upload('maker', { start_immediately: false, config: { qty: 1_000_000, spread: 0, most: 10_000_000, skew: 2, post: 1 } }));
  assert.equal(made.status, 201, made.text);
  const id = String(at(made.json, 'deployment_id'));
  assert.match(id, /^dep_/);
  assert.equal(at(made.json, 'status'), 'created');
  assert.deepEqual(at(made.json, 'edges'), [{ label: 'main', venue: 'binance' }]);
  const stream = await StreamClient.open(r.gateway.listenPort, r.key);
  const answer = await stream.answer({ subscribe: [`traces:${id}`, `deployment:${id}`, 'traces:dep_nobody'] });
  assert.deepEqual(answer['subscribed'], [`traces:${id}`, `deployment:${id}`]);
  assert.deepEqual((answer['rejected'] as { channel: string }[]).map((row) => row.channel), ['traces:dep_nobody']);
  await stream.until('the view', () => stream.of(`deployment:${id}`).length === 1);
  const seen = (): unknown[] => stream.of(`deployment:${id}`).map((frame) => at(frame, 'data', 'status'));
  const kinds = (kind: string) => stream.of(`traces:${id}`).filter((frame) => at(frame, 'data', 'kind') === kind);

  const others = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));
  assert.equal((await others.get(`/v1/deployments/${id}`)).status, 404);
  const foreign = await StreamClient.open(r.gateway.listenPort, r.gateway.makeTestKey({ account: 'other' }));
  assert.equal(((await foreign.answer({ subscribe: [`traces:${id}`] }))['rejected'] as unknown[]).length, 1);
  foreign.end();

  const started = await r.client.post(`/v1/deployments/${id}/start`);
  assert.equal(at(started.json, 'status'), 'running', started.text);
  await stream.until('actions', () => kinds('action').length >= 2);
  const first = at(kinds('action')[0], 'data');
  assert.equal(at(first, 'symbol'), 'BTC-USD');
  assert.ok(Number(at(first, 'qty_1e8')) === 1_000_000 && Number(at(first, 'price_1e9')) > 1e12, JSON.stringify(first));
  const metrics = await r.eventually(`/v1/deployments/${id}/metrics`, (got) => Number(at(got.json, 'open_orders')) > 0);
  assert.ok(Number(at(metrics.json, 'instances', 0, 'callbacks')) > 0);
  assert.equal((await r.client.get(`/v1/algos/BTC-USD`)).status, 200);
  assert.equal((await r.client.get(`/v1/deployments/${id}/mesh`)).status, 200);

  // Live config: the guest reads a new quantity at its next book.
  const patched = await r.client.send('PATCH', `/v1/deployments/${id}`, JSON.stringify({ config: { qty: 2_000_000, spread: 0, most: 10_000_000, skew: 2, post: 1 } }));
  assert.equal(patched.status, 200, patched.text);
  await stream.until('quotes of the new size', () => kinds('action').some((frame) => at(frame, 'data', 'qty_1e8') === 2_000_000));

  const firsts = (): number => kinds('action').filter((frame) => at(frame, 'data', 'action') === 'new' && at(frame, 'data', 'order') === 1).length;
  assert.equal(firsts(), 1);
  // Hot replacement: the old module's orders go, the new one is at work under the same id.
  const replaced = await r.client.send('PATCH', `/v1/deployments/${id}`, JSON.stringify({ wasm_base64: base64('peg'), config: { side: 1, qty: 3_000_000 } }));
  assert.equal(at(replaced.json, 'status'), 'running', replaced.text);
  assert.notEqual(at(replaced.json, 'hash'), at(made.json, 'hash'));
  await stream.until('an order of the new module', () => firsts() === 2);

  const stopped = await r.client.post(`/v1/deployments/${id}/stop`);
  assert.equal(at(stopped.json, 'status'), 'stopped');
  const gone = await r.client.delete(`/v1/deployments/${id}`);
  assert.equal(at(gone.json, 'status'), 'undeployed', gone.text);
  assert.equal((await r.client.get(`/v1/deployments/${id}`)).status, 404);
  await r.eventually('/v1/execution_graphs?status=active', (got) => at(got.json, 'total') === 0);
  assert.deepEqual([seen()[0], seen().includes('running'), seen().at(-1)], ['created', true, 'stopped']);
  stream.end();
});

test('refusals: the rule is in details; above the limit the answer says how to build smaller', async () => {
  const bad = await r.client.post('/v1/deployments', { ...upload('peg'), wasm_base64: Buffer.from('not a module').toString('base64') });
  assert.equal(bad.status, 422);
  assert.match(String(at(bad.json, 'error', 'details', 0, 'message')), /MALFORMED/);
  const large = await r.client.send('POST', '/v1/deployments', JSON.stringify({ ...upload('peg'), wasm_base64: 'A'.repeat(2_200_000) }));
  assert.equal(large.status, 413);
  assert.match(String(at(large.json, 'error', 'message')), /--release.*strip/);
});

test('a key that may use some venues or instruments only deploys, starts and changes there only', async () => {
  const kraken = r.clientFor(r.gateway.makeTestKey({ venues: ['kraken'] }));
  const eth = r.clientFor(r.gateway.makeTestKey({ instruments: ['ETH-USD'] }));
  const waits = { start_immediately: false };
  assert.equal((await kraken.post('/v1/deployments', upload('peg', waits))).status, 403);
  assert.equal((await eth.post('/v1/deployments', upload('peg', waits))).status, 403);
  const own = await kraken.post('/v1/deployments', upload('peg', { ...waits, venues: null }));
  assert.deepEqual(at(own.json, 'edges'), [{ label: 'main', venue: 'kraken' }], own.text);
  const wide = await r.client.post('/v1/deployments', upload('peg', waits));
  const id = String(at(wide.json, 'deployment_id'));
  for (const client of [kraken, eth]) {
    assert.equal((await client.post(`/v1/deployments/${id}/start`)).status, 403);
    assert.equal((await client.send('PATCH', `/v1/deployments/${id}`, JSON.stringify({ config: { side: -1 } }))).status, 403);
    assert.equal((await client.post(`/v1/deployments/${id}/stop`)).status, 200, 'stopping is always allowed');
  }
  for (const each of [id, String(at(own.json, 'deployment_id'))]) assert.equal((await r.client.delete(`/v1/deployments/${each}`)).status, 200);
});
