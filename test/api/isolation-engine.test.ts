/**
 * What one account owns doesn't exist for another, on the real engine and over every door: each HTTP route × every kind
 * of id, `/v1/stream`, server-sent events, binary order entry. A stranger's silence is checked by a barrier: it hears
 * something of its own that came later.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { BinaryClient } from '../../sdk/ts/binary.js';
import type { ServerFrame } from '../../sdk/ts/generated/server-frame.js';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { routeTable } from '../../src/gateway/routes/table.js';
import { accountChannels } from '../../src/gateway/streams/channels.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { at, type Client } from './client.js';
import { EventStream } from './event-stream.js';
import { simRig, type SimRig } from './sim-rig.js';
import { StreamClient } from './stream-client.js';

let r: SimRig;
let owner: Client;
let stranger: Client;
let strangerKey: string;
/** Ids that only the owner may know; each has a mark that no other text has. */
let deployment: string;
let keyId: string;

/** Any of these in what the stranger reads is a leak. */
const MARK = /owned|secret-reason|mine-alone|canary-/;

before(async () => {
  r = await simRig({ mount: [mountStreams(), mountBinary()] });
  owner = r.client;
  strangerKey = r.gateway.makeTestKey({ account: 'other' });
  stranger = r.clientFor(strangerKey);
  await created(owner.post('/v1/orders', { symbol: 'BTC-USD', side: 'buy', qty: 0.01, order_type: 'limit', price: 30_000, graph_id: 'owned' }));
  await created(owner.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'owned-2' }));
  await r.eventually('/v1/fills?graph_id=owned-2', (got) => Number(at(got.json, 'total')) > 0);
  keyId = String(at((await created(owner.post('/v1/api_keys', { name: 'mine-alone' }))).json, 'key_id'));
  await owner.send('PUT', '/v1/credentials/binance', '{"api_key":"canary-k","api_secret":"canary-s"}');
  const wasm = readFileSync('dist/algos/peg.wasm').toString('base64');
  const uploaded = await created(owner.post('/v1/deployments', { name: 'mine-alone', wasm_base64: wasm, symbols: ['BTC-USD'] }));
  deployment = String(at(uploaded.json, 'deployment_id'));
  assert.equal((await owner.post('/v1/kill_switch', { scope: 'venue:kraken', reason: 'secret-reason' })).status, 200);
  assert.equal((await owner.post('/v1/kill_switch', { scope: 'graph:owned', reason: 'secret-reason' })).status, 200);
});
after(() => r.close());

async function created(sent: Promise<{ status: number; text: string; json: unknown }>): Promise<{ json: unknown }> {
  const got = await sent;
  assert.equal(got.status, 201, got.text);
  return got;
}

const bodies: Readonly<Record<string, string>> = {
  'PATCH /v1/orders/{node_order_id}': '{"qty":0.02}',
  'PUT /v1/credentials/{venue}': '',
  'POST /v1/credentials/{venue}': '',
  'PATCH /v1/deployments/{deployment_id}': '{"name":"taken"}',
};

test('every route that takes an id: 404, as for an id that nobody has', async () => {
  const ids: Readonly<Record<string, readonly string[]>> = {
    graph_id: ['owned', 'owned-2', 'owned:order:1', 'graph:owned:order:1'],
    node_order_id: ['owned:order:1', 'graph:owned-2:order:1', 'owned'],
    deployment_id: [deployment],
    key_id: [keyId],
    venue: ['binance'],
    symbol: ['BTC-USD'],
  };
  let walked = 0;
  for (const route of routeTable) {
    const name = /\{([a-z_]+)\}/.exec(route.path)?.[1] ?? '';
    const body = bodies[`${route.method} ${route.path}`];
    // Those of a venue or symbol that belong to everybody, and those that make the stranger's own.
    if (body === '' || (name === 'symbol' && !route.path.startsWith('/v1/algos')) || (name === 'venue' && !route.path.startsWith('/v1/credentials'))) continue;
    for (const id of ids[name] ?? []) {
      const path = (value: string): string => route.path.replace(/\{[a-z_]+\}/, encodeURIComponent(value));
      const got = await stranger.send(route.method, path(id), body);
      assert.equal(got.status, 404, `${route.method} ${path(id)}: ${got.text}`);
      if (name === 'graph_id' || name === 'node_order_id') {
        const nobodys = await stranger.send(route.method, path(id.replace('owned', 'nobod')), body);
        const plain = (text: string): string => text.replaceAll('nobod', 'owned').replace(/"request_id":"[^"]*"/, '');
        assert.equal(plain(nobodys.text), plain(got.text), `${route.method} ${path(id)} tells an owned id from none`);
      }
      walked++;
    }
  }
  assert.ok(walked >= 38, `${walked} pairs of route and id were walked`);
  assert.equal(at((await owner.get('/v1/execution_graphs/owned')).json, 'status'), 'paused', 'nothing happened to it');
  assert.equal(at((await owner.get(`/v1/deployments/${deployment}`)).json, 'name'), 'mine-alone');
});

