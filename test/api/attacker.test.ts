/** What somebody with a key may try that is not theirs to do, and requests that would stop everybody's trading. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, rig, type Client } from './client.js';

let r: Awaited<ReturnType<typeof rig>>;
before(async () => {
  r = await rig();
});
after(() => r.close());

const limited = (scopes: readonly ('read' | 'trade' | 'admin')[], venues: readonly string[] | null, instruments: readonly string[] | null): Client =>
  r.clientFor(r.gateway.makeTestKey({ scopes, venues, instruments }));

/**
 * Why this test? Rotation answers with the new text of the key: whoever may rotate a key has what it may do. A key for keys
 * only could rotate one that trades.
 */
test('a key rotates no key that may do more than itself', async () => {
  const wide = await r.client.post('/v1/api_keys', { name: 'trader', scopes: ['read', 'trade'] });
  const path = `/v1/api_keys/${String(at(wide.json, 'key_id'))}/rotate`;
  assert.equal((await limited(['read', 'admin'], null, null).post(path)).status, 403, 'lacks the scope trade');
  assert.equal((await limited(['read', 'trade', 'admin'], ['binance'], null).post(path)).status, 403, 'may use one venue only');
  assert.equal((await limited(['read', 'trade', 'admin'], null, ['ETH-USD']).post(path)).status, 403, 'may use one instrument only');
  assert.equal((await r.clientFor(String(at(wide.json, 'api_key'))).get('/v1/account')).status, 200, 'nothing was rotated');
  assert.equal((await limited(['read', 'trade', 'admin'], null, null).post(path)).status, 200);
  const live = r.gateway.context.keys.create({ name: 'l', accountName: 'main', test: false, scopes: ['read'], venues: null, instruments: null });
  assert.equal((await r.client.post(`/v1/api_keys/${live.view.key_id}/rotate`)).status, 403, 'a test key makes no live text');
});

/** Why this test? Lists were looked at when an order came in; a key for one instrument could raise an order of another. */
test('allow-lists hold for all that can trade: amend, resume, flatten, balances, credentials', async () => {
  const made = await r.client.post('/v1/orders', { graph_id: 'wide', symbol: 'BTC-USD', side: 'buy', qty: 0.5, order_type: 'limit', price: 100 });
  assert.equal(made.status, 201, made.text);
  const id = encodeURIComponent('wide:order:1');
  for (const other of [limited(['read', 'trade'], null, ['ETH-USD']), limited(['read', 'trade'], ['binance'], null)]) {
    assert.equal((await other.send('PATCH', `/v1/orders/${id}`, '{"qty":5}')).status, 403);
    assert.equal((await other.post('/v1/execution_graphs/wide/resume')).status, 403);
    assert.equal((await other.delete('/v1/execution_graphs/wide?flatten=true')).status, 403);
  }
  const venues = limited(['read', 'trade', 'admin'], ['binance'], null);
  const row = { venue: 'kraken', kind: 'fiat', symbol: 'USD', qty: 1 };
  assert.equal((await venues.post('/v1/sandbox/positions', { positions: [row] })).status, 403);
  assert.equal((await venues.post('/v1/sandbox/positions', { positions: [], replace: true })).status, 403, 'takes away what other venues hold');
  assert.equal((await venues.post('/v1/sandbox/reset')).status, 403);
  assert.equal((await venues.send('PUT', '/v1/credentials/kraken', '{"api_key":"a","api_secret":"b"}')).status, 403);
  const own = limited(['read', 'trade'], null, ['BTC-USD']);
  assert.equal((await own.send('PATCH', `/v1/orders/${id}`, '{"qty":0.6}')).status, 200, 'its own instrument');
  assert.equal((await limited(['trade'], null, ['ETH-USD']).delete('/v1/execution_graphs/wide')).status, 200, 'to cancel is never forbidden');
});

test('filters that can match nothing are refused or said, with the words that are there', async () => {
  for (const path of ['/v1/orders?status=bogus', '/v1/orders?status=', '/v1/execution_graphs?status=bogus']) {
    const got = await r.client.get(path);
    assert.equal(got.status, 400, path);
    assert.equal(at(got.json, 'error', 'code'), 'INVALID_PARAMS');
    assert.equal(at(got.json, 'error', 'details', 0, 'field'), 'status');
    assert.match(String(at(got.json, 'error', 'message')), /expected one of .*cancelled/i);
  }
  assert.equal((await r.client.get('/v1/orders?status=filled')).status, 200);
  assert.equal((await r.client.get('/v1/execution_graphs?status=ACTIVE')).status, 200);
  for (const path of ['/v1/orders?symbol=NO-SUCH', '/v1/fills?symbol=NO-SUCH', '/v1/execution_graphs?symbol=NO-SUCH', '/v1/tca?symbol=NO-SUCH']) {
    const got = await r.client.get(path);
    assert.equal(got.status, 200, path);
    assert.equal(at(got.json, 'warnings', 0, 'code'), 'UNKNOWN_SYMBOL', path);
  }
  assert.equal(at((await r.client.get('/v1/positions/unified?venues=nowhere')).json, 'warnings', 0, 'code'), 'UNKNOWN_VENUE');
  assert.equal(at((await r.client.get('/v1/orders?symbol=eth-usd')).json, 'warnings', 0), undefined);
});

/** Why this test? A batch of 2,000 times one symbol, 100 levels deep, took the server 3 s, in which nobody traded. */
test('a symbol asked for a thousand times is looked up once', async () => {
  let looks = 0;
  const { books } = r.engine.books;
  Object.assign(r.engine.books, { books: (instrument: number) => (looks++, books(instrument)) });
  const many = await r.client.post('/v1/quotes_batch', { symbols: Array<string>(2_000).fill('ETH-USD'), depth: 100 });
  assert.equal(at(many.json, 'count'), 2_000);
  assert.deepEqual(at(many.json, 'quotes', 0), at(many.json, 'quotes', 1_999));
  assert.equal(at(many.json, 'warnings', 0, 'code'), 'DEPTH_CUT');
  assert.equal((await r.client.get(`/v1/quotes?symbols=${Array<string>(500).fill('eth-usd').join(',')}`)).status, 200);
  assert.equal(looks, 2);
  assert.equal((await r.client.get(`/v1/quotes?symbols=${Array<string>(2_001).fill('a').join(',')}`)).status, 400);
  Object.assign(r.engine.books, { books });
});

/** Why this test? The document took its writing anew for each request, without a key: a hundred a second stopped trading. */
test('the document is written once for all who ask', async () => {
  let looks = 0;
  const routes = [...r.gateway.context.routes];
  const watched = Object.assign(routes, { [Symbol.iterator]: () => (looks++, routes.values()) });
  const own = await rig();
  Object.assign(own.gateway.context, { routes: watched });
  const [first, second] = [await own.clientFor(null).get('/v1/openapi.json'), await own.clientFor(null).get('/v1/openapi.json')];
  await own.close();
  assert.equal(first.status, 200);
  assert.match(String(first.headers['content-type']), /^application\/json/);
  assert.equal(first.text, second.text);
  assert.equal(looks, 1);
});

test('a choice of words that was missed is named once, with the words', async () => {
  const got = await r.client.post('/v1/api_keys', { scopes: ['root'] });
  assert.equal(got.status, 422);
  assert.deepEqual(at(got.json, 'error', 'details'), [{ field: '/scopes/0', message: 'expected one of read, trade, upload, admin' }]);
});
