/**
 * Requests generated from the published OpenAPI document: every answer's status must be declared there and its body
 * must match the declared schema, also over create → read → amend → cancel → read.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Prng } from '../../src/base/prng.js';
import { validDocuments } from './fuzz-bodies.js';
import { at, rig, type Got, type Rig } from './client.js';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly minItems?: number;
  readonly pattern?: string;
}
interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content: { readonly 'application/json': { readonly schema: object } } }>>;
}

let r: Rig;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const ajv = new Ajv2020({ strict: false, allErrors: true });
before(async () => {
  r = await rig();
  const document = (await r.client.get('/v1/openapi.json')).json as { paths: typeof paths };
  paths = document.paths;
  ajv.addSchema({ ...document, $id: 'api' });
});
after(() => r.close());

function judge(method: string, path: string, got: Got, sent: string): void {
  const operation = paths[path]?.[method];
  assert.ok(operation, `${method} ${path} is in the document`);
  const declared = operation.responses[String(got.status)];
  const where = `${sent} → ${got.status} ${got.text.slice(0, 400)}`;
  assert.ok(declared, `status not declared: ${where}`);
  if (got.json === undefined) return;
  const pointer = `${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses/${got.status}/content/application~1json/schema`;
  const check = ajv.getSchema(`api#/paths/${encodeURI(pointer)}`);
  assert.ok(check, `a schema for ${where}`);
  assert.ok(check(got.json), `${ajv.errorsText(check.errors)}: ${where}`);
}

const words = ['BTC-USD', 'ETH-USD', 'binance', 'buy', '1', '0.5', 'true', '1h', '1000,2000', 'a', '', '%', '日本', 'g-1:order:1'];

/** Something that may or may not fit the schema. */
function made(prng: Prng, schema: Schema, depth = 0): unknown {
  if (prng.chance(1, 12)) return prng.pick([null, -1, '', 'x', [], {}, 1e9]);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return prng.pick(schema.enum);
  if (schema.anyOf !== undefined) return made(prng, prng.pick(schema.anyOf), depth);
  switch (schema.type) {
    case 'integer':
      return (schema.minimum ?? 0) + prng.below(20);
    case 'number':
      return prng.below(1_000) / 8;
    case 'boolean':
      return prng.chance(1, 2);
    case 'array':
      return Array.from({ length: (schema.minItems ?? 0) + prng.below(2) }, () => made(prng, schema.items ?? {}, depth + 1));
    case 'object': {
      const whole: Record<string, unknown> = {};
      if (depth > 6) return whole;
      for (const [name, part] of Object.entries(schema.properties ?? {})) {
        if ((schema.required ?? []).includes(name) || prng.chance(1, 4)) whole[name] = made(prng, part, depth + 1);
      }
      return whole;
    }
    default:
      return prng.pick(words);
  }
}

test('700 generated requests: declared statuses, matching bodies', async () => {
  const prng = new Prng(42);
  const seen = new Set<string>();
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  const ids = ['g-1', 'g-1:order:1', 'BTC-USD', 'binance', 'dep_1', 'key_1', 'start.js', 'x y'];
  for (let i = 0; i < 700; i++) {
    const { path, method, operation } = all[i % all.length] ?? assert.fail();
    if (path.startsWith('/docs')) continue;
    const query = operation.parameters
      .filter((parameter) => parameter.in === 'query' && prng.chance(2, 3))
      .map((parameter) => `${parameter.name}=${encodeURIComponent(String(made(prng, parameter.schema)))}`);
    const url = `${path.replace(/\{[a-z_]+\}/g, () => encodeURIComponent(prng.pick(ids)))}${query.length > 0 ? `?${query.join('&')}` : ''}`;
    const schema = operation.requestBody?.content['application/json'].schema;
    const document = /orders|simulate/.test(path) && method === 'post' && prng.chance(1, 2);
    const body = document ? prng.pick(validDocuments) : schema === undefined ? undefined : JSON.stringify(made(prng, schema));
    const got = await r.client.send(method.toUpperCase(), url, body);
    judge(method, path, got, `#${i} ${method.toUpperCase()} ${url} ${body ?? ''}`);
    seen.add(`${method} ${path} ${got.status < 300}`);
    if (path === '/v1/kill_switch') await r.client.post('/v1/kill_switch/clear');
  }
  const good = [...seen].filter((row) => row.endsWith('true')).length;
  assert.ok(good >= 35, `${good} operations answered well at least once`);
});

test('create → read → amend → cancel → read', async () => {
  const send = async (method: string, path: string, url: string, body?: string): Promise<Got> => {
    const got = await r.client.send(method.toUpperCase(), url, body);
    judge(method, path, got, `${method} ${url} ${body ?? ''}`);
    return got;
  };
  for (const document of validDocuments) {
    const created = await send('post', '/v1/orders', '/v1/orders', document);
    assert.equal(created.status, 201, created.text);
    const graphId = String(at(created.json, 'graph_id'));
    for (const id of Object.values(at(created.json, 'node_order_ids') as Record<string, string>)) {
      const url = `/v1/orders/${encodeURIComponent(id)}`;
      assert.equal((await send('get', '/v1/orders/{node_order_id}', url)).status, 200);
      await send('patch', '/v1/orders/{node_order_id}', url, '{"qty":0.25}');
      await send('delete', '/v1/orders/{node_order_id}', url);
      assert.equal((await send('get', '/v1/orders/{node_order_id}', url)).status, 200);
    }
    await send('delete', '/v1/execution_graphs/{graph_id}', `/v1/execution_graphs/${graphId}`);
    assert.equal((await send('get', '/v1/execution_graphs/{graph_id}', `/v1/execution_graphs/${graphId}`)).status, 200);
  }
});
