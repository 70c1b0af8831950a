/** Orders over HTTP: the shapes of wire.md against a fake engine, real server, real sockets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, raw, rig, type Rig } from './client.js';

let r: Rig;
before(async () => {
  r = await rig();
});
after(() => r.close());

const market = { symbol: 'ETH-USD', side: 'buy', qty: 0.5 };
const resting = { symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price: 50_000 };

test('a simple order is a graph of one node', async () => {
  const got = await r.client.post('/v1/orders', market);
  assert.equal(got.status, 201, got.text);
  const graphId = String(at(got.json, 'graph_id'));
  assert.deepEqual(at(got.json, 'node_order_ids'), { order: `${graphId}:order:1` });
  assert.equal(at(got.json, 'node_count'), 1);
  assert.equal(at(got.json, 'edge_count'), 0);
  assert.equal(at(got.json, 'is_sandbox'), true);
  const order = await r.client.get(`/v1/orders/${encodeURIComponent(`graph:${graphId}:order:1`)}`);
  assert.equal(at(order.json, 'status'), 'FILLED');
  assert.equal(at(order.json, 'qty_1e8'), 50_000_000);
  const one = await r.client.get(`/v1/orders?node_order_id=${encodeURIComponent(`${graphId}:order:1`)}`);
  assert.equal(at(one.json, 'orders', 0, 'node_order_id'), `${graphId}:order:1`);
  const none = await r.client.get('/v1/orders?node_order_id=');
  assert.deepEqual(at(none.json, 'orders'), []);
  const fills = await r.client.get(`/v1/fills?graph_id=${graphId}`);
  assert.equal(at(fills.json, 'total'), 1);
});

test('the same graph_id and body answers again, another body conflicts', async () => {
  const body = { ...market, graph_id: 'mine-1' };
  assert.equal((await r.client.post('/v1/orders', body)).status, 201);
  const again = await r.client.post('/v1/orders', { graph_id: 'mine-1', qty: 0.5, side: 'BUY', symbol: 'ETH-USD' });
  assert.equal(again.status, 200, again.text);
  assert.equal(at(again.json, 'graph_id'), 'mine-1');
  const other = await r.client.post('/v1/orders', { ...body, qty: 0.6 });
  assert.equal(other.status, 409);
  assert.equal(at(other.json, 'error', 'code'), 'CONFLICT');
});

test('every problem of a document is listed with its pointer', async () => {
  const node = { node_id: 'a', instrument: { symbol: 'NO-PE' }, side: 'up', quantity: { fixed: { qty_1e8: -1 } }, zzz: 1 };
  const got = await r.client.post('/v1/orders', { nodes: [node], edges: [{ from_node: 'a', to_node: 'b', trigger: 'never' }] });
  assert.equal(got.status, 422);
  assert.equal(at(got.json, 'error', 'code'), 'VALIDATION_ERROR');
  const fields = (at(got.json, 'error', 'details') as { field: string }[]).map((row) => row.field);
  for (const field of ['/nodes/0/side', '/nodes/0/zzz', '/nodes/0/quantity/fixed/qty_1e8']) {
    assert.ok(fields.includes(field), `${field} in ${fields.join(' ')}`);
  }
});

test('amend, cancel, pause and resume say when they took effect', async () => {
  const graphId = String(at((await r.client.post('/v1/orders', resting)).json, 'graph_id'));
  const id = encodeURIComponent(`${graphId}:order:1`);
  const amended = await r.client.send('PATCH', `/v1/orders/${id}`, '{"new_qty_1e8":29998999,"new_constraints":{"max_price_1e9":50000009999999}}');
  assert.equal(amended.status, 200, amended.text);
  assert.equal(at(amended.json, 'mode'), 'native_atomic');
  assert.equal(typeof at(amended.json, 'seq'), 'number');
  const order = await r.client.get(`/v1/orders/${id}`);
  assert.equal(at(order.json, 'qty_1e8'), 29_999_000, 'one wire unit below a lot multiple is that multiple');
  assert.equal(at(order.json, 'price_1e9'), 50_000_010_000_000);
  assert.equal((await r.client.send('PATCH', `/v1/orders/${id}`, '{"new_qty_1e8":29998500}')).status, 422);
  assert.equal(at((await r.client.post(`/v1/execution_graphs/${graphId}/pause`)).json, 'status'), 'paused');
  assert.equal(at((await r.client.post(`/v1/execution_graphs/${graphId}/resume`)).json, 'status'), 'active');
  const gone = await r.client.delete(`/v1/execution_graphs/${graphId}`);
  assert.equal(at(gone.json, 'status'), 'cancelled');
  assert.deepEqual(at(gone.json, 'position_left'), []);
  assert.equal((await r.client.delete(`/v1/execution_graphs/${id}`)).status, 200, 'an order id cancels that node');
});

test('a lost answer is given again, and only then', async () => {
  const body = JSON.stringify({ ...resting, qty: 0.2 });
  r.engine.held = [];
  const head = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${r.key}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const before = r.engine.commands.length;
  const { connect } = await import('node:net');
  const socket = connect(r.gateway.listenPort, '127.0.0.1', () => socket.write(head + body));
  await until(() => r.engine.held?.length === 1);
  socket.destroy();
  await until(() => r.gateway.context.metrics.open === 0);
  for (const release of r.engine.held) release();
  r.engine.held = null;
  await until(() => r.engine.commands.some((row, i) => i >= before && row.command.kind === 'answered'));
  const told = r.engine.commands.slice(before).map((row) => row.command);
  const lost = told.find((command) => command.kind === 'answered');
  assert.ok(lost?.kind === 'answered' && !lost.delivered);
  const repeat = await r.client.send('POST', '/v1/orders', body);
  assert.equal(repeat.status, 200);
  assert.equal(at(repeat.json, 'graph_id'), lost.graphId);
  const second = await r.client.send('POST', '/v1/orders', body);
  assert.equal(second.status, 201, 'each loss serves one repeat');
  const last = r.engine.commands.at(-1)?.command;
  assert.ok(last?.kind === 'answered' && last.delivered);
});

test('two equal orders on one connection are two orders', async () => {
  const body = JSON.stringify(market);
  const one = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${r.key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const first = await raw(r.gateway.listenPort, [one], '"warnings":[]}');
  const second = await raw(r.gateway.listenPort, [one], '"warnings":[]}');
  const id = /"graph_id":"([^"]+)"/;
  assert.notEqual(id.exec(first)?.[1], id.exec(second)?.[1]);
});

test('the kill switch refuses new orders until cleared', async () => {
  const killed = await r.client.send('POST', '/v1/kill_switch', '{"reason":null}');
  assert.equal(killed.status, 200, killed.text);
  const refused = await r.client.post('/v1/orders', market);
  assert.equal(refused.status, 409);
  assert.equal(at(refused.json, 'error', 'code'), 'KILL_SWITCH');
  assert.equal((await r.client.post('/v1/kill_switch/clear')).status, 200);
  assert.equal((await r.client.post('/v1/orders', market)).status, 201);
});

test('integers beyond 2^53 leave exactly', async () => {
  const got = await r.client.get('/v1/positions/unified?kinds=fiat');
  assert.match(got.text, /"nav_usd_1e9":15000000000000000003[,}]/);
  assert.match(got.text, /"current_value_usd_1e9":5000000000000000001[,}]/);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'the condition came true within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
