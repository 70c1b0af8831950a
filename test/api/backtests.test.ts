/** Backtests as jobs over HTTP: a module, a graph, progress, cancel, three forms; the same seed gives the same report. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BacktestJobs } from '../../src/main/backtest/backtest-jobs.js';
import { modulesOnDisk } from '../../src/main/backtest/modules-on-disk.js';
import type { DeploymentDone, DeploymentReply } from '../../src/protocol/deployment-port.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import { at, rig, type Got } from './client.js';

const backtests = new BacktestJobs({ universe: simulatedUniverse, module: modulesOnDisk(null) });
let r: Awaited<ReturnType<typeof rig>>;
before(async () => {
  r = await rig({ backtests });
});
after(async () => {
  await r.close();
  await backtests.close();
});

async function submit(body: unknown): Promise<string> {
  const got = await r.client.post('/v1/backtest', body);
  assert.equal(got.status, 202, got.text);
  assert.equal(at(got.json, 'status'), 'queued');
  return String(at(got.json, 'backtest_id'));
}

async function ended(id: string): Promise<Got> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const got = await r.client.get(`/v1/backtest/${id}`);
    if (!['queued', 'running'].includes(String(at(got.json, 'status')))) return got;
    assert.ok(Date.now() < deadline, got.text);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const maker = { algo: 'maker', symbol: 'BTC-USD', venues: ['binance'], config: [1_000_000, 0, 10_000_000, 2, 1], seconds: 10, seed: 5 };
const graphOfOne = {
  graph_id: 'tested', edges: [],
  nodes: [{ node_id: 'n', instrument: { symbol: 'BTC-USD' }, side: 'buy', order_type: 'market', quantity: { fixed: { qty_1e8: 10_000_000 } } }],
};

test('a module and a graph run in the pool, deterministic under their seed', async () => {
  const ids = [await submit(maker), await submit(maker), await submit({ graph: graphOfOne, seconds: 10, seed: 2 })];
  assert.equal(at((await r.client.get('/v1/backtest')).json, 'backtests', 0, 'backtest_id'), ids[2]);
  const [first, again, graph] = [await ended(ids[0] ?? ''), await ended(ids[1] ?? ''), await ended(ids[2] ?? '')];
  assert.equal(at(first.json, 'status'), 'done', first.text);
  assert.equal(at(first.json, 'progress'), 1);
  assert.ok(Number(at(first.json, 'report', 'callbacks')) > 50, first.text.slice(0, 400));
  assert.deepEqual(at(again.json, 'report'), at(first.json, 'report'));
  assert.equal(at(graph.json, 'status'), 'done', graph.text.slice(0, 800));
  assert.ok(Number(at(graph.json, 'report', 'fills')) > 0, graph.text.slice(0, 800));
  assert.equal(Number(at(graph.json, 'report', 'bought')).toFixed(8), '0.10000000');
  assert.match(String(at(graph.json, 'logs', 0)), /completed/);
  const svg = await r.client.get(`/v1/backtest/${ids[0]}?format=svg`);
  assert.match(String(at(svg.json, 'content')), /^<svg /);
  assert.match(String(at((await r.client.get(`/v1/backtest/${ids[0]}?format=text`)).json, 'content')), /from spread/);
});

test('cancel stops a long one; what it came to until then is reported', async () => {
  const id = await submit({ ...maker, seconds: 80_000 });
  const before = await r.client.get(`/v1/backtest/${id}?format=text`);
  assert.equal(before.status, 409);
  const deadline = Date.now() + 60_000;
  while (at((await r.client.get(`/v1/backtest/${id}`)).json, 'status') === 'queued' && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await r.client.delete(`/v1/backtest/${id}`)).status, 200);
  const got = await ended(id);
  assert.equal(at(got.json, 'status'), 'cancelled', got.text.slice(0, 300));
  assert.ok(Number(at(got.json, 'progress')) < 1);
});

test('what is wrong is said with its field', async () => {
  const cases: [unknown, RegExp][] = [
    [{ seconds: 5 }, /one of algo, wasm_base64, graph/], [{ algo: 'nobody' }, /\/algo/], [{ algo: 'peg', venues: ['nowhere'] }, /venue/],
    [{ algo: 'peg', config: { side: 'up' } }, /\/config/], [{ wasm_base64: 'AGFzbQEAAAA=' }, /MEMORY/],
  ];
  for (const [body, message] of cases) {
    const got = await r.client.post('/v1/backtest', body);
    assert.equal(got.status, 422, got.text);
    assert.match(String(at(got.json, 'error', 'message')), message);
  }
  const id = await submit({ graph: { nodes: [{ node_id: 'n' }], edges: [] } });
  const failed = await ended(id);
  assert.equal(at(failed.json, 'status'), 'failed');
  assert.match(String(at(failed.json, 'error')), /the graph is refused/);
});

test('an account has few unfinished ones, also when it asks for many at once', async () => {
  // Why this test? They were counted before their modules were checked: what came meanwhile was not.
  const order = { name: 'many', symbol: 'BTC-USD', venues: ['binance'], labels: null, configJson: '[1]', seconds: 80_000, seed: 1, subject: { kind: 'algo', algo: 'peg' } } as const;
  const replies = await Promise.all(Array.from({ length: 9 }, () => new Promise<DeploymentReply>((resolve) => backtests.submit(7, order, resolve))));
  assert.equal(replies.filter(({ ok }) => ok).length, 4);
  for (const reply of replies) {
    if (reply.ok) backtests.cancel(7, String((reply.body as { backtest_id: string }).backtest_id), () => undefined);
    else assert.match(reply.message, /4 unfinished backtests/);
  }
});

test('one that takes too much of the thread\'s time fails and says so; the next one has its turn', async () => {
  const hasty = new BacktestJobs({ universe: simulatedUniverse, module: modulesOnDisk(null), wallMs: 1 });
  const order = { name: 'long', symbol: 'BTC-USD', venues: ['binance'], labels: null, configJson: '[1]', seconds: 20, seed: 1, subject: { kind: 'algo', algo: 'peg' } } as const;
  const body = (ask: (done: DeploymentDone) => void): Promise<unknown> => new Promise((resolve, reject) => ask((reply) => {
    if (reply.ok) resolve(reply.body);
    else reject(new Error(reply.message));
  }));
  try {
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) ids.push(String(at(await body((done) => hasty.submit(0, order, done)), 'backtest_id')));
    const deadline = Date.now() + 60_000;
    for (const id of ids) {
      let job: unknown;
      do {
        job = await body((done) => hasty.get(0, id, done));
        assert.ok(Date.now() < deadline, JSON.stringify(job));
        await new Promise((resolve) => setImmediate(resolve));
      } while (['queued', 'running'].includes(String(at(job, 'status'))));
      assert.deepEqual([at(job, 'status'), at(job, 'error')], ['failed', "a backtest may take 0.001 s of the pool's time: ask for fewer seconds"]);
      assert.ok(Number(at(job, 'progress')) < 0.1);
    }
  } finally {
    await hasty.close();
  }
});
