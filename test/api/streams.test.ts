/** `/v1/stream` and the server-sent events against an engine that does as told: real server, real sockets. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { at, Client, raw } from './client.js';
import { StreamClient, type Frame } from './stream-client.js';
import { StreamEngine } from './stream-engine.js';
import { streamLoad } from './stream-load.js';

let engine: StreamEngine;
let gateway: Gateway;
let key: string;
let http: Client;
const open: StreamClient[] = [];

before(async () => {
  engine = new StreamEngine();
  gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000,
    mount: [mountStreams({ origins: ['https://desk.example'] })],
  });
  key = gateway.makeTestKey();
  http = new Client(gateway.listenPort, key);
});
after(async () => {
  for (const client of open) client.end();
  http.close();
  await gateway.close();
});

async function connect(own: string | null = key, path = '/v1/stream', headers: Record<string, string> = {}): Promise<StreamClient> {
  const client = await StreamClient.open(gateway.listenPort, own, path, headers);
  open.push(client);
  return client;
}

const seqs = (frames: readonly Frame[]): unknown[] => frames.map((frame) => frame['seq']);
const accountFrames = (client: StreamClient): Frame[] => client.frames.filter((frame) => typeof frame['seq'] === 'number' && 'channel' in frame);

test('the answer comes first, then snapshots; unknown channels are rejected with a reason', async () => {
  const client = await connect();
  client.send({ subscribe: ['prices:btc-usd', 'book:ETH-USD', 'risk', 'graphs', 'nonsense', 'traces:dep_1', 'prices:NO-PE', 'funding'] });
  await client.until('four snapshots', () => client.frames.length >= 5);
  const [answer] = client.frames;
  assert.deepEqual(answer?.['subscribed'], ['prices:BTC-USD', 'book:ETH-USD', 'risk', 'graphs']);
  const rejected = answer?.['rejected'] as { channel: string; reason: string }[];
  assert.deepEqual(rejected.map((row) => row.channel), ['nonsense', 'traces:dep_1', 'prices:NO-PE', 'funding']);
  assert.ok(rejected.every((row) => row.reason.length > 10));
  const prices = at(client.of('prices:BTC-USD')[0], 'data') as Record<string, unknown>;
  assert.deepEqual(Object.keys(prices), ['bid', 'ask', 'mid', 'trigger_mid', 'spread_bps', 'bid_sz', 'ask_sz', 'ts_ns']);
  assert.equal(prices['bid'], 10);
  assert.equal(prices['ask'], 10.03);
  assert.equal(prices['mid'], 10.015);
  assert.equal(prices['trigger_mid'], 10.015);
  assert.deepEqual(at(client.of('book:ETH-USD')[0], 'data', 'bids', 0), [10, 0.001]);
  assert.equal(at(client.of('risk')[0], 'snapshot'), true);
  assert.equal(at(client.of('risk')[0], 'data', 'kill_switch'), false);
  assert.deepEqual(at(client.of('graphs')[0], 'data', 'graphs'), []);
});

test('prices and books are sent when they change, not when only the version moves', async () => {
  const client = await connect();
  client.send({ subscribe: ['prices:BTC-USD-PERP', 'book:BTC-USD-PERP'] });
  await client.until('snapshots', () => client.frames.length >= 3);
  engine.move(2, 0);
  engine.move(2, 5);
  await client.until('the change', () => client.of('prices:BTC-USD-PERP').length >= 2 && client.of('book:BTC-USD-PERP').length >= 2);
  engine.move(2, 1);
  await client.until('the next', () => client.of('prices:BTC-USD-PERP').length >= 3 && client.of('book:BTC-USD-PERP').length >= 3);
  assert.deepEqual(client.of('prices:BTC-USD-PERP').map((frame) => at(frame, 'data', 'bid')), [100, 100.5, 100.6]);
  const answer = await client.answer({ unsubscribe: ['prices:BTC-USD-PERP'] });
  assert.deepEqual(answer['unsubscribed'], ['prices:BTC-USD-PERP']);
  engine.move(2, 1);
  await client.until('the book', () => client.of('book:BTC-USD-PERP').length >= 4);
  assert.equal(client.of('prices:BTC-USD-PERP').length, 3);
});

test('account events share one sequence without gaps; an order over HTTP is heard', async () => {
  const client = await connect();
  await client.answer({ subscribe: ['orders', 'fills', 'tca', 'children', 'routing'] });
  const from = engine.seq(0);
  const posted = await http.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
  assert.equal(posted.status, 201);
  for (let i = 0; i < 50; i++) engine.emit(0, (['orders', 'children', 'routing'] as const)[i % 3] ?? 'orders', { i, big: 2n ** 60n });
  engine.emit(1, 'orders', { secret: 'of another account' });
  await client.until('52 events', () => accountFrames(client).filter((frame) => Number(frame['seq']) > from).length >= 52);
  const heard = accountFrames(client).filter((frame) => Number(frame['seq']) > from);
  assert.deepEqual(seqs(heard), Array.from({ length: 52 }, (_, i) => from + 1 + i));
  assert.equal(at(client.of('fills').at(-1), 'data', 'symbol'), 'ETH-USD');
  assert.ok(client.texts.some((text) => text.includes('1152921504606846976')), 'integers beyond 2^53 are exact');
  assert.ok(!client.texts.some((text) => text.includes('secret')), 'another account is not heard');
});

test('orders start with one frame for each open order', async () => {
  const posted = await http.post('/v1/orders', { symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price: 50_000, graph_id: 'resting-1' });
  assert.equal(posted.status, 201, posted.text);
  const client = await connect();
  client.send({ subscribe: ['orders', 'graphs'] });
  await client.until('the snapshot', () => client.of('graphs').length >= 1);
  assert.deepEqual(client.of('orders').map((frame) => at(frame, 'data', 'node_order_id')), ['resting-1:order:1']);
  assert.equal(client.of('orders')[0]?.['seq'], engine.seq(0), 'the snapshot carries the present sequence');
  assert.equal(at(client.of('graphs')[0], 'data', 'graphs', 0, 'graph_id'), 'resting-1');
});

test('from_seq replays exactly what was missed, of the channels asked for', async () => {
  const from = engine.seq(0);
  for (let i = 0; i < 30; i++) engine.emit(0, i % 2 === 0 ? 'orders' : 'fills', { i });
  const client = await connect();
  client.send({ subscribe: ['orders'], from_seq: from });
  engine.emit(0, 'orders', { i: 30 });
  await client.until('the replay', () => client.of('orders').length >= 16);
  engine.emit(0, 'orders', { i: 31 });
  await client.until('the live one', () => client.of('orders').length >= 17);
  assert.deepEqual(seqs(client.of('orders')), [...Array.from({ length: 15 }, (_, i) => from + 1 + 2 * i), from + 31, from + 32]);
  assert.equal(client.of('fills').length, 0);
});

test('what happens while a replay is being read comes after it, once', async () => {
  const from = engine.seq(0);
  engine.emit(0, 'fills', { before: true });
  const client = await connect();
  engine.heldQueries = [];
  client.send({ subscribe: ['fills'], from_seq: from });
  await client.until('the answer', () => client.frames.length >= 1);
  engine.emit(0, 'fills', { during: 1 });
  const [first] = engine.heldQueries;
  engine.heldQueries = null;
  first?.();
  engine.emit(0, 'fills', { during: 2 });
  await client.until('three fills', () => client.of('fills').length >= 3);
  assert.deepEqual(seqs(client.of('fills')), [from + 1, from + 2, from + 3]);
});

test('when too little is kept it says resync and sends the present state', async () => {
  for (const fromSeq of [0, engine.seq(0) + 1_000]) {
    engine.kept = 5;
    const client = await connect();
    client.send({ subscribe: ['risk', 'fills'], from_seq: fromSeq });
    await client.until('the snapshot', () => client.of('risk').length >= 1);
    engine.kept = 100_000;
    assert.deepEqual(client.frames[1], { resync: ['risk', 'fills'], seq: engine.seq(0) });
    assert.equal(client.of('risk')[0]?.['snapshot'], true);
  }
});

test('who may connect: key, scope, ticket once, origin, handshake', async () => {
  const port = gateway.listenPort;
  const bearer = { Authorization: `Bearer ${key}` };
  assert.equal(await StreamClient.refused(port, '/v1/stream', {}), 401);
  assert.equal(await StreamClient.refused(port, '/v1/stream', { Authorization: 'Bearer lw_test_no' }), 401);
  const noRead = gateway.makeTestKey({ scopes: ['trade'] });
  assert.equal(await StreamClient.refused(port, '/v1/stream', { Authorization: `Bearer ${noRead}` }), 403);
  assert.equal(await StreamClient.refused(port, '/v1/stream', { ...bearer, Origin: 'https://evil.example' }), 403);
  for (const wrong of ['Connection: keep-alive\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13', 'Connection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 13', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8']) {
    const head = `GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.Authorization}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${wrong}\r\n\r\n`;
    assert.match(await raw(port, [head], '\r\n\r\n'), /^HTTP\/1.1 400 /, wrong);
  }
  const ticket = String(at((await http.get('/v1/ws/ticket')).json, 'ticket'));
  const browser = await connect(null, `/v1/stream?ticket=${ticket}`, { Origin: 'https://desk.example' });
  assert.deepEqual((await browser.answer({ subscribe: ['fills'] }))['subscribed'], ['fills']);
  assert.equal(await StreamClient.refused(port, `/v1/stream?ticket=${ticket}`, {}), 401, 'a ticket works once');
});

test('bad frames are answered, not fatal; a flood of them ends the connection', async () => {
  const client = await connect();
  for (const bad of ['{', '[]', '{"subscribe":1}', '{"subscribe":[1]}', '{"subscribe":["fills"],"from_seq":-1}', '{"x":1}', '{}', `{"subscribe":${'['.repeat(200)}`]) {
    const answer = await client.answer(bad);
    assert.equal(at(answer, 'error', 'code'), 'BAD_REQUEST', bad);
  }
  client.ws.send(Buffer.from([1, 2, 3]), { binary: true });
  await client.until('the answer to binary', () => client.frames.length >= 9);
  for (let i = 0; i < 200; i++) client.send('{');
  await client.until('the end', () => client.closed !== null);
  assert.equal(client.closed?.code, 1008);
});

test('a reader that stops is ended with 4008 and resumes without a gap', async () => {
  const client = await connect();
  await client.answer({ subscribe: ['children'] });
  const from = engine.seq(0);
  client.ws.pause();
  const filler = 'x'.repeat(64 * 1024);
  let sent = 0;
  // The system's buffers take some MB before anything queues here; the server's session says when it gave up.
  while (gateway.context.sessions.size > open.filter((each) => each.closed === null).length - 1 && sent < 2_000) {
    engine.emit(0, 'children', { i: sent++, filler });
    await new Promise(setImmediate);
  }
  for (let i = 0; i < 5; i++) engine.emit(0, 'children', { i: sent++, filler });
  client.ws.resume();
  await client.until('the close', () => client.closed !== null);
  assert.equal(client.closed?.code, 4008, JSON.stringify(client.closed));
  const got = seqs(client.of('children'));
  assert.deepEqual(got, got.map((_, i) => from + 1 + i), 'nothing was skipped before the end');
  assert.ok(got.length < sent);
  const again = await connect();
  again.send({ subscribe: ['children'], from_seq: from + got.length });
  await again.until('the rest', () => again.of('children').length >= sent - got.length);
  assert.deepEqual(seqs(again.of('children')), Array.from({ length: sent - got.length }, (_, i) => from + got.length + 1 + i));
});

test('a revoked key closes its sockets at once', async () => {
  const admin = gateway.makeTestKey();
  const made = await http.post('/v1/api_keys', { name: 'to revoke', scopes: ['read'] });
  const raw = String(at(made.json, 'api_key') ?? at(made.json, 'key'));
  const client = await connect(raw);
  await client.answer({ subscribe: ['fills'] });
  const other = await connect(admin);
  await http.delete(`/v1/api_keys/${String(at(made.json, 'key_id'))}`);
  await client.until('the close', () => client.closed !== null);
  assert.equal(client.closed?.code, 4001);
  assert.equal(other.closed, null);
});

test('server-sent events: id, resume by Last-Event-ID, the snapshot of risk', async () => {
  const from = engine.seq(0);
  engine.emit(0, 'tca', { implementation_shortfall_bps: 1.5 }, 'g-sse', 'n1');
  const text = await readEvents('/v1/tca/stream', { 'Last-Event-ID': String(from) }, (so) => so.includes('\ndata:'));
  assert.ok(text.includes(`id: ${from + 1}\nevent: tca\ndata: {"graph_id":"g-sse","node_id":"n1","implementation_shortfall_bps":1.5}\n\n`), text);
  const risk = await readEvents('/v1/risk/stream', {}, (so) => so.includes('\ndata:'));
  assert.ok(risk.includes('event: snapshot'), risk);
  assert.equal((await http.get('/v1/tca/stream?from_seq=x')).status, 400);
  const nobody = new Client(gateway.listenPort, null);
  assert.equal((await nobody.get('/v1/risk/stream')).status, 401);
  nobody.close();
});

function readEvents(path: string, headers: Record<string, string>, ready: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: gateway.listenPort, path, headers: { Authorization: `Bearer ${key}`, ...headers }, agent: false };
    const request = get(options, (response) => {
      let text = '';
      assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (!ready(text)) return;
        request.destroy();
        resolve(text);
      });
      response.on('error', () => undefined);
    });
    request.on('error', reject);
    request.setTimeout(15_000, () => reject(new Error(`no event on ${path} in 15 s`)));
  });
}

test('many readers of one price all get every change beside one that never reads', async () => {
  const { alone, beside } = await streamLoad(40, 10);
  assert.equal(alone.frames, alone.wanted);
  assert.equal(beside.frames, beside.wanted);
});
