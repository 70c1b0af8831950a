/** The HTTP door itself: envelopes, limits, methods, ids, and what no well-behaved client sends. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { at, raw, rig, type Rig } from './client.js';

let r: Rig;
before(async () => {
  r = await rig({ addressRate: { qps: null, burst: 0 } });
});
after(() => r.close());

const host = 'Host: x\r\n';
const auth = (): string => `Authorization: Bearer ${r.key}\r\n`;

async function trades(): Promise<void> {
  const got = await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
  assert.equal(got.status, 201, 'and it still trades');
}

test('errors are JSON envelopes with the request id', async () => {
  const lost = await r.client.get('/nowhere', { 'X-Request-Id': 'mine-42' });
  assert.equal(lost.status, 404);
  assert.equal(lost.headers['x-request-id'], 'mine-42');
  assert.deepEqual(at(lost.json, 'error', 'request_id'), 'mine-42');
  assert.match(String(lost.headers['content-type']), /^application\/json/);
  const made = await r.client.get('/v1/account', { 'X-Request-Id': 'x'.repeat(129) });
  assert.match(String(made.headers['x-request-id']), /^[0-9a-f-]{36}$/, 'an id too long is replaced');
  const method = await r.client.send('PUT', '/v1/orders', '{}');
  assert.equal(method.status, 405);
  assert.equal(method.headers['allow'], 'POST, GET');
  assert.equal(at(method.json, 'error', 'code'), 'METHOD_NOT_ALLOWED');
});

test('HEAD has no body, an odd method is 405', async () => {
  const got = await raw(r.gateway.listenPort, [`HEAD /v1/health/live HTTP/1.1\r\n${host}\r\n`], '\r\n\r\n');
  assert.match(got, /^HTTP\/1\.1 405/);
  assert.match(got, /\r\n\r\n$/);
  assert.match(await raw(r.gateway.listenPort, [`BREW /v1/orders HTTP/1.1\r\n${host}\r\n`], '}}'), /^HTTP\/1\.1 405/);
});

test('path segments are percent-decoded once', async () => {
  const twice = await r.client.get('/v1/quotes/BTC%252DUSD');
  assert.equal(twice.status, 404);
  assert.match(twice.text, /BTC%2DUSD/);
  assert.equal((await r.client.get('/v1/quotes/BTC%2DUSD')).status, 200);
  assert.equal((await r.client.get('/v1/quotes/%ff%fe')).status, 400);
  assert.equal((await r.client.get('/v1/quotes/a%00b')).status, 400);
  assert.equal((await r.client.get(`/v1/quotes/${'a'.repeat(600)}`)).status, 400);
});

test('query parameters: unknown ones warn, wrong ones are named', async () => {
  const warned = await r.client.get('/v1/orders?colour=red&limit=5');
  assert.equal(at(warned.json, 'warnings', 0, 'field'), 'colour');
  assert.equal(at(warned.json, 'limit'), 5);
  const wrong = await r.client.get('/v1/orders?limit=0&offset=-1');
  assert.equal(wrong.status, 400);
  assert.equal(at(wrong.json, 'error', 'code'), 'INVALID_PARAMS');
  assert.deepEqual((at(wrong.json, 'error', 'details') as { field: string }[]).map((row) => row.field).sort(), ['limit', 'offset']);
  assert.equal((await r.client.get('/v1/orders?limit=5&limit=6')).status, 400);
  assert.equal((await r.client.get('/v1/orders?limit=1e3')).status, 200);
  assert.equal((await r.client.get('/v1/orders?limit=%zz')).status, 400);
  assert.equal((await r.client.get('/v1/orders?__proto__=1&constructor=2')).status, 200);
});

test('bodies: not JSON, wrong type, unknown fields, too large', async () => {
  for (const body of ['', '{', '[]', '"x"', '{"a":1,"a":2}', '{"a":01}', '\ufeff{}', '{"a":NaN}', `${'['.repeat(10_000)}`]) {
    const got = await r.client.send('POST', '/v1/orders', body);
    assert.equal(got.status, 400, `${body.slice(0, 20)}: ${got.text}`);
  }
  const unknown = await r.client.post('/v1/sandbox/positions', { positions: [], extra: 1, more: 2 });
  assert.equal(unknown.status, 422);
  assert.equal((at(unknown.json, 'error', 'details') as unknown[]).length, 2, 'all problems at once');
  const many = await r.client.post('/v1/quotes_batch', { symbols: Array.from({ length: 500 }, () => 1) });
  assert.equal((at(many.json, 'error', 'details') as unknown[]).length, 100);
  assert.ok(Number(at(many.json, 'error', 'more')) > 0, 'then a count');
  assert.equal((await r.client.post('/v1/quotes_batch', { symbols: Array.from({ length: 2_001 }, () => 'X') })).status, 422);
  const proto = await r.client.send('POST', '/v1/api_keys', '{"__proto__":{"scopes":["admin"]}}');
  assert.equal(proto.status, 422);
  await trades();
});

test('over the limit: 413 with and without a declared length', async () => {
  const big = 'x'.repeat(1024 * 1024 + 1);
  const declared = `POST /v1/orders HTTP/1.1\r\n${host}${auth()}Content-Length: ${big.length}\r\n\r\n`;
  assert.match(await raw(r.gateway.listenPort, [declared]), /^HTTP\/1\.1 413/);
  const chunked = `POST /v1/orders HTTP/1.1\r\n${host}${auth()}Transfer-Encoding: chunked\r\n\r\n`;
  const size = big.length.toString(16);
  assert.match(await raw(r.gateway.listenPort, [chunked, `${size}\r\n`, big, '\r\n0\r\n\r\n']), /^HTTP\/1\.1 413/);
  const exact = JSON.stringify({ symbol: 'ETH-USD', side: 'buy', qty: 0.5 }).padEnd(1024 * 1024, ' ');
  assert.equal((await r.client.send('POST', '/v1/orders', exact)).status, 201, 'exactly 1 MiB passes');
});

test('where the body ends must not be in doubt', async () => {
  const order = '{"symbol":"ETH-USD","side":"buy","qty":0.5}';
  const hidden = `GET /v1/account HTTP/1.1\r\n${host}${auth()}\r\n`;
  const cases: readonly (readonly [string, string])[] = [
    ['two lengths', `Content-Length: ${order.length}\r\nContent-Length: ${order.length + 1}\r\n\r\n${order}`],
    ['two equal lengths', `Content-Length: ${order.length}\r\nContent-Length: ${order.length}\r\n\r\n${order}`],
    ['length and chunked', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['unknown encoding', `Transfer-Encoding: xchunked\r\n\r\n${hidden}`],
    ['listed encoding', `Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['identity', `Transfer-Encoding: identity\r\nContent-Length: ${order.length}\r\n\r\n${order}`],
    ['two encodings', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['signed length', `Content-Length: +${order.length}\r\n\r\n${order}`],
    ['hexadecimal length', `Content-Length: 0x2b\r\n\r\n${order}`],
    ['listed length', `Content-Length: 5, 5\r\n\r\n${order}`],
    ['negative length', `Content-Length: -1\r\n\r\n${order}`],
    ['huge length', `Content-Length: 99999999999999999999\r\n\r\n${order}`],
    ['two hosts', `Host: y\r\nContent-Length: ${order.length}\r\n\r\n${order}`],
    ['space before colon', `Content-Length : ${order.length}\r\n\r\n${order}`],
    ['folded header', `X: a\r\n b\r\nContent-Length : ${order.length}\r\n\r\n${order}`],
    ['bare line feeds', `Content-Length: ${order.length}\n\n${order}`],
    ['bad chunk size', `Transfer-Encoding: chunked\r\n\r\nzz\r\n${order}\r\n0\r\n\r\n`],
    ['huge chunk size', `Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n${order}\r\n0\r\n\r\n`],
  ];
  const before = r.engine.commands.length;
  for (const [name, tail] of cases) {
    const got = await raw(r.gateway.listenPort, [`POST /v1/orders HTTP/1.1\r\n${host}${auth()}${tail}`]);
    assert.equal(/HTTP\/1\.1 2\d\d/.test(got), false, `${name} was accepted: ${got.slice(0, 200)}`);
    assert.equal(/HTTP\/1\.1 5\d\d/.test(got), false, `${name}: ${got.slice(0, 200)}`);
    assert.equal(got.split('HTTP/1.1 ').length <= 2, true, `${name}: a second answer came: ${got}`);
  }
  assert.equal(r.engine.commands.length, before, 'nothing reached the engine');
  await trades();
});

test('slow headers, slow bodies, slow readers and idle sockets do not keep others waiting', async () => {
  const open: Socket[] = [];
  const hold = (bytes: string): void => {
    const socket = connect(r.gateway.listenPort, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined);
    socket.pause();
    open.push(socket);
  };
  for (let i = 0; i < 100; i++) {
    hold('');
    hold('POST /v1/orders HT');
    hold(`POST /v1/orders HTTP/1.1\r\n${host}${auth()}Content-Length: 1000\r\n\r\n{"symbol"`);
    hold(`GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n${host}\r\n`);
  }
  for (let i = 0; i < 20; i++) await trades();
  for (const socket of open) socket.destroy();
});

test('header floods and endless lines are cut', async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `X-${i}: y\r\n`).join('');
  for (const bytes of [
    `GET /v1/account HTTP/1.1\r\n${host}${auth()}${many}\r\n`,
    `GET /v1/account HTTP/1.1\r\n${host}X: ${'y'.repeat(200_000)}\r\n\r\n`,
    `GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${host}\r\n`,
    `GET / HTTP/9.9\r\n${host}\r\n`,
    `\x16\x03\x01\x02\x00\x01\x00`,
    '\r\n\r\n\r\n\r\n',
    'GET  HTTP/1.1\r\n\r\n',
  ]) {
    const got = await raw(r.gateway.listenPort, [bytes]);
    assert.equal(/HTTP\/1\.1 2\d\d/.test(got), false, `${bytes.slice(0, 40)}: ${got.slice(0, 100)}`);
  }
  await trades();
});

test('requests pipelined on one connection are answered in order', async () => {
  const one = (id: string): string => `GET /v1/health/live HTTP/1.1\r\n${host}X-Request-Id: ${id}\r\n\r\n`;
  const got = await raw(r.gateway.listenPort, [one('a') + one('b') + one('c')], 'X-Request-Id: c');
  assert.deepEqual([...got.matchAll(/X-Request-Id: (\w)/g)].map((match) => match[1]), ['a', 'b', 'c']);
});