test('no list, filter or summary names anything of the owner', async () => {
  const queries = [
    '', 'graph_id=owned', 'node_order_id=owned%3Aorder%3A1', 'node_order_id=graph%3Aowned-2%3Aorder%3A1', 'symbol=ETH-USD', 'status=paused',
    'limit=1000', 'include_closed=true',
  ];
  for (const route of routeTable) {
    if (route.method !== 'GET' || route.path.includes('{')) continue;
    for (const query of queries) {
      const got = await stranger.get(`${route.path}?${query}`);
      assert.ok(got.status < 500 || got.status === 501, `${route.path}: ${got.text}`);
      // A refusal may name what the stranger itself asked for.
      if (got.status < 400) assert.doesNotMatch(got.text, MARK, `${route.path}?${query}: ${got.text.slice(0, 300)}`);
    }
  }
  const seen = await Promise.all(['/v1/orders', '/v1/fills', '/v1/kill_switch', '/v1/api_keys', '/v1/deployments'].map((path) => owner.get(path)));
  for (const got of seen) assert.match(got.text, MARK, 'the owner sees it');
});

test('the same graph id twice: each account has its own, and its own switch', async () => {
  await created(stranger.post('/v1/orders', { symbol: 'ETH-USD', side: 'sell', qty: 0.1, order_type: 'limit', price: 90_000, graph_id: 'both' }));
  await created(owner.post('/v1/orders', { symbol: 'ETH-USD', side: 'sell', qty: 0.2, order_type: 'limit', price: 90_000, graph_id: 'both' }));
  const stopped = await owner.post('/v1/kill_switch', { scope: 'graph:both' });
  assert.deepEqual(at(stopped.json, 'graphs'), ['both']);
  assert.equal(at((await stranger.get('/v1/execution_graphs/both')).json, 'status'), 'active');
  assert.equal(at((await stranger.get('/v1/orders/both:order:1')).json, 'qty_1e8'), 10_000_000);
  assert.doesNotMatch((await stranger.get('/v1/traces?node_order_id=both')).text, /KILL_SWITCH/, 'its trace is its own');
  assert.equal((await stranger.delete('/v1/execution_graphs/both')).status, 200);
  assert.notEqual(at((await owner.get('/v1/execution_graphs/both')).json, 'status'), 'cancelled');
});

test('switches: of a graph 404, others neither seen nor cleared nor told', async () => {
  for (const path of ['/v1/kill_switch', '/v1/kill_switch/clear']) {
    assert.equal((await stranger.post(path, { scope: 'graph:owned' })).status, 404, path);
  }
  for (const scope of ['account', 'venue:kraken', 'venue:binance']) {
    const set = await stranger.post('/v1/kill_switch', { scope });
    assert.doesNotMatch(set.text, MARK);
    assert.deepEqual((at(set.json, 'active') as unknown[]).length, 1, set.text);
    assert.doesNotMatch((await stranger.post('/v1/kill_switch/clear', { scope })).text, MARK);
  }
  assert.equal((at((await owner.get('/v1/kill_switch')).json, 'active') as unknown[]).length >= 2, true);
  assert.equal((await stranger.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.1 })).status, 201, 'and does not cover the stranger');
});

