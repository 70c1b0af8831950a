/** Keys, scopes, allow-lists, rates, and secrets that must never show. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { routeTable } from '../../src/gateway/routes/table.js';
import { at, rig } from './client.js';

const order = { symbol: 'ETH-USD', side: 'buy', qty: 0.5 };

test('no key, a wrong key and a missing scope, on every route', async () => {
  const r = await rig({ addressRate: { qps: null, burst: 0 } });
  const anyone = r.clientFor(null);
  const wrong = r.clientFor('lw_test_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  const reader = r.clientFor(r.gateway.makeTestKey({ scopes: ['read'] }));
  for (const route of routeTable) {
    const path = route.path.replace(/\{[a-z_]+\}/g, 'x');
    if (route.scope === null) continue;
    const none = await anyone.send(route.method, path);
    assert.equal(none.status, 401, `${route.method} ${path}`);
    assert.equal(none.headers['www-authenticate'], 'Bearer');
    assert.equal((await wrong.send(route.method, path)).status, 401);
    if (route.scope !== 'read') assert.equal((await reader.send(route.method, path)).status, 403, `${route.method} ${path}`);
  }
  await r.close();
});

test('a rotated or revoked key ends at once, on open sockets too', async () => {
  const r = await rig();
  const made = await r.client.post('/v1/api_keys', { name: 'bot', scopes: ['read', 'trade'] });
  assert.equal(made.status, 201, made.text);
  const keyId = String(at(made.json, 'key_id'));
  const first = String(at(made.json, 'api_key'));
  assert.match(first, /^lw_test_[A-Za-z0-9_-]{43}$/, 'a test key makes test keys only');
  const bot = r.clientFor(first);
  assert.equal((await bot.get('/v1/account')).status, 200);
  const principal = r.gateway.context.keys.authenticate(first);
  assert.ok(principal);
  const closed: number[] = [];
  r.gateway.context.sessions.add({ principal, close: (code) => closed.push(code) });
  const ticket = String(at((await bot.get('/v1/ws/ticket')).json, 'ticket'));
  const rotated = await r.client.post(`/v1/api_keys/${keyId}/rotate`);
  assert.equal((await bot.get('/v1/account')).status, 401, 'on the same kept-alive connection');
  assert.deepEqual(closed, [4001]);
  assert.equal(r.gateway.context.tickets.redeem(ticket), null);
  const again = r.clientFor(String(at(rotated.json, 'api_key')));
  assert.equal((await again.get('/v1/account')).status, 200);
  assert.equal((await r.client.delete(`/v1/api_keys/${keyId}`)).status, 200);
  assert.equal((await again.get('/v1/account')).status, 401);
  assert.equal((await r.client.delete(`/v1/api_keys/${keyId}`)).status, 404);
  await r.close();
});

test('a key never gives more than it has', async () => {
  const r = await rig();
  const key = r.gateway.makeTestKey({ scopes: ['read', 'admin'], venues: ['binance'], instruments: ['ETH-USD'] });
  const limited = r.clientFor(key);
  assert.equal((await limited.post('/v1/api_keys', { scopes: ['trade'] })).status, 403);
  assert.equal((await limited.post('/v1/api_keys', { venues: ['kraken'] })).status, 403);
  assert.equal((await limited.post('/v1/api_keys', { venues: ['nowhere'] })).status, 422);
  const made = await limited.post('/v1/api_keys', {});
  assert.deepEqual(at(made.json, 'venues'), ['binance'], 'allow-lists are inherited');
  await r.close();
});

test('allow-lists narrow the venues of every node, or refuse', async () => {
  const r = await rig();
  const narrow = r.clientFor(r.gateway.makeTestKey({ scopes: ['read', 'trade'], venues: ['kraken'], instruments: ['ETH-USD'] }));
  assert.equal((await narrow.post('/v1/orders', order)).status, 201);
  const submit = r.engine.commands.map((row) => row.command).find((command) => command.kind === 'submit');
  assert.ok(submit?.kind === 'submit');
  assert.deepEqual(submit.graph.nodes[0]?.venues, [2], 'kraken alone');
  const elsewhere = await narrow.post('/v1/orders', { ...order, venue: 'binance' });
  assert.equal(elsewhere.status, 403, elsewhere.text);
  const other = await narrow.post('/v1/orders', { ...order, symbol: 'BTC-USD' });
  assert.equal(at(other.json, 'error', 'code'), 'FORBIDDEN');
  await r.close();
});

test('rates: a bucket an account, Retry-After in whole seconds, repeats before rates', async () => {
  const r = await rig({ rate: { qps: 0.001, burst: 3 } });
  const named = { ...order, graph_id: 'once' };
  assert.equal((await r.client.post('/v1/orders', named)).status, 201);
  assert.equal((await r.client.get('/v1/account')).status, 200);
  assert.equal((await r.client.get('/v1/account')).status, 200);
  const refused = await r.client.get('/v1/account');
  assert.equal(refused.status, 429);
  assert.match(String(refused.headers['retry-after']), /^\d+$/);
  assert.equal((await r.client.post('/v1/orders', order)).status, 429);
  assert.equal((await r.client.post('/v1/orders', named)).status, 200, 'the original answer, before rates');
  const other = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));
  assert.equal((await other.get('/v1/account')).status, 200, 'another account has its own bucket');
  assert.equal((await r.client.post('/v1/kill_switch')).status, 200, 'stopping is never limited');
  await r.close();
});

test('an address that keeps failing is told to wait', async () => {
  const r = await rig({ addressRate: { qps: 0.001, burst: 3 } });
  const anyone = r.clientFor('lw_test_nonsense');
  for (let i = 0; i < 3; i++) assert.equal((await anyone.get('/v1/account')).status, 401);
  assert.equal((await anyone.get('/v1/account')).status, 429);
  assert.equal((await anyone.get('/v1/health/live')).status, 200, 'what needs no key goes on');
  await r.close();
});

test('canary: no secret in any answer, log line, metric or file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-keys-'));
  const canaries = ['CANARY-api-key-1', 'CANARY-api-secret-2', 'CANARY-passphrase-3', 'CANARY-extra-4'];
  let logs = '';
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logs += chunk.toString('utf8');
      done();
    },
  });
  const r = await rig({ dataDir: folder, log: pino({ level: 'trace' }, sink), admin: { host: '127.0.0.1', port: 0 } });
  const [api_key, api_secret, passphrase, extra] = canaries;
  const body = JSON.stringify({ api_key, api_secret, passphrase, extra_json: { note: extra } });
  let seen = (await r.client.send('PUT', '/v1/credentials/kraken', body)).text;
  seen += (await r.client.send('PUT', '/v1/credentials/kraken', body.replace('"api_key"', '"api_kez"'))).text;
  seen += (await r.client.send('PUT', '/v1/credentials/kraken', body.slice(0, -9))).text;
  seen += (await r.client.send('PUT', '/v1/credentials/nowhere', body)).text;
  for (const route of routeTable) {
    if (route.method !== 'GET') continue;
    seen += (await r.client.get(route.path.replace(/\{venue\}/, 'kraken').replace(/\{[a-z_]+\}/g, 'x'))).text;
  }
  seen += await (await fetch(`${r.gateway.adminAddress ?? ''}/metrics`)).text();
  assert.ok(/legwork_http_requests_total\{/.test(seen), 'metrics were read');
  const opened = r.gateway.context.vault.open('main', 'kraken');
  assert.equal(opened?.api_secret, api_secret, 'and yet the venue thread gets them');
  await r.close();
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, `${name} is private`);
  assert.ok(logs.length > 1_000, 'there were logs to look through');
  for (const secret of [...canaries, r.key]) {
    assert.equal(seen.includes(secret), false, `${secret} in an answer`);
    assert.equal(logs.includes(secret), false, `${secret} in the logs`);
    assert.equal(files.some((text) => text.includes(secret)), false, `${secret} in a file`);
  }
  rmSync(folder, { recursive: true });
});

test('keys and credentials outlive a restart; the key made at start does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-keys-'));
  const first = await rig({ dataDir: folder });
  await first.client.send('PUT', '/v1/credentials/kraken', '{"api_key":"k","api_secret":"s"}');
  const kept = String(at((await first.client.post('/v1/api_keys', {})).json, 'api_key'));
  await first.close();
  const second = await rig({ dataDir: folder });
  assert.equal((await second.clientFor(first.key).get('/v1/account')).status, 401);
  const same = second.clientFor(kept);
  assert.equal((await same.get('/v1/account')).status, 200);
  assert.equal(at((await same.get('/v1/credentials')).json, 'credentials', 0, 'venue'), 'kraken');
  await second.close();
  rmSync(folder, { recursive: true });
});
