/** What one account owns doesn't exist for another: every route × two accounts × every kind of id. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routeTable } from '../../src/gateway/routes/table.js';
import { at, rig, type Client, type Rig } from './client.js';

let r: Rig;
let owner: Client;
let stranger: Client;
before(async () => {
  r = await rig();
  owner = r.client;
  stranger = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));
});
after(() => r.close());

/** Bodies that pass validation, by route; others get none. */
const bodies: Readonly<Record<string, string>> = {
  'PATCH /v1/orders/{node_order_id}': '{"qty":0.2}',
  'PUT /v1/credentials/{venue}': '{"api_key":"k","api_secret":"s"}',
  'POST /v1/credentials/{venue}': '{"api_key":"k","api_secret":"s"}',
};

test('ids of one account are 404 for the other, on every route that takes one', async () => {
  const made = await owner.post('/v1/orders', { symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price: 50_000, graph_id: 'owned' });
  assert.equal(made.status, 201, made.text);
  const key = await owner.post('/v1/api_keys', { name: 'mine' });
  await owner.send('PUT', '/v1/credentials/binance', '{"api_key":"k","api_secret":"s"}');
  const ids: Readonly<Record<string, readonly string[]>> = {
    graph_id: ['owned', 'owned:order:1', 'graph:owned:order:1'],
    node_order_id: ['owned:order:1', 'graph:owned:order:1', 'owned'],
    key_id: [String(at(key.json, 'key_id'))],
  };
  let walked = 0;
  for (const route of routeTable) {
    const name = /\{([a-z_]+)\}/.exec(route.path)?.[1] ?? '';
    for (const id of ids[name] ?? []) {
      const path = route.path.replace(/\{[a-z_]+\}/, encodeURIComponent(id));
      const got = await stranger.send(route.method, path, bodies[`${route.method} ${route.path}`]);
      assert.equal(got.status, 404, `${route.method} ${path}: ${got.text}`);
      walked++;
    }
  }
  assert.ok(walked >= 20, `${walked} routes with ids were walked`);
  assert.equal(at((await owner.get('/v1/orders/owned:order:1')).json, 'status'), 'WORKING', 'and nothing happened to it');
});

test('no list or query of the other account names anything of the owner', async () => {
  await owner.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 1, graph_id: 'owned-2' });
  const queries = ['graph_id=owned', 'node_order_id=owned%3Aorder%3A1', 'node_order_id=graph%3Aowned%3Aorder%3A1', 'symbol=ETH-USD', ''];
  for (const route of routeTable) {
    if (route.method !== 'GET' || route.path.includes('{')) continue;
    for (const query of queries) {
      const got = await stranger.get(`${route.path}?${query}`);
      assert.ok(got.status < 500 || got.status === 501, `${route.path}: ${got.text}`);
      // A 404 may name what the stranger itself asked for.
      if (got.status === 404) continue;
      assert.equal(/owned/.test(got.text), false, `${route.path}?${query}: ${got.text.slice(0, 300)}`);
    }
  }
  assert.match((await owner.get('/v1/orders')).text, /owned-2/, 'the owner sees it');
  assert.match((await owner.get('/v1/tca')).text, /owned-2/);
});

test('a graph_id of one account does not answer the other', async () => {
  const got = await stranger.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 1, graph_id: 'owned-2' });
  assert.equal(got.status, 201, 'ids are per account');
  assert.equal((await stranger.post('/v1/kill_switch', { scope: 'graph:owned' })).status, 404);
});

test('a kill switch of one account neither stops nor shows itself to the other', async () => {
  await owner.post('/v1/kill_switch', { reason: 'owned reason' });
  assert.match((await owner.get('/v1/kill_switch')).text, /owned reason/);
  assert.deepEqual(at((await stranger.get('/v1/kill_switch')).json, 'active'), []);
  assert.equal((await stranger.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 1 })).status, 201);
  const own = await stranger.post('/v1/kill_switch', { scope: 'venue:binance' });
  assert.equal(/owned reason/.test(own.text), false);
  await owner.post('/v1/kill_switch/clear');
});

test('keys, credentials, settings and limits are per account', async () => {
  assert.deepEqual(at((await stranger.get('/v1/credentials')).json, 'credentials'), []);
  assert.equal((await stranger.get('/v1/credentials/binance')).status, 404);
  assert.equal((await stranger.delete('/v1/credentials/binance')).status, 404);
  await owner.send('PUT', '/v1/sandbox/settings', '{"balances":{"USD":7}}');
  assert.equal(at((await stranger.get('/v1/sandbox/settings')).json, 'balances', 'USD'), '5000000');
  await owner.send('PUT', '/v1/risk_limits', '{"max_order_notional_usd":123456.5}');
  assert.equal(at((await owner.get('/v1/risk_limits')).json, 'max_order_notional_usd'), 123456.5);
  assert.equal(at((await stranger.get('/v1/risk_limits')).json, 'max_order_notional_usd'), null);
  assert.equal((at((await stranger.get('/v1/api_keys')).json, 'api_keys') as unknown[]).length, 1);
});