test('/v1/stream: no channel, snapshot or replay holds anything of the owner', async () => {
  const heard = await StreamClient.open(r.gateway.listenPort, strangerKey);
  await heard.answer({ subscribe: [...accountChannels, `deployment:${deployment}`, `traces:${deployment}`], from_seq: 0 });
  const again = await StreamClient.open(r.gateway.listenPort, strangerKey);
  await again.answer({ subscribe: accountChannels });
  await created(owner.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'owned-3' }));
  await r.eventually('/v1/fills?graph_id=owned-3', (got) => Number(at(got.json, 'total')) > 0);
  await created(stranger.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.1, graph_id: 'barrier' }));
  for (const client of [heard, again]) {
    await client.until('its own fill', () => client.of('fills').some((frame) => at(frame, 'data', 'graph_id') === 'barrier'));
    const texts = client.texts.filter((text) => !text.includes('"rejected"'));
    for (const text of texts) assert.doesNotMatch(text, MARK);
    client.end();
  }
});

test('a ticket opens the account of the key that asked for it, once', async () => {
  const ticket = String(at((await stranger.get('/v1/ws/ticket')).json, 'ticket'));
  const client = await StreamClient.open(r.gateway.listenPort, null, `/v1/stream?ticket=${ticket}`);
  await client.answer({ subscribe: ['orders', 'fills', 'graphs'], from_seq: 0 });
  await client.until('its own', () => client.texts.some((text) => text.includes('barrier')));
  for (const text of client.texts) assert.doesNotMatch(text, MARK);
  client.end();
  assert.equal(await StreamClient.refused(r.gateway.listenPort, `/v1/stream?ticket=${ticket}`, {}), 401);
});

test('server-sent events: the account of the key only', async () => {
  for (const channel of ['tca', 'risk']) {
    const events = await EventStream.open(r.gateway.listenPort, `/v1/${channel}/stream?from_seq=0`, { Authorization: `Bearer ${strangerKey}` });
    if (channel === 'tca') await events.until('its own', (text) => text.includes('barrier'));
    else await events.until('its opening', (text) => text.includes(': open'));
    assert.doesNotMatch(events.text, MARK);
    events.end();
  }
});

test('binary order entry: sessions, orders and events of the other account are not there', async () => {
  const connect = async (key: string, frames: ServerFrame[]): Promise<BinaryClient> => BinaryClient.connect({
    url: `ws://127.0.0.1:${r.gateway.listenPort}/v1/ws/orders`, key, session: 'same', onFrame: (frame) => frames.push(frame),
  });
  const wait = async (frames: ServerFrame[], found: (frame: ServerFrame) => boolean): Promise<ServerFrame> => {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const frame = frames.find(found);
      if (frame !== undefined) return frame;
      assert.ok(Date.now() < deadline, 'a frame came in 15 s');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const mine: ServerFrame[] = [];
  const theirs: ServerFrame[] = [];
  const own = await connect(r.key, mine);
  const first = own.newOrder({ instrument: own.instruments.indexOf('ETH-USD'), side: 'buy', qty1e8: 10_000_000n });
  await wait(mine, (frame) => Number(frame.ack()?.clientSeq() ?? -1) === first);
  const other = await connect(strangerKey, theirs);
  assert.equal(other.resumed, false, 'a session belongs to its key');
  const refused = [other.cancel('owned:order:1'), other.amend('owned:order:1', 2_000_000n, 0n), other.cancelGraph('owned', true)];
  for (const seq of refused) {
    const answer = await wait(theirs, (frame) => Number(frame.reject()?.clientSeq() ?? frame.ack()?.clientSeq() ?? -1) === seq);
    assert.equal(answer.reject()?.code(), 'NOT_FOUND');
  }
  other.submitGraph({ symbol: 'ETH-USD', side: 'buy', qty: 0.1, graph_id: 'barrier-2' });
  await wait(theirs, (frame) => frame.fill()?.nodeOrderId()?.startsWith('barrier-2') === true);
  for (const frame of theirs) {
    const id = frame.fill()?.nodeOrderId() ?? frame.orderUpdate()?.nodeOrderId() ?? frame.graphUpdate()?.graphId() ?? '';
    assert.doesNotMatch(id, /^owned|^bin-/, 'no event of the owner');
  }
  own.terminate();
  other.terminate();
});
