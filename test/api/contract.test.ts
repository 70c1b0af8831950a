/**
 * Requests generated from the published OpenAPI document: every answer's status must be declared there and its body
 * must match the declared schema, also over create → read → amend → cancel → read.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { validDocuments } from './fuzz-bodies.js';
import { at, rig, type Client, type Got, type Rig } from './client.js';
import { simRig, type SimRig } from './sim-rig.js';

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
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> } } };
  readonly responses: Readonly<Record<string, { readonly content: { readonly 'application/json': { readonly schema: object } } }>>;
}

let r: Rig;
let real: SimRig;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
before(async () => {
  r = await rig({ mount: [mountStreams(), mountBinary()] });
  real = await simRig({ mount: [mountStreams(), mountBinary()] });
  const document = (await r.client.get('/v1/openapi.json')).json as { paths: typeof paths };
  paths = document.paths;
});
after(async () => {
  await r.close();
  await real.close();
});

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

/** Sends generated requests; the client itself judges every answer. Returns the operations that answered well. */
async function generated(client: Client, count: number, seed: number): Promise<number> {
  const prng = new Prng(seed);
  const good = new Set<string>();
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  const ids = ['g-1', 'g-1:order:1', 'BTC-USD', 'binance', 'dep_1', 'key_1', 'start.js', 'x y'];
  for (let i = 0; i < count; i++) {
    const { path, method, operation } = all[i % all.length] ?? assert.fail();
    // Event streams don't end; what they say is the stream tests'.
    if (path.startsWith('/docs') || /(tca|risk)\/stream$/.test(path)) continue;
    const query = operation.parameters
      .filter((parameter) => parameter.in === 'query' && prng.chance(2, 3))
      .map((parameter) => `${parameter.name}=${encodeURIComponent(String(made(prng, parameter.schema)))}`);
    const url = `${path.replace(/\{[a-z_]+\}/g, () => encodeURIComponent(prng.pick(ids)))}${query.length > 0 ? `?${query.join('&')}` : ''}`;
    const schema = operation.requestBody?.content['application/json'].schema;
    const document = /orders|simulate/.test(path) && method === 'post' && prng.chance(1, 2);
    const body = document ? prng.pick(validDocuments) : schema === undefined ? undefined : JSON.stringify(made(prng, schema));
    const got = await client.send(method.toUpperCase(), url, body);
    if (got.status < 300) good.add(`${method} ${path}`);
    if (path === '/v1/kill_switch') await client.post('/v1/kill_switch/clear');
  }
  return good.size;
}

test('700 generated requests: declared statuses, matching bodies', async () => {
  const good = await generated(r.client, 700, 42);
  assert.ok(good >= 35, `${good} operations answered well at least once`);
});

test('400 generated requests to the real engine', async () => {
  // As the other account: what it does to limits and balances is not the sequences' business.
  const good = await generated(real.clientFor(real.gateway.makeTestKey({ account: 'other' })), 400, 43);
  assert.ok(good >= 35, `${good} operations answered well at least once`);
});

/** Create → read → amend → cancel → read, for every order of each document. */
async function sequences(client: Client): Promise<number> {
  let done = 0;
  const read = async (url: string): Promise<Got> => {
    const got = await client.get(url);
    assert.equal(got.status, 200, got.text);
    return got;
  };
  for (const document of validDocuments) {
    const created = await client.send('POST', '/v1/orders', document);
    assert.equal(created.status, 201, created.text);
    const graphId = String(at(created.json, 'graph_id'));
    for (const id of Object.values(at(created.json, 'node_order_ids') as Record<string, string>)) {
      const url = `/v1/orders/${encodeURIComponent(id)}`;
      await read(url);
      await client.send('PATCH', url, '{"qty":0.25}');
      await client.send('DELETE', url);
      await read(url);
      await client.get(`/v1/execution/live/${encodeURIComponent(id)}`);
      await client.get(`/v1/execution/review/${encodeURIComponent(id)}`);
      await client.get(`/v1/traces?node_order_id=${encodeURIComponent(id)}`);
      done++;
    }
    await read(`/v1/execution_graphs/${graphId}`);
    for (const act of ['pause', 'resume']) await client.post(`/v1/execution_graphs/${graphId}/${act}`);
    await client.delete(`/v1/execution_graphs/${graphId}?flatten=true`);
    await client.delete(`/v1/execution_graphs/${graphId}`);
    await read(`/v1/execution_graphs/${graphId}`);
    await read(`/v1/orders?graph_id=${graphId}`);
  }
  for (const list of ['orders', 'fills', 'execution_graphs', 'positions', 'tca']) await read(`/v1/${list}`);
  return done;
}

test('the examples of the reference page are accepted', async () => {
  const shown = paths['/v1/orders']?.['post']?.requestBody?.content['application/json'].examples ?? {};
  assert.ok(Object.keys(shown).length >= 5);
  for (const [name, { value }] of Object.entries(shown)) {
    assert.equal((await real.client.post('/v1/orders/preview', value)).status, 200, name);
    const made = await real.client.post('/v1/orders', value);
    assert.equal(made.status, 201, `${name}: ${made.text}`);
    await real.client.delete(`/v1/execution_graphs/${String(at(made.json, 'graph_id'))}`);
  }
});

test('create → read → amend → cancel → read', async () => {
  assert.ok((await sequences(r.client)) >= 5);
});

test('create → read → amend → cancel → read on the real engine', async () => {
  assert.ok((await sequences(real.client)) >= 5);
});
