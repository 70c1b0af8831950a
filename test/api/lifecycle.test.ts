/** Start, TLS, metrics, drain. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, rig } from './client.js';

const order = { symbol: 'ETH-USD', side: 'buy', qty: 0.5 };
const openssl = spawnSync('openssl', ['version']).status === 0;

test('an address in use is refused with the way out', async () => {
  const r = await rig();
  await assert.rejects(rig({ listenPort: r.gateway.listenPort }), /cannot listen on 127\.0\.0\.1:\d+; .*--port/);
  await r.close();
});

test('draining: new orders 503, open answers are finished', async () => {
  const r = await rig();
  r.engine.held = [];
  const open = r.client.post('/v1/orders', order);
  const other = r.clientFor(r.key);
  assert.equal((await other.get('/v1/account')).status, 200);
  while (r.engine.held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const closing = r.gateway.close();
  const refused = await other.post('/v1/orders', order);
  assert.equal(refused.status, 503);
  assert.match(String(refused.headers['retry-after']), /^\d+$/);
  assert.equal((await other.get('/v1/health/ready')).status, 503);
  assert.equal((await other.get('/v1/orders')).status, 200, 'reading goes on');
  assert.equal((await other.post('/v1/kill_switch')).status, 200, 'and stopping');
  for (const release of r.engine.held) release();
  assert.equal((await open).status, 201);
  await closing;
  r.client.close();
  other.close();
});

test('metrics and health have their own address; the public one has no /metrics', async () => {
  const r = await rig({ admin: { host: '127.0.0.1', port: 0 } });
  await r.client.post('/v1/orders', order);
  assert.equal((await r.client.get('/metrics')).status, 404);
  const admin = r.gateway.adminAddress ?? '';
  const text = await (await fetch(`${admin}/metrics`)).text();
  assert.match(text, /legwork_http_requests_total\{route="\/v1\/orders",method="POST",status="201"\} 1/);
  assert.equal((await fetch(`${admin}/health/ready`)).status, 200);
  assert.equal((await fetch(`${admin}/v1/orders`)).status, 404);
  await r.close();
});

test('health says status, version, uptime and venues', async () => {
  const r = await rig();
  const got = await r.client.get('/v1/health');
  assert.equal(at(got.json, 'status'), 'ok');
  assert.equal(at(got.json, 'venues', 0, 'venue'), 'binance');
  assert.equal((await r.clientFor(null).get('/v1/health/live')).status, 200);
  assert.equal((await r.clientFor(null).get('/v1/health')).status, 401);
  await r.close();
});

test('TLS with a certificate made now', { skip: openssl ? false : 'openssl is not installed' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-tls-'));
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const made = spawnSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', ...subject, '-keyout', keyFile, '-out', certFile]);
  assert.equal(made.status, 0, made.stderr.toString());
  const r = await rig({ tls: { keyFile, certFile } });
  assert.match(r.gateway.address, /^https:/);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { Authorization: `Bearer ${r.key}` };
    const options = { host: '127.0.0.1', port: r.gateway.listenPort, path: '/v1/account', headers, ca: readFileSync(certFile) };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject).end();
  });
  assert.equal(status, 200);
  await r.close();
  rmSync(folder, { recursive: true });
});
