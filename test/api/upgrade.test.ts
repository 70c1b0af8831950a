/** The seam for streams: who may open a socket, and that a key's end closes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { Session } from '../../src/gateway/auth/sessions.js';
import type { GatewayContext } from '../../src/gateway/context.js';
import { admitUpgrade, upgrade } from '../../src/gateway/server/upgrade.js';
import type { App } from '../../src/gateway/server/uws.js';
import { at, raw, rig } from './client.js';

/** A stream in small: echoes. */
function echo(app: App, gateway: GatewayContext): void {
  const wanted = { scope: 'read', subprotocol: null, origins: ['https://ours.example'] } as const;
  app.ws<{ session: Session | null; principal: Session['principal'] }>('/echo', {
    upgrade: (response, request, context) => {
      const principal = admitUpgrade(gateway, response, request, wanted);
      if (principal !== null) upgrade(response, request, context, { session: null, principal }, null);
    },
    open: (ws) => {
      const data = ws.getUserData();
      data.session = { principal: data.principal, close: (code, reason) => ws.end(code, reason) };
      gateway.sessions.add(data.session);
    },
    message: (ws, message, isBinary) => void ws.send(message, isBinary),
    close: (ws) => {
      const { session } = ws.getUserData();
      if (session !== null) gateway.sessions.remove(session);
    },
  });
}

const ended = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.on('close', (code) => resolve(code)));
const refused = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });

test('key, ticket, origin and handshake decide; revocation closes open sockets', async () => {
  const r = await rig({ mount: [echo] });
  const url = `ws://127.0.0.1:${r.gateway.listenPort}/echo`;
  const headers = { Authorization: `Bearer ${r.key}` };
  const first = new WebSocket(url, { headers });
  await new Promise((resolve) => first.on('open', resolve));
  first.send('hello');
  assert.equal(String(await new Promise((resolve) => first.on('message', resolve))), 'hello');
  assert.equal(await refused(new WebSocket(url)), 401);
  assert.equal(await refused(new WebSocket(url, { headers: { ...headers, Origin: 'https://evil.example' } })), 403);
  const ticket = String(at((await r.client.get('/v1/ws/ticket')).json, 'ticket'));
  const browser = new WebSocket(`${url}?ticket=${ticket}`, { headers: { Origin: 'https://ours.example' } });
  await new Promise((resolve) => browser.on('open', resolve));
  assert.equal(await refused(new WebSocket(`${url}?ticket=${ticket}`)), 401, 'a ticket works once');
  const shake = (change: readonly [string, string]): string =>
    `GET /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${r.key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`.replace(...change);
  for (const change of [['Upgrade: websocket', 'Upgrade: h2c'], ['Connection: Upgrade', 'Connection: close'], ['Version: 13', 'Version: 8'], ['AA==', '!A==']] as const) {
    assert.match(await raw(r.gateway.listenPort, [shake(change)], '}}'), /^HTTP\/1\.1 400/, change.join(' → '));
  }
  const keyId = r.gateway.context.keys.authenticate(r.key)?.keyId ?? '';
  const both = Promise.all([ended(first), ended(browser)]);
  assert.equal((await r.client.delete(`/v1/api_keys/${keyId}`)).status, 200);
  assert.deepEqual(await both, [4001, 4001]);
  assert.equal(r.gateway.context.sessions.size, 0);
  await r.close();
});
