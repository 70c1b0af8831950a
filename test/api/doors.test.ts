/** The doors that stay open: tickets and origins on event streams, caps by address, TLS on all of them, what metrics show. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { at, rig } from './client.js';
import { EventStream } from './event-stream.js';
import { StreamClient } from './stream-client.js';

const ours = 'https://ours.example';
const mount = [mountStreams({ origins: [ours] }), mountBinary({ origins: [ours] })];

test('an event stream is opened by a browser with a ticket, from an origin on the list, once', async () => {
  const r = await rig({ mount });
  const port = r.gateway.listenPort;
  const ticket = async (): Promise<string> => String(at((await r.client.get('/v1/ws/ticket')).json, 'ticket'));
  const first = await ticket();
  const path = `/v1/tca/stream?from_seq=0&ticket=${first}`;
  const events = await EventStream.open(port, path, { Origin: ours });
  assert.equal(events.status, 200);
  assert.equal(events.headers['access-control-allow-origin'], ours);
  await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
  await events.until('the order’s end', (text) => /event: tca/.test(text));
  const refusals: readonly (readonly [string, Record<string, string>, number])[] = [
    [path, { Origin: ours }, 401], [`/v1/tca/stream?ticket=${await ticket()}`, { Origin: 'https://evil.example' }, 403],
    ['/v1/risk/stream?ticket=wst_nothing', {}, 401], ['/v1/risk/stream', {}, 401],
    ['/v1/risk/stream', { Authorization: `Bearer ${r.key}`, Origin: 'null' }, 403], ['/v1/risk/stream?from_seq=x', { Authorization: `Bearer ${r.key}` }, 400],
  ];
  for (const [target, headers, status] of refusals) {
    const refused = await EventStream.open(port, target, headers);
    assert.equal(refused.status, status, `${target} ${JSON.stringify(headers)}`);
    refused.end();
  }
  const keyId = r.gateway.context.keys.authenticate(r.key)?.keyId ?? '';
  assert.equal((await r.client.delete(`/v1/api_keys/${keyId}`)).status, 200);
  await events.until('its end with the key', () => events.ended);
  await r.close();
});

test('one address holds so many connections and no more, whoever it says it is', async () => {
  const r = await rig({ mount, socketsPerAddress: 3 });
  const port = r.gateway.listenPort;
  const headers = { Authorization: `Bearer ${r.key}` };
  const stream = await StreamClient.open(port, r.key);
  const keyless = new WebSocket(`ws://127.0.0.1:${port}/v1/ws/orders`, 'legwork.v1');
  await new Promise((resolve) => keyless.on('open', resolve));
  const events = await EventStream.open(port, '/v1/risk/stream', headers);
  assert.equal(await StreamClient.refused(port, '/v1/stream', headers), 429);
  const refused = await EventStream.open(port, '/v1/risk/stream', headers);
  assert.equal(refused.status, 429);
  assert.match(String(refused.headers['retry-after']), /^\d+$/);
  assert.equal((await r.client.get('/v1/account')).status, 200, 'requests are not meant');
  events.end();
  await stream.until('room again', () => true);
  const deadline = Date.now() + 60_000;
  while (!r.gateway.context.sockets.hasRoom('127.0.0.1')) {
    assert.ok(Date.now() < deadline, 'the place of a connection that ended is free again');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const again = await StreamClient.open(port, r.key);
  for (const client of [stream, again]) client.end();
  keyless.terminate();
  await r.close();
});

test('metrics show connections by door, what readers have not taken, and how connections ended', async () => {
  const r = await rig({ mount, admin: { host: '127.0.0.1', port: 0 } });
  const metrics = async (): Promise<string> => (await fetch(`${r.gateway.adminAddress ?? ''}/metrics`)).text();
  const stream = await StreamClient.open(r.gateway.listenPort, r.key);
  await stream.answer({ subscribe: ['prices:ETH-USD', 'orders'] });
  const open = await metrics();
  assert.match(open, /^legwork_sockets_open\{door="stream"\} 1$/m);
  assert.match(open, /^legwork_sockets_open\{door="orders"\} 0$/m);
  assert.match(open, /^legwork_socket_unread_bytes\{door="stream"\} \d+$/m);
  assert.match(open, /^legwork_socket_unread_bytes_max\{door="events"\} 0$/m);
  stream.ws.close(1000);
  await stream.until('its end', () => stream.closed !== null);
  assert.match(await metrics(), /^legwork_sockets_closed_total\{door="stream",code="1000"\} 1$/m);
  const names = [...(await metrics()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
  assert.equal(new Set(names).size, names.length, 'every metric is described once');
  await r.close();
});

const openssl = spawnSync('openssl', ['version']).status === 0;

test('TLS on the WebSocket doors and event streams', { skip: openssl ? false : 'openssl is not installed' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  assert.equal(spawnSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', ...subject, '-keyout', keyFile, '-out', certFile]).status, 0);
  const r = await rig({ mount, tls: { keyFile, certFile } });
  const ca = readFileSync(certFile);
  const headers = { Authorization: `Bearer ${r.key}` };
  const base = `wss://127.0.0.1:${r.gateway.listenPort}`;
  const stream = new StreamClient(new WebSocket(`${base}/v1/stream`, { headers, ca }));
  await new Promise((resolve, reject) => stream.ws.once('open', resolve).once('error', reject));
  assert.deepEqual((await stream.answer({ subscribe: ['risk'] }))['subscribed'], ['risk']);
  const orders = new WebSocket(`${base}/v1/ws/orders`, 'legwork.v1', { headers, ca });
  await new Promise((resolve, reject) => orders.once('open', resolve).once('error', reject));
  const stranger = new WebSocket(`${base}/v1/stream`, { headers });
  const error = await new Promise<Error>((resolve) => stranger.once('error', resolve));
  assert.match(error.message, /self-signed|certificate/, 'and the certificate is looked at');
  stream.end();
  orders.terminate();
  await r.close();
  rmSync(folder, { recursive: true });
});
