/** The published document is the route table; the reference page loads nothing from outside. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codesOf } from '../../src/gateway/docs/openapi.js';
import { streamDoors } from '../../src/gateway/docs/stream-paths.js';
import { routeTable } from '../../src/gateway/routes/table.js';
import { errorCodes } from '../../src/protocol/error-codes.js';
import { at, rig, type Rig } from './client.js';

let r: Rig;
before(async () => {
  r = await rig();
});
after(() => r.close());

test('OpenAPI and the route table hold the same routes, both ways', async () => {
  const document = (await r.clientFor(null).get('/v1/openapi.json')).json;
  const published: string[] = [];
  for (const [path, operations] of Object.entries(at(document, 'paths') as Record<string, object>)) {
    for (const method of Object.keys(operations)) published.push(`${method.toUpperCase()} ${path}`);
  }
  const doors = streamDoors.map((door) => `GET ${door.path}`);
  assert.deepEqual(published.sort(), [...routeTable.map((route) => `${route.method} ${route.path}`), ...doors].sort());
  assert.deepEqual(doors.sort(), ['GET /v1/risk/stream', 'GET /v1/stream', 'GET /v1/tca/stream', 'GET /v1/ws/orders']);
  const ids = Object.values(at(document, 'paths') as Record<string, Record<string, { operationId: string }>>)
    .flatMap((operations) => Object.values(operations).map((operation) => operation.operationId));
  assert.equal(new Set(ids).size, ids.length, 'operation ids are unique');
});

test('every route of wire.md is there', () => {
  const have = new Set(routeTable.map((route) => `${route.method} ${route.path}`));
  const wanted = `GET /v1/health/live|GET /v1/health|GET /v1/health/ready|POST /v1/orders|POST /v1/orders/preview|GET /v1/orders
GET /v1/orders/{node_order_id}|PATCH /v1/orders/{node_order_id}|DELETE /v1/orders/{node_order_id}|GET /v1/fills
GET /v1/execution_graphs|GET /v1/execution_graphs/{graph_id}|DELETE /v1/execution_graphs/{graph_id}
POST /v1/execution_graphs/{graph_id}/resume|POST /v1/execution_graphs/{graph_id}/pause|POST /v1/kill_switch
POST /v1/kill_switch/clear|GET /v1/kill_switch|POST /v1/venue_cancel_all/{venue}|GET /v1/quotes/{symbol}|GET /v1/quotes
POST /v1/quotes_batch|GET /v1/symbols|GET /v1/pairs/{symbol}/venues|GET /v1/venues|GET /v1/edges|GET /v1/fees
GET /v1/positions|GET /v1/positions/unified|GET /v1/balances|GET /v1/positions/perp|GET /v1/portfolio/summary
GET /v1/account|GET /v1/credentials|GET /v1/credentials/{venue}|PUT /v1/credentials/{venue}|POST /v1/credentials/{venue}
DELETE /v1/credentials/{venue}|GET /v1/api_keys|POST /v1/api_keys|POST /v1/api_keys/{key_id}/rotate
DELETE /v1/api_keys/{key_id}|GET /v1/risk_limits|PUT /v1/risk_limits|GET /v1/intelligence/depth
GET /v1/intelligence/slippage|GET /v1/intelligence/routing|GET /v1/intelligence/venues|GET /v1/execution/forecast
GET /v1/execution/simulate|GET /v1/execution/summary|GET /v1/execution/live/{node_order_id}
GET /v1/execution/review/{node_order_id}|GET /v1/traces|GET /v1/tca|GET /v1/price_history/{symbol}|POST /v1/deployments
GET /v1/deployments|GET /v1/deployments/{deployment_id}|PATCH /v1/deployments/{deployment_id}
DELETE /v1/deployments/{deployment_id}|POST /v1/deployments/{deployment_id}/start|POST /v1/deployments/{deployment_id}/stop
GET /v1/deployments/{deployment_id}/logs|GET /v1/deployments/{deployment_id}/mesh|GET /v1/deployments/{deployment_id}/metrics
GET /v1/algos|GET /v1/algos/{symbol}|GET /v1/algos/{symbol}/logs|GET /v1/algos/{symbol}/stats
POST /v1/algos/{symbol}/start|POST /v1/algos/{symbol}/stop|POST /v1/sandbox/positions|POST /v1/sandbox/reset
GET /v1/sandbox/settings|PUT /v1/sandbox/settings|GET /v1/ws/ticket|GET /v1/openapi.json`;
  assert.deepEqual(wanted.split(/[|\n]/).filter((row) => !have.has(row)), []);
});

test('error codes of the document equal the registry', async () => {
  const document = (await r.clientFor(null).get('/v1/openapi.json')).json;
  const listed = at(document, 'components', 'schemas', 'Error', 'properties', 'error', 'properties', 'code', 'enum');
  assert.deepEqual(listed, Object.keys(errorCodes));
  assert.deepEqual(at(document, 'x-error-codes'), JSON.parse(JSON.stringify(errorCodes)));
  const used = new Set<string>(routeTable.flatMap((route) => codesOf(route)));
  assert.deepEqual(Object.keys(errorCodes).filter((code) => !used.has(code)), [], 'every code is some route’s');
});

test('the reference page loads nothing from outside', async () => {
  const anyone = r.clientFor(null);
  const page = await anyone.get('/docs');
  assert.equal(page.status, 200);
  assert.equal(/(?:src|href)="(?!\/docs\/)/.test(page.text), false, 'every source is below /docs/');
  assert.equal(/https?:\/\//.test(page.text), false);
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.equal(/https?:/.test(policy), false);
  for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const part = await anyone.get(path ?? '');
    assert.equal(part.status, 200, path);
    if (path?.endsWith('.css')) assert.equal(/url\(\s*["']?https?:|@import/.test(part.text), false, 'no outside styles');
  }
  assert.match((await anyone.get('/docs/start.js')).text, /validatorUrl: null/);
  assert.equal((await anyone.get('/docs/..%2Fpackage.json')).status, 404);
});
